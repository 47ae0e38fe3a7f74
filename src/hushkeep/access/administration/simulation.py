"""Last week's requests, as kinds with their counts: what a simulation of policies is made of."""

from datetime import datetime
from uuid import UUID

from hushkeep.access.actors import Target
from hushkeep.access.gate import by_system
from hushkeep.access.policy_simulation import Asked
from hushkeep.audit import trail
from hushkeep.audit.trail import Kind
from hushkeep.identity import people, service_accounts
from hushkeep.identity.roles import Role, Scope
from hushkeep.kernel import Action, ActorKind, NotFound, Permit, TenantId
from hushkeep.runtime import clock


def asked_since(tenant: TenantId, since: datetime) -> tuple[Asked, ...]:
    """Return the kinds of request that ``tenant`` had since ``since``. For the machine's own command, with its event.

    Whoever is no longer there, and the installation itself, is left out.
    """

    def act(permit: Permit) -> tuple[Asked, ...]:
        kinds = trail.kinds(permit, since=since, now=clock.now())
        return tuple(asked for kind in kinds if (asked := _asked(permit.tenant, kind)) is not None)

    return by_system(tenant, Action.AUDIT_READ, Target(kind="policy"), act=act)


def _asked(tenant: TenantId, kind: Kind) -> Asked | None:
    role, scopes = _who(tenant, kind.actor, kind.actor_kind)
    if role is None and not scopes:
        return None
    return Asked(
        action=kind.action,
        outcome=kind.outcome,
        reason=kind.reason,
        policy=kind.policy,
        kind=kind.target_kind or "",
        purpose=kind.purpose or "",
        device=kind.device,
        count=kind.count,
        role=role,
        scopes=scopes,
    )


def _who(tenant: TenantId, actor: UUID | None, kind: ActorKind) -> tuple[Role | None, tuple[Scope, ...]]:
    if actor is None:
        return None, ()
    if kind is ActorKind.PERSON:
        try:
            return people.get(tenant, actor).role, ()
        except NotFound:
            return None, ()
    known = service_accounts.find(actor)
    return None, known.scopes if known else ()
