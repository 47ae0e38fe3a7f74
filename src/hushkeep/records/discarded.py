"""Objects and key rings that belong to nobody: noted before they may be left over, destroyed in a while.

Between the making of an object or a ring and the commit of the row that makes it somebody's lies a moment in which
everything may die or be undone. Who makes one reserves its id first and claims it in the transaction of its row; who
gives an object up notes it in the transaction of its end.

Keys of the customers of a batch of conversations are not noted: up to 500 notes would have to be committed before each
batch. What a batch that is undone leaves are keys that wrap nothing, under ids that stand nowhere.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import connections

from hushkeep.kernel import TenantId, Unavailable, new_id
from hushkeep.records.models import DiscardedObject
from hushkeep.runtime import clock, objects
from hushkeep.runtime.tenancy import tenant_transaction

UNCLAIMED = timedelta(hours=1)
"""How long what is being made may wait for the row that makes it somebody's."""
_ROUND = 100


class Made(StrEnum):
    """What a reserved id is of."""

    OBJECT = "object"
    RING = "ring"  # a thing's, or a customer's


def reserve(tenant: TenantId, made: Made = Made.OBJECT) -> UUID:
    """Return the id of what is about to be made; unclaimed in time, whatever is under it is destroyed.

    Commits at once: raises RuntimeError in an open transaction, with which the note would be undone.
    """
    return reserve_each(tenant, [made])[0]


def reserve_each(tenant: TenantId, made: Sequence[Made]) -> list[UUID]:
    """Return an id for each of ``made``, as ``reserve`` does."""
    if connections["default"].in_atomic_block:
        raise RuntimeError("an id is reserved before the transaction that claims it")
    at = clock.now() + UNCLAIMED
    with tenant_transaction(tenant):
        notes = [DiscardedObject(id=new_id(), at=at, made=one.value) for one in made]
        DiscardedObject.objects.bulk_create(notes)
    return [note.id for note in notes]


def note(ids: Iterable[UUID], *, at: datetime) -> None:
    """Note in the open transaction that the objects ``ids`` are to be deleted from ``at`` on."""
    DiscardedObject.objects.bulk_create([DiscardedObject(id=one, at=at) for one in ids], ignore_conflicts=True)


def give_up(tenant: TenantId, ids: Iterable[UUID]) -> None:
    """Let what was reserved under ``ids`` be destroyed at once: nobody will claim it."""
    with tenant_transaction(tenant):
        DiscardedObject.objects.filter(id__in=list(ids)).update(at=clock.now())


def claim(ids: Iterable[UUID]) -> None:
    """Take back, in the open transaction, the notes of ``ids``: what they are of is somebody's with its commit.

    Raises Unavailable when it is too late for one of them: made again, under another id, it will be there.
    """
    wanted = set(ids)
    if DiscardedObject.objects.filter(id__in=wanted).delete()[0] != len(wanted):
        raise Unavailable("what was reserved was given up before it was claimed")


def clear(tenant: TenantId) -> int:
    """Delete the objects of ``tenant`` whose time has come; return how many. What dies in between is deleted again.

    Notes that somebody is taking back at this moment are left alone. Rings are left to ``unused_rings.clear``.
    """
    with tenant_transaction(tenant):
        due = DiscardedObject.objects.select_for_update(skip_locked=True).filter(at__lte=clock.now(), made=Made.OBJECT)
        ids = list(due.order_by("id").values_list("id", flat=True)[:_ROUND])
        for one in ids:
            objects.remove(one)
        DiscardedObject.objects.filter(id__in=ids).delete()
    return len(ids)
