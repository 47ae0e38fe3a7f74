"""Appending: the event is written in the transaction of the act it tells of, or neither is."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from hushkeep.audit.entries import COLUMNS, SALT_BYTES, checked, commitment, values_of
from hushkeep.kernel import Denied, Event, EventId, InvalidInput, Plain, canonical, timestamp
from hushkeep.runtime.tenancy import current_tenant

MAX_PAYLOAD_BYTES = 64 * 1024

_TYPES = {"at": "timestamptz", "count": "bigint", "version": "smallint"}
_TEXTS = {"action", "actor_kind", "outcome", "policy", "policy_set", "purpose", "reason", "target_kind"}
_NAMES = (*COLUMNS, "commitment")
_ONE = f"INSERT INTO event_header ({', '.join(_NAMES)}) VALUES ({', '.join(['%s'] * len(_NAMES))})"  # noqa: S608


def _type(column: str) -> str:
    if column == "commitment":
        return "bytea"
    return "text" if column in _TEXTS else _TYPES.get(column, "uuid")


_MANY = (
    f"INSERT INTO event_header ({', '.join(_NAMES)}) "  # noqa: S608 - our own column names
    f"SELECT * FROM unnest({', '.join(f'%s::{_type(name)}[]' for name in _NAMES)})"
)
_PAYLOADS = (
    "INSERT INTO event_payload (tenant, at, event, salt, body) "
    "SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::bytea[], %s::bytea[])"
)


def append(event: Event, payload: Plain = None) -> None:
    """Append ``event`` in the open transaction of its tenant; ``payload`` is what may be erased after its floor.

    The payload carries no personal data either: its salted commitment stands in the header, so that the proofs hold
    when it is gone. Raises Denied outside a transaction of the event's tenant, InvalidInput for free text where a code
    belongs or a payload above 64 KiB.
    """
    append_many([event], {} if payload is None else {event.id: payload})


def append_and_commit(event: Event) -> None:
    """Append ``event`` and commit its transaction in one message: nothing may follow in the transaction.

    For the outermost transaction of the event's tenant; raises RuntimeError within another one, else as ``append``.
    """
    if event.tenant != current_tenant():
        raise Denied("event of another tenant")
    if not connection.in_atomic_block or connection.savepoint_ids:
        raise RuntimeError("an inner transaction cannot commit the outer one")
    with connection.cursor() as cursor:
        cursor.execute(f"{_ONE}; COMMIT", (*values_of(checked(event)), None))


def append_many(events: Sequence[Event], payloads: Mapping[EventId, Plain] | None = None) -> None:
    """Append ``events`` of one tenant in one statement, with the payloads of those that have one; as ``append``."""
    if not events:
        return
    tenant = current_tenant()
    if any(event.tenant != tenant for event in events):
        raise Denied("event of another tenant")
    salted = {event: _salted(event, payload) for event, payload in (payloads or {}).items()}
    rows = [(*values_of(checked(event)), _commitment(salted.get(event.id))) for event in events]
    with connection.cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(_ONE, rows[0])
        else:
            columns = zip(_NAMES, zip(*rows, strict=True), strict=True)
            cursor.execute(_MANY, [_array(name, column) for name, column in columns])
        if salted:
            kept = [(event.tenant, event.at, event.id, *salted[event.id]) for event in events if event.id in salted]
            if len(kept) != len(salted):
                raise InvalidInput("a payload belongs to no event of this batch")
            cursor.execute(_PAYLOADS, [list(column) for column in zip(*kept, strict=True)])


def _array(name: str, column: Sequence[Any]) -> str:
    """Return a column as the text of an array: five times as fast as element by element through the driver.

    Quoting is enough: codes hold neither quote nor backslash (``checked``), the other values are numbers, ids, times.
    """
    kind = _type(name)
    if kind == "uuid":
        parts = ["NULL" if value is None else f"{value.int:032x}" for value in column]
    elif kind == "timestamptz":
        parts = [f'"{timestamp(value)}"' for value in column]
    elif kind == "bytea":
        parts = ["NULL" if value is None else f'"\\\\x{value.hex()}"' for value in column]
    else:
        parts = ["NULL" if value is None else f'"{value}"' for value in column]
    return f"{{{','.join(parts)}}}"


def _salted(event: EventId, payload: Plain) -> tuple[bytes, bytes]:
    body = canonical(payload)
    if len(body) > MAX_PAYLOAD_BYTES:
        raise InvalidInput(f"event {event}: payload above {MAX_PAYLOAD_BYTES} bytes")
    return secrets.token_bytes(SALT_BYTES), body


def _commitment(salted: tuple[Any, ...] | None) -> bytes | None:
    return None if salted is None else commitment(*salted)
