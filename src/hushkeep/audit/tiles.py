"""The hashes of a tenant's log, read from its tables as tiles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from hushkeep.kernel import IntegrityError, NotFound, TenantId
from hushkeep.ledger import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Checkpoint, Note

_RUNS = """
l.tenant = %(tenant)s AND l.first < %(stop)s AND l.first >= (
    SELECT coalesce(max(first), 0) FROM event_leaf WHERE tenant = %(tenant)s AND first <= %(start)s)
"""
# The runs that hold the leaves [start, stop), each cut to them: PostgreSQL reads no more of a run than that.
_LEAVES = f"""
SELECT substr(l.hashes, 32 * greatest(%(start)s - l.first, 0)::int + 1,
              32 * (%(stop)s - greatest(%(start)s, l.first))::int)
FROM event_leaf l WHERE {_RUNS} ORDER BY l.first
"""  # noqa: S608 - our own text

PLACES = f"""
(SELECT l.tenant, l.first + u.n - 1 AS seq, u.event, u.at
 FROM event_leaf l CROSS JOIN LATERAL unnest(l.events, l.times) WITH ORDINALITY AS u(event, at, n)
 WHERE {_RUNS} AND l.first + u.n > %(start)s AND l.first + u.n <= %(stop)s) p
"""  # noqa: S608 - our own text
"""The places ``[start, stop)`` of a tenant's log as ``p(tenant, seq, event, at)``, to select from."""

HEADER = "event_header h ON (h.tenant, h.at, h.id) = (p.tenant, p.at, p.event)"
"""To join a place's event with."""

PLACE_OF = """
LEFT JOIN LATERAL (
    SELECT l.first + l.n - 1 AS seq, substr(l.hashes, 32 * l.n - 31, 32) AS hash FROM (
        SELECT first, hashes, array_position(events, h.id) AS n FROM event_leaf
        WHERE tenant = h.tenant AND latest >= h.at AND earliest <= h.at AND h.id = ANY(events)
        ORDER BY latest LIMIT 1) l) p ON true
"""
"""To join ``event_header h`` with its place: ``p(seq, hash)``, null while it has none."""
_NODES = "SELECT hash FROM event_node WHERE tenant = %s AND level = %s AND index >= %s AND index < %s ORDER BY index"
_NOTE = "SELECT note FROM event_checkpoint WHERE tenant = %s AND size >= %s ORDER BY size {} LIMIT 1"
_LINES = "SELECT line FROM event_cosignature WHERE tenant = %s AND size = %s ORDER BY witness"


@dataclass(frozen=True, slots=True)
class StoredTiles:
    """A ``ledger.TileReader`` over the tables, for the first ``size`` leaves, inside the tenant's transaction.

    Reads whole tiles and keeps them: a proof touches a few tiles many times.
    """

    tenant: TenantId
    size: int
    alias: str = "default"
    _kept: dict[tuple[int, int], list[bytes]] = field(default_factory=dict)

    def hashes(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        """Return the roots of the full subtrees ``[start, stop)`` of 256**level leaves; IntegrityError for a gap."""
        index = start // TILE_WIDTH
        first = index * TILE_WIDTH
        if stop > first + TILE_WIDTH:
            raise ValueError("a read stays within one tile")
        if (level, index) not in self._kept:
            self._kept[level, index] = self._read(level, first)
        return self._kept[level, index][start - first : stop - first]

    def _read(self, level: int, first: int) -> list[bytes]:
        last = min(first + TILE_WIDTH, self.size >> (TILE_HEIGHT * level))
        if level:
            found = [bytes(row[0]) for row in rows(self.alias, _NODES, [self.tenant, level, first, last])]
        else:
            found = leaves(self.tenant, first, last, self.alias)
        if len(found) != last - first:
            raise IntegrityError(f"the log's level {level} has a gap in [{first}, {last})")
        return found


def leaves(tenant: TenantId, start: int, stop: int, alias: str = "default") -> list[bytes]:
    """Return the leaf hashes ``[start, stop)`` of the log, fewer when it has a gap."""
    found = rows(alias, _LEAVES, {"tenant": tenant, "start": start, "stop": stop})
    joined = b"".join(row[0] for row in found)
    return [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]


def rows(alias: str, query: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a query on a database alias."""
    with connections[alias].cursor() as cursor:
        cursor.execute(query, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def checkpoint(tenant: TenantId, *, holding: int = 0, alias: str = "default") -> tuple[Checkpoint, str]:
    """Return the last checkpoint and its note with the cosignatures, as published.

    With ``holding`` the smallest cosigned one of at least that size, or the last when none is cosigned.
    Raises NotFound before the first.
    """
    if holding:
        cosigned = rows(
            alias,
            "SELECT min(size) FROM event_cosignature WHERE tenant = %s AND size >= %s",
            [tenant, holding],
        )[0][0]
        found = rows(alias, _NOTE.format("ASC" if cosigned else "DESC"), [tenant, cosigned or holding])
    else:
        found = rows(alias, _NOTE.format("DESC"), [tenant, 0])
    if not found:
        raise NotFound("the log has no checkpoint yet")
    note = Note.parse(found[0][0])
    signed = Checkpoint.parse(note.text)
    lines = tuple(row[0] for row in rows(alias, _LINES, [tenant, signed.size]))
    return signed, str(Note(note.text, (*note.signatures, *lines)))
