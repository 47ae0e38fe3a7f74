"""Four eyes, rule by rule: every edge of the states, and one refusal for each thing that is bound."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from hushkeep.access.four_eyes import (
    APPROVER_LIMIT,
    CEILING,
    LARGE,
    NEXT,
    PAIR_LIMIT,
    Approval,
    ApprovalRefused,
    History,
    Party,
    State,
    check_execution,
    check_party,
    check_time,
    check_yes,
    conflicts,
    is_large,
    is_sampled,
    step,
)
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, Conflict

NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)
ANN, BEN, CY = (Party(UUID(int=n), UUID(int=n), Role.DPO, frozenset({Role.DPO})) for n in (1, 2, 3))
NOBODY_YET = History(pair=0, approver=0)
ASKED = Approval(
    id=UUID(int=9),
    action=Action.EXPORT_EXECUTE,
    target=None,
    scope={},
    digest=b"d" * 32,
    count=10,
    clear=False,
    large=False,
    purpose="complaint",
    state=State.REQUESTED,
    requester=ANN.account,
    requested_at=NOW,
    expires_at=NOW + timedelta(hours=1),
)
EDGES = {
    (State.REQUESTED, State.APPROVED),
    (State.REQUESTED, State.REJECTED),
    (State.REQUESTED, State.EXPIRED),
    (State.APPROVED, State.EXECUTED),
    (State.APPROVED, State.EXPIRED),
}


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_exactly_the_drawn_edges_exist(before, after):
    here = replace(ASKED, state=before)
    if (before, after) in EDGES:
        assert step(here, after) is after
    else:
        with pytest.raises(Conflict, match=f"approval_{before.value}"):
            step(here, after)
    assert NEXT.keys() == set(State)


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        (NOW + timedelta(hours=1), "approval_expired"),
        (NOW + timedelta(days=9), "approval_expired"),
        (NOW - timedelta(microseconds=1), "clock_moved_back"),
    ],
)
def test_outside_its_life_a_request_is_nothing(moment, code):
    with pytest.raises(ApprovalRefused, match=code):
        check_time(ASKED, now=moment)
    check_time(ASKED, now=NOW)
    check_time(ASKED, now=NOW + timedelta(hours=1, microseconds=-1))


def test_a_yes_of_the_future_is_no_yes():
    with pytest.raises(ApprovalRefused, match="clock_moved_back"):
        check_time(replace(ASKED, decided_at=NOW + timedelta(minutes=2)), now=NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("decider", "approval", "code"),
    [
        (ANN, ASKED, "same_person"),
        (replace(BEN, human=ANN.human), ASKED, "same_person"),
        (replace(BEN, role=Role.QA), ASKED, "not_a_decider"),
        (replace(BEN, role=Role.ADMINISTRATOR), ASKED, "not_a_decider"),
        (replace(BEN, role=Role.SUPERVISOR), replace(ASKED, clear=True), "not_a_decider"),
        (replace(BEN, role=Role.DPO), replace(ASKED, action=Action.KEY_SHRED), "not_a_decider"),
        (replace(BEN, roles=frozenset({Role.SECURITY, Role.AUDITOR})), ASKED, "roles_conflict"),
    ],
)
def test_who_may_not_decide(decider, approval, code):
    with pytest.raises(ApprovalRefused, match=code):
        check_party(approval, ANN, decider)
    check_party(ASKED, ANN, BEN)


def test_a_request_of_somebody_who_holds_two_offices_is_not_decided():
    with pytest.raises(ApprovalRefused, match="roles_conflict"):
        check_party(ASKED, replace(ANN, roles=frozenset({Role.ADMINISTRATOR, Role.SECURITY})), BEN)


@pytest.mark.parametrize(
    ("approval", "line", "history", "code"),
    [
        (replace(ASKED, large=True), UUID(int=7), NOBODY_YET, "same_line"),
        (ASKED, None, History(pair=PAIR_LIMIT, approver=PAIR_LIMIT), "pair_quota_spent"),
        (ASKED, None, History(pair=0, approver=APPROVER_LIMIT), "approver_quota_spent"),
    ],
)
def test_a_yes_that_is_refused(approval, line, history, code):
    with pytest.raises(ApprovalRefused, match=code):
        check_yes(approval, replace(ANN, line=UUID(int=7)), replace(BEN, line=line), history)
    check_yes(
        replace(ASKED, large=True),
        replace(ANN, line=UUID(int=7)),
        replace(BEN, line=UUID(int=8)),
        History(pair=PAIR_LIMIT - 1, approver=APPROVER_LIMIT - 1),
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"executor": BEN}, "same_person"),
        ({"executor": replace(CY, human=BEN.human)}, "same_person"),
        ({"decider": replace(BEN, human=ANN.human)}, "same_person"),
        ({"approval": replace(ASKED, large=True), "executor": ANN}, "third_person_missing"),
        ({"approval": replace(ASKED, large=True), "executor": replace(CY, human=ANN.human)}, "third_person_missing"),
        ({"executor": replace(CY, roles=frozenset({Role.AUDITOR, Role.SECURITY}))}, "roles_conflict"),
        ({"digest": b"e" * 32}, "scope_changed"),
        ({"count": 11}, "count_changed"),
        ({"count": 9}, "count_changed"),
    ],
)
def test_an_execution_that_is_not_what_was_approved_is_refused(changes, code):
    happens = {
        "approval": ASKED,
        "requester": ANN,
        "decider": BEN,
        "executor": CY,
        "digest": ASKED.digest,
        "count": ASKED.count,
    }

    def check(approval, requester, decider, executor, **rest):
        check_execution(approval, requester, decider, executor, **rest)

    check(**happens)
    check(**happens | {"executor": ANN})
    with pytest.raises(ApprovalRefused, match=code):
        check(**happens | changes)


@pytest.mark.parametrize("clear", [False, True])
def test_pieces_are_added_up(clear):
    assert not is_large(LARGE[clear], clear=clear, asked_in_window=0)
    assert is_large(1, clear=clear, asked_in_window=LARGE[clear])
    assert is_large(1, clear=clear, asked_in_window=CEILING[clear] - 1)
    with pytest.raises(ApprovalRefused, match="ceiling_reached"):
        is_large(1, clear=clear, asked_in_window=CEILING[clear])


def test_system_security_and_audit_do_not_meet_in_one_human():
    apart = [{Role.ADMINISTRATOR, Role.SECURITY}, {Role.ADMINISTRATOR, Role.AUDITOR}, {Role.AUDITOR, Role.SECURITY}]
    assert all(conflicts(frozenset(pair)) for pair in apart)
    for one, other in product(Role, Role):
        assert bool(conflicts(frozenset({one, other}))) is ({one, other} in apart)


def test_five_of_a_hundred_are_looked_at_and_all_that_is_large_or_clear():
    assert sum(is_sampled(ASKED, draw) for draw in range(100)) == 5
    assert is_sampled(replace(ASKED, large=True), 99)
    assert is_sampled(replace(ASKED, clear=True), 99)
