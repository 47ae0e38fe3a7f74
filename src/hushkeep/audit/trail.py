"""Reading the log back: search by page, one conversation's trail, and the proof of one event.

Whoever reads needs a permit, and access writes the event of that reading: the auditor's own reads are in the log.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hushkeep.audit import proving
from hushkeep.audit.entries import COLUMNS, SELECTED, entry_of, event_in, event_of
from hushkeep.audit.tiles import PLACE_OF, rows
from hushkeep.kernel import (
    Action,
    ActorId,
    ActorKind,
    ConversationId,
    Event,
    EventId,
    IntegrityError,
    InvalidInput,
    NotFound,
    Outcome,
    Permit,
    SubjectId,
    TenantId,
    timestamp,
)
from hushkeep.ledger import Note, ProofFile, leaf_hash, path_through
from hushkeep.runtime.clock import now
from hushkeep.runtime.tenancy import tenant_transaction

MAX_PAGE = 200
_UUID_OF_TIME = 7

_COLUMNS = f"{SELECTED}, h.commitment"
# The page is cut first: only its rows look for their places.
_PAGE = (
    f"SELECT {_COLUMNS}, p.seq, p.hash FROM (SELECT * FROM event_header h WHERE {{}} "  # noqa: S608 - our own text
    f"ORDER BY h.at DESC, h.id DESC LIMIT %s) h {PLACE_OF} ORDER BY h.at DESC, h.id DESC"
)
_PLACED = "SELECT EXISTS (SELECT FROM event_leaf WHERE tenant = %s AND %s = ANY(events))"
_NEARNESS = timedelta(days=1)
_EVER = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Kind:
    """Events that differ in nothing but time and target, and how many there were."""

    actor: UUID | None
    actor_kind: ActorKind
    action: Action
    outcome: Outcome
    reason: str
    policy: str | None
    target_kind: str | None
    purpose: str | None
    device: bool
    count: int


_KINDS = """
SELECT actor, actor_kind, action, outcome, reason, policy, target_kind, purpose, device IS NOT NULL, count(*)
FROM event_header WHERE tenant = %s AND at >= %s GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 10 DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What to look for; all given parts must hold. Times are aware, ``since`` inclusive, ``until`` exclusive."""

    actor: ActorId | None = None
    action: Action | None = None
    outcome: Outcome | None = None
    conversation: ConversationId | None = None
    subject: SubjectId | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it stands in the log.

    ``seq`` is its place, None while it waits for the sequencer (a fraction of a second); ``verified`` says that the
    row hashes to its leaf: the whole proof, to a signed root, is ``proof``.
    """

    event: Event
    seq: int | None
    verified: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Events, the latest first; ``next`` is the cursor of the following page, None at the end."""

    items: tuple[EventRow, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Proof:
    """An event's place in the signed log: a tlog-proof file that carries the entry, to be checked offline."""

    row: EventRow
    file: ProofFile


def search(permit: Permit, wanted: Filter, cursor: str | None = None, *, limit: int = 50) -> Page:
    """Return a page (at most 200) of the events that ``wanted`` asks for, the latest first.

    Raises Denied without a permit to read events, InvalidInput for a foreign cursor.
    """
    permit.require(Action.AUDIT_READ, None, now=now())
    return _page(permit.tenant, wanted, cursor, limit)


def of_conversation(permit: Permit, wanted: Filter, cursor: str | None = None, *, limit: int = 50) -> Page:
    """Return a page of the trail of the conversation that ``wanted`` names; the permit is for reading that one's."""
    if wanted.conversation is None:
        raise InvalidInput("a trail is of one conversation")
    permit.require(Action.AUDIT_READ, wanted.conversation, now=now())
    return _page(permit.tenant, wanted, cursor, limit)


def of_emergency(permit: Permit, emergency: UUID, wanted: Filter, *, limit: int = MAX_PAGE) -> Page:
    """Return the first page of what ``wanted`` asks for; the permit is to judge that emergency."""
    permit.require(Action.EMERGENCY_REVIEW, emergency, now=now())
    return _page(permit.tenant, wanted, None, limit)


def count_since(permit: Permit, since: datetime, *, action: Action | None = None) -> int:
    """Return how many events there are from ``since`` on, of ``action`` where one is given."""
    permit.require(Action.INTAKE_VIEW, None, now=now())
    where, values = _conditions(permit.tenant, Filter(action=action, since=since))
    found = rows("default", "SELECT count(*) FROM event_header h WHERE " + " AND ".join(where), values)  # noqa: S608
    return int(found[0][0])


