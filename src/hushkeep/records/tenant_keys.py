"""A tenant's keys: made by the worker, since the front may only use them."""

from hushkeep.kernel import NotFound, TenantId
from hushkeep.runtime.key_client import keys

_made: set[TenantId] = set()


def make(tenant: TenantId) -> None:
    """Have the key service make the keys of ``tenant``; once made, this process asks no more."""
    if tenant not in _made:
        keys().create_tenant(tenant)
        _made.add(tenant)


def ready(tenant: TenantId) -> bool:
    """Whether the keys of ``tenant`` are made."""
    if tenant not in _made:
        try:
            keys().index(tenant, [("ready", "ready")])
        except NotFound:
            return False
        _made.add(tenant)
    return True
