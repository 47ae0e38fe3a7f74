"""Who I am, what I may do, and how long this session lasts."""

from datetime import datetime
from functools import cache
from uuid import UUID

from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router

from hushkeep.access import elevations
from hushkeep.access.permissions import permissions
from hushkeep.api.actors import signed_in
from hushkeep.api.schemas import Out
from hushkeep.identity import sessions
from hushkeep.identity.remembered import SignedIn
from hushkeep.identity.roles import Role
from hushkeep.runtime import clock
from hushkeep.runtime.site import read_site
from hushkeep.runtime.tenancy import tenant_transaction

router = Router(tags=["me"])


class MyselfOut(Out):
    """The signed-in person."""

    id: UUID
    name: str
    login: str
    role: Role
    language: str


class TenantOut(Out):
    """Their center."""

    id: UUID
    name: str
    demo: bool


class MySessionOut(Out):
    """Their session; ``mfa_at`` is when a second factor was last shown.

    ``elevated_until`` is when administrator's rights end that were taken in it; null when none are held.
    """

    id: UUID
    expires_at: datetime
    idle_seconds: int
    mfa_at: datetime
    elevated_until: datetime | None


class MeOut(Out):
    """Everything the console needs to begin."""

    person: MyselfOut
    tenant: TenantOut
    permissions: list[str]
    level: str
    session: MySessionOut


class CsrfOut(Out):
    """Nothing: the cookie is what counts."""


@router.get("/me", response=MeOut)
def me(request: HttpRequest) -> MeOut:
    """Return the signed-in person, their center, permissions and session. Does not keep the session awake."""
    found = signed_in(request)
    center = found.center
    get_token(request)
    return MeOut(
        person=MyselfOut.model_validate(found.person),
        tenant=TenantOut(id=center.id, name=center.name, demo=center.demo),
        permissions=sorted(permissions(found.person.role, demo=center.demo)),
        level=separation(),
        session=MySessionOut(
            id=found.session.id,
            expires_at=found.session.expires_at,
            idle_seconds=int(sessions.idle_limit().total_seconds()),
            mfa_at=found.second_factor_at,
            elevated_until=_elevated(found),
        ),
    )


@router.get("/csrf", response=CsrfOut)
def csrf(request: HttpRequest) -> CsrfOut:
    """Set the cookie whose value unsafe requests repeat in ``X-CSRFToken``."""
    get_token(request)
    return CsrfOut()


def _elevated(found: SignedIn) -> datetime | None:
    if found.person.role is not Role.ADMINISTRATOR:
        return None
    with tenant_transaction(found.person.tenant):
        return elevations.standing(found.person.id, found.session.id, now=clock.now())


@cache
def separation() -> str:
    """Return the level of separation in which the site runs: named beside every security claim."""
    return read_site().level
