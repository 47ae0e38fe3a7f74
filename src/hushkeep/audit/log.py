"""Appending: the event is written in the transaction of the act it tells of, or neither is."""

import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

from django.db import connection

from hushkeep.audit._arrays import OIDS, array, scalar
from hushkeep.audit._binary import Value, execute
from hushkeep.audit.entries import CODES, COLUMNS, SALT_BYTES, checked, commitment, is_code, values_of
from hushkeep.kernel import Denied, Event, EventId, InvalidInput, Plain, canonical
from hushkeep.runtime.tenancy import current_tenant

MAX_PAYLOAD_BYTES = 64 * 1024

_TYPES = {"at": "timestamptz", "count": "bigint", "version": "smallint"}
_TEXTS = {"action", "actor_kind", "outcome", "policy", "purpose", "reason", "target_kind"}
_NAMES = (*COLUMNS, "commitment")
_HOLDERS = ", ".join("decode(%s, 'hex')" if name == "policy_set" else "%s" for name in _NAMES)
_ONE = f"INSERT INTO event_header ({', '.join(_NAMES)}) VALUES ({_HOLDERS})"  # noqa: S608 - our own column names


def _type(column: str) -> str:
    if column in {"commitment", "policy_set"}:
        return "bytea"
    return "text" if column in _TEXTS else _TYPES.get(column, "uuid")


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
    salted = {event: _salted(event, payload) for event, payload in (payloads or {}).items()}
    if len(events) == 1:
        only = events[0]
        if only.tenant != current_tenant():
            raise Denied("event of another tenant")
        with connection.cursor() as cursor:
            cursor.execute(_ONE, (*values_of(checked(only)), _commitment(salted.get(only.id))))
    else:
        _insert(events, salted)
    if salted:
        kept = [(event.tenant, event.at, event.id, *salted[event.id]) for event in events if event.id in salted]
        if len(kept) != len(salted):
            raise InvalidInput("a payload belongs to no event of this batch")
        with connection.cursor() as cursor:
            cursor.execute(_PAYLOADS, [list(column) for column in zip(*kept, strict=True)])


def _insert(events: Sequence[Event], salted: Mapping[EventId, tuple[bytes, bytes]]) -> None:
    """Insert the headers in one statement: a column of one value throughout goes as that value, others as arrays."""
    columns: dict[str, list[Any]] = {name: list(map(attrgetter(name), events)) for name in COLUMNS}
    if not _constant(columns["tenant"]) or columns["tenant"][0] != current_tenant():
        raise Denied("event of another tenant")
    for name in CODES:
        if not (_constant(columns[name]) and is_code(name, columns[name][0])):
            for event in events:
                checked(event)
    columns["commitment"] = [_commitment(salted.get(event.id)) for event in events] if salted else [None] * len(events)
    columns["policy_set"] = [value and bytes.fromhex(value) for value in columns["policy_set"]]
    constant = frozenset(name for name, column in columns.items() if name != "id" and _constant(column))
    values = list[Value]()
    for name in _NAMES:
        kind, column = _type(name), columns[name]
        one, many = OIDS[kind]
        values.append((one, scalar(kind, column[0])) if name in constant else (many, array(kind, column)))
    execute("default", _many(constant), values)


def _constant(column: list[Any]) -> bool:
    return column[0] == column[-1] and column.count(column[0]) == len(column)


@lru_cache(maxsize=256)
def _many(constant: frozenset[str]) -> bytes:
    arrays = [f"${place}::{_type(name)}[]" for place, name in enumerate(_NAMES, 1) if name not in constant]
    names = [name for name in _NAMES if name not in constant]
    chosen = [f"${place}" if name in constant else f"u.{name}" for place, name in enumerate(_NAMES, 1)]
    return (
        f"INSERT INTO event_header ({', '.join(_NAMES)}) SELECT {', '.join(chosen)} "  # noqa: S608 - our own names
        f"FROM unnest({', '.join(arrays)}) u({', '.join(names)})"
    ).encode()


def _salted(event: EventId, payload: Plain) -> tuple[bytes, bytes]:
    body = canonical(payload)
    if len(body) > MAX_PAYLOAD_BYTES:
        raise InvalidInput(f"event {event}: payload above {MAX_PAYLOAD_BYTES} bytes")
    return secrets.token_bytes(SALT_BYTES), body


def _commitment(salted: tuple[Any, ...] | None) -> bytes | None:
    return None if salted is None else commitment(*salted)
