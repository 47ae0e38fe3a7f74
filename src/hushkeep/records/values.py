"""The values that the room's doors hand out: frozen, masked, without a clear identifier."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from hushkeep.kernel import AttachmentState, Channel, ConversationId, Direction, SubjectId

Item = TypeVar("Item")

PAGE_LIMIT = 200
"""The most items of one page."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding as it is shown: half-open ``[start, end)`` in the masked text, its entity and level (1-5)."""

    turn: int
    start: int
    end: int
    entity: str
    level: int


@dataclass(frozen=True, slots=True)
class MaskedTurn:
    """One turn with everything found in it masked."""

    n: int
    speaker: str
    at: datetime | None
    text: str = field(repr=False)
    findings: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What is known of a conversation beside its turns; ``entities`` counts findings, ``preview`` is masked."""

    id: ConversationId
    subject: SubjectId
    channel: Channel
    language: str | None
    direction: Direction | None
    agent: str | None
    at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    turn_count: int
    level: int
    secrets_cut: int
    entities: Mapping[str, int]
    preview: str = field(repr=False)
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAttachment:
    """An attachment as it may be shown: its name masked; ``here`` says whether all that is kept of it has come."""

    n: int
    turn: int | None
    name: str = field(repr=False)
    media_type: str
    size: int
    state: AttachmentState
    reason: str | None
    scan: str | None
    here: bool


@dataclass(frozen=True, slots=True)
class MaskedConversation:
    """A whole conversation as it may be seen without a reveal."""

    header: Header
    turns: tuple[MaskedTurn, ...]
    attachments: tuple[HeldAttachment, ...] = ()


@dataclass(frozen=True, slots=True)
class ClearTurn:
    """A turn as it was said, secrets cut."""

    n: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Revealed:
    """What a reveal gives: clear turns, the event it is recorded under and for how long it may stand on screen."""

    event: UUID
    expires_in_seconds: int
    turns: tuple[ClearTurn, ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Up to 200 items and the opaque cursor of the next page, None at the end."""

    items: tuple[Item, ...]
    next: str | None
