"""Which policies of a set can match one kind of request, and what these look at.

Cedar tries every policy of a set and takes apart every fact it is given: that is most of what a decision costs. But a
policy whose scope names other actions, other roles or the other kind of principal matches nothing of this kind; its
conditions are not looked at, so that it neither permits nor forbids nor fails. It may be left out, and with it the
facts that no other policy reads. What is not plainly of such a shape stays: a selection may be too wide, never too
narrow.

What is kept between requests is made of policies alone, never of an answer.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cedarpy

from hushkeep.access.policy_set import PolicySet
from hushkeep.kernel import Action

_KEPT = 4096  # roles and scopes by actions: 935 for the shipped set, of 114 different sets of policies


@dataclass(frozen=True, slots=True)
class Selection:
    """The policies that can match: ``keys``, as Cedar numbers them.

    ``facts``: the names they read, or None where one of them looks at the facts as a whole. ``by_target``: one of them
    asks which target it is, and not for the target's attributes only.
    """

    keys: tuple[str, ...]
    parsed: cedarpy.PolicySet
    facts: tuple[str, ...] | None
    by_target: bool


@lru_cache(maxsize=_KEPT)
def select(
    policies: PolicySet, role: str | None, scopes: tuple[str, ...], action: Action, *, permits: bool | None = None
) -> Selection:
    """Return what can match when a person in ``role``, or a program with ``scopes``, does ``action``.

    ``permits``: of one effect only.
    """
    kind = "Person" if role else "Service"
    groups = {("Role", role)} if role else {("Scope", scope) for scope in scopes}
    return _selection(
        policies,
        tuple(
            key
            for key, policy in policies.document["staticPolicies"].items()
            if permits in {None, policies.policies[key].permits}
            and _names_action(policy["action"], action)
            and _names_principal(policy["principal"], kind, groups)
        ),
    )


def _names_action(scope: dict[str, Any], action: Action) -> bool:
    """Actions have no groups here: whatever a scope lists is an action, and is the one or is not."""
    if scope["op"] == "All":
        return True
    listed = [scope["entity"]] if "entity" in scope else scope["entities"]
    return {"type": "Action", "id": action.value} in listed


def _names_principal(scope: dict[str, Any], kind: str, groups: set[tuple[str, str]]) -> bool:
    match scope:
        case {"op": "is", "entity_type": other} if other != kind:
            return False
        case {"op": "in", "entity": group} | {"in": {"entity": group}} if group["type"] in {"Role", "Scope"}:
            return (group["type"], group["id"]) in groups
    return True


@lru_cache(maxsize=_KEPT)
def _selection(policies: PolicySet, keys: tuple[str, ...]) -> Selection:
    # That the action is named has been found here, once: Cedar would look it up in each policy's list again and again.
    chosen = {key: policies.document["staticPolicies"][key] | {"action": {"op": "All"}} for key in keys}
    read = {one for policy in chosen.values() for one in _reads(policy["conditions"])}
    facts = tuple(sorted(name for of, name in read if of == "context" and name))
    return Selection(
        keys,
        cedarpy.PolicySet.from_json_str(json.dumps({**policies.document, "staticPolicies": chosen})),
        facts=None if ("context", "") in read else facts,
        by_target=("resource", "") in read or any(p["resource"]["op"] != "All" for p in chosen.values()),
    )


def _reads(conditions: object) -> Iterator[tuple[str, str]]:
    """Yield (variable, attribute) for all that is read; the attribute is "" where the variable is taken whole."""
    rest = [conditions]
    while rest:
        match rest.pop():
            case {".": {"left": {"Var": str(of)}, "attr": str(name)}}:
                yield of, name
            case {"Var": str(of)}:
                yield of, ""
            case dict(parts):
                rest.extend(parts.values())
            case list(parts):
                rest.extend(parts)
            case _:  # a constant
                pass
