"""Role x route x state: every cell of the table, generated from the routes and the roles, and what a state makes of it.

What a role may at best comes from the policies; what each state takes away is written down here by itself, so that a
wall that is moved or lost in the policies shows in the cells that it stood in front of.
"""

from dataclasses import replace
from functools import cache
from uuid import UUID

import pytest

from hushkeep.access.decision import Allow, Deny, Facts, NeedsApproval, Principal, Request, Resource, StepUp, decide
from hushkeep.access.permissions import PURPOSES
from hushkeep.access.policy_set import shipped
from hushkeep.api.routes import ROUTES
from hushkeep.identity.roles import Role
from hushkeep.kernel import LEVEL, Action, TenantId

HERE, ELSEWHERE = TenantId(UUID(int=1)), TenantId(UUID(int=2))
GUARDED = sorted((route, asks) for route, asks in ROUTES.items() if isinstance(asks, Action))
BEST = Facts(
    approvals=1, device_required=True, device_trusted=True, live=True, sampled=True, second_factor=True,
    second_factor_seconds=0,
)  # fmt: skip

REVEALS = {Action.CONVERSATION_REVEAL, Action.CUSTOMER_REVEAL}
TOUCHED = {"change", "check", "delete", "list", "play", "reveal", "search", "undo", "view"}
CUSTOMER_DATA = {a for a in Action if a.split(":")[0] in {"conversation", "customer", "desk", "recording"}}
CUSTOMER_DATA = {a for a in CUSTOMER_DATA if a.split(":")[1] in TOUCHED}
CUSTOMER_DATA |= {Action.CUSTOMER_VERIFY, Action.EXPORT_EXECUTE, Action.EXPORT_REVEAL, Action.EXPORT_TAKE}
RISKY = REVEALS | {Action.RECORDING_PLAY, Action.EXPORT_EXECUTE, Action.EXPORT_REQUEST, Action.EXPORT_REVEAL}
RISKY |= {Action.EXPORT_TAKE}
OF_THE_CALL = REVEALS | {Action.CONVERSATION_VIEW, Action.CUSTOMER_CHECK, Action.CUSTOMER_VERIFY, Action.CUSTOMER_VIEW}

# State -> (what differs from the best of circumstances, the cells it concerns, what these answer then).
STATES = {
    "at best": ({}, lambda role, action: False, None),
    "no second factor": (
        {"second_factor": False, "second_factor_seconds": 10**9},
        lambda role, action: LEVEL[action] >= 1,
        Deny,
    ),
    "second factor an hour old": ({"second_factor_seconds": 3600}, lambda role, action: LEVEL[action] == 3, StepUp),
    "another network": ({"moved": "network"}, lambda role, action: LEVEL[action] >= 1, StepUp),
    "another country": ({"moved": "country"}, lambda role, action: LEVEL[action] >= 1, StepUp),
    "strange device": ({"device_trusted": False}, lambda role, action: action in CUSTOMER_DATA, Deny),
    "risk high": ({"risk": 90}, lambda role, action: action in RISKY, Deny),
    "quota spent": ({"reveals": 30}, lambda role, action: action in REVEALS, Deny),
    "no call, or after it": ({"live": False}, lambda role, action: role is Role.AGENT and action in OF_THE_CALL, Deny),
    "own reveals spent": (
        {"live": False, "reveals_alone": 5},
        lambda role, action: role is not Role.AGENT and action in REVEALS,
        NeedsApproval,
    ),
    "another center": ({}, lambda role, action: True, Deny),
}


@cache
def answers(role, kind, action, facts, tenant=HERE):
    """The answers to every purpose, own or not: what the role gets to hear of such a thing in that state."""
    asked = Principal(UUID(int=3), HERE, role=role)
    return tuple(
        decide(
            Request(asked, action, Resource(UUID(int=4), kind, tenant, own=own), replace(facts, purpose=purpose)),
            shipped(),
        )
        for purpose in ("", *PURPOSES)
        for own in (False, True)
    )


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("role", list(Role))
def test_each_cell_answers_as_its_state_says(role, state):
    differs, concerns, then = STATES[state]
    tenant = ELSEWHERE if state == "another center" else HERE
    base = replace(BEST, live=False) if state == "own reveals spent" else BEST
    for route, action in GUARDED:
        kind = "conversation" if "{conversation}" in route else ""
        best = answers(role, kind, action, base)
        found = answers(role, kind, action, replace(BEST, **differs), tenant)
        cell = f"{role} {route} {state}"
        if not concerns(role, action):
            assert [type(a) for a in found] == [type(a) for a in best], cell
            continue
        for was, now in zip(best, found, strict=True):
            curable = isinstance(was, Allow) or type(was) is then  # what asked for a step-up already still does
            assert type(now) is (then if curable else Deny), (cell, was, now)


def test_every_role_and_every_guarded_route_is_in_the_table():
    assert {asks for _, asks in GUARDED} <= set(Action)
    assert len(GUARDED) == sum(isinstance(asks, Action) for asks in ROUTES.values()) > 50
