"""Centers: the tenants of an installation."""

from dataclasses import dataclass
from datetime import datetime

from hushkeep.identity.models import Tenant as Row
from hushkeep.kernel import NotFound, TenantId
from hushkeep.runtime.outbox import announce
from hushkeep.runtime.streams import CENTER_CHANGED


@dataclass(frozen=True, slots=True)
class Tenant:
    """A center. ``demo``: its people are made up; ``device_required``: customer data goes to trusted devices only."""

    id: TenantId
    name: str
    demo: bool
    device_required: bool


def create(name: str, *, demo: bool, now: datetime) -> Tenant:
    """Return a new center."""
    return value(Row.objects.create(name=name, demo=demo, created_at=now))


def get(tenant: TenantId) -> Tenant:
    """Return the center; raise NotFound when there is none of this id."""
    row = Row.objects.filter(id=tenant).first()
    if row is None:
        raise NotFound(f"tenant {tenant}")
    return value(row)


def everyone() -> tuple[Tenant, ...]:
    """Return all centers, oldest first: for jobs that serve each in turn."""
    return tuple(value(row) for row in Row.objects.order_by("id"))


def demand_devices(tenant: TenantId, *, required: bool) -> None:
    """Say whether customer data of the center goes to trusted devices only."""
    Row.objects.filter(id=tenant).update(device_required=required)
    announce(tenant, CENTER_CHANGED, tenant)


def value(row: Row) -> Tenant:
    """Return what of the row may leave the room."""
    return Tenant(TenantId(row.id), row.name, row.demo, row.device_required)
