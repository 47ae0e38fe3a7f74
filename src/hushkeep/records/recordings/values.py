"""The values that the doors of recordings take and hand out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from hushkeep.kernel import ConversationId, Customer, Direction, IntegrityError, SubjectId

KIND: Final = "recording"
"""What the target of an event about a recording is called."""


class RecordingState(StrEnum):
    """Where a recording stands; only what is redacted can be played."""

    LANDING = "landing"  # parts of it are still to come
    LANDED = "landed"
    SCANNING = "scanning"
    REDACTED = "redacted"
    QUARANTINED = "quarantined"
    EXPIRED = "expired"  # its original was destroyed unsearched


NEXT: Mapping[RecordingState, frozenset[RecordingState]] = {
    RecordingState.LANDING: frozenset({RecordingState.LANDED, RecordingState.EXPIRED}),
    RecordingState.LANDED: frozenset({RecordingState.SCANNING, RecordingState.EXPIRED}),
    RecordingState.SCANNING: frozenset(
        {RecordingState.SCANNING, RecordingState.REDACTED, RecordingState.QUARANTINED, RecordingState.EXPIRED}
    ),
    RecordingState.QUARANTINED: frozenset({RecordingState.SCANNING, RecordingState.EXPIRED}),
    RecordingState.REDACTED: frozenset({RecordingState.SCANNING}),
    RecordingState.EXPIRED: frozenset(),
}
"""From which state to which; a scan that was cut off begins again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What comes with a recording: its id at the source, its size and digest, and what is known of the call.

    ``suffix`` is the format by the file's name ("wav", "ulaw"); ``sha256`` 32 bytes over the whole file;
    ``conversation`` the source's id of the conversation it belongs to; ``agent`` a login, or the source's own word.
    ``pauses`` are seconds [start, end] in which the telephone system did not record; ``seconds`` and ``channels`` what
    the source says of the sound itself.
    """

    source_id: str
    suffix: str
    size: int
    sha256: bytes = field(repr=False)
    conversation: str | None = None
    customer: Customer | None = None
    agent: str | None = None
    language: str | None = None
    direction: Direction | None = None
    started_at: datetime | None = None
    pauses: tuple[tuple[float, float], ...] = ()
    seconds: float | None = None
    channels: int | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    """How much of a recording has landed, in bytes; ``duplicate`` when it was there already."""

    id: UUID
    state: RecordingState
    landed_size: int
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Harm:
    """Segment ``segment`` of part ``part`` of a copy does not open; what it held lies about at [start, end) seconds."""

    role: str
    part: int
    segment: int
    start: float | None
    end: float | None


class BrokenSealError(IntegrityError):
    """A copy was changed, cut, moved or exchanged; ``segment`` and ``second`` are the first that do not open."""

    def __init__(self, message: str, segment: int, second: int) -> None:
        super().__init__(message)
        self.segment, self.second = segment, second


@dataclass(frozen=True, slots=True)
class HiddenSpan:
    """Seconds [start, end) of a channel that are silent, and what was said or typed there."""

    channel: int
    start: float
    end: float
    entity: str


@dataclass(frozen=True, slots=True)
class Line:
    """What was said in seconds [start, end) of a channel, masked."""

    channel: int
    start: float
    end: float
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A recording in a list. ``reason`` says why it is quarantined; ``passed_seconds`` how far ``stage`` has come."""

    id: UUID
    subject: SubjectId
    conversation: ConversationId | None
    agent: str | None
    language: str | None
    direction: Direction | None
    started_at: datetime | None
    landed_at: datetime
    expires_at: datetime | None
    state: RecordingState
    reason: str | None
    stage: str | None
    passed_seconds: float
    seconds: float | None
    channels: int | None
    sampled: bool
    hidden: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """A recording as it may be seen: hidden spans, masked transcript, loudness 0-255 in equal parts of its length.

    ``pieces`` are the byte offsets of each second of the playable copy, and its end; ``opus_pieces`` those of the Opus
    one, empty where there is none. ``harms`` is what the last check of the seals, at ``checked_at``, found broken.
    """

    summary: Summary
    spans: Sequence[HiddenSpan]
    transcript: Sequence[Line]
    peaks: Sequence[Sequence[int]]
    pieces: Sequence[int]
    opus_pieces: Sequence[int]
    harms: Sequence[Harm]
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Heard:
    """Seconds [first, end) that were handed out to ``actor`` under ``event``; ``seek`` when they did not follow on."""

    event: UUID
    actor: UUID
    at: datetime
    first: int
    end: int
    seek: bool


class Codec(StrEnum):
    """In what a second is handed out: as it is kept, or small."""

    FLAC = "flac"
    OPUS = "opus"


@dataclass(frozen=True, slots=True)
class Playing:
    """Bytes [start, end) of a playable copy, of ``size`` in all, holding whole seconds."""

    start: int
    end: int
    size: int
    seconds: int
    data: bytes = field(repr=False)
