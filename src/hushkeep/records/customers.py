"""A customer's card: masked for whoever serves them, clear field by field for a purpose. Nobody lists customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import cbor2

from hushkeep.kernel import Action, IntegrityError, InvalidInput, NotFound, Permit, SubjectId
from hushkeep.records import _capsules, verification
from hushkeep.records._normal import INDEXED, normal
from hushkeep.records._rows import HEADER_FIELDS, header_of
from hushkeep.records.changes import shown
from hushkeep.records.models import Conversation, Subject, SubjectIndex
from hushkeep.records.reveal import SHOWN_SECONDS, ticket
from hushkeep.records.values import Header
from hushkeep.runtime.key_client import KeyClient, Place, Proof

RECENT = 20
"""How many of the customer's conversations a card names."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a card: its class of personal data, its name and its masked form."""

    klass: str
    name: str
    masked: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown of a customer: masked fields, what may be asked of them, and the latest conversations, masked."""

    subject: SubjectId
    fields: tuple[Field, ...]
    questions: tuple[str, ...]
    conversations: tuple[Header, ...]


@dataclass(frozen=True, slots=True)
class ClearCard:
    """Fields in the clear, the event they are recorded under and for how long they may stand on a screen."""

    event: UUID
    expires_in_seconds: int
    fields: Mapping[str, str] = field(repr=False)


def card(permit: Permit, subject: SubjectId, *, now: datetime) -> Card:
    """Return the customer's card, masked; raises NotFound."""
    permit.require(Action.CUSTOMER_VIEW, subject, now=now)
    if not Subject.objects.filter(id=subject).exists():
        raise NotFound(f"customer {subject}")
    rows = Conversation.objects.filter(subject=subject).order_by("-at", "-id").values(*HEADER_FIELDS)[:RECENT]
    fields = tuple(Field(klass, name, text) for (klass, name), text in sorted(shown(subject).items()))
    return Card(subject, fields, verification.questions(subject), tuple(map(header_of, rows)))


def named(permit: Permit, index: str, value: str, keys: KeyClient, *, now: datetime) -> SubjectId:
    """Return the customer whom ``value`` names (``phone``, ``email``, ``customer_id`` …), to be let in to.

    Raises InvalidInput for what is no value of the index, NotFound, Denied("rate_limited") by the key service.
    """
    permit.require(Action.EMERGENCY_REQUEST, None, now=now)
    looked_for = normal(index, value) if index in INDEXED else None
    if looked_for is None:
        raise InvalidInput("not_a_value_of_the_index")
    digest = keys.lookup(permit.tenant, permit.actor, index, looked_for, event=permit.decision)
    found = SubjectIndex.objects.filter(name=index, digest=digest).values_list("subject", flat=True).first()
    if found is None:
        raise NotFound("customer")
    return SubjectId(found)


def known(permit: Permit, subject: SubjectId, *, now: datetime) -> SubjectId:
    """Return ``subject`` when it is a customer of the center, to be let in to; raises NotFound."""
    permit.require(Action.EMERGENCY_REQUEST, None, now=now)
    if not Subject.objects.filter(id=subject).exists():
        raise NotFound(f"customer {subject}")
    return subject


def reveal_card(  # noqa: PLR0913 - who, whose, which, and what earns it
    permit: Permit,
    subject: SubjectId,
    names: Sequence[str],
    keys: KeyClient,
    *,
    now: datetime,
    proof: Proof | None = None,
) -> ClearCard:
    """Return the fields ``names`` of the customer in the clear. Call it inside the gate alone.

    Raises InvalidInput for a field that the card has not; Denied by the key service; IntegrityError for a capsule that
    does not open in its place.
    """
    permit.require(Action.CUSTOMER_REVEAL, subject, now=now)
    # The latest word on a field stands: a later capsule's over an earlier one's.
    where = {name: row for row in _capsules.of(subject) for name in row.shown if name in set(names)}
    where = {name: row for name, row in where.items() if row.shown[name] is not None}
    if not names or where.keys() != set(names):
        raise InvalidInput("no such field")
    wanted = list({row.id: row for row in where.values()}.values())
    leave = ticket(permit, subject, sorted({row.klass for row in wanted}), keys, proof, now)
    places = [(Place(row.id, row.version), bytes(row.sealed)) for row in wanted]
    opened = dict(zip((row.id for row in wanted), keys.open_capsules(leave, permit.decision, places), strict=True))
    clear = {name: _field(opened[row.id], name) for name, row in where.items()}
    return ClearCard(permit.decision, SHOWN_SECONDS, clear)


def _field(opened: bytes, name: str) -> str:
    text = cbor2.loads(opened).get(name)
    if not isinstance(text, str):
        raise IntegrityError("a capsule does not hold what it should")
    return text
