"""What access leaves to the worker."""

from uuid import UUID

from hushkeep.access import alarm_delivery, emergencies
from hushkeep.identity import devices, people
from hushkeep.identity.roles import REVIEWERS
from hushkeep.kernel import NotFound, TenantId
from hushkeep.runtime import clock
from hushkeep.runtime.jobs import enqueue, job
from hushkeep.runtime.key_client import keys
from hushkeep.runtime.tenancy import tenant_transaction

deliver_alarm = alarm_delivery.deliver  # registered by its import


@job("access.tell_device")
def tell_device(tenant: TenantId, device: UUID) -> None:
    """Tell the key service how a device stands: trusted ones may sign for tickets, revoked ones nothing more.

    The row is held meanwhile, so that a revocation never comes before the registration that it undoes.
    """
    with tenant_transaction(tenant):
        stands = devices.standing(device)
        if stands.trusted and not stands.revoked:
            reviewer = people.get(tenant, stands.person).role in REVIEWERS or emergencies.holds(
                stands.person, now=clock.now()
            )
            keys().register_device(tenant, stands.person, device, stands.public_key, reviewer=reviewer)
        elif stands.revoked:
            _revoke(tenant, device)


def tell_devices_of(tenant: TenantId, person: UUID) -> None:
    """Have the key service told, once this transaction commits, what the devices of ``person`` may sign for now."""
    for device in devices.trusted_of(person):
        enqueue(tell_device, tenant, device=device)


@job("access.end_tickets")
def end_tickets(tenant: TenantId, person: UUID) -> None:
    """End every ticket that the key service gave a person who has left, or has another role now."""
    keys().end_tickets(tenant, person)


def _revoke(tenant: TenantId, device: UUID) -> None:
    try:
        keys().revoke_device(tenant, device)
    except NotFound:
        return  # it was never trusted, so the service never knew it
