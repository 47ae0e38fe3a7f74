"""Emergencies: asked for, let in to, closed, and judged the day after."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field, model_validator

from hushkeep.access.administration import emergencies
from hushkeep.access.emergency_rules import Emergency, EmergencyState, EmergencyVerdict
from hushkeep.api.actors import actor_of
from hushkeep.api.events import EventsOut, shown
from hushkeep.api.pages import DEFAULT, Cursor, Flag, Limit, read_cursor, split
from hushkeep.api.schemas import In, Out
from hushkeep.identity import people
from hushkeep.kernel import Permit, SubjectId, TenantId
from hushkeep.records import customers
from hushkeep.runtime import clock
from hushkeep.runtime.key_client import keys

router = Router(tags=["emergencies"])

# A number of the center's own, in a form in which no name is written by habit.
_REFERENCE = r"^[A-Z0-9][A-Z0-9-]{2,31}$"


class EmergencyIn(In):
    """Whom it concerns (by id, or by a value of an index), why, under which ticket, and for how long."""

    customer: UUID | None = None
    index: str | None = Field(default=None, max_length=32)
    value: str | None = Field(default=None, max_length=200)
    reason: str = Field(max_length=40)
    reference: str = Field(pattern=_REFERENCE)
    minutes: int = Field(ge=1, le=60)

    @model_validator(mode="after")
    def _one_customer(self) -> "EmergencyIn":
        if (self.customer is None) == (self.index is None or self.value is None):
            raise ValueError("give either customer, or index and value")
        return self


class EmergencyOut(Out):
    """One emergency as it stands; ``overdue`` says that its review is late.

    Of the customer it holds the id alone: who they are is ``customer:view``, an act of its own with its own event.
    A name is null where nobody has done it yet, or where the center no longer knows who they were.
    """

    id: UUID
    holder: UUID
    holder_name: str | None
    customer: UUID
    reason: str
    reference: str
    minutes: int
    state: EmergencyState
    requested_at: datetime
    decided_by: UUID | None
    decided_by_name: str | None
    opened_at: datetime | None
    ends_at: datetime | None
    closed_at: datetime | None
    closed_by: UUID | None
    review_due: datetime | None
    reviewed_by: UUID | None
    reviewed_by_name: str | None
    reviewed_at: datetime | None
    verdict: EmergencyVerdict | None
    overdue: bool


class EmergenciesOut(Out):
    """A page of emergencies."""

    items: list[EmergencyOut]
    next: str | None


class VerdictIn(In):
    """What the review found."""

    verdict: EmergencyVerdict


@router.get("/emergencies", response=EmergenciesOut)
def list_emergencies(
    request: HttpRequest,
    mine: Flag = False,  # noqa: FBT002 - a query parameter
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> EmergenciesOut:
    """Return the center's emergencies, or one's own, the latest first."""
    found = emergencies.page(actor_of(request), mine=mine, after=read_cursor(cursor), limit=limit + 1)
    items, following = split(found, limit)
    return EmergenciesOut(items=_shown(actor_of(request).tenant, items), next=following)


@router.post("/emergencies", response={201: EmergencyOut})
def ask(request: HttpRequest, body: EmergencyIn) -> Status[EmergencyOut]:
    """Ask to be let in to one customer, beyond the role; a second person decides within half an hour."""

    def whom(permit: Permit) -> SubjectId:
        if body.customer is not None:
            return customers.known(permit, SubjectId(body.customer), now=clock.now())
        return customers.named(permit, body.index or "", body.value or "", keys(), now=clock.now())

    lasts = timedelta(minutes=body.minutes)
    made = emergencies.ask(actor_of(request), whom, reason=body.reason, reference=body.reference, lasts=lasts)
    return Status(201, _one(actor_of(request).tenant, made))


@router.post("/emergencies/{uuid:emergency}/approve", response=EmergencyOut)
def approve(request: HttpRequest, emergency: UUID) -> EmergencyOut:
    """Let somebody in, with a second factor shown in the last five minutes; the security officers hear of it."""
    return _one(actor_of(request).tenant, emergencies.approve(actor_of(request), emergency))


@router.post("/emergencies/{uuid:emergency}/refuse", response=EmergencyOut)
def refuse(request: HttpRequest, emergency: UUID) -> EmergencyOut:
    """Say no."""
    return _one(actor_of(request).tenant, emergencies.refuse(actor_of(request), emergency))


@router.post("/emergencies/{uuid:emergency}/close", response=EmergencyOut)
def close(request: HttpRequest, emergency: UUID) -> EmergencyOut:
    """End an emergency before its time."""
    return _one(actor_of(request).tenant, emergencies.close(actor_of(request), emergency))


@router.post("/emergencies/{uuid:emergency}/review", response=EmergencyOut)
def review(request: HttpRequest, emergency: UUID, body: VerdictIn) -> EmergencyOut:
    """Judge what was done: by neither who held it nor who let them in."""
    return _one(actor_of(request).tenant, emergencies.review(actor_of(request), emergency, body.verdict))


@router.get("/emergencies/{uuid:emergency}/seen", response=EventsOut)
def seen(request: HttpRequest, emergency: UUID) -> EventsOut:
    """Return what the holder did with the customer while it was open."""
    actor = actor_of(request)
    return shown(actor.tenant, emergencies.seen(actor, emergency))


def _one(tenant: TenantId, one: Emergency) -> EmergencyOut:
    return _shown(tenant, [one])[0]


def _shown(tenant: TenantId, those: Sequence[Emergency]) -> list[EmergencyOut]:
    hands = (hand for one in those for hand in (one.holder, one.decided_by, one.reviewed_by))
    names = people.names_of(tenant, hands)
    return [_out(one, names) for one in those]


def _out(one: Emergency, names: Mapping[UUID | None, str]) -> EmergencyOut:
    told: dict[str, Any] = {"customer": one.subject, "overdue": one.overdue(now=clock.now())}
    told |= {f"{hand}_name": names.get(getattr(one, hand)) for hand in ("holder", "decided_by", "reviewed_by")}
    return EmergencyOut(**told | {key: getattr(one, key) for key in EmergencyOut.model_fields if key not in told})
