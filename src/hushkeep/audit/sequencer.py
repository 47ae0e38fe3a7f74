"""Sequencing: committed events get their places, hashes and a signed root, all in one transaction.

One writer at a time for each tenant (an advisory lock; were it ever to fail, the unique (tenant, first) of leaves and
checkpoints lets only one of two writers commit). New is every row whose transaction the snapshot of the last
checkpoint did not show and the present one does: exact for transactions that commit late, and no look at what is old.
Never a watermark of ids or times: those are given before the commit.
"""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connections
from django.db.backends.utils import CursorWrapper

from hushkeep.audit.log_key import log_key, own_keys
from hushkeep.kernel import IntegrityError, TenantId
from hushkeep.ledger import HASH_BYTES, TILE_HEIGHT, Checkpoint, Edge, opened
from hushkeep.runtime.clock import now
from hushkeep.runtime.tenancy import tenant_transaction

ALIAS = "sequencer"
_NOTHING = "1:1:"
BATCH = 100_000
"""So many events are placed in one transaction, and the rest of a large one with them."""

RUN = 1024
"""So many leaves at most stand in one row."""

_LOCK = """
SELECT pg_try_advisory_xact_lock(hashtextextended('hushkeep.audit/' || %s, 0)),
       set_config('enable_seqscan', 'off', true), set_config('statement_timeout', '0', true)
"""
# After the lock, in a statement of its own: its snapshot shows whatever the sequencer before us committed.
_LAST = """
SELECT s.now::text, pg_snapshot_xmax(s.now)::text::bigint, hushkeep_audit_era(), last.*
FROM (SELECT pg_current_snapshot() AS now) s LEFT JOIN (
    SELECT size, root, peaks, seen::text, pg_snapshot_xmax(seen)::text::bigint, era, note FROM event_checkpoint
    WHERE tenant = %s ORDER BY size DESC LIMIT 1) last ON true
"""
# The transaction at which to stop when more waits than a round should take; all of these are new to the last snapshot.
_STOP = """
SELECT xid::text::bigint FROM event_header WHERE tenant = %s AND era = %s AND xid >= %s::text::xid8
ORDER BY xid OFFSET %s LIMIT 1
"""
_RENUMBERED = "SELECT hushkeep_audit_renumbered(%s::smallint)"
_FRESH = """
h.era = %(era)s AND h.xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
AND NOT pg_visible_in_snapshot(h.xid, %(seen)s::pg_snapshot) AND pg_visible_in_snapshot(h.xid, %(now)s::pg_snapshot)
"""
# In a new era the snapshots of old say nothing: the leaves themselves do. Once for each tenant.
_UNPLACED = """
NOT EXISTS (SELECT FROM (SELECT unnest(events) AS event FROM event_leaf WHERE tenant = %(tenant)s) placed
            WHERE placed.event = h.id)
"""
_PLACE = """
INSERT INTO event_leaf (tenant, first, earliest, latest, events, times, hashes)
SELECT %(tenant)s, %(size)s::bigint + min(n), min(at), max(at), array_agg(id ORDER BY n), array_agg(at ORDER BY n),
       string_agg(hash, ''::bytea ORDER BY n)
FROM (SELECT h.id, h.at, sha256('\\x00'::bytea || hushkeep_entry(h)) AS hash,
             row_number() OVER (ORDER BY h.at, h.id) - 1 AS n
      FROM event_header h
      WHERE h.tenant = %(tenant)s AND {new}) fresh
GROUP BY n / %(run)s
RETURNING first, hashes, pg_current_snapshot()::text
"""
_ADD_NODES = (
    "INSERT INTO event_node (tenant, level, index, hash) "
    "SELECT %s, * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])"
)
_ADD_CHECKPOINT = (
    "INSERT INTO event_checkpoint (tenant, size, first, at, root, peaks, seen, era, note) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_ADD_KEY = "INSERT INTO event_key (tenant, vkey, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"


class Seen(NamedTuple):
    """What a checkpoint's snapshot (``xmin:xmax:xip,…``) showed, in the numbering of an era."""

    snapshot: str
    era: int


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
        if not _one(cursor)[0]:
            return 0
        cursor.execute(_LAST, [tenant])
        snapshot, xmax, era, *last = _one(cursor)
        size, seen, known = last[0] or 0, last[3] or _NOTHING, last[4] or 1
        if known > xmax and era == last[5]:
            cursor.execute(_RENUMBERED, [era])
            era = _one(cursor)[0]
        anew = era > (last[5] or 0)
        if not anew:
            cursor.execute(_STOP, [tenant, era, known, BATCH - 1])
            stop = cursor.fetchone()
            snapshot = snapshot if stop is None else _until(snapshot, stop[0])
        values = {"tenant": tenant, "size": size, "seen": seen, "now": snapshot, "era": era, "run": RUN}
        cursor.execute(_PLACE.format(new=_UNPLACED if anew else _FRESH), values)
        runs = cursor.fetchall()
        leaves = _leaves(runs)
        if leaves:
            edge = Edge() if last[0] is None else _edge(tenant, last)
            grown, nodes = edge.grow(leaves)
            _add_nodes(cursor, tenant, size, nodes)
            state = Seen(runs[0][2] if anew else snapshot, era)
            _add_checkpoint(cursor, tenant, grown, size, at, state)
        return len(leaves)


def _until(snapshot: str, last: int) -> str:
    """Return ``snapshot`` (``xmin:xmax:xip,…``) as if no transaction after ``last`` had begun."""
    xmin, xmax, running = snapshot.split(":")
    stop = last + 1
    kept = [xid for xid in running.split(",") if xid and int(xid) < stop]
    return f"{min(int(xmin), stop)}:{min(int(xmax), stop)}:{','.join(kept)}"


def _leaves(runs: list[tuple[int, bytes, str]]) -> list[bytes]:
    joined = b"".join(hashes for _, hashes, _ in sorted(runs, key=itemgetter(0)))
    return [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]


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
