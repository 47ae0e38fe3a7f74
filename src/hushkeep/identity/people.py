"""People of a center. Each door demands a permit and reaches the permit's own center only."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError as DuplicateKey
from django.db import transaction
from django.db.models import F, Max

from hushkeep.identity.models import Session, User
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, Conflict, InvalidInput, NotFound, Permit, TenantId
from hushkeep.runtime.outbox import announce
from hushkeep.runtime.streams import PERSON_CHANGED

_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?")
_NAME_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Person:
    """A person who signs in; ``version`` rises with each change of rights. ``repr`` shows no name."""

    id: UUID
    tenant: TenantId
    login: str
    name: str
    role: Role
    language: str
    active: bool
    enrolled: bool
    left: bool
    version: int

    def __repr__(self) -> str:
        return f"Person(id={self.id})"


def add(  # noqa: PLR0913 - a person has so many parts
    permit: Permit, *, login: str, name: str, role: Role, language: str, now: datetime
) -> Person:
    """Return a new person, who cannot sign in before enrolling.

    Raises InvalidInput for a login that is not 1-64 lower-case letters, digits and ``. _ @ -``, or for an empty or
    overlong name; Conflict when the login is taken.
    """
    permit.require(Action.USER_INVITE, None, now=now)
    if not _LOGIN.fullmatch(login):
        raise InvalidInput("login: 1-64 lower-case letters, digits and . _ @ -")
    if not 0 < len(name.strip()) <= _NAME_CHARACTERS:
        raise InvalidInput(f"name: 1-{_NAME_CHARACTERS} characters")
    row = User(tenant=permit.tenant, login=login, name=name.strip(), role=role.value, language=language, created_at=now)
    row.set_unusable_password()
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except DuplicateKey:
        raise Conflict("login_taken") from None
    return value(row)


def page(permit: Permit, *, after: UUID | None, limit: int, now: datetime) -> tuple[Person, ...]:
    """Return up to ``limit`` people of the center in the order they were added, from ``after`` on."""
    permit.require(Action.USER_LIST, None, now=now)
    rows = User.objects.filter(tenant=permit.tenant).order_by("id")
    if after is not None:
        rows = rows.filter(id__gt=after)
    return tuple(value(row) for row in rows[:limit])


def deactivate(permit: Permit, person: UUID, *, now: datetime) -> Person:
    """Return the person, who from now on is gone: cannot sign in, and keeps no usable password."""
    permit.require(Action.USER_REMOVE, person, now=now)

    def leave(row: User) -> None:
        row.is_active = False
        row.left_at = row.left_at or now
        row.set_unusable_password()

    return _change(permit, person, leave)


def change_role(permit: Permit, person: UUID, role: Role, *, version: int | None, now: datetime) -> Person:
    """Return the person in ``role``.

    Raises Conflict when ``version`` is given and is no longer the person's.
    """
    permit.require(Action.USER_CHANGE, person, now=now)

    def turn(row: User) -> None:
        if version is not None and row.version != version:
            raise Conflict("version_moved")
        row.role = role.value

    return _change(permit, person, turn)


def unused(tenant: TenantId, *, since: datetime) -> tuple[UUID, ...]:
    """Return the active people who have not been here since ``since``. Inside the center's transaction.

    Where no administrator has been, none of them is among it: somebody must be able to let the others in again.
    """
    here = set(Session.objects.filter(seen_at__gte=since).values_list("person", flat=True))
    active = User.objects.filter(tenant=tenant, is_active=True)
    away = [row for row in active.filter(enrolled_at__lt=since).order_by("id") if row.id not in here]
    administrators = {row.id for row in active.filter(role=Role.ADMINISTRATOR)}
    spared = set() if administrators - {row.id for row in away} else administrators
    return tuple(row.id for row in away if row.id not in spared)


def effective(tenant: TenantId) -> tuple[tuple[Person, datetime | None], ...]:
    """Return the active, enrolled people, each with when they were last here: for reviews of their rights."""
    seen = dict(Session.objects.values_list("person").annotate(Max("seen_at")))
    rows = User.objects.filter(tenant=tenant, is_active=True).exclude(enrolled_at=None).order_by("id")
    return tuple((value(row), seen.get(row.id)) for row in rows)


def switch_off(permit: Permit, person: UUID, *, now: datetime) -> Person:
    """Return the person, who cannot sign in until a new link has been used; they have not left."""
    permit.require(Action.USER_REMOVE, person, now=now)

    def off(row: User) -> None:
        row.is_active = False

    return _change(permit, person, off)


def get(tenant: TenantId, person: UUID) -> Person:
    """Return a person of the center: for the decision's own facts. Raises NotFound."""
    return value(_row(tenant, person))


def names_of(tenant: TenantId, persons: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Return what people of the center are called, by their ids; who is nobody of it, or None, is left out."""
    return dict(User.objects.filter(tenant=tenant, id__in=set(persons) - {None}).values_list("id", "name"))


def with_login(tenant: TenantId, login: str) -> Person | None:
    """Return the person of the center who signs in as ``login``, or None."""
    row = User.objects.filter(tenant=tenant, login=login).first()
    return value(row) if row else None


def _row(tenant: TenantId, person: UUID, *, lock: bool = False) -> User:
    rows = User.objects.filter(tenant=tenant, id=person)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise NotFound(f"person {person}")
    return row


def _change(permit: Permit, person: UUID, change: Callable[[User], None]) -> Person:
    row = _row(permit.tenant, person, lock=True)
    change(row)
    row.version += 1
    row.save()
    announce(permit.tenant, PERSON_CHANGED, person)
    return value(row)


def value(row: User) -> Person:
    """Return what of the row may leave the room."""
    return Person(
        id=row.id,
        tenant=TenantId(row.tenant),
        login=row.login,
        name=row.name,
        role=Role(row.role),
        language=row.language,
        active=row.is_active,
        enrolled=row.enrolled_at is not None,
        left=row.left_at is not None,
        version=row.version,
    )


def change_language(tenant: TenantId, person: UUID, language: str) -> None:
    """Keep the language in which the person reads the console."""
    User.objects.filter(tenant=tenant, id=person).update(language=language, version=F("version") + 1)
    announce(tenant, PERSON_CHANGED, person)
