"""Sequencing: committed events get their places, hashes and a signed root, all in one transaction.

One writer at a time for each tenant (an advisory lock; were it ever to fail, the unique (tenant, first) of the
checkpoints lets only one of two writers commit). New rows are found by anti-join, never by a watermark of ids: a
transaction may commit late. So as not to look through the whole log, the look goes back to the oldest transaction that
was still open at the last look: everything older had ended by then, and had been seen.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.backends.utils import CursorWrapper

from hushkeep.audit.log_key import log_key, own_keys
from hushkeep.kernel import IntegrityError, TenantId
from hushkeep.ledger import TILE_WIDTH, Checkpoint, Edge, fold, opened
from hushkeep.runtime.clock import now
from hushkeep.runtime.tenancy import tenant_transaction

ALIAS = "sequencer"
BATCH = 5000

# One question: the lock, and the snapshot before the look. A stale statistic must not lead to a scan of the whole log.
_LOCK = """
SELECT pg_try_advisory_xact_lock(hashtextextended('hushkeep.audit/' || %s, 0)),
       pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint, set_config('enable_seqscan', 'off', true)
FROM pg_current_snapshot() s
"""
_LAST = "SELECT size, root, peaks, horizon, note FROM event_checkpoint WHERE tenant = %s ORDER BY size DESC LIMIT 1"
# A sub-select, not a join: it stays one look into the leaf's own key for each row, whatever the planner believes.
_FRESH = """
FROM event_header h
WHERE h.tenant = %(tenant)s AND h.xid >= %(horizon)s
  AND (SELECT true FROM event_leaf l WHERE l.tenant = h.tenant AND l.event = h.id AND l.at = h.at) IS NULL
"""
_PLACE = f"""
INSERT INTO event_leaf (tenant, at, event, seq, hash)
SELECT tenant, at, id, %(size)s::bigint + row_number() OVER (ORDER BY at, id) - 1, sha256('\\x00'::bytea || entry)
FROM (SELECT h.tenant, h.at, h.id, hushkeep_entry(h) AS entry {_FRESH} ORDER BY h.at, h.id LIMIT %(limit)s) fresh
RETURNING seq, hash
"""  # noqa: S608 - our own text
_WAITING = f"SELECT EXISTS (SELECT {_FRESH})"
_OLDEST_LEFT = f"SELECT min(h.xid) {_FRESH}"
_TILE = "SELECT hash FROM event_leaf WHERE tenant = %s AND seq >= %s AND seq < %s ORDER BY seq"
_NODES = "SELECT hash FROM event_node WHERE tenant = %s AND level = %s AND index >= %s AND index < %s ORDER BY index"
_ADD_NODES = (
    "INSERT INTO event_node (tenant, level, index, hash) "
    "SELECT %s, * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])"
)
_ADD_CHECKPOINT = (
    "INSERT INTO event_checkpoint (tenant, size, first, at, root, peaks, horizon, note) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
_ADD_KEY = "INSERT INTO event_key (tenant, vkey, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"


@dataclass(frozen=True, slots=True)
class Head:
    """Where a log stands: its right edge, and the oldest transaction to look back to."""

    edge: Edge
    horizon: int


def run(tenant: TenantId) -> int:
    """Put every committed event of ``tenant`` in its place; return how many, 0 when another sequencer is at it.

    Raises IntegrityError when the last checkpoint was not signed by a key of this log or does not fit its edge:
    the sequencer signs nothing on top of a history that it did not write.
    """
    placed = 0
    while batch := _batch(tenant, now()):
        placed += batch
        if batch < BATCH:
            break
    return placed


def _batch(tenant: TenantId, at: datetime) -> int:
    with tenant_transaction(tenant, using=ALIAS), connections[ALIAS].cursor() as cursor:
        cursor.execute(_LOCK, [str(tenant)])
        locked, xmin, xmax, _ = _one(cursor)
        if not locked:
            return 0
        cursor.execute(_LAST, [tenant])
        last = cursor.fetchone()
        # A database restored elsewhere counts its transactions anew: then the look goes through the whole log.
        horizon = last[3] if last is not None and last[3] <= xmax else 0
        values: dict[str, Any] = {"tenant": tenant, "horizon": horizon, "limit": BATCH}
        cursor.execute(_WAITING, values)
        if not _one(cursor)[0]:
            return 0
        head = Head(Edge(), 0) if last is None else _head(tenant, last)
        size = values["size"] = head.edge.size
        cursor.execute(_PLACE, values)
        leaves = [bytes(leaf) for _, leaf in sorted(cursor.fetchall())]
        if leaves:
            if len(leaves) == BATCH:
                cursor.execute(_OLDEST_LEFT, values)
                xmin = min(xmin, _one(cursor)[0] or xmin)
            grown = Head(head.edge.grown(leaves), xmin)
            _add_nodes(cursor, tenant, size, grown.edge.size)
            _add_checkpoint(cursor, tenant, grown, size, at)
        return len(leaves)


def _one(cursor: CursorWrapper) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        raise IntegrityError("the database gave no answer")
    return row


def _head(tenant: TenantId, last: tuple[Any, ...]) -> Head:
    """Return where the log stands, checked: signature, size and root of the last checkpoint against its edge."""
    size, root, peaks, horizon, note = last
    # The keys come from this process's own files: those in the database are there to be read by others.
    signed = opened(note, own_keys(tenant))
    edge = Edge.decode(size, bytes(peaks))
    if (signed.size, signed.root) != (size, bytes(root)) or edge.root != signed.root:
        raise IntegrityError(f"checkpoint of {size}: its edge does not fit")
    return Head(edge, horizon)


def _add_nodes(cursor: CursorWrapper, tenant: TenantId, old: int, size: int) -> None:
    """Write the root of every tile that the leaves ``[old, size)`` completed, level by level."""
    level, rows = 0, list[tuple[int, int, bytes]]()
    while (size >> 8) > (old >> 8):
        done, full = old >> 8, size >> 8
        statement, first = (_TILE, [tenant]) if not level else (_NODES, [tenant, level])
        cursor.execute(statement, [*first, done * TILE_WIDTH, full * TILE_WIDTH])
        hashes = [bytes(row[0]) for row in cursor.fetchall()]
        if len(hashes) != (full - done) * TILE_WIDTH:
            raise IntegrityError(f"the tiles of level {level} have a gap after {done}")
        level, old, size = level + 1, done, full
        rows = [(level, done + i, fold(hashes[i * TILE_WIDTH : (i + 1) * TILE_WIDTH])) for i in range(full - done)]
        cursor.execute(_ADD_NODES, [tenant, *(list(column) for column in zip(*rows, strict=True))])


def _add_checkpoint(cursor: CursorWrapper, tenant: TenantId, head: Head, first: int, at: datetime) -> None:
    key, edge = log_key(tenant), head.edge
    note = str(Checkpoint(key.name, edge.size, edge.root).signed(key))
    cursor.execute(_ADD_KEY, [tenant, str(key.verifier), at])
    cursor.execute(_ADD_CHECKPOINT, [tenant, edge.size, first, at, edge.root, edge.encode(), head.horizon, note])
