"""Policies looked at before they hold: why a request is answered as it is, and what another set would change. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from hushkeep.access.decision import Decision, Request, decide, matching
from hushkeep.access.permissions import PURPOSES, possible, unconditional
from hushkeep.access.policy_selection import select
from hushkeep.access.policy_set import PolicySet, load, shipped_text
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, InvalidInput


class May(StrEnum):
    """What a role may do with an action."""

    YES = "yes"  # to anything of the center
    SOMETIMES = "sometimes"  # under conditions: a purpose, a live conversation, one's own, a second person
    NO = "no"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision on a request, and every policy whose conditions hold, by id."""

    decision: Decision
    permits: tuple[str, ...]
    forbids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One cell of roles x actions that another set of policies would change.

    ``rules``: by id, what was added, changed or taken away and has to do with the cell.
    """

    role: Role
    action: Action
    before: May
    after: May
    rules: tuple[str, ...]


def explain(request: Request, policies: PolicySet) -> Explanation:
    """Return the decision on ``request`` with everything that speaks for and against it."""
    return Explanation(
        decide(request, policies),
        tuple(p.id for p in matching(request, policies, permits=True)),
        tuple(p.id for p in matching(request, policies, permits=False)),
    )


@cache
def may(role: Role, action: Action, policies: PolicySet) -> May:
    """Return what ``role`` may do with ``action`` in a center of real people."""
    if any(unconditional(role, action, demo=False, policies=policies, purpose=p) for p in ("", *PURPOSES)):
        return May.YES
    return May.SOMETIMES if possible(role, action, demo=False, policies=policies) else May.NO


def diff(before: PolicySet, after: PolicySet) -> tuple[Change, ...]:
    """Return every cell of roles x actions that differs, in the order of the lists."""
    cells = ((role, action) for role in Role for action in Action)
    compared = ((r, a, may(r, a, before), may(r, a, after)) for r, a in cells)
    return tuple(
        Change(r, a, was, would_be, _changed(r, a, before, after))
        for r, a, was, would_be in compared
        if was is not would_be
    )


def _changed(role: Role, action: Action, before: PolicySet, after: PolicySet) -> tuple[str, ...]:
    was, would_be = _bearing(role, action, before), _bearing(role, action, after)
    return tuple(sorted(name for name in was.keys() | would_be.keys() if was.get(name) != would_be.get(name)))


def _bearing(role: Role, action: Action, policies: PolicySet) -> dict[str, object]:
    """What can match, by id, but for its annotations."""
    return {
        policies.policies[key].id: {**policies.document["staticPolicies"][key], "annotations": None}
        for key in select(policies, role.value, (), action).keys
    }


def read(folder: Path) -> PolicySet:
    """Return the set in ``folder`` (its ``*.cedar`` files by name, under the shipped schema).

    Raises InvalidInput for a folder without policies and for what ``load`` refuses.
    """
    files = sorted(folder.glob("*.cedar"))
    if not files:
        raise InvalidInput(f"no *.cedar files in {folder}")
    return load("\n".join(file.read_text("utf-8") for file in files), shipped_text()[1])
