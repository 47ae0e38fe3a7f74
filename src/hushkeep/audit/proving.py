"""What a proof is made of, read from the tables in one question: the event, its checkpoint, and the tiles between.

The statement's plan is kept by the server: planning it over the months' partitions takes longer than answering it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hushkeep.audit._arrays import OIDS, scalar
from hushkeep.audit._binary import Value, execute
from hushkeep.audit.tiles import PLACE_OF
from hushkeep.kernel import EventId, IntegrityError, TenantId
from hushkeep.ledger import Edge

# The tiles that hold the leaf, one a level.
_TILES = """
SELECT string_agg(int4send(octet_length(hashes)) || hashes, ''::bytea ORDER BY height)
FROM generate_series(0, 6) height
CROSS JOIN LATERAL (SELECT p.seq >> (8 * (height + 1)) << 8 AS start) i
CROSS JOIN LATERAL (SELECT i.start, least(i.start + 256, c.size >> (8 * height)) AS stop) s
CROSS JOIN LATERAL (SELECT CASE height WHEN 0 THEN (
    SELECT string_agg(substr(l.hashes, 32 * greatest(s.start - l.first, 0)::int + 1,
                             32 * (s.stop - greatest(s.start, l.first))::int), ''::bytea ORDER BY l.first)
    FROM event_leaf l WHERE l.tenant = $1 AND l.first < s.stop AND l.first >= (
        SELECT coalesce(max(first), 0) FROM event_leaf WHERE tenant = $1 AND first <= s.start)
) ELSE (
    SELECT string_agg(n.hash, ''::bytea ORDER BY n.index) FROM event_node n
    WHERE n.tenant = $1 AND n.level = height AND n.index >= s.start AND n.index < s.stop
) END AS hashes OFFSET 0) h  -- OFFSET 0: read once, though named twice above
WHERE s.start < s.stop
"""
# The smallest cosigned checkpoint that holds the event, or else the last.
_PROVED = f"""
SELECT hushkeep_entry(h), p.seq, p.hash, c.size, c.peaks, c.note, (
    SELECT string_agg(line, '' ORDER BY witness) FROM event_cosignature WHERE tenant = $1 AND size = c.size),
    ({_TILES})
FROM event_header h {PLACE_OF} LEFT JOIN LATERAL (
    SELECT size, peaks, note FROM event_checkpoint WHERE tenant = $1 AND size = coalesce(
        (SELECT min(size) FROM event_cosignature WHERE tenant = $1 AND size > p.seq),
        (SELECT max(size) FROM event_checkpoint WHERE tenant = $1))) c ON true
WHERE h.tenant = $1 AND h.id = $2 AND h.at BETWEEN $3 AND $4
""".encode()  # noqa: S608 - our own text


@dataclass(frozen=True, slots=True)
class Proved:
    """An event's entry as the database builds it, its place (None while it has none) and what proves it."""

    entry: bytes
    seq: int | None
    leaf: bytes
    edge: Edge
    note: str
    lines: str
    tiles: Sequence[bytes]


def look(tenant: TenantId, event: EventId, span: tuple[datetime, datetime], alias: str) -> Proved | None:
    """Return what proves ``event`` among those of the times ``span``, None when it is not there.

    In an open transaction of ``tenant``.
    """
    values: list[Value] = [(OIDS["uuid"][0], tenant.bytes), (OIDS["uuid"][0], event.bytes)]
    values += [(OIDS["timestamptz"][0], scalar("timestamptz", moment)) for moment in span]
    found = execute(alias, _PROVED, values, keep=True)
    if not found:
        return None
    entry, seq, leaf, size, peaks, note, lines, tiles = (value or b"" for value in found[0])
    try:
        edge = Edge.decode(int.from_bytes(size, "big"), peaks)
    except ValueError:
        raise IntegrityError("the log's last checkpoint has lost its edge") from None
    place = int.from_bytes(seq, "big") if seq else None
    return Proved(entry, place, leaf, edge, note.decode(), lines.decode(), _read(tiles))


def _read(tiles: bytes) -> list[bytes]:
    found, at = list[bytes](), 0
    while at < len(tiles):
        start = at + 4
        at = start + int.from_bytes(tiles[at:start], "big")
        found.append(tiles[start:at])
    return found