def proof(permit: Permit, event: EventId) -> Proof:
    """Return the proof of one event against the last checkpoint; the permit is to verify that event.

    Raises NotFound when the event is unknown or waits for its place.
    """
    permit.require(Action.AUDIT_VERIFY, event, now=now())
    return proof_of(permit.tenant, event)


def proof_of(tenant: TenantId, event: EventId, *, alias: str = "default") -> Proof:
    """Return the proof of one event, without a permit: for the command line on the site's own machine."""
    with tenant_transaction(tenant, using=alias):
        # An id carries the millisecond at which it was made: that is one month to look in, not all.
        made = datetime.fromtimestamp((event.int >> 80) / 1000, UTC) if event.version == _UUID_OF_TIME else None
        spans = [(made - _NEARNESS, made + _NEARNESS), _EVER] if made else [_EVER]
        found = next((found for span in spans if (found := proving.look(tenant, event, span, alias))), None)
        if found is None:
            placed = rows(alias, _PLACED, [tenant, event])[0][0]
            raise NotFound(f"event {event} " + ("is past its retention" if placed else "has no place in the log"))
    if found.seq is None or found.seq >= found.edge.size:
        raise NotFound(f"event {event} has no place in the log")
    try:
        path = path_through(found.tiles, found.seq, found.edge)
    except ValueError as gap:
        raise IntegrityError(f"the log has a gap: {gap}") from None
    note = Note.parse(found.note)
    whole = str(Note(note.text, (*note.signatures, *found.lines.splitlines(keepends=True))))
    return Proof(_proved(found), ProofFile(found.seq, path, whole, found.entry))


def _proved(found: proving.Proved) -> EventRow:
    """Return the event of the entry that the database built, held against the entry that we build of it."""
    event, committed = event_in(found.entry)
    verified = entry_of(event, committed) == found.entry and leaf_hash(found.entry) == found.leaf
    return EventRow(event, found.seq, verified)


def _page(tenant: TenantId, wanted: Filter, cursor: str | None, limit: int) -> Page:
    if not 0 < limit <= MAX_PAGE:
        raise InvalidInput(f"a page holds 1 to {MAX_PAGE} events")
    where, values = _conditions(tenant, wanted)
    if cursor is not None:
        where.append("(h.at, h.id) < (%s, %s)")
        values += _decoded(cursor)
    query = _PAGE.format(" AND ".join(where))
    with tenant_transaction(tenant):
        found = [_row(row) for row in rows("default", query, [*values, limit + 1])]
    items = tuple(found[:limit])
    return Page(items, _encoded(items[-1].event) if len(found) > limit else None)


def _conditions(tenant: TenantId, wanted: Filter) -> tuple[list[str], list[Any]]:
    """Return the conditions and values; the columns are ours, the values are parameters."""
    where, values = ["h.tenant = %s"], list[Any]([tenant])
    for column in ("actor", "action", "outcome", "conversation", "subject"):
        value = getattr(wanted, column)
        if value is not None:
            where.append(f"h.{column} = %s")
            values.append(value)
    for bound, moment in ((">=", wanted.since), ("<", wanted.until)):
        if moment is not None:
            where.append(f"h.at {bound} %s")
            values.append(moment)
    return where, values


def _row(row: Sequence[Any]) -> EventRow:
    *_, seq, leaf = row
    verified = leaf is not None and leaf_hash(_entry(row)) == bytes(leaf)
    return EventRow(event_of(row[: len(COLUMNS)]), seq, verified)


def _entry(row: Sequence[Any]) -> bytes:
    committed = row[len(COLUMNS)]
    return entry_of(event_of(row[: len(COLUMNS)]), None if committed is None else bytes(committed))


def _encoded(event: Event) -> str:
    return base64.urlsafe_b64encode(f"{timestamp(event.at)}|{event.id}".encode()).decode()


def _decoded(cursor: str) -> list[Any]:
    try:
        at, _, event = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        return [datetime.fromisoformat(at), UUID(event)]
    except (binascii.Error, ValueError):
        raise InvalidInput("not a cursor of this list") from None


def kinds(permit: Permit, *, since: datetime, now: datetime) -> tuple[Kind, ...]:
    """Return the center's events since ``since`` by kind, the most frequent first."""
    permit.require(Action.AUDIT_READ, permit.target, now=now)
    found = rows("default", _KINDS, [permit.tenant, since])
    return tuple(
        Kind(actor, ActorKind(kind), Action(action), Outcome(outcome), *rest)
        for actor, kind, action, outcome, *rest in found
    )
