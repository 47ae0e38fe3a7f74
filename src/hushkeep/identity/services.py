"""What recurs in identity: counters, nonces and kept answers are forgotten when they have expired."""

from django.db import connection

from hushkeep.kernel import TenantId
from hushkeep.runtime.services import service


@service("identity.forgetting", every=60)
def forget(tenant: TenantId) -> int:  # noqa: ARG001 - the cache is the site's; a second call finds nothing to do
    """Remove expired entries of the shared cache and records of expired cookies; return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM identity_cookie WHERE expire_date < now()")
        cookies = int(cursor.rowcount)
        cursor.execute("DELETE FROM identity_cache WHERE expires < now()")
        return cookies + int(cursor.rowcount)
