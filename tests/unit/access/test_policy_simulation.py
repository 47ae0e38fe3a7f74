"""What another set would have answered to what was asked: sure where it can be, and open about where it cannot."""

from dataclasses import replace

import pytest

from hushkeep.access.policy_set import load, shipped, shipped_text
from hushkeep.access.policy_simulation import Asked, Then, simulate
from hushkeep.identity.roles import Role, Scope
from hushkeep.kernel import Action, Outcome

REVEALED = Asked(
    action=Action.CONVERSATION_REVEAL,
    outcome=Outcome.ALLOWED,
    reason="permitted",
    policy="supervisor.reveal",
    kind="conversation",
    purpose="complaint",
    device=True,
    count=12,
    role=Role.SUPERVISOR,
)


def under(overlay, *asked):
    text, schema = shipped_text()
    return [
        (v.then, [o.value for o, _ in v.answers])
        for v in simulate(asked, shipped(), load(text, schema, overlay=overlay))
    ]


def forbid(when, more=""):
    return f'@id("x.new") @reason("new_rule") {more} forbid (principal, action, resource) when {{ {when} }};'


def test_the_same_set_changes_nothing():
    assert [v.then for v in simulate([REVEALED], shipped(), shipped())] == [Then.SAME]


def test_a_rule_on_what_the_event_holds_is_certain():
    assert under(forbid('context.purpose == "complaint"'), REVEALED) == [(Then.CHANGES, ["denied"])]
    assert under(forbid('context.purpose == "fraud_check"'), REVEALED) == [(Then.SAME, ["allowed"])]


def test_the_rules_that_would_answer_are_named():
    text, schema = shipped_text()
    after = load(text, schema, overlay=forbid('context.purpose == "complaint"'))
    assert [v.rules for v in simulate([REVEALED], shipped(), after)] == [("x.new",)]


def test_a_cure_is_told_apart_from_a_denial():
    overlay = forbid('context.purpose == "complaint"', '@outcome("step_up")')
    assert under(overlay, REVEALED) == [(Then.CHANGES, ["step_up"])]


def test_a_rule_on_what_the_event_does_not_hold_depends():
    assert under(forbid("context.sampled"), REVEALED) == [(Then.DEPENDS, ["allowed", "denied"])]


def test_what_the_recorded_answer_rules_out_is_not_assumed():
    # It was permitted, so the second factor was fresh and the risk was low: neither rule could have met it.
    assert under(forbid("context.risk >= 85"), REVEALED) == [(Then.SAME, ["allowed"])]
    assert under(forbid("context.second_factor_seconds > 1000"), REVEALED) == [(Then.SAME, ["allowed"])]


@pytest.mark.parametrize(
    "changed", [{"policy": "gone.rule"}, {"outcome": Outcome.DENIED, "reason": "older_reason", "policy": None}]
)
def test_an_answer_that_the_set_in_force_does_not_give_is_said_to_be_unexplained(changed):
    assert under("", replace(REVEALED, **changed)) == [(Then.UNEXPLAINED, [])]


def test_a_refusal_that_would_now_be_a_permit_is_seen():
    text, schema = shipped_text()
    wider = (
        text + '\n@id("x.wide") permit (principal in Role::"auditor", action == Action::"conversation:list", resource);'
    )
    asked = replace(
        REVEALED,
        action=Action.CONVERSATION_LIST,
        outcome=Outcome.DENIED,
        reason="not_permitted",
        policy=None,
        purpose="",
        role=Role.AUDITOR,
    )
    verdicts = list(simulate([asked], shipped(), load(wider, schema)))
    assert Outcome.ALLOWED in {outcome for v in verdicts for outcome, _ in v.answers}
    assert verdicts[0].then in {Then.CHANGES, Then.DEPENDS}


def test_programs_are_asked_for_too_and_what_was_no_decision_is_left_out():
    program = replace(
        REVEALED,
        action=Action.CONVERSATION_STORE,
        policy="service.intake",
        kind="",
        purpose="",
        role=None,
        scopes=(Scope.INTAKE,),
    )
    assert under(forbid("principal is Service"), program) == [(Then.CHANGES, ["denied"])]
    assert under("", replace(REVEALED, outcome=Outcome.FAILED), replace(REVEALED, role=None)) == []
