"""What is left out of a decision changes no answer: beside the whole set, judged with every fact."""

import json
import re
from random import Random
from uuid import UUID

import cedarpy
import pytest

from hushkeep.access.decision import (
    NOT_PERMITTED,
    Allow,
    Deny,
    Facts,
    NeedsApproval,
    Principal,
    Request,
    Resource,
    StepUp,
    decide,
    matching,
)
from hushkeep.access.permissions import PURPOSES
from hushkeep.access.policy_selection import select
from hushkeep.access.policy_set import load, shipped, shipped_text
from hushkeep.identity.roles import Role, Scope
from hushkeep.kernel import LEVEL, Action, Outcome, TenantId

HERE, ELSEWHERE = TenantId(UUID(int=1)), TenantId(UUID(int=2))
PEOPLE, THINGS = (UUID(int=3), UUID(int=4)), (UUID(int=5), UUID(int=6), None)
ALL = tuple(Action)
CLEAR = tuple(action for action in Action if LEVEL[action] >= 3)
KINDS = ("", "conversation", "event", "recording", "user")
FLAGS = (
    "demo", "device_required", "device_trusted", "elevated", "emergency", "live", "sampled", "second_factor",
)  # fmt: skip
COUNTS = {
    "approvals": (0, 1, 2),
    "reveal_quota": (1, 30),
    "reveals": (0, 29, 30, 31),
    "reveals_alone": (0, 4, 5),
    "reveals_alone_today": (0, 19, 20),
    "risk": (0, 79, 80, 100),
    "second_factor_limit": (60, 900),
    "second_factor_seconds": (0, 60, 61, 900, 901, 10**9),
}
WORDS = {
    "mandate": ("", "open", "closed"),
    "moved": ("", "network", "country"),
    "purpose": ("", "curiosity", *PURPOSES),
}


def a_request(draw: Random) -> Request:
    groups: dict[str, object] = {"role": draw.choice([*(r.value for r in Role), "janitor"])}
    if draw.random() < 0.15:
        groups = {"scopes": tuple(draw.sample([s.value for s in Scope], draw.randint(1, 3)))}
    often = (
        draw.random() < 0.7
    )  # what passes the walls, but for little: otherwise nearly every answer would be a wall's
    usual = Facts(device_trusted=True, purpose=draw.choice(PURPOSES), second_factor=True, second_factor_seconds=0)
    changed: dict[str, object] = {name: draw.random() < 0.5 for name in FLAGS}
    changed |= {name: draw.choice(values) for name, values in (COUNTS | WORDS).items()}
    changed["leave"] = draw.choice((None, UUID(int=9)))
    kept = draw.sample(sorted(changed), draw.randint(0, 3 if often else len(changed)))
    facts = Facts(**{name: getattr(usual, name) for name in Facts.__slots__} | {name: changed[name] for name in kept})
    return Request(
        Principal(draw.choice(PEOPLE), HERE, **groups),
        draw.choice(CLEAR if often and draw.random() < 0.5 else ALL),
        Resource(
            draw.choice(THINGS),
            draw.choice(KINDS),
            HERE if draw.random() < 0.9 else ELSEWHERE,
            own=draw.random() < 0.4,
        ),
        facts,
    )


def whole(request, parsed):
    """(Allowed, what decided, whether any failed) by all of ``parsed``, with every fact, parsed for this request."""
    principal, resource, facts = request.principal, request.resource, request.facts
    who = {"type": "Person" if principal.role else "Service", "id": str(principal.id)}
    thing = {"type": "Target", "id": str(resource.id)}
    groups = [("Role", principal.role)] if principal.role else [("Scope", scope) for scope in principal.scopes]
    context = {name: getattr(facts, name) for name in Facts.__slots__}
    context |= {"leave": facts.leave is not None, "level": LEVEL[request.action]}
    got = cedarpy.is_authorized(
        {
            "principal": who,
            "action": {"type": "Action", "id": request.action.value},
            "resource": thing,
            "context": context,
        },
        parsed,
        [
            {
                "uid": who,
                "attrs": {"tenant": str(principal.tenant)},
                "parents": [{"type": kind, "id": name} for kind, name in groups],
            },
            {
                "uid": thing,
                "attrs": {"tenant": str(resource.tenant), "kind": resource.kind, "own": resource.own},
                "parents": [],
            },
        ],
    )
    return (
        got.allowed,
        sorted(got.diagnostics.reasons, key=lambda key: int(key.removeprefix("policy"))),
        bool(got.diagnostics.errors),
    )


