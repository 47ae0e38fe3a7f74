"""Bodies: no unknown field, and no text that the database has no place for."""

import pytest
from pydantic import ValidationError

from hushkeep.api.schemas import In


class Order(In):
    name: str
    lines: list[dict[str, str]] | None = None
    note: str | None = None


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a\0"},
        {"name": "a", "note": "\0"},
        {"name": "a", "lines": [{"k": "v"}, {"k": "v\0"}]},
        {"name": "a", "lines": [{"k\0": "v"}]},
    ],
)
def test_a_nul_is_refused_wherever_it_stands(body):
    with pytest.raises(ValidationError) as refused:
        Order(**body)
    assert [fault["type"] for fault in refused.value.errors()] == ["nul_in_text"]


def test_other_text_passes_and_unknown_fields_do_not():
    assert Order(name="王 0\x01").lines is None
    with pytest.raises(ValidationError):
        Order(name="a", role="administrator")
