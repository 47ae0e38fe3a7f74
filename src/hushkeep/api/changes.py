"""Customers' data changed, deleted and brought back; and the check of what is about to be sent to a customer."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from hushkeep.access import alarms
from hushkeep.access.actors import Actor, Target
from hushkeep.access.alarms import Severity
from hushkeep.access.gate import guarded
from hushkeep.api.actors import actor_of
from hushkeep.api.schemas import In, Out
from hushkeep.kernel import Action, Permit, SubjectId
from hushkeep.records import changes, outgoing
from hushkeep.records.changes import Change, ChangeKind, ChangeState
from hushkeep.records.outgoing import Checked
from hushkeep.runtime.clock import now
from hushkeep.runtime.key_client import keys
from hushkeep.runtime.tenancy import tenant_transaction

router = Router(tags=["customers"])


class ChangeOut(Out):
    """One change: masked forms before and after; null where a field was, or is, absent."""

    id: UUID
    customer: UUID
    kind: ChangeKind
    state: ChangeState
    klass: str
    actor: UUID
    at: datetime
    undo_until: datetime
    before: dict[str, str | None]
    after: dict[str, str | None]
    undone_by: UUID | None
    undone_at: datetime | None


class ChangesOut(Out):
    """Changes, the latest first."""

    items: list[ChangeOut]


class FieldsIn(In):
    """The fields' new values."""

    fields: dict[str, str] = Field(min_length=1, max_length=20)


class ClassesIn(In):
    """The classes of personal data of which every field goes."""

    classes: list[str] = Field(min_length=1, max_length=3)


class OutgoingIn(In):
    """What is about to be sent, and to which contact."""

    index: str = Field(max_length=16)
    value: str = Field(max_length=200)
    text: str = Field(max_length=200_000)


class CheckedOut(Out):
    """Whether it is held, and why; ``others`` counts the other customers whom the text names."""

    held: bool
    reasons: list[str]
    others: int


@router.post("/customers/{uuid:customer}/change", response={201: ChangesOut})
def change(request: HttpRequest, customer: UUID, body: FieldsIn) -> Status[ChangesOut]:
    """Change fields of a customer; what stood before is kept sealed, and can be brought back for 72 hours."""

    def act(permit: Permit) -> tuple[Change, ...]:
        return changes.change(permit, SubjectId(customer), body.fields, keys(), now=now())

    return Status(201, _done(actor_of(request), Action.CUSTOMER_CHANGE, customer, act))


@router.post("/customers/{uuid:customer}/delete", response={201: ChangesOut})
def delete(request: HttpRequest, customer: UUID, body: ClassesIn) -> Status[ChangesOut]:
    """Delete whole classes of a customer's data; for 72 hours that can be undone, then it is gone."""

    def act(permit: Permit) -> tuple[Change, ...]:
        return changes.delete(permit, SubjectId(customer), body.classes, keys(), now=now())

    return Status(201, _done(actor_of(request), Action.CUSTOMER_DELETE, customer, act))


@router.get("/customers/{uuid:customer}/history", response=ChangesOut)
def history(request: HttpRequest, customer: UUID) -> ChangesOut:
    """Return what was changed of a customer, masked, the latest first."""

    def act(permit: Permit) -> tuple[Change, ...]:
        return changes.history(permit, SubjectId(customer), now=now())

    return _done(actor_of(request), Action.CUSTOMER_VIEW, customer, act)


@router.post("/changes/{uuid:change}/undo", response=ChangeOut)
def undo(request: HttpRequest, change: UUID) -> ChangeOut:
    """Bring back what stood before a change, byte for byte."""
    actor = actor_of(request)
    with tenant_transaction(actor.tenant):
        subject = changes.subject_of(change)
    done = guarded(
        actor,
        Action.CUSTOMER_UNDO,
        Target(kind="change", id=change, subject=subject),
        act=lambda permit: changes.undo(permit, change, now=now()),
    )
    return _out(done)


@router.post("/customers/{uuid:customer}/outgoing", response=CheckedOut)
def check_outgoing(request: HttpRequest, customer: UUID, body: OutgoingIn) -> CheckedOut:
    """Say whether a text meant for this customer may go to a contact, or is held; a held one is a yellow alarm."""
    actor = actor_of(request)

    def act(permit: Permit) -> Checked:
        to = (body.index, body.value)
        checked = outgoing.check(permit, SubjectId(customer), to, body.text, keys(), now=now())
        if checked.held:
            alarms.sound(
                actor.tenant,
                "outgoing_held",
                Severity.YELLOW,
                person=actor.person,
                event=permit.decision,
                now=now(),
            )
        return checked

    found = guarded(actor, Action.CUSTOMER_CHECK, _target(customer), act=act, count=lambda checked: checked.others)
    return CheckedOut(held=found.held, reasons=list(found.reasons), others=found.others)


def _done(actor: Actor, action: Action, customer: UUID, act: Callable[[Permit], tuple[Change, ...]]) -> ChangesOut:
    found = guarded(actor, action, _target(customer), act=act, count=len)
    return ChangesOut(items=[_out(one) for one in found])


def _target(customer: UUID) -> Target:
    return Target(kind="customer", id=customer, subject=SubjectId(customer))


def _out(one: Change) -> ChangeOut:
    fields = {name: getattr(one, name) for name in ChangeOut.model_fields if name != "customer"}
    return ChangeOut(**fields, customer=one.subject)
