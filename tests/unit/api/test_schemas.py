"""Bodies: no unknown field, and no text that the database has no place for."""

import json

import pytest
from pydantic import ValidationError

from hushkeep.api.schemas import In, Moment


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


class Window(In):
    since: Moment | None = None


@pytest.mark.parametrize("told", [0, 0.5, "0", "0.5", "1767225600", "2026-01-01", "tomorrow", "", True])
def test_what_is_no_date_with_its_time_is_refused_rather_than_read_as_one(told):
    with pytest.raises(ValidationError):
        Window(since=told)
    with pytest.raises(ValidationError):
        Window.model_validate_json(json.dumps({"since": told}))


@pytest.mark.parametrize("told", ["2026-01-01T08:00:00Z", "2026-01-01T08:00:00.123456+08:00", "2026-01-01 08:00:00z"])
def test_a_date_with_its_time_is_taken(told):
    assert Window(since=told).since.year == 2026
