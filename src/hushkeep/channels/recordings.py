"""A recording on its way in: one line of JSON about the call, then the file's bytes as they are.

The line holds ``id``, ``suffix``, ``size`` and ``sha256`` (hex), and, where the source tells, ``conversation``,
``customer`` (an object of texts, its ``id`` the source's), ``agent``, ``language``, ``direction``, ``started_at``,
``pauses`` (pairs of seconds in which nothing was to be recorded), ``seconds`` and ``channels`` of the sound.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from hushkeep.kernel import Customer, Direction, InvalidInput
from hushkeep.records.recordings.values import Arrival

MAX_LINE_BYTES: Final = 64 * 1024
_FIELDS: Final = frozenset(
    {
        *("id", "suffix", "size", "sha256", "conversation", "customer", "agent", "language", "direction"),
        *("started_at", "pauses", "seconds", "channels"),
    }
)
_SUFFIX: Final = re.compile(r"[a-z0-9]{1,8}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_TEXT_LENGTH: Final = 200
_MAX_PAUSES: Final = 1000
_ENDS: Final = 2
_MOST_CHANNELS: Final = 64
_LONGEST: Final = 7 * 86_400.0  # seconds


def split(body: bytes) -> tuple[Arrival, bytes]:
    """Return what the first line of ``body`` says, and the bytes after it; raises InvalidInput with a stable code."""
    end = body.find(b"\n", 0, MAX_LINE_BYTES)
    if end < 0:
        raise InvalidInput("no_header_line")
    return parse(body[:end]), body[end + 1 :]


def parse(line: bytes) -> Arrival:
    """Return what a sidecar says of its recording; raises InvalidInput with a stable code, quoting nothing of it."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise InvalidInput("header_not_json") from None
    if not isinstance(said, dict) or not said.keys() <= _FIELDS:
        raise InvalidInput("header_unknown_fields")
    size = said.get("size")
    if not isinstance(size, int) or isinstance(size, bool):
        raise InvalidInput("header_size")
    return Arrival(
        source_id=_text(said, "id") or _missing("header_id"),
        suffix=_matching(said, "suffix", _SUFFIX),
        size=size,
        sha256=bytes.fromhex(_matching(said, "sha256", _DIGEST)),
        conversation=_text(said, "conversation"),
        customer=_customer(said.get("customer")),
        agent=_text(said, "agent"),
        language=_text(said, "language"),
        direction=_direction(_text(said, "direction")),
        started_at=_time(_text(said, "started_at")),
        pauses=_pauses(said.get("pauses")),
        seconds=_number(said, "seconds", _LONGEST),
        channels=_channels(said),
    )


def _pauses(said: object) -> tuple[tuple[float, float], ...]:
    """The pairs [start, end) of seconds, each in order."""
    if said is None:
        return ()
    if not isinstance(said, list) or len(said) > _MAX_PAUSES or not all(map(_is_pause, said)):
        raise InvalidInput("header_pauses")
    return tuple((float(start), float(end)) for start, end in said)


def _is_pause(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == _ENDS and all(map(_is_seconds, pair)) and pair[0] < pair[1]


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST


def _number(said: Mapping[str, Any], name: str, most: float) -> float | None:
    value = said.get(name)
    if value is None:
        return None
    if not _is_seconds(value) or value > most:
        raise InvalidInput(f"header_{name}")
    return float(value)


def _channels(said: Mapping[str, Any]) -> int | None:
    value = said.get("channels")
    if value is not None and (
        not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST_CHANNELS
    ):
        raise InvalidInput("header_channels")
    return value


def _missing(code: str) -> str:
    raise InvalidInput(code)


def _text(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _TEXT_LENGTH:
        raise InvalidInput(f"header_{name}")
    return value


def _matching(said: Mapping[str, Any], name: str, shape: re.Pattern[str]) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise InvalidInput(f"header_{name}")
    return value


def _customer(said: object) -> Customer | None:
    if said is None:
        return None
    if not isinstance(said, dict) or not all(isinstance(v, str) and len(v) <= _TEXT_LENGTH for v in said.values()):
        raise InvalidInput("header_customer")
    fields = {str(name): value for name, value in said.items() if value}
    source_id = fields.pop("id", None)
    return Customer(source_id, tuple(fields.items()))


def _direction(value: str | None) -> Direction | None:
    if value is not None and value not in set(Direction):
        raise InvalidInput("header_direction")
    return Direction(value) if value else None


def _time(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise InvalidInput("header_started_at") from None
    if at.tzinfo is None:
        raise InvalidInput("header_started_at")
    return at.astimezone(UTC)
