"""The decision: forbid first, deny by default, a stable reason with every answer."""

from dataclasses import replace
from uuid import uuid4

import pytest

from hushkeep.access.decision import (
    Allow,
    Deny,
    Facts,
    NeedsApproval,
    Principal,
    Request,
    Resource,
    StepUp,
    decide,
)
from hushkeep.access.emergency_rules import ACTIONS as EMERGENCY_ACTIONS
from hushkeep.access.policy_set import load, shipped, shipped_text
from hushkeep.identity.roles import Role, Scope
from hushkeep.kernel import LEVEL, Action, TenantId

HERE, ELSEWHERE = TenantId(uuid4()), TenantId(uuid4())
FRESH = Facts(second_factor=True, second_factor_seconds=0, purpose="complaint")


def ask(role, action, *, kind="conversation", own=False, tenant=HERE, **facts):
    return Request(
        Principal(uuid4(), HERE, role=role), action, Resource(uuid4(), kind, tenant, own=own), replace(FRESH, **facts)
    )


def answer(*args, **kwargs):
    return decide(ask(*args, **kwargs), shipped())


def test_a_supervisor_with_a_purpose_is_allowed_and_the_policy_is_named():
    got = answer("supervisor", Action.CONVERSATION_REVEAL)
    assert got == Allow("permitted", "supervisor.reveal", shipped().digest)


@pytest.mark.parametrize("action", list(Action))
def test_a_role_nobody_wrote_a_policy_for_has_no_customer_data_and_no_rights(action):
    got = answer("janitor", action)
    assert isinstance(got, Deny), action


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("action", list(Action))
def test_another_tenant_is_refused_to_every_role_for_every_action(role, action):
    got = answer(role, action, tenant=ELSEWHERE, own=True, live=True, approvals=1)
    assert (type(got), got.reason) == (Deny, "other_tenant")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("action", [a for a in Action if LEVEL[a] >= 1])
def test_without_a_second_factor_every_role_is_refused_everything(role, action):
    got = answer(role, action, second_factor=False, own=True, live=True, approvals=1)
    assert isinstance(got, Deny)


@pytest.mark.parametrize("role", ["agent", "security", "auditor", "administrator"])
@pytest.mark.parametrize(
    "purpose", ["complaint", "fraud_check", "legal_duty", "quality_review", "data_subject_request"]
)
def test_these_roles_never_reveal(role, purpose):
    got = answer(role, Action.CONVERSATION_REVEAL, purpose=purpose, demo=True)
    assert (type(got), got.reason) == (Deny, "not_permitted")


def test_an_agent_reveals_the_live_conversation_and_no_other():
    assert isinstance(answer("agent", Action.CONVERSATION_REVEAL, live=True), Allow)
    assert isinstance(answer("agent", Action.CONVERSATION_REVEAL, live=False), Deny)
    assert isinstance(answer("agent", Action.CONVERSATION_VIEW, live=False), Deny)
    assert isinstance(answer("agent", Action.CUSTOMER_VIEW, live=False), Deny)


@pytest.mark.parametrize("role", ["supervisor", "dpo", "qa"])
@pytest.mark.parametrize(("hour", "day", "stopped"), [(4, 19, False), (5, 5, True), (0, 20, True)])
def test_without_a_call_a_few_reveals_are_a_persons_own_and_more_take_a_second_person(role, hour, day, stopped):
    counts = {"reveals_alone": hour, "reveals_alone_today": day}
    got = answer(role, Action.CONVERSATION_REVEAL, **counts)
    assert (isinstance(got, NeedsApproval), got.reason == "reveals_alone_spent") == (stopped, stopped)
    assert isinstance(answer(role, Action.CONVERSATION_REVEAL, leave=uuid4(), **counts), Allow)


def test_an_agent_on_a_call_is_not_stopped_by_what_was_revealed_without_one():
    assert isinstance(answer("agent", Action.CONVERSATION_REVEAL, live=True, reveals_alone=9), Allow)


def test_an_agent_cannot_browse_even_while_a_conversation_is_live():
    for action in (Action.CONVERSATION_LIST, Action.CONVERSATION_SEARCH, Action.RECORDING_LIST, Action.AUDIT_READ):
        assert isinstance(answer("agent", action, live=True), Deny)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"purpose": ""}, "purpose_missing"),
        ({"purpose": "curiosity"}, "purpose_missing"),
        ({"reveals": 30}, "quota_spent"),
        ({"device_required": True}, "device_unknown"),
        ({"risk": 80}, "risk_high"),
        ({"second_factor": False}, "second_factor_missing"),
    ],
)
def test_each_wall_refuses_a_reveal_for_its_own_reason(change, reason):
    assert isinstance(answer("supervisor", Action.CONVERSATION_REVEAL), Allow)
    got = answer("supervisor", Action.CONVERSATION_REVEAL, **change)
    assert (type(got), got.reason) == (Deny, reason)


def test_the_thirtieth_reveal_of_the_hour_is_the_last():
    assert isinstance(answer("qa", Action.CONVERSATION_REVEAL, reveals=29), Allow)
    assert isinstance(answer("qa", Action.CONVERSATION_REVEAL, reveals=30), Deny)


