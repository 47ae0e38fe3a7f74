"""Accounts that nobody uses are switched off (PCI DSS v4.0.1, 8.2.6: within 90 days)."""

from datetime import timedelta
from uuid import UUID

from hushkeep.access.actors import Target
from hushkeep.access.gate import by_system
from hushkeep.identity import people
from hushkeep.identity.people import Person
from hushkeep.kernel import Action, Permit, TenantId
from hushkeep.runtime import clock
from hushkeep.runtime.services import service
from hushkeep.runtime.tenancy import tenant_transaction

UNUSED_FOR = timedelta(days=90)


@service("access.unused", every=24 * 3600)
def switch_off(tenant: TenantId) -> int:
    """Switch off whom nobody has seen for 90 days, each with its event; return how many there were."""
    with tenant_transaction(tenant):
        away = people.unused(tenant, since=clock.now() - UNUSED_FOR)
    for person in away:
        _one(tenant, person)
    return len(away)


def _one(tenant: TenantId, person: UUID) -> None:
    def act(permit: Permit) -> Person:
        return people.switch_off(permit, person, now=clock.now())

    by_system(tenant, Action.USER_REMOVE, Target(kind="user", id=person, owner=person), act=act)
