"""What the ledger says of personal data that was opened: for matching with the key service's own log.

No permit is asked for: only the house itself matches, no answer of it reaches a person but an alarm. Events count from
the moment they have their place in the log.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hushkeep.audit.tiles import HEADER, PLACE_OF, PLACES, rows
from hushkeep.kernel import Action, IntegrityError, Outcome, TenantId

_COLUMNS = "p.seq, h.id, h.at, h.actor, h.subject, h.action, h.outcome, h.target"
_SINCE = (
    f"SELECT {_COLUMNS} FROM {PLACES} JOIN {HEADER} "  # noqa: S608 - our own text
    "WHERE h.action = ANY(%(actions)s) AND h.outcome = %(outcome)s ORDER BY p.seq"
)
_BY_ID = (
    f"SELECT {_COLUMNS} FROM event_header h {PLACE_OF} "  # noqa: S608 - our own text
    "WHERE h.tenant = %s AND h.id = ANY(%s::uuid[]) AND p.seq IS NOT NULL"
)
_SIZE = "SELECT coalesce(max(size), 0) FROM event_checkpoint WHERE tenant = %s"


@dataclass(frozen=True, slots=True)
class Told:
    """One event as far as matching looks at it; ``seq`` is its place in the log."""

    seq: int
    id: UUID
    at: datetime
    actor: UUID | None
    subject: UUID | None
    action: Action
    outcome: Outcome
    target: UUID | None = None


def allowed_since(tenant: TenantId, seq: int, actions: Collection[Action], limit: int) -> tuple[int, tuple[Told, ...]]:
    """Return (where to go on, the allowed events of ``actions`` from place ``seq`` on, over ``limit`` places).

    In an open transaction of ``tenant``.
    """
    size = int(rows("default", _SIZE, [tenant])[0][0])
    end = max(seq, min(size, seq + limit))
    values = {"tenant": tenant, "start": seq, "stop": end, "outcome": Outcome.ALLOWED.value}
    found = rows("default", _SINCE, values | {"actions": [action.value for action in actions]})
    return end, tuple(map(_told, found))


def by_id(tenant: TenantId, events: Iterable[UUID]) -> Mapping[UUID, Told]:
    """Return those of ``events`` that have their place in the log of ``tenant``, by id."""
    found = rows("default", _BY_ID, [tenant, list(events)])
    return {told.id: told for told in map(_told, found)}


def _told(row: tuple[object, ...]) -> Told:
    seq, event, at, actor, subject, action, outcome, target = row
    try:
        return Told(seq, event, at, actor, subject, Action(action), Outcome(outcome), target)  # type: ignore[arg-type]
    except ValueError:
        raise IntegrityError(f"event {event}: unknown action or outcome") from None
