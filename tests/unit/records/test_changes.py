"""Changes of customers' data: exactly the drawn edges exist."""

from itertools import product

import pytest

from hushkeep.kernel import Conflict
from hushkeep.records.changes import NEXT, ChangeState, step

EDGES = {(ChangeState.STANDS, ChangeState.UNDONE), (ChangeState.STANDS, ChangeState.FINAL)}


@pytest.mark.parametrize(("before", "after"), list(product(ChangeState, ChangeState)))
def test_exactly_the_drawn_edges_exist(before, after):
    if (before, after) in EDGES:
        assert step(before, after) is after
    else:
        with pytest.raises(Conflict, match=f"change_{before.value}"):
            step(before, after)
    assert NEXT.keys() == set(ChangeState)
