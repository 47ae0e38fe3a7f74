"""The log watches over everybody; this watches over the log."""

from datetime import datetime
from types import MappingProxyType

from hushkeep.access.alarms import Severity, sound
from hushkeep.audit import health
from hushkeep.kernel import TenantId
from hushkeep.runtime.tenancy import tenant_transaction

SEVERITY = MappingProxyType(
    {
        health.UNPLACED: Severity.RED,
        health.DISAGREES: Severity.RED,
        health.CLOCK_OFFSET: Severity.YELLOW,
        health.CLOCK_BACK: Severity.YELLOW,
        health.FEED_SILENT: Severity.YELLOW,
        health.WITNESS_SILENT: Severity.YELLOW,
    }
)
"""What can be wrong with the log -> severity of its alarm; the finding is the alarm's code."""


def look(tenant: TenantId, now: datetime) -> tuple[str, ...]:
    """Sound an alarm for each thing that is wrong with the tenant's log; return their codes."""
    found = health.findings(tenant, now)
    with tenant_transaction(tenant):
        for code in found:
            sound(tenant, code, SEVERITY[code], person=None, event=None, now=now)
    return found
