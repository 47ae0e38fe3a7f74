"""Live conversations: begun, changed and ended by a connector's signed word; while they last they are a grant.

The key service judges the same signed bytes by itself and keeps its own table: whoever owns this process can open
nothing that was not signed. What stands here decides what an agent is shown at all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError as DuplicateKey
from django.db import transaction
from django.db.models import F, Q, QuerySet

from hushkeep.access.models import LiveConversation as Row
from hushkeep.kernel import Action, Conflict, ConversationId, Denied, NotFound, Permit, SubjectId, TenantId
from hushkeep.runtime.outbox import announce
from hushkeep.runtime.streams import LIVE_CHANGED

TOPIC = LIVE_CHANGED
"""Under this topic open desks hear that something changed, at commit."""

ANSWERED = timedelta(seconds=20)
"""How long the customer has been on the line before what an agent began shows anything."""

LONGEST = timedelta(hours=4)
"""A conversation whose end never comes is over after this."""


@dataclass(frozen=True, slots=True)
class LiveConversation:
    """A conversation that goes on, or is being wrapped up; the grant holds from ``opens_at`` until ``closes_at`` (UTC).

    ``opens_at`` is None while the customer has neither answered what an agent began nor been verified. ``others``
    joined the call.
    """

    id: UUID
    conversation: ConversationId
    subject: SubjectId
    agent: UUID
    others: tuple[UUID, ...]
    outbound: bool
    started_at: datetime
    opens_at: datetime | None
    ended_at: datetime | None
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a connector said of a start; ``reference`` is its own id of the conversation."""

    reference: str
    conversation: ConversationId
    subject: SubjectId
    agent: UUID
    outbound: bool
    wrap_up: timedelta


