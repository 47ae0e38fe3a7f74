"""Checking the tables themselves: every leaf against its row, every tile, every checkpoint, and nothing left over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hushkeep.audit.entries import SELECTED, commitment, entry_of, event_of
from hushkeep.audit.log_key import own_keys
from hushkeep.audit.tiles import HEADER, PLACES, StoredTiles, leaves, rows
from hushkeep.kernel import IntegrityError, TenantId
from hushkeep.ledger import TILE_HEIGHT, TILE_WIDTH, Edge, VerifierKey, fold, leaf_hash, opened
from hushkeep.runtime.tenancy import tenant_transaction

_CHUNK = 16 * TILE_WIDTH
_ROWS = f"""
SELECT p.seq, p.event, p.at, {SELECTED}, h.commitment, b.salt, b.body
FROM {PLACES} LEFT JOIN {HEADER} LEFT JOIN event_payload b ON (b.tenant, b.event, b.at) = (p.tenant, p.event, p.at)
ORDER BY p.seq
"""  # noqa: S608 - our own text
_PLACED = "(SELECT unnest(events) AS event FROM event_leaf WHERE tenant = %(tenant)s) placed"
_UNPLACED = f"""
SELECT count(*) FROM event_header h LEFT JOIN {_PLACED} ON placed.event = h.id
WHERE h.tenant = %(tenant)s AND placed.event IS NULL
"""  # noqa: S608 - our own text
_TWICE = f"SELECT event FROM {_PLACED} GROUP BY event HAVING count(*) > 1 LIMIT 1"  # noqa: S608 - our own text
_GONE = "SELECT to_regclass('event_header' || to_char(%s::timestamptz AT TIME ZONE 'UTC', '_YYYY_MM')) IS NULL"
# One snapshot: the sequencer may be at work meanwhile.
_ENDS = """
SELECT (SELECT coalesce(max(first + cardinality(events)), 0) FROM event_leaf WHERE tenant = %s),
       (SELECT coalesce(max(size), 0) FROM event_checkpoint WHERE tenant = %s)
"""
_CHECKPOINTS = "SELECT size, first, root, peaks, note FROM event_checkpoint WHERE tenant = %s ORDER BY size"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found whole: ``waiting`` events have no place yet (the sequencer's next round gives it)."""

    entries: int
    expired: int
    payloads: int
    checkpoints: int
    waiting: int


def fsck(tenant: TenantId) -> Report:
    """Return the report of a whole log; raise IntegrityError naming the first entry that is not."""
    with tenant_transaction(tenant):
        checkpoints = rows("default", _CHECKPOINTS, [tenant])
        sizes = {row[0]: row for row in checkpoints}
        size = checkpoints[-1][0] if checkpoints else 0
        _require_chain(checkpoints)
        keys, tiles = own_keys(tenant), StoredTiles(tenant, size)
        edge, expired, payloads, run = Edge(), 0, 0, list[bytes]()
        for stored, row in _leaves(tenant, size):
            leaf, gone, kept = _held(stored, row, edge.size + len(run))
            expired, payloads = expired + gone, payloads + kept
            run.append(leaf)
            at = edge.size + len(run)
            if at in sizes or at % TILE_WIDTH == 0:
                edge, run = edge.grown(run), []
                _require_nodes(tiles, at)
                if at in sizes:
                    _require_checkpoint(sizes[at], edge, keys)
        if edge.size != size:
            raise IntegrityError(f"entry {edge.size + len(run)}: is cut off, a checkpoint of {size} was signed")
        ends = rows("default", _ENDS, [tenant, tenant])[0]
        if ends[0] != ends[1]:
            raise IntegrityError(f"entry {ends[1]}: stands beyond the last checkpoint")
        own = {"tenant": tenant}
        for (event,) in rows("default", _TWICE, own):
            raise IntegrityError(f"event {event} has two places")
        return Report(size, expired, payloads, len(checkpoints), rows("default", _UNPLACED, own)[0][0])


def _leaves(tenant: TenantId, size: int) -> Iterator[tuple[bytes, tuple[Any, ...]]]:
    for start in range(0, size, _CHUNK):
        stop = min(size, start + _CHUNK)
        found = rows("default", _ROWS, {"tenant": tenant, "start": start, "stop": stop})
        yield from zip(leaves(tenant, start, stop), found, strict=False)


def _held(leaf: bytes, row: tuple[Any, ...], expected: int) -> tuple[bytes, bool, bool]:
    """Return (leaf hash, expired, payload there) of a leaf that holds."""
    seq, event, at, *header, committed, salt, body = row
    if seq != expected:
        raise IntegrityError(f"entry {expected}: is missing or there twice")
    if header[0] is None:
        if not rows("default", _GONE, [at])[0][0]:
            raise IntegrityError(f"entry {seq}: its row of event {event} is gone, its month is not")
        return leaf, True, False
    commits = None if committed is None else bytes(committed)
    if leaf_hash(entry_of(event_of(header), commits)) != leaf:
        raise IntegrityError(f"entry {seq}: event {event} does not hash to its leaf")
    if salt is not None and (commits is None or commitment(bytes(salt), bytes(body)) != commits):
        raise IntegrityError(f"entry {seq}: the payload of event {event} is not the one that was logged")
    return leaf, False, salt is not None


def _require_nodes(tiles: StoredTiles, size: int) -> None:
    """Hold the tile that ends at ``size`` against its root one level up, on each level where one ends there."""
    level = 0
    while size and size % (TILE_WIDTH ** (level + 1)) == 0:
        index = (size >> (TILE_HEIGHT * (level + 1))) - 1
        part = tiles.hashes(level, index * TILE_WIDTH, (index + 1) * TILE_WIDTH)
        if tiles.hashes(level + 1, index, index + 1)[0] != fold(part):
            raise IntegrityError(f"entry {size - TILE_WIDTH ** (level + 1)}: its tile of level {level + 1} is altered")
        level += 1


def _require_chain(checkpoints: list[tuple[Any, ...]]) -> None:
    last = 0
    for size, first, *_ in checkpoints:
        if first != last:
            raise IntegrityError(f"entry {last}: the checkpoint of its batch is missing")
        last = size


def _require_checkpoint(row: tuple[Any, ...], edge: Edge, keys: tuple[VerifierKey, ...]) -> None:
    size, _, root, peaks, note = row
    signed = opened(note, keys)
    stated = signed.size, signed.root, bytes(root), bytes(peaks)
    if stated != (size, edge.root, edge.root, edge.encode()):
        raise IntegrityError(f"checkpoint of {size}: is not the root of the entries before it")
