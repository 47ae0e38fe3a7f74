"""Administrator's rights, just in time: taken for a reason and for minutes, in one session, and gone with either."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from hushkeep.access import persons
from hushkeep.access.four_eyes import ApprovalRefused, conflicts
from hushkeep.access.models import Elevation as Row
from hushkeep.kernel import Action, Denied, InvalidInput, Permit, new_id

REASONS = ("onboarding", "leaver", "maintenance", "incident", "request")
"""Why the rights are taken: stable codes; the console has the words."""

LONGEST = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Elevation:
    """Rights that were taken, and until when they hold (UTC)."""

    id: UUID
    person: UUID
    session: UUID
    reason: str
    began_at: datetime
    ends_at: datetime
    ended_at: datetime | None


def take(permit: Permit, reason: str, lasts: timedelta, *, now: datetime) -> Elevation:
    """Return the rights, taken for this session alone. A second taking replaces the first.

    Raises InvalidInput, Denied for a program, ApprovalRefused("roles_conflict").
    """
    permit.require(Action.ELEVATION_TAKE, permit.actor, now=now)
    if reason not in REASONS:
        raise InvalidInput("reason_unknown")
    if not timedelta(0) < lasts <= LONGEST:
        raise InvalidInput("life_or_count_out_of_range")
    if permit.session is None:
        raise Denied("person_required")
    if conflicts(persons.party(permit.tenant, permit.actor).roles):
        raise ApprovalRefused("roles_conflict")
    _standing(permit.session, now=now).update(ended_at=now)
    row = Row(
        id=new_id(),
        tenant=permit.tenant,
        person=permit.actor,
        session=permit.session,
        reason=reason,
        began_at=now,
        ends_at=now + lasts,
    )
    row.save(force_insert=True)
    return _value(row)


def lay_down(permit: Permit, *, now: datetime) -> int:
    """End what the permit's actor has taken in any session; return how many there were."""
    permit.require(Action.ELEVATION_END, permit.actor, now=now)
    return Row.objects.filter(person=permit.actor, ended_at=None, ends_at__gt=now).update(ended_at=now)


def standing(person: UUID, session: UUID | None, *, now: datetime) -> datetime | None:
    """Return until when ``person`` holds administrator's rights in ``session``, or None: a fact."""
    if session is None:
        return None
    row = _standing(session, now=now).filter(person=person).order_by("-ends_at").first()
    return row.ends_at if row else None


def _standing(session: UUID, *, now: datetime) -> "QuerySet[Row]":
    return Row.objects.filter(session=session, ended_at=None, began_at__lte=now, ends_at__gt=now)


def _value(row: Row) -> Elevation:
    return Elevation(row.id, row.person, row.session, row.reason, row.began_at, row.ends_at, row.ended_at)
