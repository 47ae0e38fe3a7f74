"""People: joiners, movers, leavers."""

from dataclasses import asdict
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from hushkeep.access.administration import people, people_list
from hushkeep.access.administration.people import Invitation
from hushkeep.access.mandates import Given, Mandate
from hushkeep.api.actors import actor_of
from hushkeep.api.pages import DEFAULT, Cursor, Flag, Limit, read_cursor, split
from hushkeep.api.schemas import In, Moment, Out
from hushkeep.identity.people import Person
from hushkeep.identity.roles import Role
from hushkeep.kernel import InvalidInput

router = Router(tags=["people"])


class PersonOut(Out):
    """A person; ``version`` is the ETag of their rights."""

    id: UUID
    login: str
    name: str
    role: Role
    language: str
    active: bool
    enrolled: bool
    left: bool
    version: int


class PeopleOut(Out):
    """A page of people."""

    items: list[PersonOut]
    next: str | None


class InviteIn(In):
    """Who joins, and as what."""

    login: str = Field(max_length=64)
    name: str = Field(max_length=120)
    role: Role
    language: Literal["en", "zh"] = "en"


class InvitationOut(Out):
    """The one-time link to hand to the person; it is shown this once and dies after 24 hours."""

    id: UUID
    enrolment_link: str


class ListedOut(Out):
    """What one row of the list comes to; ``enrolment_link`` is a joiner's, shown this once."""

    line: int
    login: str
    what: people_list.What
    reason: str
    enrolment_link: str | None


class ListOut(Out):
    """What a list comes to, row by row."""

    items: list[ListedOut]


class MandateIn(In):
    """When the auditor may read, and the events of which time; all with a time zone, 366 days at most."""

    opens_at: Moment
    closes_at: Moment
    since: Moment | None = None
    until: Moment | None = None


class MandateOut(Out):
    """The mandate that now binds the auditor."""

    opens_at: datetime
    closes_at: datetime
    since: datetime | None
    until: datetime | None


class GivenOut(MandateOut):
    """A mandate, who gave it and when."""

    given_by: UUID
    at: datetime


class MandatesOut(Out):
    """Every mandate of a person, the one that holds first; none for an auditor of the house."""

    items: list[GivenOut]


class RoleIn(In):
    """The new role."""

    role: Role


@router.get("/people", response=PeopleOut)
def list_people(request: HttpRequest, cursor: Cursor = None, limit: Limit = DEFAULT) -> PeopleOut:
    """Return the people of the center in the order they were added."""
    found, following = split(people.page(actor_of(request), after=read_cursor(cursor), limit=limit + 1), limit)
    return PeopleOut(items=[_out(p) for p in found], next=following)


@router.post("/people", response={201: InvitationOut})
def invite(request: HttpRequest, body: InviteIn) -> Status[InvitationOut]:
    """Add a person and return their one-time link."""
    made = people.invite(actor_of(request), login=body.login, name=body.name, role=body.role, language=body.language)
    return Status(201, _invitation(request, made))


@router.post("/people/list", response=ListOut)
def take_list(request: HttpRequest, dry_run: Flag = True) -> ListOut:  # noqa: FBT002 - a query parameter
    """Take a list of joiners, movers and leavers (CSV in the body, 2,000 rows at most); first, say what it comes to.

    Columns: ``login``, ``name``, ``role``, and where wanted ``language`` and ``state`` (``active`` or ``left``).
    """
    actor = actor_of(request)
    known = people_list.everybody(actor)
    try:
        rows = people_list.read(request.body.decode())
    except UnicodeDecodeError:
        raise InvalidInput("list_malformed") from None
    steps = people_list.plan(rows, known) if dry_run else people_list.apply(actor, rows, known)
    return ListOut(items=[_listed(request, step) for step in steps])


@router.post("/people/{uuid:person}/invite", response={201: InvitationOut})
def invite_again(request: HttpRequest, person: UUID) -> Status[InvitationOut]:
    """Return a fresh link for whoever lost theirs or their second factor; older links die."""
    return Status(201, _invitation(request, people.invite_again(actor_of(request), person)))


@router.post("/people/{uuid:person}/deactivate", response=PersonOut)
def deactivate(request: HttpRequest, person: UUID) -> PersonOut:
    """Let a person go: their sessions end at once."""
    return _out(people.remove(actor_of(request), person))


@router.post("/people/{uuid:person}/role", response=PersonOut)
def change_role(request: HttpRequest, response: HttpResponse, person: UUID, body: RoleIn) -> PersonOut:
    """Give a person another role; with ``If-Match`` only if nobody changed their rights since."""
    changed = people.change_role(actor_of(request), person, body.role, version=_version(request))
    response["ETag"] = f'"{changed.version}"'
    return _out(changed)


@router.post("/people/{uuid:person}/mandate", response=MandateOut)
def give_mandate(request: HttpRequest, person: UUID, body: MandateIn) -> MandateOut:
    """Bind an auditor from outside: for a time they read the events of a time, prove them, and do nothing else."""
    mandate = Mandate(body.opens_at, body.closes_at, body.since, body.until)
    return MandateOut.model_validate(people.give_mandate(actor_of(request), person, mandate))


@router.post("/people/{uuid:person}/mandate/end", response=MandateOut)
def end_mandate(request: HttpRequest, person: UUID) -> MandateOut:
    """End an auditor's mandate now: they read nothing more. 409 when it is over, 404 without one."""
    return MandateOut.model_validate(people.end_mandate(actor_of(request), person))


@router.get("/people/{uuid:person}/mandates", response=MandatesOut)
def list_mandates(request: HttpRequest, person: UUID) -> MandatesOut:
    """Return every mandate that a person was given, the one that holds first."""
    found = people.mandates_of(actor_of(request), person)
    return MandatesOut(items=[_mandate_out(one) for one in found])


def _mandate_out(one: Given) -> GivenOut:
    return GivenOut(given_by=one.given_by, at=one.at, **asdict(one.mandate))


def _version(request: HttpRequest) -> int | None:
    tag = request.headers.get("If-Match")
    if tag is None:
        return None
    text = tag.strip('"')
    if not text.isdecimal():
        raise InvalidInput("if_match_malformed")
    return int(text)


def _listed(request: HttpRequest, step: people_list.Step) -> ListedOut:
    link = request.build_absolute_uri("/enrol") + f"#{step.token}" if step.token else None
    row = step.row
    return ListedOut(line=row.line, login=row.login, what=step.what, reason=step.reason, enrolment_link=link)


def _invitation(request: HttpRequest, made: Invitation) -> InvitationOut:
    # What stands after # never reaches a server, nor its log.
    return InvitationOut(id=made.person.id, enrolment_link=request.build_absolute_uri("/enrol") + f"#{made.token}")


def _out(person: Person) -> PersonOut:
    return PersonOut.model_validate(person)
