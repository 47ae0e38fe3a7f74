"""Objects that belong to nobody: noted in the database before they may be left over, deleted in a while.

Between the storing of an object and the commit of the row that holds its key lies a moment in which everything may die.
Who makes an object reserves its id first and claims it in the transaction of its row; who gives one up notes it in the
transaction of its end.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections

from hushkeep.kernel import TenantId, Unavailable, new_id
from hushkeep.records.models import DiscardedObject
from hushkeep.runtime import clock, objects
from hushkeep.runtime.tenancy import tenant_transaction

UNCLAIMED = timedelta(hours=1)
"""How long an object that is being made may wait for the row that makes it somebody's."""
_ROUND = 100


def reserve(tenant: TenantId) -> UUID:
    """Return the id of an object that is about to be made; unclaimed in time, whatever is under it is deleted.

    Commits at once: raises RuntimeError in an open transaction, with which the note would be undone.
    """
    if connections["default"].in_atomic_block:
        raise RuntimeError("an id is reserved before the transaction that claims it")
    object_id = new_id()
    with tenant_transaction(tenant):
        note([object_id], at=clock.now() + UNCLAIMED)
    return object_id


def note(ids: Iterable[UUID], *, at: datetime) -> None:
    """Note in the open transaction that the objects ``ids`` are to be deleted from ``at`` on."""
    DiscardedObject.objects.bulk_create([DiscardedObject(id=one, at=at) for one in ids], ignore_conflicts=True)


def give_up(tenant: TenantId, ids: Iterable[UUID]) -> None:
    """Let what was reserved under ``ids`` be destroyed at once: nobody will claim it."""
    with tenant_transaction(tenant):
        DiscardedObject.objects.filter(id__in=list(ids)).update(at=clock.now())


def claim(ids: Iterable[UUID]) -> None:
    """Take back, in the open transaction, the notes of the objects ``ids``: they are somebody's with its commit.

    Raises Unavailable when it is too late for one of them: made again, under another id, it will be there.
    """
    wanted = set(ids)
    if DiscardedObject.objects.filter(id__in=wanted).delete()[0] != len(wanted):
        raise Unavailable("an object was given up before it was claimed")


def clear(tenant: TenantId) -> int:
    """Delete the objects of ``tenant`` whose time has come; return how many. What dies in between is deleted again.

    Notes that somebody is taking back at this moment are left alone.
    """
    with tenant_transaction(tenant):
        due = DiscardedObject.objects.select_for_update(skip_locked=True).filter(at__lte=clock.now())
        ids = list(due.order_by("id").values_list("id", flat=True)[:_ROUND])
        for one in ids:
            objects.remove(one)
        DiscardedObject.objects.filter(id__in=ids).delete()
    return len(ids)
