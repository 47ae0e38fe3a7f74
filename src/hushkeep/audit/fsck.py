"""Checking the tables themselves: every leaf against its row, every tile, every checkpoint, and nothing left over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hushkeep.audit.entries import COLUMNS, commitment, entry_of, event_of
from hushkeep.audit.log_key import own_keys
from hushkeep.audit.tiles import StoredTiles, rows
from hushkeep.kernel import IntegrityError, TenantId
from hushkeep.ledger import TILE_HEIGHT, TILE_WIDTH, Edge, VerifierKey, fold, leaf_hash, opened
from hushkeep.runtime.tenancy import tenant_transaction

_CHUNK = 16 * TILE_WIDTH
_ROWS = f"""
SELECT l.seq, l.hash, l.event, {", ".join("h." + column for column in COLUMNS)}, h.commitment, p.salt, p.body
FROM event_leaf l
LEFT JOIN event_header h ON (h.tenant, h.at, h.id) = (l.tenant, l.at, l.event)
LEFT JOIN event_payload p ON (p.tenant, p.event, p.at) = (l.tenant, l.event, l.at)
WHERE l.tenant = %s AND l.seq >= %s AND l.seq < %s ORDER BY l.seq
"""  # noqa: S608 - our own column names
_UNPLACED = """
SELECT count(*) FROM event_header h WHERE h.tenant = %s AND NOT EXISTS
    (SELECT FROM event_leaf l WHERE (l.tenant, l.event, l.at) = (h.tenant, h.id, h.at))
"""
_MONTHS = "SELECT to_regclass('event_header' || to_char(l.at AT TIME ZONE 'UTC', '_YYYY_MM')) IS NULL"
_GONE = _MONTHS + " FROM event_leaf l WHERE l.tenant = %s AND l.seq = %s"
# One snapshot: the sequencer may be at work meanwhile.
_ENDS = """
SELECT (SELECT coalesce(max(seq) + 1, 0) FROM event_leaf WHERE tenant = %s),
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
        for row in _leaves(tenant, size):
            leaf, gone, kept = _held(tenant, row, edge.size + len(run))
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
        return Report(size, expired, payloads, len(checkpoints), rows("default", _UNPLACED, [tenant])[0][0])


def _leaves(tenant: TenantId, size: int) -> Iterator[tuple[Any, ...]]:
    for start in range(0, size, _CHUNK):
        yield from rows("default", _ROWS, [tenant, start, min(size, start + _CHUNK)])


def _held(tenant: TenantId, row: tuple[Any, ...], expected: int) -> tuple[bytes, bool, bool]:
    """Return (leaf hash, expired, payload there) of a leaf that holds."""
    seq, stored, event, *header, committed, salt, body = row
    leaf = bytes(stored)
    if seq != expected:
        raise IntegrityError(f"entry {expected}: is missing or there twice")
    if header[0] is None:
        if not rows("default", _GONE, [tenant, seq])[0][0]:
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
