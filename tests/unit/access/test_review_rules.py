"""Access reviews, rule by rule: every edge, when a campaign may close, and what its quarter is called."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from uuid import UUID

import pytest

from hushkeep.access.review_rules import (
    DUE_WITHIN,
    NEXT,
    Campaign,
    Item,
    ReviewVerdict,
    check_close,
    quarter_of,
    step,
)
from hushkeep.identity.roles import Role
from hushkeep.kernel import Conflict

NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)
CAMPAIGN = Campaign(id=UUID(int=1), quarter="2026-Q1", opened_at=NOW, due_at=NOW + DUE_WITHIN)
ITEM = Item(person=UUID(int=2), role=Role.AGENT, actions=(), seen_at=None, devices=0, verdict=ReviewVerdict.KEPT)
EDGES = {(ReviewVerdict.OPEN, ReviewVerdict.KEPT), (ReviewVerdict.OPEN, ReviewVerdict.REMOVED)}


@pytest.mark.parametrize(("before", "after"), list(product(ReviewVerdict, ReviewVerdict)))
def test_exactly_the_drawn_edges_exist(before, after):
    if (before, after) in EDGES:
        assert step(before, after) is after
    else:
        with pytest.raises(Conflict, match=f"review_item_{before.value}"):
            step(before, after)
    assert NEXT.keys() == set(ReviewVerdict)


def test_a_campaign_closes_once_and_only_when_everybody_was_decided_on():
    check_close(CAMPAIGN, [ITEM, replace(ITEM, verdict=ReviewVerdict.REMOVED)])
    with pytest.raises(Conflict, match="review_incomplete"):
        check_close(CAMPAIGN, [ITEM, replace(ITEM, verdict=ReviewVerdict.OPEN)])
    with pytest.raises(Conflict, match="review_closed"):
        check_close(replace(CAMPAIGN, closed_at=NOW), [ITEM])


def test_it_is_overdue_after_thirty_days():
    assert not CAMPAIGN.overdue(now=NOW)
    assert CAMPAIGN.overdue(now=NOW + DUE_WITHIN)
    assert not replace(CAMPAIGN, closed_at=NOW).overdue(now=NOW + DUE_WITHIN)


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2026, 1, 1), "2026-Q1"),
        (date(2026, 3, 31), "2026-Q1"),
        (date(2026, 4, 1), "2026-Q2"),
        (date(2026, 12, 31), "2026-Q4"),
    ],
)
def test_a_day_falls_into_its_quarter(day, quarter):
    assert quarter_of(day) == quarter
