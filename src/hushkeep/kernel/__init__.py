"""Values that every room shares; standard library only.

>>> from hushkeep.kernel import Channel, Conversation, Turn
>>> talk = Conversation("c-1", Channel.CHAT, (Turn("customer", "my card is 4111 1111 1111 1111"),))
>>> "4111" in repr(talk)
False
"""

from hushkeep.kernel.actions import LEVEL, Action, label_key
from hushkeep.kernel.canonical import Plain, canonical, timestamp
from hushkeep.kernel.conversation import (
    ATTACHMENT_PART_BYTES,
    Attachment,
    AttachmentState,
    Channel,
    Conversation,
    Customer,
    Direction,
    Span,
    Turn,
    withheld,
)
from hushkeep.kernel.errors import (
    ApprovalRequired,
    Conflict,
    Denied,
    Error,
    IntegrityError,
    InvalidInput,
    NotFound,
    Unavailable,
)
from hushkeep.kernel.event import EVENT_VERSION, ActorKind, Event, Outcome
from hushkeep.kernel.ids import (
    PLATFORM_TENANT,
    ActorId,
    ConversationId,
    DeviceId,
    EventId,
    SessionId,
    SubjectId,
    TenantId,
    new_id,
)
from hushkeep.kernel.permit import Permit

__all__ = [
    "ATTACHMENT_PART_BYTES",
    "EVENT_VERSION",
    "LEVEL",
    "PLATFORM_TENANT",
    "Action",
    "ActorId",
    "ActorKind",
    "ApprovalRequired",
    "Attachment",
    "AttachmentState",
    "Channel",
    "Conflict",
    "Conversation",
    "ConversationId",
    "Customer",
    "Denied",
    "DeviceId",
    "Direction",
    "Error",
    "Event",
    "EventId",
    "IntegrityError",
    "InvalidInput",
    "NotFound",
    "Outcome",
    "Permit",
    "Plain",
    "SessionId",
    "Span",
    "SubjectId",
    "TenantId",
    "Turn",
    "Unavailable",
    "canonical",
    "label_key",
    "new_id",
    "timestamp",
    "withheld",
]
