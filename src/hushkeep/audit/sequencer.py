"""Sequencing: committed events get their places, hashes and a signed root, all in one transaction.

One writer at a time for each tenant (an advisory lock; were it ever to fail, the unique (tenant, first) of leaves and
checkpoints lets only one of two writers commit). New is every row whose transaction the snapshot of the last
checkpoint did not show and the present one does: exact for transactions that commit late, and no look at what is old.
Never a watermark of ids or times: those are given before the commit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connections
from django.db.backends.utils import CursorWrapper

from hushkeep.audit._arrays import OIDS, scalar
from hushkeep.audit._binary import Row, Value, execute
from hushkeep.audit.log_key import log_key, own_keys
from hushkeep.kernel import IntegrityError, TenantId
from hushkeep.ledger import TILE_HEIGHT, Checkpoint, Edge, leaf_hash, opened
from hushkeep.runtime.clock import now
from hushkeep.runtime.tenancy import tenant_transaction

ALIAS = "sequencer"
_NOTHING = "1:1:"
_SNAPSHOT = "SELECT pg_current_snapshot()::text"
BATCH = 100_000
"""So many events are placed in one transaction, and the rest of a large one with them."""

RUN = 1024
"""So many leaves at most stand in one row."""

_LOCK = """
SELECT pg_try_advisory_xact_lock(hashtextextended('hushkeep.audit/' || %s, 0)),
       set_config('enable_seqscan', 'off', true), set_config('statement_timeout', '0', true),
       set_config('plan_cache_mode', 'force_generic_plan', true)
"""
# After the lock, in a statement of its own: its snapshot shows whatever the sequencer before us committed.
_LAST = """
SELECT s.now::text, pg_snapshot_xmax(s.now)::text::bigint, hushkeep_audit_era(), last.*
FROM (SELECT pg_current_snapshot() AS now) s LEFT JOIN (
    SELECT size, root, peaks, seen::text, pg_snapshot_xmax(seen)::text::bigint, era, note FROM event_checkpoint
    WHERE tenant = %s ORDER BY size DESC LIMIT 1) last ON true
"""
# The transaction at which to stop when more waits than a round should take; all of these are new to the last snapshot.
_STOP = b"""
SELECT xid FROM event_header WHERE tenant = $1 AND era = $2 AND xid >= $3 ORDER BY tenant, era, xid OFFSET $4 LIMIT 1
"""
_RENUMBERED = "SELECT hushkeep_audit_renumbered(%s::smallint)"
# $2 to $7: era; xmin and xmax of the last snapshot and it; the present xmin and snapshot. Most rows need no snapshot.
_FRESH = """
h.era = $2 AND h.xid >= $3 AND (h.xid >= $4 OR NOT pg_visible_in_snapshot(h.xid::text::xid8, $5::text::pg_snapshot))
AND (h.xid < $6 OR pg_visible_in_snapshot(h.xid::text::xid8, $7::text::pg_snapshot))
"""
# In a new era the snapshots of old say nothing: the leaves themselves do. Once for each tenant.
_UNPLACED = """
NOT EXISTS (SELECT FROM (SELECT unnest(events) AS event FROM event_leaf WHERE tenant = $1) placed
            WHERE placed.event = h.id)
"""
# Entries have no line ends. Their hashes are taken here, by OpenSSL: it is several times as fast as the database's own.
_READ = """
SELECT min(at), max(at), array_send(array_agg(id ORDER BY n)), array_send(array_agg(at ORDER BY n)),
       string_agg(entry, '\\x0a'::bytea ORDER BY n), pg_current_snapshot()::text
FROM (SELECT h.id, h.at, hushkeep_entry(h) AS entry, row_number() OVER (ORDER BY h.at, h.id) - 1 AS n
      FROM event_header h WHERE h.tenant = $1 AND {new}) fresh
