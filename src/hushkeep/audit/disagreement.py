"""What somebody outside remembers differs from our log: that is an event, and never passed over."""

from datetime import datetime
from typing import NoReturn

from hushkeep.audit.log import append
from hushkeep.kernel import Action, ActorKind, Event, EventId, IntegrityError, Outcome, TenantId, new_id
from hushkeep.runtime.tenancy import tenant_transaction


def disagreed(tenant: TenantId, now: datetime, reason: str) -> NoReturn:
    """Write the event of a checkpoint that was refused for ``reason``, a code, and raise IntegrityError."""
    with tenant_transaction(tenant):
        append(
            Event(
                id=EventId(new_id()),
                tenant=tenant,
                at=now,
                actor=None,
                actor_kind=ActorKind.SYSTEM,
                action=Action.AUDIT_CHECKPOINT,
                outcome=Outcome.FAILED,
                reason=reason,
            )
        )
    raise IntegrityError(f"the log of {tenant}: {reason}")