class Whole:
    """The decision with nothing left out, by the rules in the docstring of ``decide``."""

    def __init__(self, policies):
        self.policies, self.parsed = policies, cedarpy.PolicySet.from_str(policies.text)
        document = json.loads(cedarpy.policies_to_json_str(policies.text))
        self.sides = {
            effect: cedarpy.PolicySet.from_json_str(
                json.dumps(
                    document
                    | {"staticPolicies": {k: v for k, v in document["staticPolicies"].items() if v["effect"] == effect}}
                )
            )
            for effect in ("permit", "forbid")
        }

    def matching(self, request, effect):
        _, keys, _ = whole(request, self.sides[effect])
        return [self.policies.policies[key] for key in keys]

    def decide(self, request):
        digest = self.policies.digest
        allowed, keys, failed = whole(request, self.parsed)
        matched = [self.policies.policies[key] for key in keys]
        if failed:
            return Deny("policy_error", None, digest)
        if allowed:
            return Allow("permitted", matched[0].id, digest)
        if hard := [p for p in matched if p.outcome is Outcome.DENIED]:
            return Deny(hard[0].reason, hard[0].id, digest)
        if not matched or not self.matching(request, "permit"):
            return Deny(NOT_PERMITTED, None, digest)
        if asked := [p for p in matched if p.outcome is Outcome.NEEDS_APPROVAL]:
            return NeedsApproval(asked[0].reason, asked[0].id, digest)
        return StepUp(matched[0].reason, matched[0].id, digest)


def agree(policies, draw, times):
    """Hold ``times`` requests against the whole set; return the kinds of answers that were met."""
    reference, met = Whole(policies), set()
    for _ in range(times):
        request = a_request(draw)
        answer, expected = decide(request, policies), reference.decide(request)
        assert (type(answer), answer) == (type(expected), expected), request
        for effect in ("permit", "forbid"):
            permits = effect == "permit"
            assert matching(request, policies, permits=permits) == reference.matching(request, effect), request
        met.add((type(answer), answer.reason))
    return met


def test_the_shipped_policies_answer_as_when_judged_whole():
    met = agree(shipped(), Random(8), 1500)
    assert {kind for kind, _ in met} == {Allow, Deny, NeedsApproval, StepUp}
    assert len({reason for _, reason in met}) > 12


PRINCIPALS = (
    "principal", "principal is Person", "principal is Service", 'principal in Role::"agent"', 'principal in Role::"qa"',
    'principal in Role::"nobody"', 'principal in Scope::"intake"', 'principal is Person in Role::"dpo"',
    'principal is Service in Scope::"audit"', f'principal == Person::"{PEOPLE[0]}"',
    f'principal in Person::"{PEOPLE[1]}"', f'principal == Service::"{PEOPLE[0]}"',
)  # fmt: skip
RESOURCES = (
    "resource", "resource", f'resource == Target::"{THINGS[0]}"', f'resource in Target::"{THINGS[1]}"',
    "resource is Target",
)  # fmt: skip
CONDITIONS = (
    "context.live", "!context.sampled", "context.risk > 50", "context.level >= 2", "context has elevated",
    'context["leave"]', "context.reveals >= context.reveal_quota", '["complaint", ""].contains(context.purpose)',
    'context.moved like "c*"', "resource.own", 'resource.kind == "user"', f'resource == Target::"{THINGS[0]}"',
    f'[Target::"{THINGS[1]}"].contains(resource)', 'principal in Role::"supervisor"', 'principal in Scope::"connector"',
    "principal.tenant == resource.tenant", "[context].contains(context)",
    "(if context.demo then context else context).live",
    "context.risk + 9223372036854775807 > context.risk", 'action == Action::"conversation:list"', "principal is Person",
    f'principal == Person::"{PEOPLE[0]}"', '{"Var": context.demo}.Var',
)  # fmt: skip


def a_policy(draw, number):
    actions = draw.sample([f'Action::"{a}"' for a in Action], draw.choice((1, 1, 3, 40)))
    first, listed = actions[0], ", ".join(actions)
    action = draw.choice(("action", f"action == {first}", f"action in {first}", f"action in [{listed}]"))
    outcome = draw.choice(("denied", "step_up", "needs_approval"))
    conditions = ""
    for _ in range(draw.choice((0, 1, 1, 2))):
        one, other = draw.sample(CONDITIONS, 2)
        conditions += f" {draw.choice(('when', 'when', 'unless'))} {{ {one} {draw.choice(('&&', '||'))} {other} }}"
    scope = f"{draw.choice(PRINCIPALS)}, {action}, {draw.choice(RESOURCES)}"
    effect = draw.choice(("permit", "forbid"))
    return f'@id("x.{number}") @reason("r{number}") @outcome("{outcome}") {effect} ({scope}){conditions};'


@pytest.mark.parametrize("seed", range(20))
def test_any_policies_answer_as_when_judged_whole(seed):
    draw = Random(seed)
    text = "\n".join(a_policy(draw, number) for number in range(draw.randint(1, 25)))
    met = agree(load(text, shipped_text()[1]), draw, 50)
    assert met


def test_few_policies_and_facts_are_left_of_the_shipped_ones():
    chosen = select(shipped(), Role.AUDITOR, (), Action.AUDIT_READ)
    of_factor = ("second_factor", "second_factor_limit", "second_factor_seconds")
    assert (chosen.facts, chosen.by_target) == (("level", "mandate", "moved", *of_factor), False)
    assert len(chosen.parsed) < 10


def test_every_name_of_the_schema_is_a_fact_that_a_request_has():
    facts = shipped_text()[1].split("type Facts = {")[1].split("}")[0]
    assert set(re.findall(r"^    (\w+):", facts, re.MULTILINE)) == {*Facts.__slots__, "level"}
