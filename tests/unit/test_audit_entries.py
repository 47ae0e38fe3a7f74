"""Entries and retention, without a database."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hushkeep.audit.entries import COLUMNS, checked, commitment, entry_of, event_of, read_entry, values_of
from hushkeep.audit.retention import FLOOR, FLOORS, floor_of, is_due, month_after, month_of
from hushkeep.kernel import Action, ActorKind, Event, EventId, IntegrityError, InvalidInput, Outcome, TenantId

ID = UUID("018f0000-0000-7000-8000-000000000001")
EVENT = Event(
    id=EventId(ID),
    tenant=TenantId(ID),
    at=datetime(2026, 3, 4, 8, tzinfo=UTC),
    actor=None,
    actor_kind=ActorKind.SYSTEM,
    action=Action.SYSTEM_START,
    outcome=Outcome.ALLOWED,
    reason="ok",
)


def test_the_columns_are_the_fields_of_an_event():
    assert sorted(COLUMNS) == sorted(field.name for field in fields(Event))
    assert list(COLUMNS) == sorted(COLUMNS)


def test_an_entry_is_the_canonical_bytes_of_what_is_set():
    assert entry_of(EVENT, None) == (
        b'{"action":"system:start","actor_kind":"system","at":"2026-03-04T08:00:00.000000Z",'
        b'"id":"018f0000-0000-7000-8000-000000000001","outcome":"allowed","reason":"ok",'
        b'"tenant":"018f0000-0000-7000-8000-000000000001","version":1}'
    )


def test_a_row_gives_back_its_event():
    assert event_of(values_of(EVENT)) == EVENT


CHANGED = {
    "id": EventId(UUID(int=2)),
    "tenant": TenantId(UUID(int=2)),
    "at": EVENT.at + timedelta(microseconds=1),
    "actor_kind": ActorKind.PERSON,
    "action": Action.SYSTEM_STATUS,
    "outcome": Outcome.FAILED,
    "reason": "other",
    "version": 2,
    "count": 0,
    **{name: UUID(int=2) for name in ("actor", "target", "session", "device", "conversation", "subject")},
    **{name: UUID(int=2) for name in ("approval", "request")},
    **dict.fromkeys(("target_kind", "policy", "policy_set", "purpose"), "x"),
}


@pytest.mark.parametrize("field", [field.name for field in fields(Event)])
def test_an_entry_binds_every_field(field):
    assert entry_of(replace(EVENT, **{field: CHANGED[field]}), None) != entry_of(EVENT, None)


def test_an_entry_binds_the_commitment():
    assert entry_of(EVENT, bytes(32)) != entry_of(EVENT, None)
    assert entry_of(EVENT, bytes(32)) != entry_of(EVENT, b"x" * 32)


@pytest.mark.parametrize("salt", [bytes(32), b"1" * 32])
def test_a_commitment_depends_on_its_salt(salt):
    assert commitment(salt, b"{}") != commitment(b"2" * 32, b"{}")


def test_an_unknown_action_in_a_row_is_an_integrity_error():
    row = list(values_of(EVENT))
    row[COLUMNS.index("action")] = "system:vanish"
    with pytest.raises(IntegrityError):
        event_of(row)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"at":"x","id":"y"}', b"\xff"])
def test_bytes_that_are_no_entry_are_an_integrity_error(raw):
    with pytest.raises(IntegrityError):
        read_entry(raw)


def test_a_refused_code_is_named_by_its_field_and_not_shown():
    with pytest.raises(InvalidInput, match="purpose is not a code") as refusal:
        checked(replace(EVENT, purpose="13812345678 张伟"))
    assert "138" not in str(refusal.value)


@pytest.mark.parametrize(
    ("actions", "days"),
    [
        ((), 183),
        (("session:sign_in",), 183),
        (("conversation:reveal",), 366),
        (("session:sign_in", "recording:play"), 366),
        (("key:unwrap",), 731),
        (("policy:change", "key:unwrap"), 1096),
    ],
)
def test_a_month_is_kept_for_the_longest_floor_of_its_actions(actions, days):
    assert floor_of(actions) == timedelta(days=days)


def test_no_floor_is_below_six_months():
    assert min(floor for _, floor in FLOORS) > FLOOR == timedelta(days=183)


def test_a_month_is_due_only_after_its_last_moment_is_past_the_retention():
    month = datetime(2026, 1, 1, tzinfo=UTC)
    over = datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=400)
    assert is_due(month, (), kept=timedelta(days=400), now=over)
    assert not is_due(month, (), kept=timedelta(days=400), now=over - timedelta(microseconds=1))
    assert not is_due(month, ["key:unwrap"], kept=timedelta(days=400), now=over)


def test_a_retention_below_the_floor_does_not_shorten_it():
    month = datetime(2026, 1, 1, tzinfo=UTC)
    assert not is_due(month, (), kept=timedelta(days=1), now=month + timedelta(days=180))


@pytest.mark.parametrize(("months", "expected"), [(1, (2026, 1)), (-12, (2024, 12)), (14, (2027, 2)), (0, (2025, 12))])
def test_months_are_counted_over_years(months, expected):
    later = month_after(month_of(datetime(2025, 12, 31, 23, 59, tzinfo=UTC)), months)
    assert (later.year, later.month, later.day) == (*expected, 1)
