"""The access decision: pure, total, deny by default (NIST SP 800-207, section 3.3).

>>> from uuid import UUID
>>> from hushkeep.access.decision import Facts, Principal, Request, Resource, decide
>>> from hushkeep.access.policy_set import shipped
>>> from hushkeep.kernel import Action, TenantId
>>> here = TenantId(UUID(int=1))
>>> asks = Request(
...     Principal(UUID(int=2), here, role="agent"),
...     Action.CONVERSATION_REVEAL,
...     Resource(UUID(int=3), "conversation", here),
...     Facts(purpose="customer_request", second_factor=True, second_factor_seconds=20),
... )
>>> decide(asks, shipped()).reason
'not_permitted'
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from uuid import UUID

import cedarpy

from hushkeep.access.policy_selection import select
from hushkeep.access.policy_set import Policy, PolicySet
from hushkeep.kernel import LEVEL, Action, Outcome, TenantId

NOT_PERMITTED = "not_permitted"
"""The reason when no policy permits."""

REVEALS_PER_HOUR = 30
"""How many reveals an hour a person has, live customers included."""

_NEVER = 10**9


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a person in a ``role``, or a program with ``scopes``; exactly one of the two."""

    id: UUID
    tenant: TenantId
    role: str | None = None
    scopes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.role is None) == (not self.scopes):
            raise ValueError("a principal is a person in a role or a service with scopes")


@dataclass(frozen=True, slots=True)
class Resource:
    """What is acted upon: one thing (``id``), or a whole collection of ``kind`` (``id`` None).

    ``own`` says that it is the actor's own person, session or device.
    """

    id: UUID | None
    kind: str
    tenant: TenantId
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything else the decision may look at. The defaults are what is safe to assume when nothing is known.

    ``second_factor_seconds`` counts from when a second factor was last shown; ``risk`` is 0-100. ``leave`` is the
    approval on which a reveal without a live conversation draws.
    """

    approvals: int = 0
    demo: bool = False
    device_required: bool = False
    device_trusted: bool = False
    elevated: bool = False
    emergency: bool = False
    leave: UUID | None = None
    live: bool = False
    mandate: str = ""
    moved: str = ""
    purpose: str = ""
    reveal_quota: int = REVEALS_PER_HOUR
    reveals: int = 0
    reveals_alone: int = 0
    reveals_alone_today: int = 0
    risk: int = 0
    sampled: bool = False
    second_factor: bool = False
    second_factor_limit: int = 900
    second_factor_seconds: int = _NEVER


@dataclass(frozen=True, slots=True)
class Request:
    """May ``principal`` do ``action`` to ``resource``, the ``facts`` being what they are?"""

    principal: Principal
    action: Action
    resource: Resource
    facts: Facts = Facts()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What every decision carries into its event."""

    reason: str
    policy: str | None
    policy_set: str


class Allow(_Answer):
    """Yes, by the policy named."""

    outcome = Outcome.ALLOWED


class StepUp(_Answer):
    """Permitted, once a second factor has been shown afresh."""

    outcome = Outcome.STEP_UP


class NeedsApproval(_Answer):
    """Permitted, once a second person has said yes."""

    outcome = Outcome.NEEDS_APPROVAL


class Deny(_Answer):
    """No."""

    outcome = Outcome.DENIED


Decision = Allow | StepUp | NeedsApproval | Deny


def decide(request: Request, policies: PolicySet) -> Decision:
    """Return the decision on ``request``.

    A forbid wins over every permit; what nothing permits is denied; an error in evaluating any policy is a denial.
    A refusal that could be cured (StepUp, NeedsApproval) is given only where a policy permits and nothing else refuses.
    """
    result = _judge(request, policies)
    if result.diagnostics.errors:
        return Deny("policy_error", None, policies.digest)
    matched = [policies.policies[key] for key in sorted(result.diagnostics.reasons, key=_position)]
    if result.allowed:
        return Allow("permitted", matched[0].id, policies.digest)
    hard = [p for p in matched if p.outcome is Outcome.DENIED]
    if hard:
        return Deny(hard[0].reason, hard[0].id, policies.digest)
    if not matched or not _otherwise_permitted(request, policies):
        return Deny(NOT_PERMITTED, None, policies.digest)
    return _curable(matched, policies)


def _curable(matched: list[Policy], policies: PolicySet) -> Decision:
    """The approval first: a second factor would be stale again by the time it is given."""
    for policy in matched:
        if policy.outcome is Outcome.NEEDS_APPROVAL:
            return NeedsApproval(policy.reason, policy.id, policies.digest)
    return StepUp(matched[0].reason, matched[0].id, policies.digest)


def _otherwise_permitted(request: Request, policies: PolicySet) -> bool:
    """Whether some policy permits the request at all: Cedar does not say so when it forbids."""
    return bool(matching(request, policies, permits=True))


def matching(request: Request, policies: PolicySet, *, permits: bool) -> list[Policy]:
    """Return the policies of one effect whose conditions hold for ``request``, each judged alone."""
    result = _judge(request, policies, permits=permits)
    return [policies.policies[key] for key in sorted(result.diagnostics.reasons, key=_position)]


def _judge(request: Request, policies: PolicySet, *, permits: bool | None = None) -> cedarpy.AuthzResult:
    """Ask Cedar, with the policies that can match and the facts that these read."""
    principal, resource = request.principal, request.resource
    chosen = select(policies, principal.role, principal.scopes, request.action, permits=permits)
    if not chosen.by_target:
        resource = Resource(None, resource.kind, resource.tenant, own=resource.own)
    who, what, entities = _parties(principal, resource)
    question = {
        "principal": who,
        "action": {"type": "Action", "id": request.action.value},
        "resource": what,
        "context": json.dumps(_context(request, _ALL if chosen.facts is None else chosen.facts)),
    }
    return cedarpy.is_authorized(question, chosen.parsed, entities)


def _position(key: str) -> int:
    """Cedar numbers the policies of a text: ``policy17``."""
    return int(key.removeprefix("policy"))


def _context(request: Request, names: Iterable[str]) -> dict[str, object]:
    facts = request.facts
    own: dict[str, object] = {"leave": facts.leave is not None, "level": LEVEL[request.action]}
    return {name: own[name] if name in own else getattr(facts, name) for name in names}


_ALL = (*(field.name for field in fields(Facts)), "level")


@lru_cache(maxsize=4096)
def _parties(principal: Principal, resource: Resource) -> tuple[dict[str, str], dict[str, str], cedarpy.Entities]:
    """Return both as Cedar names them, and their entities; parsed once for the same two.

    A person asks for things of the same kinds again and again.
    """
    who = {"type": "Person" if principal.role else "Service", "id": str(principal.id)}
    what = {"type": "Target", "id": str(resource.id)}
    parents = (
        [{"type": "Role", "id": principal.role}]
        if principal.role
        else [{"type": "Scope", "id": scope} for scope in principal.scopes]
    )
    entities = [
        {"uid": who, "attrs": {"tenant": str(principal.tenant)}, "parents": parents},
        {
            "uid": what,
            "attrs": {"tenant": str(resource.tenant), "kind": resource.kind, "own": resource.own},
            "parents": [],
        },
    ]
    return who, what, cedarpy.Entities.from_json_str(json.dumps(entities))
