"""An event as a row and as an entry of the log: the bytes that are hashed, and the way back.

The entry is the canonical JSON of the event's fields that are set, and of ``payload``: the salted commitment to what
the event carried beside its header, in hex. The database builds the same bytes when it puts events in order
(``hushkeep_entry`` in the first migration); each verification here is therefore made by a second implementation.
"""

import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any
from uuid import UUID

from hushkeep.kernel import Action, ActorKind, Event, IntegrityError, InvalidInput, Outcome, Plain, canonical

COLUMNS = (
    "action",
    "actor",
    "actor_kind",
    "approval",
    "at",
    "conversation",
    "count",
    "device",
    "id",
    "outcome",
    "policy",
    "policy_set",
    "purpose",
    "reason",
    "request",
    "session",
    "subject",
    "target",
    "target_kind",
    "tenant",
    "version",
)
"""The columns of an event's header, which are the fields of Event; alphabetical."""

SALT_BYTES = 32
COMMITMENT_BYTES = 32

SELECTED = ", ".join("encode(h.policy_set, 'hex')" if name == "policy_set" else f"h.{name}" for name in COLUMNS)
"""What to select of ``event_header h`` for ``event_of``: the digest of the policies is stored as bytes."""

_VALUES = attrgetter(*COLUMNS)
CODES = ("policy", "policy_set", "purpose", "reason", "target_kind")
"""The columns of text that no enumeration closes: codes, and the digest of the policies."""

_TEXTS = ("action", "actor_kind", "outcome", "policy", "policy_set", "purpose", "reason", "target_kind")
# How a field of an entry is read back; those that are not named here are ids.
_READ: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {"at": datetime.fromisoformat, "count": int, "version": int, **dict.fromkeys(_TEXTS, str)}
)
_DIGEST = re.compile("[0-9a-f]{64}")
_CODE = re.compile(r"[A-Za-z0-9_.:,/@+=-]{1,200}")


def checked(event: Event) -> Event:
    """Return ``event`` when its codes are codes: no spaces and no free text can be written to the log.

    Raises InvalidInput naming the field, never its value.
    """
    for field in CODES:
        if not is_code(field, getattr(event, field)):
            raise InvalidInput(f"event {event.id}: {field} is not a code")
    return event


@lru_cache(maxsize=4096)
def is_code(field: str, text: str | None) -> bool:
    """Whether ``text`` may stand in ``field``, one of CODES: a code, or for ``policy_set`` a SHA-256 in hex."""
    form = _DIGEST if field == "policy_set" else _CODE
    return text is None or form.fullmatch(text) is not None


def commitment(salt: bytes, payload: bytes) -> bytes:
    """Return the 32-byte commitment to a payload: it says nothing once salt and payload are gone."""
    return hmac.digest(salt, payload, "sha256")


def values_of(event: Event) -> tuple[Any, ...]:
    """Return the header's columns, in the order of COLUMNS; the policies' digest in hex, as in the event."""
    values: tuple[Any, ...] = _VALUES(event)
    return values


def event_of(row: Sequence[Any]) -> Event:
    """Return the event of a header row in the order of COLUMNS; raise IntegrityError when it cannot be one."""
    fields = dict(zip(COLUMNS, row, strict=True))
    try:
        kinds = {
            "action": Action(fields["action"]),
            "actor_kind": ActorKind(fields["actor_kind"]),
            "outcome": Outcome(fields["outcome"]),
        }
    except ValueError:
        raise IntegrityError(f"event {fields['id']}: unknown action, kind or outcome") from None
    return Event(**(fields | kinds))


def event_in(entry: bytes) -> tuple[Event, bytes | None]:
    """Return the event of an entry and the commitment to its payload; raise IntegrityError when it cannot be one."""
    fields = dict(read_entry(entry))
    committed = fields.pop("payload", None)
    try:
        values = {name: _READ.get(name, UUID)(value) for name, value in fields.items()}
        return event_of([values.get(name) for name in COLUMNS]), committed and bytes.fromhex(committed)
    except (ValueError, TypeError, AttributeError):
        raise IntegrityError("not an entry of the event log") from None


def entry_of(event: Event, committed: bytes | None) -> bytes:
    """Return the entry of ``event``: what its leaf hashes. ``committed`` is the commitment to its payload, if any."""
    fields: dict[str, Plain] = {name: value for name in COLUMNS if (value := getattr(event, name)) is not None}
    if committed is not None:
        fields["payload"] = committed.hex()
    return canonical(fields)


def read_entry(entry: bytes) -> Mapping[str, Any]:
    """Return the fields of an entry; raise IntegrityError for bytes that are no entry."""
    try:
        fields = json.loads(entry)
        datetime.fromisoformat(fields["at"])
    except (ValueError, KeyError, TypeError):
        raise IntegrityError("not an entry of the event log") from None
    if not isinstance(fields, dict) or "id" not in fields:
        raise IntegrityError("not an entry of the event log")
    return fields
