"""The kernel's values hold what they promise."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushkeep.kernel import (
    LEVEL,
    Action,
    ActorId,
    Customer,
    Denied,
    Permit,
    Span,
    TenantId,
    canonical,
    errors,
    label_key,
    new_id,
    timestamp,
)

NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)


def permit(**changes):
    values = {
        "decision": new_id(),
        "tenant": TenantId(uuid4()),
        "actor": ActorId(uuid4()),
        "action": Action.CONVERSATION_VIEW,
        "target": None,
        "expires_at": NOW + timedelta(seconds=30),
    }
    return Permit(**(values | changes))


def test_ids_are_version_7_and_sort_in_the_order_they_were_made():
    ids = [new_id() for _ in range(5000)]
    assert {i.version for i in ids} == {7}
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_a_permit_for_one_action_does_not_cover_another():
    with pytest.raises(Denied):
        permit().require(Action.CONVERSATION_REVEAL, None, now=NOW)


def test_a_permit_for_one_target_does_not_cover_another():
    with pytest.raises(Denied):
        permit(target=uuid4()).require(Action.CONVERSATION_VIEW, uuid4(), now=NOW)


def test_a_permit_for_a_collection_does_not_cover_one_thing():
    with pytest.raises(Denied):
        permit().require(Action.CONVERSATION_VIEW, uuid4(), now=NOW)


def test_a_permit_ends_at_its_expiry_to_the_microsecond():
    one = permit()
    one.require(Action.CONVERSATION_VIEW, None, now=one.expires_at - timedelta(microseconds=1))
    with pytest.raises(Denied):
        one.require(Action.CONVERSATION_VIEW, None, now=one.expires_at)


def test_actions_are_alphabetical_and_named_after_their_words():
    words = [a.value for a in Action]
    assert words == sorted(words)
    assert all(a.name == a.value.replace(":", "_").upper() for a in Action)
    assert set(LEVEL) == set(Action)
    assert label_key(Action.CONVERSATION_REVEAL) == "action.conversation.reveal"


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 3), (4, 2)])
def test_an_empty_or_negative_span_is_refused(start, end):
    with pytest.raises(ValueError, match="span"):
        Span(start, end)


def test_a_customer_does_not_print_its_values():
    assert "13800000000" not in repr(Customer("c", (("phone", "13800000000"),)))


def test_canonical_bytes_sort_keys_and_keep_chinese():
    assert canonical({"b": 1, "a": ["守口", None, True]}) == '{"a":["守口",null,true],"b":1}'.encode()


@pytest.mark.parametrize("value", [1.5, {"a": [2.0]}, {"a": {1: "x"}}, {"a": b"x"}])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(TypeError):
        canonical(value)


def test_a_naive_time_has_no_timestamp():
    with pytest.raises(ValueError, match="zone"):
        timestamp(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_timestamps_are_utc_with_six_digits(at):
    assert datetime.fromisoformat(timestamp(at)) == at.astimezone(UTC)
    assert timestamp(at).endswith("Z")


def test_every_error_of_the_tree_has_its_own_code():
    def walk(cls):
        yield cls
        for sub in cls.__subclasses__():
            yield from walk(sub)

    codes = [c.code for c in walk(errors.Error) if c.__module__ == errors.__name__]
    assert len(codes) == len(set(codes))
