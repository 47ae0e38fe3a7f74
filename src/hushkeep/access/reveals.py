"""Reveals, counted: what an hour has seen, how much of it without a customer on the line, and what four eyes lent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections
from django.db.models import Count, Q

from hushkeep.access.four_eyes import State
from hushkeep.access.models import Approval, Reveal
from hushkeep.kernel import Action, Permit

REVEALS = frozenset({Action.CONVERSATION_REVEAL, Action.CUSTOMER_REVEAL})
"""What is counted."""

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Counted:
    """An actor's reveals: of the last hour; without a live conversation and without a leave, in the hour and the day.

    ``leave`` is the approval on which the next one without a live conversation draws, or None.
    """

    hour: int = 0
    alone_hour: int = 0
    alone_day: int = 0
    leave: UUID | None = None


def counted(actor: UUID, purpose: str | None, *, now: datetime) -> Counted:
    """Return ``actor``'s reveals so far; two requests at once wait for each other, until the transaction ends."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reveals {actor}"])
    hour, alone = Q(at__gt=now - _HOUR), Q(live=False, approval=None)
    found = Reveal.objects.filter(actor=actor, at__gt=now - _DAY).aggregate(
        hour=Count("id", filter=hour), alone_hour=Count("id", filter=hour & alone), alone_day=Count("id", filter=alone)
    )
    return Counted(**found, leave=_leave(actor, purpose, now=now))


def count(permit: Permit, *, live: bool, leave: UUID | None, now: datetime) -> None:
    """Count the reveal that ``permit`` allows; without a live conversation it draws on ``leave``, if there is one."""
    drawn = None if live else leave
    row = Reveal(tenant=permit.tenant, actor=permit.actor, decision=permit.decision, at=now, live=live, approval=drawn)
    row.save(force_insert=True)


def _leave(actor: UUID, purpose: str | None, *, now: datetime) -> UUID | None:
    """Return the actor's leave for this very purpose that has reveals left, the one that ends first; or None."""
    rows = Approval.objects.filter(
        action=Action.CONVERSATION_REVEAL.value,
        requester=actor,
        purpose=purpose or "",
        state=State.APPROVED.value,
        expires_at__gt=now,
    )
    for leave, lent in rows.order_by("expires_at").values_list("id", "count"):
        if Reveal.objects.filter(approval=leave).count() < lent:
            known: UUID = leave
            return known
    return None
