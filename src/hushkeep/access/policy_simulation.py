"""What another set of policies would have answered to what was asked of the one in force. Pure.

An event holds the answer, not every fact behind it. So the circumstances are sought under which the set in force gives
exactly the answer that was recorded (outcome, reason, policy), and the other set is asked under these. Where they all
lead to one answer, that is what would change; where they do not, it depends on what was not written down.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import product
from typing import Any
from uuid import UUID

from hushkeep.access.decision import Decision, Facts, Principal, Request, Resource, decide
from hushkeep.access.policy_set import PolicySet
from hushkeep.identity.roles import Role, Scope
from hushkeep.kernel import Action, Outcome, TenantId

_HERE, _ELSEWHERE = TenantId(UUID(int=1)), TenantId(UUID(int=2))
_SOMEBODY, _SOMETHING = UUID(int=3), UUID(int=4)
_APPROVAL = UUID(int=5)
_DECIDED = frozenset({Outcome.ALLOWED, Outcome.DENIED, Outcome.STEP_UP, Outcome.NEEDS_APPROVAL})


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of request as the log has it, and how often it came; ``role`` is the person's of today."""

    action: Action
    outcome: Outcome
    reason: str
    policy: str | None
    kind: str
    purpose: str
    device: bool
    count: int
    role: Role | None = None
    scopes: tuple[Scope, ...] = ()


class Then(StrEnum):
    """What the other set makes of it."""

    SAME = "same"
    CHANGES = "changes"
    DEPENDS = "depends"  # on facts that the event does not hold
    UNEXPLAINED = "unexplained"  # the set in force does not give the answer that was recorded: another one gave it


@dataclass(frozen=True, slots=True)
class Verdict:
    """What would have become of ``asked``; ``answers``: the other set's (outcome, reason), one when it is certain.

    ``rules``: the ids of its policies that give these answers.
    """

    asked: Asked
    then: Then
    answers: tuple[tuple[Outcome, str], ...]
    rules: tuple[str, ...] = ()


def decided(asked: Asked) -> bool:
    """Whether an event was a decision on a person's or a program's request at all."""
    return asked.outcome in _DECIDED and (asked.role is not None or bool(asked.scopes))


def simulate(asked: Iterable[Asked], before: PolicySet, after: PolicySet) -> Iterator[Verdict]:
    """Yield the verdict on each kind of request that was decided."""
    for one in asked:
        if decided(one):
            yield _verdict(one, before, after)


def _verdict(asked: Asked, before: PolicySet, after: PolicySet) -> Verdict:
    fitting = [r for r in _circumstances(asked) if _is_answer(decide(r, before), asked)]
    found = [decide(r, after) for r in fitting]
    answers = tuple(sorted({(d.outcome, d.reason) for d in found}))
    rules = tuple(sorted({d.policy for d in found if d.policy}))
    if not answers:
        return Verdict(asked, Then.UNEXPLAINED, ())
    if len(answers) > 1:
        return Verdict(asked, Then.DEPENDS, answers, rules)
    same = answers[0] == (asked.outcome, asked.reason)
    return Verdict(asked, Then.SAME if same else Then.CHANGES, answers, rules)


def _is_answer(decision: Decision, asked: Asked) -> bool:
    return (decision.outcome, decision.reason, decision.policy) == (asked.outcome, asked.reason, asked.policy)


def _circumstances(asked: Asked) -> Iterator[Request]:
    principal = Principal(_SOMEBODY, _HERE, role=asked.role, scopes=() if asked.role else asked.scopes)
    for tenant, own in product((_HERE, _ELSEWHERE), (False, True)):
        resource = Resource(_SOMETHING, asked.kind, tenant, own=own)
        for facts in _facts(asked.purpose, asked.device):
            yield Request(principal, asked.action, resource, facts)


@cache
def _facts(purpose: str, device: bool) -> tuple[Facts, ...]:  # noqa: FBT001 - a cache key
    """What an event does not hold: live or not, approved or not, and of the rest at most one thing out of the ordinary.

    Each fact stands at both sides of any line in the shipped rules. All combinations would be forty times as many.
    """
    found = []
    for live, approvals in product((False, True), (0, 1)):
        usual = Facts(
            approvals=approvals,
            device_trusted=device,
            live=live,
            purpose=purpose,
            second_factor=True,
            second_factor_seconds=0,
        )
        found += [usual, *(replace(usual, **one) for one in _UNUSUAL)]
    return tuple(found)


_UNUSUAL: tuple[dict[str, Any], ...] = (
    {"device_required": True},
    {"elevated": True},
    {"emergency": True},
    {"moved": "country"},
    {"moved": "network"},
    {"sampled": True},
    {"reveals": 30},
    {"reveals_alone": 5},
    {"reveals_alone_today": 20},
    {"reveals_alone": 5, "reveals_alone_today": 20, "leave": _APPROVAL},
    {"risk": 90},
    {"second_factor_seconds": 10**6},
    {"second_factor": False, "second_factor_seconds": 10**9},
)