def test_a_trusted_device_passes_where_one_is_demanded():
    got = answer("qa", Action.CONVERSATION_REVEAL, device_required=True, device_trusted=True)
    assert isinstance(got, Allow)


def test_a_stale_second_factor_asks_for_a_step_up_to_the_second():
    assert isinstance(answer("qa", Action.CONVERSATION_REVEAL, second_factor_seconds=900), Allow)
    got = answer("qa", Action.CONVERSATION_REVEAL, second_factor_seconds=901)
    assert (type(got), got.reason, got.policy) == (StepUp, "second_factor_stale", "wall.fresh_second_factor")


def test_whoever_is_not_permitted_is_not_asked_for_a_second_factor_or_an_approval():
    assert isinstance(answer("auditor", Action.CONVERSATION_REVEAL, second_factor_seconds=901), Deny)
    assert isinstance(answer("agent", Action.KEY_SHRED), Deny)


def test_what_cannot_be_undone_needs_a_second_person():
    assert isinstance(answer("dpo", Action.KEY_SHRED), NeedsApproval)
    assert isinstance(answer("dpo", Action.KEY_SHRED, second_factor_seconds=901), NeedsApproval)
    assert isinstance(answer("dpo", Action.KEY_SHRED, approvals=1), Allow)


def test_a_hard_refusal_wins_over_a_curable_one():
    got = answer("qa", Action.CONVERSATION_REVEAL, second_factor_seconds=901, purpose="")
    assert (type(got), got.reason) == (Deny, "purpose_missing")


def test_nobody_changes_their_own_rights():
    assert isinstance(answer("administrator", Action.USER_CHANGE, kind="user", elevated=True), Allow)
    got = answer("administrator", Action.USER_CHANGE, kind="user", own=True, elevated=True)
    assert (type(got), got.reason) == (Deny, "own_rights")


def test_an_administrator_changes_nothing_without_having_taken_the_rights():
    for action in (
        Action.USER_CHANGE,
        Action.USER_INVITE,
        Action.USER_REMOVE,
        Action.DEVICE_TRUST,
        Action.CONNECTOR_CHANGE,
    ):
        got = answer("administrator", action)
        assert (type(got), got.reason) == (StepUp, "elevation_missing"), action
        assert isinstance(answer("administrator", action, elevated=True), Allow), action
        assert not isinstance(answer("agent", action, elevated=True), Allow), action


def test_an_emergency_opens_its_customer_and_nothing_else():
    for action in (Action.CUSTOMER_VIEW, Action.CUSTOMER_REVEAL, Action.CONVERSATION_VIEW, Action.CONVERSATION_REVEAL):
        assert isinstance(answer("agent", action, emergency=True, purpose="complaint"), Allow), action
        assert isinstance(answer("agent", action, purpose="complaint"), Deny), action
    for action in set(Action) - EMERGENCY_ACTIONS:
        assert answer("agent", action, emergency=True) == answer("agent", action), action


def test_an_administrator_sees_masked_conversations_of_made_up_people_only():
    assert isinstance(answer("administrator", Action.CONVERSATION_LIST, demo=True), Allow)
    assert isinstance(answer("administrator", Action.CONVERSATION_LIST, demo=False), Deny)


@pytest.mark.parametrize("scope", list(Scope))
def test_no_program_reads_a_clear_value_or_a_conversation(scope):
    for action in (Action.CONVERSATION_REVEAL, Action.CONVERSATION_VIEW, Action.CONVERSATION_LIST, Action.USER_INVITE):
        request = Request(
            Principal(uuid4(), HERE, scopes=(scope,)), action, Resource(None, "conversation", HERE), FRESH
        )
        assert isinstance(decide(request, shipped()), Deny)


def test_intake_may_store_and_a_connector_may_not():
    def by(scope):
        principal = Principal(uuid4(), HERE, scopes=(scope,))
        return decide(Request(principal, Action.CONVERSATION_STORE, Resource(None, "conversation", HERE)), shipped())

    assert isinstance(by(Scope.INTAKE), Allow)
    assert isinstance(by(Scope.CONNECTOR), Deny)


def test_a_policy_that_fails_to_evaluate_denies_although_another_permits():
    text, schema = shipped_text()
    # Validation finds no overflow: it happens at run time only.
    broken = '@id("odd") @reason("odd") forbid (principal, action, resource) '
    broken += "when { context.risk + 9223372036854775807 > context.risk };"
    got = decide(ask("supervisor", Action.CONVERSATION_REVEAL, risk=1), load(text, schema, overlay=broken))
    assert (type(got), got.reason) == (Deny, "policy_error")


def test_a_principal_is_a_person_or_a_service_and_not_both_or_neither():
    with pytest.raises(ValueError, match="principal"):
        Principal(uuid4(), HERE)
    with pytest.raises(ValueError, match="principal"):
        Principal(uuid4(), HERE, role="agent", scopes=("intake",))
