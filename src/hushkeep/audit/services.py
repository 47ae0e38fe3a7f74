"""What recurs for every tenant: places for new events, cosignatures, and the months' partitions."""

from hushkeep.audit import deposits, feed, months, sequencer, witnessing
from hushkeep.audit.outside import outside
from hushkeep.kernel import PLATFORM_TENANT, TenantId
from hushkeep.runtime.clock import now
from hushkeep.runtime.services import service
from hushkeep.runtime.settings import settings


@service("audit.sequencer", every=0.05)
def place(tenant: TenantId) -> None:
    """Give the tenant's new events their places, under a signed checkpoint."""
    sequencer.keep_up(tenant)


@service("audit.witnesses", every=60)
def witness(tenant: TenantId) -> None:
    """Have each witness cosign the tenant's last checkpoint."""
    for known in witnessing.witnesses():
        witnessing.submit(tenant, known, now())


@service("audit.deposits", every=60)
def deposit(tenant: TenantId) -> None:
    """Put the tenant's last checkpoint into the places outside of the house where it is due."""
    deposits.deposit(tenant, outside(), now())


@service("audit.feed", every=5)
def send_out(tenant: TenantId) -> None:
    """Send the tenant's new events to the collector, where one is configured."""
    to = feed.destination()
    if to is not None:
        feed.send_new(tenant, to, now())


@service("audit.months", every=3600)
def turn_months(tenant: TenantId) -> None:
    """Make the coming months and drop those whose time is over: once a round, with the platform's tenant."""
    if tenant == PLATFORM_TENANT:
        months.make_ahead(now())
        months.drop_due(now(), settings().audit_retention)
