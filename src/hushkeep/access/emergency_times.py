"""What time does to emergencies: undecided ones expire, open ones close, reviews become overdue."""

from datetime import datetime

from hushkeep.access import alarms, emergencies
from hushkeep.access.alarms import Severity
from hushkeep.access.emergency_rules import Emergency
from hushkeep.access.jobs import tell_devices_of
from hushkeep.audit.log import append_many
from hushkeep.kernel import Action, ActorKind, Event, EventId, Outcome, TenantId, new_id
from hushkeep.runtime import clock
from hushkeep.runtime.services import service
from hushkeep.runtime.tenancy import tenant_transaction


@service("access.emergencies", every=20)
def pass_time(tenant: TenantId) -> int:
    """Move the center's emergencies on, an event each; return how many moved. An overdue review is a yellow alarm."""
    now = clock.now()
    with tenant_transaction(tenant):
        events = [
            _event(tenant, one, Action.EMERGENCY_DECIDE, Outcome.DENIED, "approval_expired", now)
            for one in emergencies.expire(now=now)
        ]
        over = emergencies.end(now=now)
        for one in over:
            tell_devices_of(tenant, one.holder)
        events += [_event(tenant, one, Action.EMERGENCY_CLOSE, Outcome.ALLOWED, "minutes_over", now) for one in over]
        for one in emergencies.tell_overdue(now=now):
            told = _event(tenant, one, Action.EMERGENCY_REVIEW, Outcome.FAILED, "emergency_unreviewed", now)
            alarms.sound(tenant, told.reason, Severity.YELLOW, person=one.holder, event=told.id, now=now)
            events.append(told)
        append_many(events)
    return len(events)


def _event(  # noqa: PLR0913, PLR0917 - the parts of an event that differ
    tenant: TenantId, emergency: Emergency, action: Action, outcome: Outcome, reason: str, now: datetime
) -> Event:
    return Event(
        id=EventId(new_id()),
        tenant=tenant,
        at=now,
        actor=None,
        actor_kind=ActorKind.SYSTEM,
        action=action,
        outcome=outcome,
        reason=reason,
        target=emergency.id,
        target_kind="emergency",
        subject=emergency.subject,
    )
