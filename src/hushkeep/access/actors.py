"""Who asks, and for what: the values that the faces hand to the gate."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hushkeep.access.decision import Allow, Principal, Request, Resource, decide
from hushkeep.access.permissions import possible
from hushkeep.access.policy_set import shipped
from hushkeep.identity.roles import Role, Scope
from hushkeep.identity.tenants import Tenant
from hushkeep.kernel import Action, ActorKind, ConversationId, DeviceId, SessionId, SubjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A signed-in person in their role, or a program with its scopes.

    ``second_factor_at`` is when the session last showed a second factor (UTC); ``device`` is set when the request
    proved the key of a known device, ``device_trusted`` when somebody trusts it; ``center`` is the actor's, where the
    look-up of who asks has brought it along. ``moved`` says how the request's place differs from where the session
    last showed a second factor: ``network``, ``country`` or empty.
    """

    person: UUID
    tenant: TenantId
    role: Role | None = None
    scopes: tuple[Scope, ...] = ()
    session: SessionId | None = None
    device: DeviceId | None = None
    device_trusted: bool = False
    kind: ActorKind = ActorKind.PERSON
    second_factor_at: datetime | None = None
    moved: str = ""
    center: Tenant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is acted upon: one thing, or with ``id`` None a collection of ``kind``.

    ``owner`` is the person whose it is, if it is somebody's (a session, a device, a person themself).
    ``sampled`` says that quality assurance drew it by lot.
    ``tenant`` is the thing's own center where it may differ from the actor's: it is then refused.
    """

    kind: str
    id: UUID | None = None
    subject: SubjectId | None = None
    conversation: ConversationId | None = None
    owner: UUID | None = None
    tenant: TenantId | None = None
    sampled: bool = False


def may_at_best(actor: Actor, action: Action) -> bool:
    """Whether ``actor``, a person in a role or a program with scopes, may do ``action`` under the best circumstances.

    For what only widens a permitted act, such as replacing while storing; a whole act goes through the gate.
    """
    if actor.role is not None:
        return possible(actor.role, action, demo=False, policies=shipped())
    here = Resource(None, "conversation", actor.tenant)
    program = Principal(actor.person, actor.tenant, scopes=actor.scopes)
    return isinstance(decide(Request(program, action, here), shipped()), Allow)
