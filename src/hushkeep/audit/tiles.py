"""The hashes of a tenant's log, read from its tables as tiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

from hushkeep.kernel import IntegrityError, NotFound, TenantId
from hushkeep.ledger import Checkpoint, Note

_LEAVES = "SELECT hash FROM event_leaf WHERE tenant = %s AND seq >= %s AND seq < %s ORDER BY seq"
_NODES = "SELECT hash FROM event_node WHERE tenant = %s AND level = %s AND index >= %s AND index < %s ORDER BY index"
_NOTE = "SELECT note FROM event_checkpoint WHERE tenant = %s AND size >= %s ORDER BY size {} LIMIT 1"
_LINES = "SELECT line FROM event_cosignature WHERE tenant = %s AND size = %s ORDER BY witness"


@dataclass(frozen=True, slots=True)
class StoredTiles:
    """A ``ledger.TileReader`` over the tables; to be used inside the tenant's transaction."""

    tenant: TenantId
    alias: str = "default"

    def hashes(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        """Return the roots of the full subtrees ``[start, stop)`` of 256**level leaves; IntegrityError for a gap."""
        query, first = (_NODES, [self.tenant, level]) if level else (_LEAVES, [self.tenant])
        found = [bytes(row[0]) for row in rows(self.alias, query, [*first, start, stop])]
        if len(found) != stop - start:
            raise IntegrityError(f"the log's level {level} has a gap in [{start}, {stop})")
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
