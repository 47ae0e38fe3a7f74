"""Requests for four eyes that outlive their end expire: a row each, an event each."""

from hushkeep.access import approvals
from hushkeep.audit.log import append_many
from hushkeep.kernel import Action, ActorKind, Event, EventId, Outcome, TenantId, new_id
from hushkeep.runtime import clock
from hushkeep.runtime.services import service
from hushkeep.runtime.tenancy import tenant_transaction


@service("access.approvals_expiry", every=60)
def expire(tenant: TenantId) -> int:
    """Let the center's overdue requests expire and return how many there were."""
    now = clock.now()
    with tenant_transaction(tenant):
        ended = approvals.expire(now=now)
        append_many(
            [
                Event(
                    id=EventId(new_id()),
                    tenant=tenant,
                    at=now,
                    actor=None,
                    actor_kind=ActorKind.SYSTEM,
                    action=Action.APPROVAL_DECIDE,
                    outcome=Outcome.DENIED,
                    reason="approval_expired",
                    target=approval,
                    target_kind="approval",
                    approval=approval,
                )
                for approval in ended
            ]
        )
    return len(ended)
