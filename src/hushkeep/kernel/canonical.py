"""Canonical bytes of plain values: the one encoding that is hashed and signed.

JSON with sorted keys, no spaces, UTF-8, no floats and no lone surrogates: the subset of RFC 8785 that needs no
number formatting. UUIDs are lower-case text; times are RFC 3339 in UTC with six digits and ``Z``.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

Plain = None | bool | int | str | UUID | datetime | Sequence["Plain"] | Mapping[str, "Plain"]


def timestamp(at: datetime) -> str:
    """Return ``at`` as RFC 3339 in UTC with microseconds: ``2026-03-04T08:00:00.000000Z``."""
    if at.tzinfo is not UTC:  # asked first: nearly all are, and each turn of each conversation comes by
        if at.tzinfo is None:
            raise ValueError("a timestamp must carry a time zone")
        at = at.astimezone(UTC)
    return at.isoformat("T", "microseconds")[: -len("+00:00")] + "Z"


def _default(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return timestamp(value)
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("no canonical form for float: use an integer with a named unit")
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError("keys of a canonical object are strings")
            _refuse_floats(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_floats(item)


def canonical(value: Plain) -> bytes:
    """Return the canonical bytes of ``value``; raises TypeError or UnicodeEncodeError for what has none."""
    _refuse_floats(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_default)
    return text.encode("utf-8")
