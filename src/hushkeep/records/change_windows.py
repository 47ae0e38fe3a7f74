"""What time does to changes of customers' data: past the window they are final, and what was deleted is gone."""

from hushkeep.audit.log import append_many
from hushkeep.kernel import Action, ActorKind, Event, EventId, Outcome, TenantId, new_id
from hushkeep.records import changes
from hushkeep.records.changes import Change, ChangeKind
from hushkeep.runtime import clock
from hushkeep.runtime.tenancy import tenant_transaction


def settle(tenant: TenantId) -> int:
    """Make what is past its window final, an event each; return how many there were."""
    with tenant_transaction(tenant):
        done = changes.settle(now=clock.now())
        append_many([_event(tenant, one) for one in done])
    return len(done)


def _event(tenant: TenantId, done: Change) -> Event:
    return Event(
        id=EventId(new_id()),
        tenant=tenant,
        at=clock.now(),
        actor=None,
        actor_kind=ActorKind.SYSTEM,
        action=Action.CUSTOMER_DELETE if done.kind is ChangeKind.DELETE else Action.CUSTOMER_CHANGE,
        outcome=Outcome.ALLOWED,
        reason="window_over",
        target=done.id,
        target_kind="change",
        subject=done.subject,
    )
