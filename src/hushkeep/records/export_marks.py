"""Whose copy is this? A visible line in each export, and a hidden variation of every time in it. Pure.

Times leave true to the second; the six digits after it say, under a key of this one export, to whom it went. One row
with one time names the export when the register is short; sorting, cropping, dropping columns or re-wrapping changes
nothing. Cutting times to the second removes it, and so does replacing all digits by equal ones: both leave a copy
that is visibly not as exported.
"""

import hmac
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

MARK_KEY_BYTES = 16
_VALUES = 1_000_000
_LIKELIHOOD = 1e-3
"""A copy is put down to an export when chance would do so at most once in a thousand searches."""

_TIME = re.compile(rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)\.(\d{6})(?!\d)")
_LINE = re.compile(rb"hushkeep.export\W{1,8}([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One export of the register: who took it, and the key (16 bytes) of its hidden marks."""

    export: UUID
    person: UUID
    at: datetime
    key: bytes

    def __repr__(self) -> str:
        return f"Entry({self.export})"


@dataclass(frozen=True, slots=True)
class Trace:
    """An export that a copy comes from. ``times`` of ``of`` times bear its marks; ``by_chance`` bounds an accident."""

    export: UUID
    person: UUID | None
    at: datetime | None
    visible: bool
    times: int
    of: int
    by_chance: float


def marked(key: bytes, at: datetime) -> str:
    """Return ``at`` (aware) as RFC 3339 in UTC, true to the second, with this export's digits after it."""
    whole = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{_digits(key, whole.encode())}Z"


def _digits(key: bytes, whole: bytes) -> str:
    return f"{int.from_bytes(hmac.digest(key, whole, 'sha256')[:8], 'big') % _VALUES:06d}"


def visible(export: UUID, person: UUID, at: datetime, count: int) -> str:
    """Return the words of the visible line; ids and numbers alone, so that they stand in any format."""
    return f"hushkeep-export {export} person {person} at {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} rows {count}"


def trace(copy: Iterable[bytes], register: Sequence[Entry]) -> list[Trace]:
    """Return the exports that ``copy`` (lines of bytes) comes from, the surest first; empty when none is named.

    A visible line names an export even when the register does not hold it, but proves nothing: anybody can write one.
    """
    named: set[UUID] = set()
    times: set[tuple[bytes, bytes]] = set()
    for line in copy:
        named.update(UUID(found.decode()) for found in _LINE.findall(line))
        times.update((whole.replace(b" ", b"T"), digits) for whole, digits in _TIME.findall(line))
    found = [_judge(entry, times, len(register), named) for entry in register]
    told = [t for t in found if t.visible or t.by_chance <= _LIKELIHOOD]
    known = {entry.export for entry in register}
    told += [Trace(export, None, None, True, 0, len(times), 1.0) for export in sorted(named - known)]
    return sorted(told, key=lambda t: (t.by_chance, -t.times, str(t.export)))


def _judge(entry: Entry, times: set[tuple[bytes, bytes]], exports: int, named: set[UUID]) -> Trace:
    hits = sum(_digits(entry.key, whole).encode() == digits for whole, digits in times)
    chance = min(1.0, exports * _accident(hits, len(times) / _VALUES))
    return Trace(entry.export, entry.person, entry.at, entry.export in named, hits, len(times), chance)


def _accident(hits: int, expected: float) -> float:
    """Return a bound on the probability of ``hits`` or more by chance (Chernoff, for a Poisson count)."""
    if hits == 0 or hits <= expected:
        return 1.0
    return math.exp(hits - expected + hits * math.log(expected / hits))
