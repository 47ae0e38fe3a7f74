"""Customers: one card, masked; fields of it in the clear for a purpose. There is no list, and no search by name."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from hushkeep.access.actors import Target
from hushkeep.access.gate import guarded
from hushkeep.api.actors import actor_of
from hushkeep.api.conversations import HeaderOut, shown_header
from hushkeep.api.evidence import ProofIn, event_of
from hushkeep.api.schemas import In, Out
from hushkeep.kernel import Action, SubjectId
from hushkeep.records import customers
from hushkeep.runtime.clock import now
from hushkeep.runtime.key_client import keys

router = Router(tags=["customers"])


class FieldOut(Out):
    """One field, masked."""

    klass: str
    name: str
    masked: str


class CardOut(Out):
    """What is shown of a customer; ``questions`` are what their answers can be held against."""

    id: UUID
    fields: list[FieldOut]
    questions: list[str]
    conversations: list[HeaderOut]


class CardRevealIn(In):
    """Why, which fields, and what earns it."""

    purpose: str = Field(max_length=64)
    fields: list[str] = Field(min_length=1, max_length=20)
    proof: ProofIn | None = None


class ClearFieldOut(Out):
    """One field, as the source told it."""

    name: str
    text: str


class ClearCardOut(Out):
    """Clear fields, the event they are recorded under, and the seconds they may stand on screen."""

    event: UUID
    expires_in: int
    fields: list[ClearFieldOut]


@router.get("/customers/{uuid:customer}", response=CardOut)
def card(request: HttpRequest, customer: UUID) -> CardOut:
    """Return a customer's card, masked."""
    found = guarded(
        actor_of(request),
        Action.CUSTOMER_VIEW,
        _target(customer),
        act=lambda permit: customers.card(permit, SubjectId(customer), now=now()),
    )
    fields = [FieldOut(klass=f.klass, name=f.name, masked=f.masked) for f in found.fields]
    talks = [shown_header(h) for h in found.conversations]
    return CardOut(id=found.subject, fields=fields, questions=list(found.questions), conversations=talks)


@router.post("/customers/{uuid:customer}/reveal", response=ClearCardOut)
def reveal_card(request: HttpRequest, customer: UUID, body: CardRevealIn) -> ClearCardOut:
    """Return fields in the clear for a purpose. The event is committed before this answer leaves."""
    actor = actor_of(request)
    proof = body.proof.read(actor) if body.proof else None
    seen = guarded(
        actor,
        Action.CUSTOMER_REVEAL,
        _target(customer),
        purpose=body.purpose,
        event=event_of(body.proof),
        act=lambda permit: customers.reveal_card(
            permit, SubjectId(customer), body.fields, keys(), now=now(), proof=proof
        ),
        count=lambda result: len(result.fields),
    )
    fields = [ClearFieldOut(name=name, text=text) for name, text in seen.fields.items()]
    return ClearCardOut(event=seen.event, expires_in=seen.expires_in_seconds, fields=fields)


def _target(customer: UUID) -> Target:
    return Target(kind="customer", id=customer, subject=SubjectId(customer))
