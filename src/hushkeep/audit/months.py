"""Partitions by month: made ahead, and dropped whole when their time is over and a witness has seen their end."""

from datetime import datetime, timedelta

from django.db import DatabaseError, connections, transaction

from hushkeep.audit.log import append
from hushkeep.audit.retention import is_due, month_after, month_of
from hushkeep.audit.tiles import rows
from hushkeep.kernel import PLATFORM_TENANT, Action, ActorKind, Event, EventId, Outcome, new_id
from hushkeep.runtime.tenancy import tenant_transaction

ALIAS = "sequencer"
AHEAD = 3
"""Months made in advance; events beyond them, or before the first, go to a partition of their own and are kept."""

_PRESENT = (
    "SELECT substr(c.relname, 14) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
    "WHERE i.inhparent = 'event_header'::regclass AND c.relname ~ '^event_header_[0-9]{4}_[0-9]{2}$' ORDER BY 1"
)


def present(now: datetime) -> list[datetime]:
    """Return the months that have a partition, as their first moments in the time zone of ``now``."""
    names = [name for (name,) in rows(ALIAS, _PRESENT, [])]
    return [month_of(now).replace(year=int(name[:4]), month=int(name[5:])) for name in names]


def make_ahead(now: datetime) -> None:
    """Make the partitions of this month and the next three; nothing happens to those that are there."""
    with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        for months in range(AHEAD + 1):
            cursor.execute("SELECT hushkeep_audit_month(%s)", [month_after(month_of(now), months)])


def drop_due(now: datetime, kept: timedelta) -> list[datetime]:
    """Drop each month that is older than ``kept``; return those dropped. Each try is an event of the platform.

    The database refuses a month that is younger than the floor of any action in it, that holds an event without a
    place, or whose end no witness has cosigned; the month then stays, and the event says ``failed``.
    """
    dropped = []
    for month in present(now):
        if not is_due(month, (), kept=kept, now=now):
            continue
        try:
            with transaction.atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
                cursor.execute("SELECT hushkeep_audit_drop(%s)", [month])
        except DatabaseError:
            _record(month, now, Outcome.FAILED, "month_is_held")
        else:
            _record(month, now, Outcome.ALLOWED, "retention")
            dropped.append(month)
    return dropped


def _record(month: datetime, now: datetime, outcome: Outcome, reason: str) -> None:
    with tenant_transaction(PLATFORM_TENANT):
        append(
            Event(
                id=EventId(new_id()),
                tenant=PLATFORM_TENANT,
                at=now,
                actor=None,
                actor_kind=ActorKind.SYSTEM,
                action=Action.AUDIT_PURGE,
                outcome=outcome,
                reason=reason,
                target_kind=f"month:{month:%Y-%m}",
            )
        )
