"""The gate: the one way to act. It gathers the facts, decides, acts and writes the one event, in one transaction.

No answer leaves before its event is committed; a refusal is committed too, and raised only then.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db import connections

from hushkeep.access import alarms, challenges
from hushkeep.access.actors import Actor, Target
from hushkeep.access.decision import (
    Allow,
    Decision,
    Deny,
    Facts,
    NeedsApproval,
    Principal,
    Request,
    Resource,
    StepUp,
    decide,
)
from hushkeep.access.facts import gather
from hushkeep.access.permissions import PURPOSES
from hushkeep.access.policy_set import shipped
from hushkeep.access.reveals import REVEALS
from hushkeep.access.reveals import count as count_reveal
from hushkeep.audit.log import append, append_and_commit
from hushkeep.identity import request_ids
from hushkeep.kernel import (
    LEVEL,
    Action,
    ActorId,
    ActorKind,
    ApprovalRequired,
    Denied,
    Error,
    Event,
    EventId,
    Outcome,
    Permit,
    TenantId,
    new_id,
)
from hushkeep.runtime import clock
from hushkeep.runtime.tenancy import tenant_transaction

T = TypeVar("T")

_PERMIT_LASTS = timedelta(seconds=30)
_CLEAR = 3  # the level of actions that show clear values
_COLLECTION = Target(kind="")
_CODE = re.compile("[a-z][a-z_]{2,39}")


class StepUpRequired(Denied):
    """Permitted, once a second factor has been shown afresh."""

    code = "step_up_required"


@dataclass(frozen=True, slots=True)
class _Case:
    """One request at the gate, with the id that its event will have."""

    actor: Actor
    action: Action
    target: Target
    purpose: str | None
    id: EventId
    now: datetime
    known: bool = True


def guarded(  # noqa: PLR0913 - who, what, to what, why, and how
    actor: Actor,
    action: Action,
    target: Target | None,
    *,
    act: Callable[[Permit], T],
    purpose: str | None = None,
    count: Callable[[T], int] | None = None,
    event: EventId | None = None,
) -> T:
    """Return what ``act`` returns, done under a permit of ``action`` on ``target``, with its event committed.

    ``purpose`` is a stable code (``permissions.PURPOSES``) where clear values are asked for; ``count`` says how many
    things the result holds, for the event. ``act`` runs inside the transaction of the actor's center, once. ``event``
    is a challenge that was given to the actor before; it becomes the event's id.

    Raises Denied (its message is the reason), StepUpRequired or ApprovalRequired, after committing the refusal; what
    ``act`` raises undoes its work and leaves an event of outcome ``failed``.
    """
    if connections["default"].in_atomic_block:
        raise RuntimeError("the gate opens its own transaction: within another's, a refusal could be undone")
    known = event is None or challenges.spent(actor, event)
    own = event if event is not None and known else EventId(new_id())
    case = _Case(actor, action, target or _COLLECTION, purpose, own, clock.now(), known)
    try:
        with tenant_transaction(actor.tenant):
            decision, facts = _decide(case)
            if isinstance(decision, Allow):
                permit = _permit(case)
                if action in REVEALS:
                    count_reveal(permit, live=facts.live, leave=facts.leave, now=case.now)
                result = act(permit)
                drawn = None if facts.live else facts.leave
                done = _event(case, decision, count=count(result) if count else None, approval=drawn)
                if LEVEL[action] < _CLEAR:
                    append_and_commit(done)
                else:
                    append(done)
                return result
            _refuse(case, decision)
    except Error as failure:
        with tenant_transaction(actor.tenant):
            _fail(case, failure)
        raise
    raise _refusal(decision)


def by_system(tenant: TenantId, action: Action, target: Target | None, *, act: Callable[[Permit], T]) -> T:
    """Return what ``act`` returns, done by the installation itself (its making, its jobs), with its event.

    No person's request may come here: nothing is decided.
    """
    system = Actor(person=UUID(int=0), tenant=tenant, kind=ActorKind.SYSTEM)
    case = _Case(system, action, target or _COLLECTION, None, EventId(new_id()), clock.now())
    with tenant_transaction(tenant):
        result = act(_permit(case))
        append(_event(case, None, outcome=Outcome.ALLOWED, reason="system"))
    return result


def _decide(case: _Case) -> tuple[Decision, Facts]:
    actor, target = case.actor, case.target
    if actor.kind is ActorKind.SYSTEM or (actor.role is None and not actor.scopes):
        return Deny("actor_unknown", None, shipped().digest), Facts()
    if not case.known:
        return Deny("challenge_unknown", None, shipped().digest), Facts()
    principal = Principal(actor.person, actor.tenant, role=actor.role, scopes=actor.scopes)
    own = target.owner is not None and target.owner == actor.person
    resource = Resource(target.id, target.kind, target.tenant or actor.tenant, own=own)
    facts = gather(actor, case.action, target, purpose=case.purpose, now=case.now)
    return decide(Request(principal, case.action, resource, facts), shipped()), facts


def _permit(case: _Case) -> Permit:
    return Permit(
        decision=case.id,
        tenant=case.actor.tenant,
        actor=ActorId(case.actor.person),
        action=case.action,
        target=case.target.id,
        expires_at=case.now + _PERMIT_LASTS,
        purpose=case.purpose,
        role=case.actor.role,
        session=case.actor.session,
        device=case.actor.device,
    )


def _fail(case: _Case, failure: Error) -> None:
    """A refusal from within (the key service's, above all) names its reason, and may be as alarming as one of ours."""
    said = str(failure)
    reason = said if isinstance(failure, Denied) and _CODE.fullmatch(said) else failure.code
    append(_event(case, None, reason=reason))
    _alarm(case, reason)


def _alarm(case: _Case, reason: str) -> None:
    alarm = alarms.of_refusal(case.action, reason)
    if alarm is not None:
        code, severity = alarm
        alarms.sound(case.actor.tenant, code, severity, person=case.actor.person, event=case.id, now=case.now)


def _refuse(case: _Case, decision: StepUp | NeedsApproval | Deny) -> None:
    append(_event(case, decision))
    _alarm(case, decision.reason)


def _event(  # noqa: PLR0913 - what an event may say beside its case
    case: _Case,
    decision: Decision | None,
    *,
    outcome: Outcome = Outcome.FAILED,
    reason: str = "",
    count: int | None = None,
    approval: UUID | None = None,
) -> Event:
    actor, target = case.actor, case.target
    system = actor.kind is ActorKind.SYSTEM
    return Event(
        id=case.id,
        tenant=actor.tenant,
        at=case.now,
        actor=None if system else ActorId(actor.person),
        actor_kind=actor.kind,
        action=case.action,
        outcome=decision.outcome if decision else outcome,
        reason=decision.reason if decision else reason,
        target=target.id,
        target_kind=target.kind or None,
        session=actor.session,
        device=actor.device,
        conversation=target.conversation,
        subject=target.subject,
        policy=decision.policy if decision else None,
        policy_set=decision.policy_set if decision else shipped().digest,
        purpose=_known(case.purpose),
        approval=approval,
        count=count,
        request=request_ids.current(),
    )


def _known(purpose: str | None) -> str | None:
    """A purpose that is no code of ours may hold anything, a name too: it stays out of the ledger."""
    return purpose if purpose in PURPOSES else None


def _refusal(decision: StepUp | NeedsApproval | Deny) -> Denied:
    match decision:
        case StepUp():
            return StepUpRequired(decision.reason)
        case NeedsApproval():
            return ApprovalRequired(decision.reason)
        case Deny():
            return Denied(decision.reason)
