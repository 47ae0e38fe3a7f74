"""Sessions: who is signed in, since when, and until when at most.

The cookie's record lies with Django; it names a row here, and the row decides. A session ends by signing out, after
15 minutes of silence, at its role's absolute limit, or when somebody ends it; an ended one never comes back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from hushkeep.audit.log import append
from hushkeep.identity import request_ids
from hushkeep.identity.models import Session as Row
from hushkeep.identity.models import User
from hushkeep.identity.places import NOWHERE, Place
from hushkeep.identity.roles import ABSOLUTE_LIMIT, IDLE_LIMIT, Role
from hushkeep.kernel import (
    Action,
    ActorId,
    ActorKind,
    DeviceId,
    Event,
    EventId,
    NotFound,
    Outcome,
    Permit,
    SessionId,
    TenantId,
    new_id,
)
from hushkeep.runtime.outbox import announce
from hushkeep.runtime.settings import settings
from hushkeep.runtime.streams import SESSION_CHANGED, SESSION_ENDED
from hushkeep.runtime.tenancy import tenant_transaction

# Not every request says "still here" to the database: one in so many seconds is enough.
_TOUCH_EVERY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it stands: times are aware, in UTC; ``place`` is where a second factor was last shown."""

    id: SessionId
    tenant: TenantId
    person: UUID
    device: DeviceId | None
    created_at: datetime
    seen_at: datetime
    second_factor_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    end_reason: str
    place: Place = NOWHERE


def idle_limit() -> timedelta:
    """How long a session may lie still: the house's limit, or the site's if that is shorter."""
    return min(IDLE_LIMIT, settings().session_idle)


def open_session(user: User, *, now: datetime, place: Place = NOWHERE) -> Session:
    """Return a new session of ``user``, who has just shown both factors at ``place``; an event says so."""
    tenant = TenantId(user.tenant)
    limit = min(ABSOLUTE_LIMIT[Role(user.role)], settings().session_age)
    with tenant_transaction(tenant):
        row = Row(
            tenant=tenant,
            person=user.id,
            created_at=now,
            seen_at=now,
            second_factor_at=now,
            expires_at=now + limit,
            network=place.network,
            country=place.country,
        )
        row.save(force_insert=True)
        elsewhere = Row.objects.filter(person=user.id, ended_at=None, seen_at__gt=now - idle_limit()).count() > 1
        _record(row, Action.SESSION_SIGN_IN, "signed_in_elsewhere_too" if elsewhere else "signed_in", now=now)
    return value(row)


def goes_on(session: Session, *, now: datetime, quiet: bool = False) -> bool:
    """Whether ``session``, just read, is open still; that it is in use is noted. ``quiet``: this use does not count.

    One that has outlived a limit is ended here, with its event.
    """
    if session.ended_at is not None:
        return False
    reason = overdue(session.seen_at, session.expires_at, now=now, idle=idle_limit())
    if reason or (not quiet and now - session.seen_at >= _TOUCH_EVERY):
        with tenant_transaction(session.tenant):
            row = Row.objects.select_for_update().filter(id=session.id, ended_at=None).first()
            if row is None:
                return False
            if reason:
                _end(row, reason, now=now)
                return False
            Row.objects.filter(id=row.id).update(seen_at=now)
    return True


def needs_no_word(session: Session, *, now: datetime, quiet: bool) -> bool:
    """Whether a remembered session is within its limits, and nothing need be noted of this use."""
    if overdue(session.seen_at, session.expires_at, now=now, idle=idle_limit()):
        return False
    return quiet or now - session.seen_at < _TOUCH_EVERY


def overdue(seen_at: datetime, expires_at: datetime, *, now: datetime, idle: timedelta) -> str:
    """Return why a session has outlived its limits: ``idle``, ``absolute``, or an empty text when it has not."""
    if now >= expires_at:
        return "absolute"
    return "idle" if now - seen_at >= idle else ""


def sign_out(tenant: TenantId, session: UUID, *, now: datetime) -> None:
    """End one's own session; nothing happens to one that has ended."""
    with tenant_transaction(tenant):
        row = Row.objects.select_for_update().filter(id=session, ended_at=None).first()
        if row is not None:
            _end(row, "signed_out", now=now)


def elsewhere(session: Session, *, now: datetime) -> str:
    """Return ``country``, ``network`` or an empty text: how far from this session its person is at work besides.

    Inside the center's transaction. Sessions that lie still longer than the limit are over, and do not count.
    """
    others = Row.objects.filter(
        person=session.person, ended_at=None, expires_at__gt=now, seen_at__gt=now - idle_limit()
    )
    moves = {session.place.moved_from(value(row).place) for row in others.exclude(id=session.id)}
    return next((move for move in ("country", "network") if move in moves), "")


def stepped_up(tenant: TenantId, session: UUID, *, now: datetime, place: Place = NOWHERE) -> None:
    """Note that the session's person has shown a second factor again, at ``place``; an event says so."""
    with tenant_transaction(tenant):
        row = Row.objects.filter(id=session, ended_at=None).first()
        if row is not None:
            at = {"network": place.network, "country": place.country} if place.network else {}
            Row.objects.filter(id=row.id).update(second_factor_at=now, **at)
            announce(tenant, SESSION_CHANGED, session)
            _record(row, Action.SESSION_STEP_UP, "second_factor_shown", now=now)


