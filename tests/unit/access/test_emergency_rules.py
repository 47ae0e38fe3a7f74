"""Emergencies, rule by rule: every edge of the states, and one refusal for each thing that is bound."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from hushkeep.access.emergency_rules import (
    DECIDED_WITHIN,
    LIMIT,
    NEXT,
    PAIR_LIMIT,
    REVIEWED_WITHIN,
    Emergency,
    EmergencyState,
    History,
    check_ask,
    check_decision,
    check_opening,
    check_review,
    step,
)
from hushkeep.access.four_eyes import ApprovalRefused, Party
from hushkeep.identity.roles import Role
from hushkeep.kernel import Conflict, SubjectId

NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)


def party(number, role):
    return Party(UUID(int=number), UUID(int=number), role, frozenset({role}))


AGENT, BOSS, DPO, GUARD = (
    party(n, role) for n, role in enumerate((Role.AGENT, Role.SUPERVISOR, Role.DPO, Role.SECURITY), 1)
)
TWO_OFFICES = frozenset({Role.SECURITY, Role.AUDITOR})
ASKED = Emergency(
    id=UUID(int=9),
    holder=AGENT.account,
    role=Role.AGENT,
    subject=SubjectId(UUID(int=8)),
    reason="life_at_risk",
    reference="INC-1",
    minutes=5,
    state=EmergencyState.REQUESTED,
    requested_at=NOW,
)
EDGES = {
    (EmergencyState.REQUESTED, EmergencyState.OPEN),
    (EmergencyState.REQUESTED, EmergencyState.REFUSED),
    (EmergencyState.REQUESTED, EmergencyState.EXPIRED),
    (EmergencyState.OPEN, EmergencyState.CLOSED),
    (EmergencyState.CLOSED, EmergencyState.REVIEWED),
}


@pytest.mark.parametrize(("before", "after"), list(product(EmergencyState, EmergencyState)))
def test_exactly_the_drawn_edges_exist(before, after):
    here = replace(ASKED, state=before)
    if (before, after) in EDGES:
        assert step(here, after) is after
    else:
        with pytest.raises(Conflict, match=f"emergency_{before.value}"):
            step(here, after)
    assert NEXT.keys() == set(EmergencyState)


@pytest.mark.parametrize(
    ("asker", "asked", "code"),
    [
        (DPO, 0, "not_a_holder"),
        (party(5, Role.ADMINISTRATOR), 0, "not_a_holder"),
        (party(5, Role.AUDITOR), 0, "not_a_holder"),
        (replace(AGENT, roles=TWO_OFFICES | {Role.AGENT}), 0, "roles_conflict"),
        (AGENT, LIMIT, "emergencies_spent"),
    ],
)
def test_who_may_not_ask(asker, asked, code):
    with pytest.raises(ApprovalRefused, match=code):
        check_ask(asker, History(asked))
    check_ask(AGENT, History(LIMIT - 1))


@pytest.mark.parametrize(
    ("emergency", "holder", "decider", "code"),
    [
        (ASKED, AGENT, AGENT, "same_person"),
        (ASKED, AGENT, replace(BOSS, human=AGENT.human), "same_person"),
        (ASKED, AGENT, replace(GUARD, roles=TWO_OFFICES), "roles_conflict"),
        (ASKED, AGENT, party(5, Role.QA), "not_a_decider"),
        (ASKED, AGENT, party(5, Role.ADMINISTRATOR), "not_a_decider"),
        (replace(ASKED, role=Role.SUPERVISOR), party(1, Role.SUPERVISOR), BOSS, "not_a_decider"),
        (ASKED, replace(AGENT, role=Role.SUPERVISOR), DPO, "not_a_decider"),  # promoted since
    ],
)
def test_who_may_not_let_somebody_in(emergency, holder, decider, code):
    with pytest.raises(ApprovalRefused, match=code):
        check_decision(emergency, holder, decider, now=NOW)
    check_decision(ASKED, AGENT, BOSS, now=NOW)
    check_decision(replace(ASKED, role=Role.SUPERVISOR), party(1, Role.SUPERVISOR), DPO, now=NOW)


@pytest.mark.parametrize(
    ("moment", "code"), [(NOW + DECIDED_WITHIN, "approval_expired"), (NOW - timedelta(seconds=1), "clock_moved_back")]
)
def test_outside_its_half_hour_nobody_is_let_in(moment, code):
    with pytest.raises(ApprovalRefused, match=code):
        check_decision(ASKED, AGENT, BOSS, now=moment)


def test_a_pair_that_opens_too_often_is_stopped():
    check_opening(History(0, PAIR_LIMIT - 1))
    with pytest.raises(ApprovalRefused, match="pair_quota_spent"):
        check_opening(History(0, PAIR_LIMIT))


@pytest.mark.parametrize(
    ("reviewer", "code"),
    [
        (AGENT, "same_person"),
        (DPO, "same_person"),
        (replace(GUARD, human=AGENT.human), "same_person"),
        (replace(GUARD, human=DPO.human), "same_person"),
        (replace(GUARD, roles=TWO_OFFICES), "roles_conflict"),
        (BOSS, "not_a_decider"),
        (party(5, Role.AUDITOR), "not_a_decider"),
    ],
)
def test_who_may_not_judge(reviewer, code):
    held = replace(ASKED, state=EmergencyState.CLOSED, decided_by=DPO.account)
    with pytest.raises(ApprovalRefused, match=code):
        check_review(held, AGENT, DPO, reviewer)
    check_review(held, AGENT, DPO, GUARD)


def test_a_review_is_overdue_a_day_after_the_opening_and_not_before():
    held = replace(ASKED, review_due=NOW + REVIEWED_WITHIN)
    assert not held.overdue(now=NOW + REVIEWED_WITHIN - timedelta(microseconds=1))
    assert held.overdue(now=NOW + REVIEWED_WITHIN)
    assert not replace(held, reviewed_at=NOW).overdue(now=NOW + timedelta(days=9))
    assert not ASKED.overdue(now=NOW + timedelta(days=9))
