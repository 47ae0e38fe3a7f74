"""Four eyes, as people ask for them. A refusal by the rules leaves its event, and where it smells, an alarm."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from hushkeep.access import alarms, approvals, persons
from hushkeep.access.actors import Actor, Target
from hushkeep.access.alarms import Severity
from hushkeep.access.approvals import Asking
from hushkeep.access.four_eyes import DECIDERS, EXPORTS, FRESH, LENT_AT_MOST, Approval, ApprovalRefused, State
from hushkeep.access.gate import StepUpRequired, guarded
from hushkeep.access.permissions import PURPOSES, permissions
from hushkeep.kernel import Action, Denied, InvalidInput, Permit
from hushkeep.runtime import clock
from hushkeep.runtime.tenancy import tenant_transaction

KIND = "approval"

ALARMING = MappingProxyType(
    {
        "approver_quota_spent": Severity.YELLOW,
        "ceiling_reached": Severity.RED,
        "clock_moved_back": Severity.RED,
        "count_changed": Severity.YELLOW,
        "emergencies_spent": Severity.RED,
        "pair_quota_spent": Severity.YELLOW,
        "roles_conflict": Severity.RED,
        "same_person": Severity.RED,
        "scope_changed": Severity.RED,
    }
)
"""Rule that refused -> severity of the alarm that it sets off."""


@contextmanager
def alarming(actor: Actor) -> Iterator[None]:
    """Sound the alarm of a refusal by the rules; the refused work is undone by then, its event written."""
    try:
        yield
    except ApprovalRefused as refused:
        severity = ALARMING.get(refused.code)
        if severity is not None:
            with tenant_transaction(actor.tenant):
                alarms.sound(actor.tenant, refused.code, severity, person=actor.person, event=None, now=clock.now())
        raise


def ask(  # noqa: PLR0913 - what is asked for, how often, why and until when
    actor: Actor, action: Action, target: UUID | None, *, count: int = 1, purpose: str, lasts: timedelta
) -> Approval:
    """Return a request to do ``action`` once to ``target``. Exports are asked for by ``records.exports``.

    Of reveals without a live conversation ``count`` are asked for at once, of whatever conversation or customer.
    Raises InvalidInput where no second person is needed, Denied where the actor's role could not do it anyway.
    """
    lent = action is Action.CONVERSATION_REVEAL

    def act(permit: Permit) -> Approval:
        if action not in DECIDERS or action in EXPORTS:
            raise InvalidInput("takes_no_second_person")
        if not 1 <= count <= (LENT_AT_MOST if lent else 1):
            raise InvalidInput("life_or_count_out_of_range")
        if lent and target is not None:
            raise InvalidInput("target_not_taken")
        if purpose not in PURPOSES:
            raise InvalidInput("purpose_unknown")
        if actor.role is None or action not in permissions(actor.role, demo=False):
            raise Denied("not_permitted")
        asking = Asking(
            action=action,
            target=target,
            scope={"reveals": count} if lent else {},
            count=count,
            clear=lent,
            purpose=purpose,
            lasts=lasts,
        )
        return approvals.ask(permit, asking, now=clock.now())

    with alarming(actor):
        return guarded(actor, Action.APPROVAL_REQUEST, Target(kind=KIND), purpose=purpose, act=act, count=_count)


def approve(actor: Actor, approval: UUID, *, sign: Callable[[Permit], None] = lambda _: None) -> Approval:
    """Return the request, approved; a security officer is told of a sample, and of all that is large or clear.

    ``sign`` hands in the approver's signature where the request asks for one, once the rules have said yes; what it
    raises undoes that.
    """

    def act(permit: Permit) -> Approval:
        now = clock.now()
        demand_fresh(actor, now)
        done = approvals.approve(permit, approval, now=now, draw=secrets.randbelow(100))
        sign(permit)
        if done.sampled:
            alarms.sound(
                actor.tenant, "approval_sample", Severity.BLUE, person=actor.person, event=permit.decision, now=now
            )
        return done

    return _decide(actor, approval, act)


def reject(actor: Actor, approval: UUID) -> Approval:
    """Return the request, rejected."""

    def act(permit: Permit) -> Approval:
        now = clock.now()
        demand_fresh(actor, now)
        return approvals.reject(permit, approval, now=now)

    return _decide(actor, approval, act)


def page(actor: Actor, *, state: State | None, sampled: bool, after: UUID | None, limit: int) -> tuple[Approval, ...]:
    """Return up to ``limit`` requests of the center, the latest first."""

    def act(permit: Permit) -> tuple[Approval, ...]:
        return approvals.page(permit, state=state, sampled=sampled, after=after, limit=limit, now=clock.now())

    return guarded(actor, Action.APPROVAL_LIST, None, act=act, count=len)


def declare_same(actor: Actor, account: UUID, other: UUID) -> None:
    """Note that two accounts are one person's."""

    def act(permit: Permit) -> None:
        persons.declare_same(permit, account, other, now=clock.now())

    guarded(actor, Action.USER_CHANGE, Target(kind="user", id=account, owner=account), act=act)


def place(actor: Actor, account: UUID, line: UUID | None) -> None:
    """Note in which line a person works."""

    def act(permit: Permit) -> None:
        persons.place(permit, account, line, now=clock.now())

    guarded(actor, Action.USER_CHANGE, Target(kind="user", id=account, owner=account), act=act)


def _decide(actor: Actor, approval: UUID, act: Callable[[Permit], Approval]) -> Approval:
    with tenant_transaction(actor.tenant):
        asked = approvals.find(approval)
    target = Target(kind=KIND, id=approval, owner=asked.requester if asked else None)
    purpose = asked.purpose if asked else None
    with alarming(actor):
        return guarded(actor, Action.APPROVAL_DECIDE, target, purpose=purpose, act=act, count=_count)


def demand_fresh(actor: Actor, now: datetime) -> None:
    """Who decides has shown a second factor for it, not for something else an hour ago."""
    if actor.second_factor_at is None or not timedelta(0) <= now - actor.second_factor_at <= FRESH:
        raise StepUpRequired("second_factor_stale")


def _count(approval: Approval) -> int:
    return approval.count
