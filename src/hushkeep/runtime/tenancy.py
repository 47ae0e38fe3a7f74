"""The tenant of the work in hand: set in the transaction, where row-level security reads it.

>>> from hushkeep.runtime.tenancy import current_tenant
>>> current_tenant()
Traceback (most recent call last):
hushkeep.kernel.errors.Denied: no tenant is set
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connections, transaction

from hushkeep.kernel import Denied, TenantId

_held: ContextVar[dict[str, TenantId]] = ContextVar("tenants", default={})  # noqa: B039 - never changed in place


@contextmanager
def tenant_transaction(tenant: TenantId, *, using: str = "default") -> Iterator[None]:
    """Run the block in a transaction of ``tenant`` on the database alias ``using``.

    Within a block of the same tenant it joins that transaction; within another tenant's it raises Denied.
    An error in the block rolls the whole transaction back.
    """
    held = _held.get()
    if any(other != tenant for other in held.values()):
        raise Denied("another tenant's transaction is open")
    if using in held:
        with transaction.atomic(using=using, savepoint=False):
            yield
        return
    connection = connections[using]
    inside_plain = connection.in_atomic_block
    with transaction.atomic(using=using):
        _set_tenant(using, str(tenant))
        token = _held.set({**held, using: tenant})
        try:
            yield
        finally:
            _held.reset(token)
        if inside_plain:  # the setting would else live on to the end of the caller's transaction
            _set_tenant(using, "")


def current_tenant() -> TenantId:
    """Return the tenant whose transaction is open; raise Denied when there is none: nothing is everyone's."""
    for tenant in _held.get().values():
        return tenant
    raise Denied("no tenant is set")


def _set_tenant(using: str, value: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, true)", [value])
