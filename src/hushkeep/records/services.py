"""The room's recurring work; the worker imports this module and calls what it registers."""

from hushkeep.records import tenant_keys
from hushkeep.runtime.services import service

make_tenant_keys = service("tenant_keys", every=2.0)(tenant_keys.make)
