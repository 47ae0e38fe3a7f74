"""Mandates: an auditor from outside reads events for a time, and those of a time alone; each reading is an event."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from hushkeep.access.models import Mandate as Row
from hushkeep.audit.trail import Filter, Proof
from hushkeep.identity import people
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, Conflict, Denied, InvalidInput, NotFound, Permit

LONGEST = timedelta(days=366)
_SHORTEST = timedelta(microseconds=1)

OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True, slots=True)
class Mandate:
    """From ``opens_at`` until before ``closes_at`` the auditor may read the events of ``[since, until)``.

    Times are aware; None leaves that side open. Raises InvalidInput for a span that is empty or above 366 days.
    """

    opens_at: datetime
    closes_at: datetime
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        given = [moment for moment in (self.opens_at, self.closes_at, self.since, self.until) if moment is not None]
        if any(moment.tzinfo is None for moment in given):
            raise InvalidInput("time_without_zone")
        if not timedelta(0) < self.closes_at - self.opens_at <= LONGEST:
            raise InvalidInput("mandate_too_long")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise InvalidInput("mandate_empty")


@dataclass(frozen=True, slots=True)
class Given:
    """A mandate with who gave it, and when."""

    mandate: Mandate
    given_by: UUID
    at: datetime


def give(permit: Permit, person: UUID, mandate: Mandate, *, now: datetime) -> Mandate:
    """Return the mandate that ``person``, an auditor, has from now on; an earlier one of theirs no longer counts."""
    permit.require(Action.USER_CHANGE, person, now=now)
    if people.get(permit.tenant, person).role != Role.AUDITOR:
        raise InvalidInput("not_an_auditor")
    _keep(permit, person, mandate, now)
    return mandate


def end(permit: Permit, person: UUID, *, now: datetime) -> Mandate:
    """Return the mandate of ``person`` as it ends now: they read nothing more, and do not become one of the house.

    Raises NotFound without a mandate, Conflict when it is over.
    """
    permit.require(Action.USER_CHANGE, person, now=now)
    known = of(person)
    if known is None:
        raise NotFound(f"person {person} has no mandate")
    if known.closes_at <= now:
        raise Conflict("mandate_ended")
    ended = replace(known, opens_at=min(known.opens_at, now - _SHORTEST), closes_at=now)
    _keep(permit, person, ended, now)
    return ended


def _keep(permit: Permit, person: UUID, mandate: Mandate, now: datetime) -> None:
    Row(
        tenant=permit.tenant,
        person=person,
        opens_at=mandate.opens_at,
        closes_at=mandate.closes_at,
        since=mandate.since,
        until=mandate.until,
        given_by=permit.actor,
        at=now,
    ).save(force_insert=True)


def listed(permit: Permit, person: UUID, *, now: datetime) -> tuple[Given, ...]:
    """Return every mandate that ``person`` was given, the one that holds first. Raises NotFound for a stranger."""
    permit.require(Action.USER_LIST, person, now=now)
    people.get(permit.tenant, person)
    return tuple(map(_given, Row.objects.filter(person=person).order_by("-id")))


def of(person: UUID) -> Mandate | None:
    """Return the mandate of a person, None for an auditor of the house."""
    row = Row.objects.filter(person=person).order_by("-id").first()
    return None if row is None else _given(row).mandate


def _given(row: Row) -> Given:
    return Given(Mandate(row.opens_at, row.closes_at, row.since, row.until), row.given_by, row.at)


def state(person: UUID, *, now: datetime) -> str:
    """Return ``open`` or ``closed`` for somebody with a mandate, empty without one."""
    known = of(person)
    if known is None:
        return ""
    return OPEN if known.opens_at <= now < known.closes_at else CLOSED


def within(permit: Permit, wanted: Filter) -> Filter:
    """Return ``wanted`` narrowed to what the permit's actor may read."""
    known = of(permit.actor) if permit.role == Role.AUDITOR else None
    if known is None:
        return wanted
    since = max((moment for moment in (wanted.since, known.since) if moment is not None), default=None)
    until = min((moment for moment in (wanted.until, known.until) if moment is not None), default=None)
    return replace(wanted, since=since, until=until)


def seen(permit: Permit, proof: Proof) -> Proof:
    """Return ``proof`` when its event is one that the permit's actor may read; raise Denied otherwise."""
    allowed, at = within(permit, Filter()), proof.row.event.at
    if (allowed.since is not None and at < allowed.since) or (allowed.until is not None and at >= allowed.until):
        raise Denied("outside_mandate")
    return proof