def begin(permit: Permit, start: Start, *, now: datetime) -> LiveConversation:
    """Return the conversation that the permit's connector told of, now live.

    Raises Conflict("live_already") for one that has been told of before, ended or not.
    """
    permit.require(Action.CONVERSATION_START, start.conversation, now=now)
    row = Row(
        tenant=permit.tenant,
        connector=permit.actor,
        reference=start.reference,
        conversation=start.conversation,
        subject=start.subject,
        agent=start.agent,
        outbound=start.outbound,
        wrap_up_seconds=int(start.wrap_up.total_seconds()),
        started_at=now,
        closes_at=now + LONGEST,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except DuplicateKey:
        raise Conflict("live_already") from None
    return _told(row)


def find(connector: UUID, reference: str) -> LiveConversation | None:
    """Return the conversation that ``connector`` calls ``reference``, or None. Inside the center's transaction."""
    row = Row.objects.filter(connector=connector, reference=reference).first()
    return _value(row) if row else None


def answered(permit: Permit, live: LiveConversation, *, now: datetime) -> LiveConversation:
    """Return the conversation, its customer on the line from now on; told again, nothing changes."""
    permit.require(Action.CONVERSATION_START, live.conversation, now=now)
    row = _going_on(permit, live)
    row.answered_at = row.answered_at or now
    row.save(update_fields=["answered_at"])
    return _told(row)


def verified(permit: Permit, live: LiveConversation, *, now: datetime) -> LiveConversation:
    """Return the conversation, its customer verified from now on; told again, nothing changes."""
    permit.require(Action.CONVERSATION_START, live.conversation, now=now)
    row = _going_on(permit, live)
    row.verified_at = row.verified_at or now
    row.save(update_fields=["verified_at"])
    return _told(row)


def transfer(permit: Permit, live: LiveConversation, to: UUID, *, now: datetime) -> LiveConversation:
    """Return the conversation, now ``to``'s alone."""
    permit.require(Action.CONVERSATION_TRANSFER, live.conversation, now=now)
    row = _going_on(permit, live)
    row.agent, row.others = to, []
    row.save(update_fields=["agent", "others"])
    return _told(row)


def join(permit: Permit, live: LiveConversation, agent: UUID, *, now: datetime) -> LiveConversation:
    """Return the conversation with ``agent`` on it too."""
    permit.require(Action.CONVERSATION_TRANSFER, live.conversation, now=now)
    row = _going_on(permit, live)
    row.others = sorted({*map(str, row.others), str(agent)} - {str(row.agent)})
    row.save(update_fields=["others"])
    return _told(row)


def leave(permit: Permit, live: LiveConversation, agent: UUID, *, now: datetime) -> LiveConversation:
    """Return the conversation without ``agent``, who had joined it."""
    permit.require(Action.CONVERSATION_TRANSFER, live.conversation, now=now)
    row = _going_on(permit, live)
    row.others = [other for other in row.others if other != str(agent)]
    row.save(update_fields=["others"])
    return _told(row)


def end(permit: Permit, live: LiveConversation, *, now: datetime) -> LiveConversation:
    """Return the conversation, over: the grant holds for the wrap-up and no longer. Told again, nothing changes.

    Raises NotFound for a conversation of another connector.
    """
    permit.require(Action.CONVERSATION_END, live.conversation, now=now)
    row = _row(permit, live)
    if row.ended_at is None:
        row.ended_at = now
        row.closes_at = min(row.closes_at, now + timedelta(seconds=row.wrap_up_seconds))
        row.save(update_fields=["ended_at", "closes_at"])
    return _told(row)


def of_agent(permit: Permit, *, now: datetime) -> tuple[LiveConversation, ...]:
    """Return what the permit's actor has now, wrap-ups included, the latest first."""
    permit.require(Action.DESK_VIEW, None, now=now)
    return tuple(_value(row) for row in _of(permit.actor, now).order_by("-id"))


def serving(permit: Permit, subject: SubjectId, *, now: datetime) -> LiveConversation:
    """Return the conversation in which the permit's actor serves ``subject``; raises Denied when there is none."""
    row = open_to(permit.actor, now).filter(subject=subject).order_by("-id").first()
    if row is None:
        raise Denied("conversation_not_live")
    return _value(row)


def open_to(agent: UUID, now: datetime) -> "QuerySet[Row]":
    """Return the conversations whose customer ``agent`` may see now: for the decision's own facts."""
    long_enough = Q(ended_at=None, answered_at__lte=now - ANSWERED) | Q(ended_at__gte=F("answered_at") + ANSWERED)
    return _of(agent, now).filter(Q(outbound=False) | long_enough | Q(verified_at__lte=now))


def _of(agent: UUID, now: datetime) -> "QuerySet[Row]":
    return Row.objects.filter(Q(agent=agent) | Q(others__contains=[str(agent)]), closes_at__gt=now)


def _row(permit: Permit, live: LiveConversation) -> Row:
    row = Row.objects.select_for_update().filter(id=live.id, connector=permit.actor).first()
    if row is None:
        raise NotFound(f"live conversation {live.id}")
    return row


def _going_on(permit: Permit, live: LiveConversation) -> Row:
    row = _row(permit, live)
    if row.ended_at is not None:
        raise Denied("conversation_not_live")
    return row


def _told(row: Row) -> LiveConversation:
    announce(TenantId(row.tenant), TOPIC, row.id)
    return _value(row)


def _value(row: Row) -> LiveConversation:
    return LiveConversation(
        id=row.id,
        conversation=ConversationId(row.conversation),
        subject=SubjectId(row.subject),
        agent=row.agent,
        others=tuple(UUID(other) for other in row.others),
        outbound=row.outbound,
        started_at=row.started_at,
        opens_at=_opens_at(row),
        ended_at=row.ended_at,
        closes_at=row.closes_at,
    )


def _opens_at(row: Row) -> datetime | None:
    if not row.outbound:
        started: datetime = row.started_at
        return started
    grounds = [row.verified_at, row.answered_at + ANSWERED if row.answered_at else None]
    return min((ground for ground in grounds if ground is not None), default=None)
