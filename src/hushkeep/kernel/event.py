"""Event v1: one fact for the ledger. Ids only: no names, numbers or message text."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from hushkeep.kernel.actions import Action
from hushkeep.kernel.ids import ActorId, ConversationId, DeviceId, EventId, SessionId, SubjectId, TenantId

EVENT_VERSION = 1


class ActorKind(StrEnum):
    """Who acted."""

    PERSON = "person"
    SERVICE = "service"
    CONNECTOR = "connector"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


class Outcome(StrEnum):
    """How it ended."""

    ALLOWED = "allowed"
    DENIED = "denied"
    STEP_UP = "step_up"
    NEEDS_APPROVAL = "needs_approval"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact: who did what to what, for which purpose, and how it ended.

    ``at`` is UTC with microseconds; ``reason`` and ``purpose`` are stable codes; ``target_kind`` names a kind of
    object (``conversation``, ``user`` …). Raises ValueError for a naive ``at`` or a negative ``count``.
    """

    id: EventId
    tenant: TenantId
    at: datetime
    actor: ActorId | None
    actor_kind: ActorKind
    action: Action
    outcome: Outcome
    reason: str
    target: UUID | None = None
    target_kind: str | None = None
    session: SessionId | None = None
    device: DeviceId | None = None
    conversation: ConversationId | None = None
    subject: SubjectId | None = None
    policy: str | None = None
    policy_set: str | None = None
    purpose: str | None = None
    approval: UUID | None = None
    count: int | None = None
    request: UUID | None = None
    version: int = EVENT_VERSION

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("an event's time must carry a time zone")
        if self.count is not None and self.count < 0:
            raise ValueError("an event's count is not negative")
