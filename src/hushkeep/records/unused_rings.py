"""Key rings that were made and never claimed are shredded; a note is no leave to destroy what is in use."""

from typing import Final
from uuid import UUID

from hushkeep.access.actors import Target
from hushkeep.access.gate import by_system
from hushkeep.kernel import Action, Conflict, Denied, NotFound, Permit, TenantId
from hushkeep.records.discarded import Made
from hushkeep.records.models import DiscardedObject, Recording, Subject
from hushkeep.runtime import clock, logs
from hushkeep.runtime.key_client import keys
from hushkeep.runtime.tenancy import tenant_transaction

KIND: Final = "key_ring"
"""What the target of an event about a ring is called that belongs to nothing."""
_ROUND: Final = 100


def clear(tenant: TenantId) -> int:
    """Shred the rings of ``tenant`` that nobody has claimed in time; return how many. Each is an event key:shred.

    Notes that somebody is taking back at this moment are left alone.
    """
    with tenant_transaction(tenant):
        due = DiscardedObject.objects.filter(at__lte=clock.now(), made=Made.RING)
        rings = list(due.order_by("id").values_list("id", flat=True)[:_ROUND])
    return sum(_cleared(tenant, ring) for ring in rings)


def _cleared(tenant: TenantId, ring: UUID) -> bool:
    """Shred ``ring``, by its note; return whether there was anything to shred."""
    try:
        by_system(tenant, Action.KEY_SHRED, Target(kind=KIND, id=ring), act=lambda permit: _shred(permit, ring))
    except Conflict:  # it is being claimed
        return False
    except NotFound:  # it was never made, or is somebody's after all
        _forget(tenant, ring)
        return False
    except Denied:  # under dual control nobody shreds alone: a key that wraps nothing stays
        logs.warn("unused_ring_stays", tenant=tenant, ring=ring)
        _forget(tenant, ring)
        return False
    return True


def _shred(permit: Permit, ring: UUID) -> None:
    note = DiscardedObject.objects.select_for_update(skip_locked=True).filter(id=ring, made=Made.RING)
    if not note:
        raise Conflict(f"ring {ring} is being claimed")
    if Subject.objects.filter(id=ring).exists() or Recording.objects.filter(ring=ring).exists():
        raise NotFound(f"ring {ring} is in use")
    keys().shred(permit.tenant, ring, actor=permit.actor, event=permit.decision, basis="never_used")
    note.delete()


def _forget(tenant: TenantId, ring: UUID) -> None:
    with tenant_transaction(tenant):
        DiscardedObject.objects.filter(id=ring, made=Made.RING).delete()
