"""What the installation itself does when a center is made: ``hushkeep init`` calls this, no request ever does."""

from dataclasses import dataclass, field
from datetime import datetime

from hushkeep.access.administration.people import Invitation, add
from hushkeep.access.gate import by_system
from hushkeep.identity import enrolment, people, service_accounts, tenants
from hushkeep.identity.request_signing import ServiceKey
from hushkeep.identity.roles import Role, Scope
from hushkeep.kernel import Action, Permit, TenantId
from hushkeep.runtime import clock


@dataclass(frozen=True, slots=True)
class Founded:
    """A new center: its id, the token of its administrator's one-time link, and its intake program's key file."""

    tenant: TenantId
    administrator_token: str = field(repr=False)
    intake_key: bytes = field(repr=False)


def found(center: str, *, demo: bool, administrator: str, now: datetime) -> Founded:
    """Return a new center called ``center`` with its first administrator (a login) and its intake program.

    Raises Conflict when the login is taken.
    """
    tenant = create_tenant(center, demo=demo, now=now)
    invitation = create_administrator(tenant, login=administrator, name="Administrator")
    key = create_service_account(tenant, name="intake", scopes=(Scope.INTAKE,))
    return Founded(tenant, invitation.token, key.text().encode())


def renew(tenant: TenantId, login: str, *, now: datetime) -> str | None:
    """Return a new token for somebody who never enrolled; None for whoever did, or is not there."""

    def act(permit: Permit) -> str | None:
        person = people.with_login(permit.tenant, login)
        if person is None or person.enrolled:
            return None
        return enrolment.make_token(permit.tenant, person.id, now=now)

    return by_system(tenant, Action.USER_INVITE, None, act=act)


def create_tenant(name: str, *, demo: bool, now: datetime) -> TenantId:
    """Return the id of a new center; ``demo``: its people are made up.

    Where they are not, customer data goes to trusted devices only.
    """
    tenant = tenants.create(name, demo=demo, now=now).id
    tenants.demand_devices(tenant, required=not demo)
    return tenant


def create_person(tenant: TenantId, *, login: str, name: str, role: Role, language: str = "en") -> Invitation:
    """Return the invitation of a person whom the installation adds."""

    def act(permit: Permit) -> Invitation:
        return add(permit, login=login, name=name, role=role, language=language)

    return by_system(tenant, Action.USER_INVITE, None, act=act)


def create_administrator(tenant: TenantId, *, login: str, name: str, language: str = "en") -> Invitation:
    """Return the invitation of a center's administrator."""
    return create_person(tenant, login=login, name=name, role=Role.ADMINISTRATOR, language=language)


def create_service_account(tenant: TenantId, *, name: str, scopes: tuple[Scope, ...]) -> ServiceKey:
    """Return the key of a new program, the only copy there is; ``ServiceKey.text()`` is the content of its file."""

    def act(permit: Permit) -> ServiceKey:
        return service_accounts.create(permit, name=name, scopes=scopes, now=clock.now())

    return by_system(tenant, Action.CONNECTOR_CHANGE, None, act=act)
