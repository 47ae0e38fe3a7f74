"""Reveals, counted: what an hour has seen, how much of it without a customer on the line, and what four eyes lent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections

from hushkeep.access.four_eyes import State
from hushkeep.access.models import Reveal
from hushkeep.kernel import Action, Permit
from hushkeep.runtime.tenancy import current_tenant

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


_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
# In one statement, and a later one than the lock: what others counted while we waited must be in its snapshot.
_COUNT = """
SELECT count(*) FILTER (WHERE at > %(hour)s), count(*) FILTER (WHERE at > %(hour)s AND alone),
       count(*) FILTER (WHERE alone),
       (SELECT a.id FROM access_approval a
         WHERE a.tenant = %(tenant)s AND a.requester = %(actor)s AND a.action = %(action)s AND a.purpose = %(purpose)s
           AND a.state = %(approved)s AND a.expires_at > %(now)s
           AND (SELECT count(*) FROM access_reveal d WHERE d.tenant = a.tenant AND d.approval = a.id) < a.count
         ORDER BY a.expires_at LIMIT 1)
  FROM (SELECT at, NOT live AND approval IS NULL AS alone FROM access_reveal
         WHERE tenant = %(tenant)s AND actor = %(actor)s AND at > %(day)s) r
"""


def counted(actor: UUID, purpose: str | None, *, now: datetime) -> Counted:
    """Return ``actor``'s reveals so far; two requests at once wait for each other, until the transaction ends.

    The leave is the one for this very purpose that has reveals left and ends first.
    """
    asked: dict[str, Any] = {
        "tenant": current_tenant(),
        "actor": actor,
        "action": Action.CONVERSATION_REVEAL.value,
        "purpose": purpose or "",
        "approved": State.APPROVED.value,
        "now": now,
        "hour": now - _HOUR,
        "day": now - _DAY,
    }
    with connections["default"].cursor() as cursor:
        cursor.execute(_LOCK, [f"reveals {actor}"])
        cursor.execute(_COUNT, asked)
        return Counted(*cursor.fetchone())


def count(permit: Permit, *, live: bool, leave: UUID | None, now: datetime) -> None:
    """Count the reveal that ``permit`` allows; without a live conversation it draws on ``leave``, if there is one."""
    drawn = None if live else leave
    row = Reveal(tenant=permit.tenant, actor=permit.actor, decision=permit.decision, at=now, live=live, approval=drawn)
    row.save(force_insert=True)
