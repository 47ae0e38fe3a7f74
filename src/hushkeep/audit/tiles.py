"""The hashes of a tenant's log, read from its tables as tiles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from hushkeep.kernel import IntegrityError, NotFound, TenantId
from hushkeep.ledger import TILE_HEIGHT, TILE_WIDTH, Checkpoint, Note

_LEAVES = "SELECT hash FROM event_leaf WHERE tenant = %s AND seq >= %s AND seq < %s ORDER BY seq"
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
        query, values = (_NODES, [self.tenant, level]) if level else (_LEAVES, [self.tenant])
        found = [bytes(row[0]) for row in rows(self.alias, query, [*values, first, last])]
        if len(found) != last - first:
            raise IntegrityError(f"the log's level {level} has a gap in [{first}, {last})")
        return found


def rows(alias: str, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
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
