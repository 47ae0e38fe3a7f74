"""Connectors: the telephone and chat systems whose signed word begins and ends live conversations.

Their secrets are made and kept by the key service, which takes this from the installation's own hands alone: no request
to the front can make one.
"""

from dataclasses import dataclass, field
from uuid import UUID

from hushkeep.access.actors import Target
from hushkeep.access.gate import by_system
from hushkeep.identity import people, service_accounts
from hushkeep.identity.roles import Role, Scope
from hushkeep.identity.service_accounts import ServiceAccount
from hushkeep.kernel import Action, NotFound, Permit, TenantId
from hushkeep.runtime import clock
from hushkeep.runtime.key_client import KeyClient


@dataclass(frozen=True, slots=True)
class Connector:
    """A connector and its secret (32 bytes), shown this once."""

    id: UUID
    name: str
    secret: bytes = field(repr=False)


def add(tenant: TenantId, name: str, keys: KeyClient) -> Connector:
    """Return a new connector called ``name``. Raises Unavailable when the key service does not answer."""

    def act(permit: Permit) -> Connector:
        made = service_accounts.create(permit, name=name, scopes=(Scope.CONNECTOR,), now=clock.now()).account
        return Connector(made, name, keys.register_connector(tenant, made))

    return by_system(tenant, Action.CONNECTOR_CHANGE, None, act=act)


def everyone(tenant: TenantId) -> tuple[ServiceAccount, ...]:
    """Return the center's connectors that are not revoked, by name."""

    def act(permit: Permit) -> tuple[ServiceAccount, ...]:
        return service_accounts.of_scope(permit, Scope.CONNECTOR, now=clock.now())

    return by_system(tenant, Action.CONNECTOR_LIST, None, act=act)


def rotate(tenant: TenantId, connector: UUID, keys: KeyClient) -> Connector:
    """Return the connector with a new secret; the former is worth nothing any more. Raises NotFound."""

    def act(permit: Permit) -> Connector:
        known = service_accounts.find(connector)
        if known is None or Scope.CONNECTOR not in known.scopes:
            raise NotFound(f"connector {connector}")
        return Connector(connector, known.name, keys.register_connector(permit.tenant, connector, rotate=True))

    return by_system(tenant, Action.CONNECTOR_CHANGE, Target(kind="connector", id=connector), act=act)


def revoke(tenant: TenantId, connector: UUID, keys: KeyClient) -> None:
    """End a connector: nothing that it signs is taken any more. Raises NotFound."""

    def act(permit: Permit) -> None:
        service_accounts.revoke(permit, connector, now=clock.now())
        # Its secret at the key service is replaced by one that nobody has seen.
        keys.register_connector(permit.tenant, connector, rotate=True)

    by_system(tenant, Action.CONNECTOR_CHANGE, Target(kind="connector", id=connector), act=act)


def agents(tenant: TenantId) -> list[UUID]:
    """Return the ids of the center's agents who can work now: for the machine's own desk, never for a request."""

    def act(permit: Permit) -> list[UUID]:
        found = people.page(permit, after=None, limit=1_000, now=clock.now())
        return [person.id for person in found if person.role is Role.AGENT and person.active]

    return by_system(tenant, Action.USER_LIST, None, act=act)
