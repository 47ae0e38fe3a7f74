"""Live conversations: begun and ended by a connector's signed word; between the two, and for the wrap-up, a grant.

The key service judges the same signed bytes by itself and keeps its own table: whoever owns this process can open
nothing that was not signed. What stands here decides what an agent is shown at all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError as DuplicateKey
from django.db import transaction

from hushkeep.access.models import LiveConversation as Row
from hushkeep.kernel import Action, Conflict, ConversationId, NotFound, Permit, SubjectId

WRAP_UP = timedelta(seconds=60)
"""How long the grant holds after hang-up."""

LONGEST = timedelta(hours=4)
"""A conversation whose end never comes is over after this."""


@dataclass(frozen=True, slots=True)
class LiveConversation:
    """A conversation that goes on, or is being wrapped up; the grant holds until ``closes_at`` (UTC)."""

    id: UUID
    conversation: ConversationId
    subject: SubjectId
    agent: UUID
    started_at: datetime
    ended_at: datetime | None
    closes_at: datetime


def begin(  # noqa: PLR0913 - a live conversation has so many parts
    permit: Permit, *, reference: str, conversation: ConversationId, subject: SubjectId, agent: UUID, now: datetime
) -> LiveConversation:
    """Return the conversation that the permit's connector calls ``reference``, now live.

    Raises Conflict("live_already") for one that has been told of before, ended or not.
    """
    permit.require(Action.CONVERSATION_START, conversation, now=now)
    row = Row(
        tenant=permit.tenant,
        connector=permit.actor,
        reference=reference,
        conversation=conversation,
        subject=subject,
        agent=agent,
        wrap_up_seconds=int(WRAP_UP.total_seconds()),
        started_at=now,
        closes_at=now + LONGEST,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except DuplicateKey:
        raise Conflict("live_already") from None
    return _value(row)


def find(connector: UUID, reference: str) -> LiveConversation | None:
    """Return the conversation that ``connector`` calls ``reference``, or None. Inside the center's transaction."""
    row = Row.objects.filter(connector=connector, reference=reference).first()
    return _value(row) if row else None


def end(permit: Permit, live: LiveConversation, *, now: datetime) -> LiveConversation:
    """Return the conversation, over: the grant holds for the wrap-up and no longer. Told again, nothing changes.

    Raises NotFound for a conversation of another connector.
    """
    permit.require(Action.CONVERSATION_END, live.conversation, now=now)
    row = Row.objects.select_for_update().filter(id=live.id, connector=permit.actor).first()
    if row is None:
        raise NotFound(f"live conversation {live.id}")
    if row.ended_at is None:
        row.ended_at = now
        row.closes_at = min(row.closes_at, now + timedelta(seconds=row.wrap_up_seconds))
        row.save(update_fields=["ended_at", "closes_at"])
    return _value(row)


def of_agent(permit: Permit, *, now: datetime) -> tuple[LiveConversation, ...]:
    """Return what the permit's actor has now, wrap-ups included, the latest first."""
    permit.require(Action.DESK_VIEW, None, now=now)
    rows = Row.objects.filter(agent=permit.actor, closes_at__gt=now).order_by("-id")
    return tuple(_value(row) for row in rows)


def _value(row: Row) -> LiveConversation:
    return LiveConversation(
        row.id,
        ConversationId(row.conversation),
        SubjectId(row.subject),
        row.agent,
        row.started_at,
        row.ended_at,
        row.closes_at,
    )
