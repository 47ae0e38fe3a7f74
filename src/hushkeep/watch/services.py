"""What recurs in watch: openings are matched with events, both ways, and the log itself is looked after."""

from hushkeep.kernel import TenantId
from hushkeep.runtime import clock
from hushkeep.runtime.key_client import keys
from hushkeep.runtime.services import service
from hushkeep.runtime.site import read_site
from hushkeep.watch.log_health import look
from hushkeep.watch.reconciliation import reconcile


# With the grace of 20 s an opening without its event is an alarm after some 30 s; 60 s are promised.
@service("watch.reconciliation", every=10)
def reconcile_openings(tenant: TenantId) -> None:
    """Match what was opened since the last round; an unmatched row is a red alarm."""
    reconcile(tenant, keys(), tenants=[known.id for known in read_site().tenants], now=clock.now())


@service("watch.log", every=60)
def look_after_log(tenant: TenantId) -> None:
    """Sound an alarm where the log is not well: events without a place, clocks, witnesses, the collector."""
    look(tenant, clock.now())
