"""Content values: spans, turns and conversations."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text, half-open ``[start, end)``, in Unicode code points."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"empty or negative span [{self.start}, {self.end})")


class Channel(StrEnum):
    """Where a conversation took place."""

    CHAT = "chat"
    EMAIL = "email"
    CALL = "call"
    TICKET = "ticket"
    FORM = "form"
    APP = "app"
    SOCIAL = "social"


class Direction(StrEnum):
    """Who opened the conversation: the customer (inbound) or the center (outbound)."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation, as said or written.

    ``speaker`` is ``customer``, ``agent``, ``bot``, ``system`` or a source's own word;
    ``at`` is aware, in UTC.
    """

    speaker: str
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """What the source says of the customer: clear values, on their way to be sealed.

    ``values`` maps a field name (``name``, ``phone``, ``email``, ``id_card``, ``bank_card``, ``address``, …)
    to its clear value.
    """

    source_id: str | None = None
    values: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Customer(fields={[name for name, _ in self.values]})"


class AttachmentState(StrEnum):
    """What became of a file that hangs on a message.

    READ: its text is a turn of the conversation. UNREAD: kept as it is. QUARANTINED: dangerous, kept and never opened.
    WITHHELD: not kept, since its text holds a code or password, which must not be stored.
    """

    READ = "read"
    UNREAD = "unread"
    QUARANTINED = "quarantined"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that hangs on a message, without its bytes.

    ``parts`` are the SHA-256 digests, in hex, of its pieces of ``ATTACHMENT_PART_BYTES``; the last may be shorter.
    ``turn`` is the place of its text among the turns; ``reason`` a code, why it was not read; ``scan`` who looked at
    it for malware, None for nobody. ``repr`` shows no name.
    """

    name: str = field(repr=False)
    media_type: str
    size: int
    parts: tuple[str, ...] = field(repr=False)
    state: AttachmentState
    reason: str | None = None
    scan: str | None = None
    turn: int | None = None


def withheld(attachments: Sequence[Attachment], secret_turns: Collection[int]) -> list[Attachment]:
    """Return ``attachments``, those withheld whose text is one of ``secret_turns``: turns in which a secret was found.

    Its bytes would keep what its text loses. What hangs there twice is withheld twice.
    """
    secret = {one.parts for one in attachments if one.turn in secret_turns}
    return [
        replace(one, state=AttachmentState.WITHHELD, reason="secret") if one.parts in secret else one
        for one in attachments
    ]


ATTACHMENT_PART_BYTES = 8 * 1024 * 1024
"""An attachment is sealed in pieces of this size."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A whole conversation in the clear: the unit, since a number may be split over turns.

    ``source_id`` is the id the source gave it; ``source`` names the intake (a connector, a folder).
    Times are aware, in UTC. ``repr`` shows no text.
    """

    source_id: str
    channel: Channel
    turns: tuple[Turn, ...] = field(repr=False)
    source: str = "batch"
    thread: str | None = None
    language: str | None = None
    direction: Direction | None = None
    customer: Customer | None = None
    agent: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
