"""The room's recurring work; the worker imports this module and calls what it registers."""

from hushkeep.records import change_windows, discarded, export_writing, tenant_keys, unused_rings
from hushkeep.records.recordings import expiry
from hushkeep.runtime.services import service

make_tenant_keys = service("tenant_keys", every=2.0)(tenant_keys.make)
expire_recordings = service("recordings_expire", every=30.0)(expiry.expire)
resume_recordings = service("recordings_resume", every=60.0)(expiry.resume)
settle_changes = service("records.changes", every=60.0)(change_windows.settle)
clear_discarded = service("records.discarded", every=30.0)(discarded.clear)
clear_unused_rings = service("records.unused_rings", every=30.0)(unused_rings.clear)
clear_exports = service("records.exports", every=60.0)(export_writing.clear)
