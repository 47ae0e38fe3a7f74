"""The tenant of the work in hand: set in the transaction, where row-level security reads it.

>>> from hushkeep.runtime.tenancy import current_tenant
>>> current_tenant()
Traceback (most recent call last):
hushkeep.kernel.errors.Denied: no tenant is set
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

import psycopg.errors
from django.db import connections, transaction
from psycopg.pq import ExecStatus

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
        if inside_plain:
            _set_tenant(using, str(tenant))
        else:
            _begin(using, tenant)
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


def _begin(using: str, tenant: TenantId) -> None:
    """Begin the transaction and set its tenant in one message: the driver would send its BEGIN by itself."""
    connection = connections[using]
    with connection.wrap_database_errors:
        raw = connection.connection.pgconn
        # A tenant is a UUID: its text is hexadecimal digits and hyphens. No other value may be written in here.
        result = raw.exec_(b"BEGIN; SELECT set_config('app.tenant', '%s', true)" % str(UUID(str(tenant))).encode())
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result, encoding="utf-8")


def _set_tenant(using: str, value: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, true)", [value])
