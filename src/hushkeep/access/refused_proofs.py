"""Refused proofs of a device's key: each is counted, few are events of their own, and a session has so many and ends.

A cookie without its key is refused before any limit is asked, so whoever stole one could fill the log. A session's
first refusals in a minute are events each; the rest of that minute becomes one event a reason, with the exact count.
Counts lie in the database: what a crash leaves untold the worker tells. The thirtieth refusal within an hour ends the
session, with a red alarm.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from hushkeep.access import alarms
from hushkeep.access.actors import Actor
from hushkeep.access.alarms import Severity
from hushkeep.access.models import RefusedProofs as Row
from hushkeep.access.proof_tally import MINUTE, MOST, Tally, counted
from hushkeep.audit.log import append
from hushkeep.identity import request_ids, sessions
from hushkeep.kernel import (
    Action,
    ActorId,
    ActorKind,
    DeviceId,
    Event,
    EventId,
    Outcome,
    SessionId,
    TenantId,
    new_id,
)
from hushkeep.runtime import clock
from hushkeep.runtime.services import service
from hushkeep.runtime.tenancy import tenant_transaction

_KEPT = timedelta(days=1)

# Proofs that come too late, twice or for another address are slips of clocks and networks as often as tricks.
_STOLEN = frozenset({"device_proof_missing", "device_unknown", "proof_wrong"})


def refuse(actor: Actor, bound: DeviceId | None, reason: str) -> None:
    """Count a refused proof of ``actor``'s session, which is ``bound`` to a device or to none; tell what is to be told.

    One transaction: the count, its events, the alarm and the session's end hold together or not at all.
    """
    now = clock.now()
    with tenant_transaction(actor.tenant):
        row = _row(actor, bound, now)
        tally, telling = counted(_tally(row), reason, now=now)
        _keep(row, tally)
        event = _tell(row, telling, now=now)
        if bound is not None and reason in _STOLEN:
            alarms.sound(actor.tenant, "cookie_without_key", Severity.RED, person=actor.person, event=event, now=now)
        if tally.count == MOST:
            sessions.end_refused(row.session, now=now)
            alarms.sound(actor.tenant, "proofs_refused", Severity.RED, person=actor.person, event=event, now=now)


@service("access.refused_proofs", every=20)
def tell_rest(tenant: TenantId) -> int:
    """Tell what was held back in minutes that are over, and forget old counts; return how many refusals were told."""
    now, told = clock.now(), 0
    with tenant_transaction(tenant):
        Row.objects.filter(minute_at__lte=now - _KEPT, hour_at__lte=now - _KEPT, untold={}).delete()
        waiting = Row.objects.select_for_update(skip_locked=True).filter(minute_at__lte=now - MINUTE)
        for row in waiting.exclude(untold={}):
            untold = _tally(row).untold
            _tell(row, untold, now=now)
            row.untold = {}
            row.save(update_fields=["untold"])
            told += sum(untold.values())
    return told


def _row(actor: Actor, bound: DeviceId | None, now: datetime) -> Row:
    """Return the session's row, held until the transaction ends: refusals at once are counted one after the other."""
    first = {"person": actor.person, "device": bound, "minute_at": now, "hour_at": now}
    return Row.objects.select_for_update().get_or_create(session=actor.session, defaults=first)[0]


def _tally(row: Row) -> Tally:
    return Tally(row.minute_at, row.hour_at, row.told, row.count, row.untold)


def _keep(row: Row, tally: Tally) -> None:
    row.minute_at, row.hour_at, row.told, row.count = tally.minute_at, tally.hour_at, tally.told, tally.count
    row.untold = dict(tally.untold)
    row.save(update_fields=["minute_at", "hour_at", "told", "count", "untold"])


def _tell(row: Row, telling: Mapping[str, int], *, now: datetime) -> UUID | None:
    """Write one event a reason; return the last one's id."""
    last = None
    for reason, count in telling.items():
        last = new_id()
        append(
            Event(
                id=EventId(last),
                tenant=TenantId(row.tenant),
                at=now,
                actor=ActorId(row.person),
                actor_kind=ActorKind.PERSON,
                action=Action.SESSION_SIGN_IN,
                outcome=Outcome.DENIED,
                reason=reason,
                target=row.session,
                target_kind="session",
                session=SessionId(row.session),
                device=DeviceId(row.device) if row.device else None,
                count=count if count > 1 else None,
                request=request_ids.current(),
            )
        )
    return last