GROUP BY n / {run} ORDER BY min(n)
"""
_PLACE = (
    b"INSERT INTO event_leaf (tenant, first, earliest, latest, events, times, hashes) "
    b"VALUES ($1, $2, $3, $4, $5, $6, $7)"
)
_ADD_NODES = (
    "INSERT INTO event_node (tenant, level, index, hash) "
    "SELECT %s, * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])"
)
_ADD_CHECKPOINT = (
    "INSERT INTO event_checkpoint (tenant, size, first, at, root, peaks, seen, era, note) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_ADD_KEY = "INSERT INTO event_key (tenant, vkey, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"

_nothing_new: dict[TenantId, str] = {}
"""The snapshot before the last round that found nothing: while it stays the same, nothing was committed since."""


class Seen(NamedTuple):
    """What a checkpoint's snapshot (``xmin:xmax:xip,…``) showed, in the numbering of an era."""

    snapshot: str
    era: int


def run(tenant: TenantId) -> int:
    """Put every committed event of ``tenant`` in its place; return how many, 0 when another sequencer is at it.

    Raises IntegrityError when the last checkpoint was not signed by a key of this log or does not fit its edge:
    the sequencer signs nothing on top of a history that it did not write.
    """
    return _run(tenant) or 0


def keep_up(tenant: TenantId) -> int:
    """As ``run``, for rounds that follow one another at once: where no transaction has ended, one statement says so."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(_SNAPSHOT)
        (snapshot,) = _one(cursor)
    if _nothing_new.get(tenant) == snapshot:
        return 0
    placed = _run(tenant)
    if placed == 0:
        _nothing_new[tenant] = snapshot
    return placed or 0


def _run(tenant: TenantId) -> int | None:
    """Place what is new and return how much it was; None when another sequencer is at it, which may yet fall."""
    placed = 0
    while batch := _batch(tenant, now()):
        placed += batch
        if batch < BATCH:
            break
    return placed or batch


def _batch(tenant: TenantId, at: datetime) -> int | None:
    with tenant_transaction(tenant, using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute(_LOCK, [str(tenant)])
        if not _one(cursor)[0]:
            return None
        cursor.execute(_LAST, [tenant])
        snapshot, xmax, era, *last = _one(cursor)
        size, seen, known = last[0] or 0, last[3] or _NOTHING, last[4] or 1
        if known > xmax and era == last[5]:
            cursor.execute(_RENUMBERED, [era])
            era = _one(cursor)[0]
        anew = era > (last[5] or 0)
        if not anew:
            stop = _stop(tenant, era, known)
            snapshot = snapshot if stop is None else _until(snapshot, stop)
        runs = _read(tenant, None if anew else _Span(era, seen, snapshot))
        leaves = _placed(tenant, size, runs)
        if leaves:
            edge = Edge() if last[0] is None else _edge(tenant, last)
            grown, nodes = edge.grow(leaves)
            _add_nodes(cursor, tenant, size, nodes)
            state = Seen(_text(runs[0][5]) if anew else snapshot, era)
            _add_checkpoint(cursor, tenant, grown, size, at, state)
        return len(leaves)


def _read(tenant: TenantId, span: "_Span | None") -> list[Row]:
    """Return the runs of new events: earliest, latest, ids, times, entries, the snapshot of the look."""
    values: list[Value] = [(OIDS["uuid"][0], tenant.bytes)]
    if span is not None:
        values += span.values
    statement = _READ.format(new=_UNPLACED if span is None else _FRESH, run=RUN)
    return execute(ALIAS, statement.encode(), values, keep=True)


@dataclass(frozen=True, slots=True)
class _Span:
    """What is new between two snapshots of an era."""

    era: int
    seen: str
    now: str

    @property
    def values(self) -> list[Value]:
        """The values $2 to $7 of the look."""
        xmin, xmax, _ = self.seen.split(":")
        present, _, _ = self.now.split(":")
        return [
            (OIDS["smallint"][0], scalar("smallint", self.era)),
            (OIDS["bigint"][0], scalar("bigint", int(xmin))),
            (OIDS["bigint"][0], scalar("bigint", int(xmax))),
            (OIDS["text"][0], self.seen.encode()),
            (OIDS["bigint"][0], scalar("bigint", int(present))),
            (OIDS["text"][0], self.now.encode()),
        ]


def _placed(tenant: TenantId, size: int, runs: list[Row]) -> list[bytes]:
    """Write the runs from place ``size`` on; return their leaf hashes."""
    leaves = list[bytes]()
    for earliest, latest, events, times, entries, _ in runs:
        hashes = [leaf_hash(entry) for entry in (entries or b"").split(b"\n")]
        values = [
            (OIDS["uuid"][0], tenant.bytes),
            (OIDS["bigint"][0], scalar("bigint", size + len(leaves))),
            (OIDS["timestamptz"][0], earliest),
            (OIDS["timestamptz"][0], latest),
            (OIDS["uuid"][1], events),
            (OIDS["timestamptz"][1], times),
            (OIDS["bytea"][0], b"".join(hashes)),
        ]
        execute(ALIAS, _PLACE, values)
        leaves += hashes
    return leaves


def _text(value: bytes | None) -> str:
    return (value or b"").decode("ascii")


def _stop(tenant: TenantId, era: int, known: int) -> int | None:
    """Return the transaction that fills a round, None when less than that waits."""
    numbers = [scalar("bigint", known), scalar("bigint", BATCH - 1)]
    values = [(OIDS["uuid"][0], tenant.bytes), (OIDS["smallint"][0], scalar("smallint", era))]
    found = execute(ALIAS, _STOP, [*values, *((OIDS["bigint"][0], number) for number in numbers)], keep=True)
    return int.from_bytes(found[0][0] or b"", "big") if found else None


def _until(snapshot: str, last: int) -> str:
    """Return ``snapshot`` (``xmin:xmax:xip,…``) as if no transaction after ``last`` had begun."""
    xmin, xmax, running = snapshot.split(":")
    stop = last + 1
    kept = [xid for xid in running.split(",") if xid and int(xid) < stop]
    return f"{min(int(xmin), stop)}:{min(int(xmax), stop)}:{','.join(kept)}"


def _one(cursor: CursorWrapper) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        raise IntegrityError("the database gave no answer")
    return row


def _edge(tenant: TenantId, last: list[Any]) -> Edge:
    """Return where the log stands, checked: signature, size and root of the last checkpoint against its edge."""
    size, root, peaks, _, _, _, note = last
    # The keys come from this process's own files: those in the database are there to be read by others.
    signed = opened(note, own_keys(tenant))
    edge = Edge.decode(size, bytes(peaks))
    if (signed.size, signed.root) != (size, bytes(root)) or edge.root != signed.root:
        raise IntegrityError(f"checkpoint of {size}: its edge does not fit")
    return edge


def _add_nodes(cursor: CursorWrapper, tenant: TenantId, old: int, completed: list[Sequence[bytes]]) -> None:
    """Write the roots of the tiles that the leaves from ``old`` on completed, on every level."""
    levels = range(1, -(-len(completed) // TILE_HEIGHT))
    rows = [
        (level, (old >> (TILE_HEIGHT * level)) + place, node)
        for level in levels
        for place, node in enumerate(completed[TILE_HEIGHT * level])
    ]
    if rows:
        cursor.execute(_ADD_NODES, [tenant, *(list(column) for column in zip(*rows, strict=True))])


def _add_checkpoint(  # noqa: PLR0913, PLR0917 - what a checkpoint consists of
    cursor: CursorWrapper, tenant: TenantId, edge: Edge, first: int, at: datetime, seen: Seen
) -> None:
    key = log_key(tenant)
    note = str(Checkpoint(key.name, edge.size, edge.root).signed(key))
    cursor.execute(_ADD_KEY, [tenant, str(key.verifier), at])
    cursor.execute(_ADD_CHECKPOINT, [tenant, edge.size, first, at, edge.root, edge.encode(), *seen, note])
