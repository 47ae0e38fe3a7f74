"""Pause and mask events of telephone systems, and the seconds of each recording in which nothing was to be recorded.

Read are blocks of ``Name: value`` lines, parted by empty ones, as Asterisk's manager interface and FreeSWITCH's event
socket send them, or one JSON object a line. Which field comes from which document stands in docs/recordings.md.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

from hushkeep.channels.calls.shape import Pause
from hushkeep.kernel import InvalidInput

_END: Final = 7 * 86_400.0  # seconds: a mask that nobody took off lasts to the end
_MICRO: Final = 1e6
_MASK_WORDS: Final = 2  # <uuid> mask|unmask, then perhaps the path
MAX_BYTES: Final = 64 << 20


@dataclass(slots=True)
class _Tape:
    """A recording as events tell of it: when it began, since when it is masked, the masks that ended."""

    began: float
    masked: dict[str, float] = field(default_factory=dict)
    pauses: list[Pause] = field(default_factory=list)

    def mask(self, leg: str, at: float) -> None:
        self.masked.setdefault(leg, at)

    def unmask(self, leg: str, at: float) -> None:
        for one in [leg] if leg in self.masked else list(self.masked) if leg == "both" else []:
            self.pauses.append((max(0.0, self.masked.pop(one) - self.began), max(0.0, at - self.began)))

    def ended(self) -> tuple[Pause, ...]:
        """The masks in order; one that was never taken off lasts to the end of the recording."""
        left = [(max(0.0, at - self.began), _END) for at in self.masked.values()]
        return tuple(sorted((start, end) for start, end in [*self.pauses, *left] if start < end))


def pauses(data: bytes) -> dict[str, tuple[Pause, ...]]:
    """Return the pauses of each recording by the name that its system gives it: a file's name, or the call's id.

    Raises InvalidInput: events_too_large, events_not_read, events_without_time (a manager interface tells none unless
    ``timestampevents`` is on).
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput("events_too_large")
    tapes: dict[str, _Tape] = {}
    for event in _events(data.decode("utf-8", "replace")):
        name = event.get("Event") or event.get("Event-Name") or ""
        if name.startswith("MixMonitor"):
            _asterisk(tapes, name, event)
        elif name in {"RECORD_START", "RECORD_STOP", "API"}:
            _freeswitch(tapes, name, event)
    return {name: found for name, tape in tapes.items() if (found := tape.ended())}


def _asterisk(tapes: dict[str, _Tape], name: str, event: Mapping[str, str]) -> None:
    call, at = event.get("Uniqueid", ""), _time(event.get("Timestamp"))
    if name == "MixMonitorStart":
        tapes.setdefault(call, _Tape(at))
    elif name == "MixMonitorMute" and call in tapes:
        tape, leg = tapes[call], event.get("Direction", "both")
        if event.get("State") == "1":
            tape.mask(leg, at)
        else:
            tape.unmask(leg, at)
    elif name == "MixMonitorStop" and call in tapes:
        for leg in list(tapes[call].masked):
            tapes[call].unmask(leg, at)


def _freeswitch(tapes: dict[str, _Tape], name: str, event: Mapping[str, str]) -> None:
    at = _time(event.get("Event-Date-Timestamp")) / _MICRO
    if name == "API":
        words = event.get("API-Command-Argument", "").split()
        if event.get("API-Command") != "uuid_record" or len(words) < _MASK_WORDS:
            return
        tape = tapes.get(_file(words[2])) if len(words) > _MASK_WORDS else tapes.get(words[0])
        if tape is not None and words[1] == "mask":
            tape.mask("both", at)
        elif tape is not None and words[1] == "unmask":
            tape.unmask("both", at)
        return
    path = _file(event.get("Record-File-Path", ""))
    if name == "RECORD_START":
        tapes[path] = tapes[event.get("Unique-ID", path)] = _Tape(at)
    elif path in tapes:
        tapes[path].unmask("both", at)


def _file(path: str) -> str:
    return PurePosixPath(path).name


def _time(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        raise InvalidInput("events_without_time") from None


def _events(text: str) -> Iterator[Mapping[str, str]]:
    if text.lstrip().startswith("{"):
        yield from map(_object, filter(str.strip, text.splitlines()))
        return
    block: dict[str, str] = {}
    for line in [*text.splitlines(), ""]:
        name, colon, value = line.partition(":")
        if colon:
            block[name.strip()] = unquote(value.strip())
        elif not line.strip() and block:
            yield block
            block = {}


def _object(line: str) -> Mapping[str, str]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise InvalidInput("events_not_read") from None
    if not isinstance(said, dict):
        raise InvalidInput("events_not_read")
    return {str(name): str(value) for name, value in said.items()}


def joined(more: Iterable[Mapping[str, tuple[Pause, ...]]]) -> dict[str, tuple[Pause, ...]]:
    """Return the pauses of several files of events together."""
    whole: dict[str, tuple[Pause, ...]] = {}
    for one in more:
        for name, found in one.items():
            whole[name] = tuple(sorted({*whole.get(name, ()), *found}))
    return whole