def bind_device(tenant: TenantId, session: UUID, device: UUID) -> None:
    """Note by which device's key the session has proved itself. Inside the center's transaction."""
    Row.objects.filter(tenant=tenant, id=session, device=None).update(device=device)
    announce(tenant, SESSION_CHANGED, session)


def page(permit: Permit, *, person: UUID | None, after: UUID | None, limit: int, now: datetime) -> tuple[Session, ...]:
    """Return up to ``limit`` open sessions, newest first, of one person or of the whole center."""
    permit.require(Action.SESSION_LIST, person, now=now)
    rows = Row.objects.filter(ended_at=None, expires_at__gt=now, seen_at__gt=now - idle_limit()).order_by("-id")
    if person is not None:
        rows = rows.filter(person=person)
    if after is not None:
        rows = rows.filter(id__lt=after)
    return tuple(value(row) for row in rows[:limit])


def owner(tenant: TenantId, session: UUID) -> UUID:
    """Return whose session it is: for the decision's own facts. Raises NotFound."""
    row = Row.objects.filter(tenant=tenant, id=session).first()
    if row is None:
        raise NotFound(f"session {session}")
    person: UUID = row.person
    return person


def get(tenant: TenantId, session: UUID) -> Session:
    """Return a session. Inside the center's transaction. Raises NotFound."""
    row = Row.objects.filter(tenant=tenant, id=session).first()
    if row is None:
        raise NotFound(f"session {session}")
    return value(row)


def revoke(permit: Permit, session: UUID, *, now: datetime) -> None:
    """End a session by somebody's decision; the permit's own event is the record of it."""
    permit.require(Action.SESSION_REVOKE, session, now=now)
    _close(permit.tenant, Row.objects.filter(id=session), "revoked", now=now)


def end_all(permit: Permit, person: UUID, *, now: datetime) -> int:
    """End every session of a person who leaves, and return how many there were."""
    permit.require(Action.USER_REMOVE, person, now=now)
    return _close(permit.tenant, Row.objects.filter(person=person), "left", now=now)


def stop(permit: Permit, person: UUID, *, now: datetime) -> int:
    """End every session of a person by somebody's decision, and return how many there were."""
    permit.require(Action.SESSION_REVOKE, person, now=now)
    return _close(permit.tenant, Row.objects.filter(person=person), "revoked", now=now)


def end_on(permit: Permit, device: UUID, *, now: datetime) -> int:
    """End every session bound to a device that is revoked, and return how many there were."""
    permit.require(Action.DEVICE_REVOKE, device, now=now)
    return _close(permit.tenant, Row.objects.filter(device=device), "device_revoked", now=now)


def end_refused(session: UUID, *, now: datetime) -> None:
    """End a session whose device's key was not proved too often; an event says so. Inside the center's transaction."""
    row = Row.objects.select_for_update().filter(id=session, ended_at=None).first()
    if row is not None:
        _end(row, "proofs_refused", now=now)


def refuse(session: Session, *, now: datetime) -> None:
    """Record that somebody asked with the cookie of a session that is over."""
    with tenant_transaction(session.tenant):
        row = Row(id=session.id, tenant=session.tenant, person=session.person)
        _record(row, Action.SESSION_SIGN_IN, "session_over", now=now, outcome=Outcome.DENIED)


def _close(tenant: TenantId, rows: QuerySet[Row], reason: str, *, now: datetime) -> int:
    """End the open ones of ``rows``; what streams to them hears of it at commit."""
    ended = [row.id for row in rows.select_for_update().filter(ended_at=None)]
    Row.objects.filter(id__in=ended).update(ended_at=now, end_reason=reason)
    for session in ended:
        announce(tenant, SESSION_ENDED, session)
    return len(ended)


def _end(row: Row, reason: str, *, now: datetime) -> None:
    if _close(TenantId(row.tenant), Row.objects.filter(id=row.id), reason, now=now):
        _record(row, Action.SESSION_SIGN_OUT, reason, now=now)


def _record(row: Row, action: Action, reason: str, *, now: datetime, outcome: Outcome = Outcome.ALLOWED) -> None:
    append(
        Event(
            id=EventId(new_id()),
            tenant=TenantId(row.tenant),
            at=now,
            actor=ActorId(row.person),
            actor_kind=ActorKind.PERSON,
            action=action,
            outcome=outcome,
            reason=reason,
            target=row.id,
            target_kind="session",
            session=SessionId(row.id),
            request=request_ids.current(),
        )
    )


def value(row: Row) -> Session:
    """Return the session of ``row``."""
    return Session(
        id=SessionId(row.id),
        tenant=TenantId(row.tenant),
        person=row.person,
        device=DeviceId(row.device) if row.device else None,
        created_at=row.created_at,
        seen_at=row.seen_at,
        second_factor_at=row.second_factor_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        place=Place(row.network, row.country),
    )
