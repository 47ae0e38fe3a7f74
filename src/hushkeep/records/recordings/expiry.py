"""What nobody may forget: unsearched originals end, scans that died begin again, dead keys are shredded."""

from django.db import transaction

from hushkeep.access.actors import Target
from hushkeep.access.gate import by_system
from hushkeep.kernel import Action, Permit, TenantId
from hushkeep.records.models import Recording
from hushkeep.records.recordings import _copies
from hushkeep.records.recordings._lease import STALE_AFTER
from hushkeep.records.recordings.scanning import SCAN, bury
from hushkeep.records.recordings.values import KIND, RecordingState
from hushkeep.runtime import clock
from hushkeep.runtime.jobs import enqueue
from hushkeep.runtime.tenancy import tenant_transaction

_UNSEARCHED = [
    RecordingState.LANDING.value,
    RecordingState.LANDED.value,
    RecordingState.SCANNING.value,
    RecordingState.QUARANTINED.value,
]
_ROUND = 100


def expire(tenant: TenantId) -> int:
    """Destroy the originals of ``tenant`` that were not searched whole in time; return how many.

    PCI DSS v4.0.1, 3.3.1: a code must not outlive its use, so neither may a recording that may hold one.
    """
    now = clock.now()
    with tenant_transaction(tenant):
        due = Recording.objects.filter(state__in=_UNSEARCHED, expires_at__lte=now).values_list("id", flat=True)
        ids = list(due[:_ROUND])
    for recording in ids:
        by_system(tenant, Action.RECORDING_REDACT, Target(kind=KIND, id=recording), act=_ended)
    with tenant_transaction(tenant):
        dead = list(Recording.objects.exclude(dead_rings=[]).values_list("id", flat=True)[:_ROUND])
    for recording in dead:
        bury(tenant, recording)
    return len(ids)


def resume(tenant: TenantId) -> int:
    """Queue the scans of ``tenant`` anew whose worker died; return how many."""
    now = clock.now()
    with tenant_transaction(tenant):
        rows = Recording.objects.filter(stage__isnull=False, beat_at__lt=now - STALE_AFTER)
        stale = list(rows.values_list("id", flat=True)[:_ROUND])
        for recording in stale:
            enqueue(SCAN, tenant, recording=recording)
    return len(stale)


def _ended(permit: Permit) -> None:
    row = Recording.objects.select_for_update().get(id=permit.target)
    if row.state not in _UNSEARCHED:
        return
    gone = _copies.remove(_copies.rows(row.id, _copies.ORIGINAL))
    row.dead_rings = [*row.dead_rings, str(row.ring)] if row.ring else row.dead_rings
    row.state, row.reason, row.ring, row.stage = RecordingState.EXPIRED.value, "not_searched_in_time", None, None
    row.save(update_fields=["state", "reason", "ring", "stage", "dead_rings"])
    transaction.on_commit(lambda: _copies.delete_objects(gone))
