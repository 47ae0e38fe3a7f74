"""Whether the log itself is well: everything in its place, its clock right, its witnesses and its collector there."""

from datetime import UTC, datetime, timedelta

from hushkeep.audit import feed, witnessing
from hushkeep.audit.clocks import offset
from hushkeep.audit.tiles import rows
from hushkeep.kernel import Action, Outcome, TenantId
from hushkeep.runtime.clock import now as clock_now
from hushkeep.runtime.tenancy import tenant_transaction

UNPLACED = "events_unplaced"
DISAGREES = "log_disagrees"
CLOCK_OFFSET = "clock_offset"
CLOCK_BACK = "clock_went_back"
WITNESS_SILENT = "witness_silent"
FEED_SILENT = "feed_silent"

PLACED_WITHIN = timedelta(minutes=1)
OFFSET = timedelta(seconds=1)  # PCI DSS v4.0.1, 10.6: one time, from sources that are held to be right
SILENCE = timedelta(hours=1)
FEED_SILENCE = timedelta(minutes=5)

_LOOK_BACK = timedelta(minutes=15)
_WAITING = """
SELECT EXISTS (SELECT FROM event_header h LEFT JOIN (
        SELECT unnest(events) AS event FROM event_leaf WHERE tenant = %(tenant)s AND latest >= %(since)s) placed
    ON placed.event = h.id
    WHERE h.tenant = %(tenant)s AND h.at >= %(since)s AND h.at < %(until)s AND placed.event IS NULL)
"""
_FAILED = """
SELECT EXISTS (SELECT FROM event_header WHERE tenant = %s AND action = %s AND outcome = %s AND at >= %s)
"""
# Monotonic: no checkpoint is older than the one before it, nor younger than now.
_BACK = """
SELECT coalesce(max(at) > %s OR bool_or(at < before), false) FROM (
    SELECT at, lag(at) OVER (ORDER BY size) AS before
    FROM (SELECT at, size FROM event_checkpoint WHERE tenant = %s ORDER BY size DESC LIMIT 3000) last) pairs
"""
_WITNESSED = "SELECT max(at), max(size) FROM event_cosignature WHERE tenant = %s AND witness = %s"
_GROWN = "SELECT min(at) FROM event_checkpoint WHERE tenant = %s AND size > %s"
_OFFSETS = "SELECT abs(offset_ms) FROM event_cosignature WHERE tenant = %s ORDER BY size DESC LIMIT 1"


def findings(tenant: TenantId, now: datetime) -> tuple[str, ...]:
    """Return the codes of what is wrong with the tenant's log at ``now``, none when it is well."""
    with tenant_transaction(tenant):
        span = {"tenant": tenant, "since": now - _LOOK_BACK, "until": now - PLACED_WITHIN}
        failed = [tenant, Action.AUDIT_CHECKPOINT.value, Outcome.FAILED.value, now - 2 * PLACED_WITHIN]
        wrong = {
            UNPLACED: rows("default", _WAITING, span)[0][0],
            DISAGREES: rows("default", _FAILED, failed)[0][0],
            CLOCK_BACK: rows("default", _BACK, [now + OFFSET, tenant])[0][0],
            CLOCK_OFFSET: _off(tenant),
            WITNESS_SILENT: any(_silent(tenant, witness.key.name, now) for witness in witnessing.witnesses()),
        }
    wrong[FEED_SILENT] = _feed_silent(tenant, now)
    return tuple(code for code, found in wrong.items() if found)


def _off(tenant: TenantId) -> bool:
    """The database's clock, asked now, and the witness's, as of its last answer."""
    before = clock_now()
    told = rows("default", "SELECT clock_timestamp()", [])[0][0].astimezone(UTC)
    if abs(offset(before, (told, told), clock_now())) > OFFSET:
        return True
    last = rows("default", _OFFSETS, [tenant])
    return bool(last) and timedelta(milliseconds=last[0][0]) > OFFSET


def _silent(tenant: TenantId, witness: str, now: datetime) -> bool:
    """Whether something has waited for this witness for an hour."""
    size = rows("default", _WITNESSED, [tenant, witness])[0][1]
    waiting = rows("default", _GROWN, [tenant, size or 0])[0][0]
    return waiting is not None and waiting < now - SILENCE


def _feed_silent(tenant: TenantId, now: datetime) -> bool:
    """Whether the collector has heard nothing for five minutes, not even the heartbeat of each minute."""
    if feed.destination() is None or feed.sent_so_far(tenant).at >= (now - FEED_SILENCE).timestamp():
        return False
    with tenant_transaction(tenant):
        begun = rows("default", _GROWN, [tenant, 0])[0][0]
    return begun is not None and begun < now - FEED_SILENCE
