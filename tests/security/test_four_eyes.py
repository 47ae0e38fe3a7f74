"""Four eyes through the API: one asks, another person says yes, and every way round it is refused and recorded."""

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError as Refused
from django.db import connections

from hushkeep.access import alarms, approvals, approvals_expiry
from hushkeep.access.actors import Actor, Target
from hushkeep.access.administration import approvals as desk
from hushkeep.access.four_eyes import PAIR_LIMIT, ApprovalRefused
from hushkeep.access.gate import StepUpRequired, guarded
from hushkeep.access.models import Alarm, Approval
from hushkeep.access.reveals import counted
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, ApprovalRequired, Conflict
from hushkeep.runtime import clock

pytestmark = pytest.mark.server

ROTATE = {"action": "key:rotate", "purpose": "legal_duty", "minutes": 60}


def reason(answer):
    assert answer.status_code in {403, 409, 422}, answer.content
    return answer.json()["params"].get("reason") or answer.json()["code"]


def ask(who, **changes):
    return who.browser.post("/approvals", ROTATE | changes)


def asked(who):
    answer = ask(who)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def approve(who, approval):
    return who.browser.post(f"/approvals/{approval}/approve")


def row(inside, tenant, approval):
    with inside(tenant):
        return Approval.objects.get(id=approval)


def alarm_codes(inside, tenant):
    with inside(tenant):
        return set(Alarm.objects.values_list("code", flat=True))


def acting(who):
    """The person as the gate knows them, for what has no route of its own."""
    return Actor(person=who.id, tenant=who.tenant, role=who.role, second_factor_at=clock.now())


def rotate(who, approval, *, scope=None, count=1):
    """Carry the approved rotation out, as its use case would: under the gate's permit, in its transaction."""
    approval = UUID(str(approval))

    def act(permit):
        return approvals.execute(
            permit, approval, action=Action.KEY_ROTATE, scope=scope or {}, count=count, now=clock.now()
        )

    return guarded(acting(who), Action.KEY_ROTATE, Target(kind="approval", id=approval), act=act)


@pytest.fixture
def two(tenant, person):
    """Two security officers: either may ask, either may decide."""
    return person(tenant, Role.SECURITY), person(tenant, Role.SECURITY, name="Who Decides")


def test_asked_approved_carried_out_once_and_each_step_is_an_event(tenant, two, events):
    one, other = two
    approval = asked(one)
    with pytest.raises(ApprovalRequired, match="second_person_missing"):
        rotate(one, approval)
    said = approve(other, approval)
    assert (said.status_code, said.json()["state"], said.json()["decided_by"]) == (200, "approved", str(other.id))
    assert (said.json()["decided_by_name"], said.json()["executed_by_name"]) == ("Who Decides", None)
    assert rotate(one, approval).state == "executed"
    [listed] = one.browser.get("/approvals").json()["items"]
    assert (listed["executed_by"], listed["executed_by_name"]) == (str(one.id), "Somebody Else")
    assert listed["decided_at"] > listed["requested_at"]
    with pytest.raises(ApprovalRequired):
        rotate(one, approval)
    told = [(e["action"], e["outcome"]) for e in events(tenant) if e["action"] in {"approval:decide", "key:rotate"}]
    assert told == [
        ("key:rotate", "needs_approval"),
        ("approval:decide", "allowed"),
        ("key:rotate", "allowed"),
        ("key:rotate", "needs_approval"),
    ]


def test_nobody_says_yes_to_themself(tenant, two, inside):
    one, _ = two
    approval = asked(one)
    assert reason(approve(one, approval)) == "own_rights"
    assert row(inside, tenant, approval).state == "requested"


def test_a_second_account_of_the_same_person_is_the_same_person(tenant, two, person, inside, events):
    one, other = two
    approval = asked(one)
    administrator = person(tenant)
    declared = administrator.browser.post(f"/people/{other.id}/same", {"other": str(one.id)})
    assert declared.status_code == 204, declared.content
    assert reason(approve(other, approval)) == "same_person"
    assert row(inside, tenant, approval).state == "requested"
    assert "same_person" in alarm_codes(inside, tenant)
    [told] = events(tenant, action="approval:decide")
    assert (told["outcome"], told["reason"]) == ("failed", "same_person")


def test_accounts_found_to_be_one_persons_after_the_yes_undo_it(tenant, two, person):
    one, other = two
    approval = asked(one)
    assert approve(other, approval).status_code == 200
    third = person(tenant, Role.SECURITY)
    administrator = person(tenant)
    # Through a third account: what is said of two pairs holds of all three.
    for pair in ((one, third), (third, other)):
        assert administrator.browser.post(f"/people/{pair[0].id}/same", {"other": str(pair[1].id)}).status_code == 204
    with pytest.raises(ApprovalRefused, match="same_person"):
        rotate(one, approval)


def test_one_cannot_declare_anything_of_oneself(tenant, person):
    administrator = person(tenant)
    answer = administrator.browser.post(f"/people/{administrator.id}/same", {"other": str(uuid4())})
    assert reason(answer) == "own_rights"
    assert reason(administrator.browser.post(f"/people/{administrator.id}/line", {"line": None})) == "own_rights"


def test_a_stale_second_factor_decides_nothing(tenant, two, inside):
    one, other = two
    approval = UUID(asked(one))
    stale = Actor(
        person=other.id, tenant=tenant, role=Role.SECURITY, second_factor_at=clock.now() - timedelta(minutes=6)
    )
    for decide in (desk.approve, desk.reject):
        with pytest.raises(StepUpRequired):
            decide(stale, approval)
    assert row(inside, tenant, approval).state == "requested"


def test_a_no_is_final(tenant, two, inside):
    one, other = two
    approval = asked(one)
    assert other.browser.post(f"/approvals/{approval}/reject").json()["state"] == "rejected"
    assert reason(approve(other, approval)) == "approval_rejected"
    assert reason(other.browser.post(f"/approvals/{approval}/reject")) == "approval_rejected"
    with pytest.raises(ApprovalRequired):
        rotate(one, approval)


def test_after_its_end_a_request_is_neither_approved_nor_carried_out(tenant, two, inside, events):
    one, other = two
    late, approved = asked(one), asked(one)
    assert approve(other, approved).status_code == 200
    with inside(tenant):
        Approval.objects.update(expires_at=clock.now())
    assert reason(approve(other, late)) == "approval_expired"
    with pytest.raises(ApprovalRequired):
        rotate(one, approved)
    assert approvals_expiry.expire(tenant) == 2
    assert {row(inside, tenant, each).state for each in (late, approved)} == {"expired"}
    assert len(events(tenant, reason="approval_expired", outcome="denied")) == 2
    assert approvals_expiry.expire(tenant) == 0


@pytest.mark.parametrize(
    ("changes", "code"), [({"scope": {"more": 1}}, "scope_changed"), ({"count": 2}, "count_changed")]
)
def test_what_grew_after_the_yes_is_refused_and_the_yes_is_not_used(tenant, two, inside, changes, code):
    one, other = two
    approval = asked(one)
    assert approve(other, approval).status_code == 200
    with pytest.raises(ApprovalRefused, match=code):
        rotate(one, approval, **changes)
    assert row(inside, tenant, approval).state == "approved"
    assert rotate(one, approval).state == "executed"


def test_the_approver_does_not_carry_it_out(tenant, two):
    one, other = two
    approval = asked(one)
    assert approve(other, approval).status_code == 200
    with pytest.raises(ApprovalRefused, match="same_person"):
        rotate(other, approval)


def test_a_yes_to_one_thing_is_no_yes_to_another(tenant, two):
    one, other = two
    approval = asked(one)
    assert approve(other, approval).status_code == 200
    with pytest.raises(ApprovalRequired):
        guarded(acting(one), Action.POLICY_CHANGE, Target(kind="approval", id=UUID(approval)), act=pytest.fail)
    with pytest.raises(ApprovalRequired):
        guarded(acting(one), Action.KEY_ROTATE, Target(kind="key", id=uuid4()), act=pytest.fail)


def test_another_center_neither_sees_nor_decides(two_tenants, person):
    here, there = two_tenants
    approval = asked(person(here, Role.SECURITY))
    stranger = person(there, Role.SECURITY)
    assert stranger.browser.get("/approvals").json()["items"] == []
    assert approve(stranger, approval).status_code == 404


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"action": "export:execute"}, "takes_no_second_person"),
        ({"action": "conversation:list"}, "takes_no_second_person"),
        ({"purpose": "curiosity"}, "purpose_unknown"),
        ({"action": "key:shred"}, "not_permitted"),
        ({"minutes": 4321}, "invalid_input"),
        ({"minutes": 0}, "invalid_input"),
    ],
)
def test_what_cannot_be_asked_for(tenant, person, changes, code):
    assert reason(ask(person(tenant, Role.SECURITY), **changes)) == code


def test_a_pair_that_approves_each_other_all_week_is_stopped(tenant, two, inside):
    one, other = two
    for _ in range(PAIR_LIMIT):
        assert approve(other, asked(one)).status_code == 200
    assert reason(approve(other, asked(one))) == "pair_quota_spent"
    assert "pair_quota_spent" in alarm_codes(inside, tenant)
    assert approve(one, asked(other)).status_code == 200  # the other way round is a pair of its own


def test_two_who_decide_at_once_decide_once(tenant, two, person, inside):
    one, other = two
    third = person(tenant, Role.SECURITY)
    approval = UUID(asked(one))
    start, ends = threading.Barrier(2), []

    def decide(how, who):
        start.wait()
        try:
            ends.append(how(acting(who), approval).state)
        except Conflict as conflict:
            ends.append(str(conflict))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=decide, args=p) for p in ((desk.approve, other), (desk.reject, third))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = row(inside, tenant, approval).state
    assert sorted(ends) == sorted([state, f"approval_{state}"])


def test_two_who_carry_it_out_at_once_do_it_once(tenant, two, person, inside):
    one, other = two
    third = person(tenant, Role.SECURITY)
    approval = asked(one)
    assert approve(other, approval).status_code == 200
    start, ends = threading.Barrier(2), []

    def carry(who):
        start.wait()
        try:
            ends.append(rotate(who, approval).state)
        except (Conflict, ApprovalRequired) as refused:
            ends.append(type(refused).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=carry, args=(who,)) for who in (one, third)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends.count("executed") == 1
    assert len(ends) == 2


def test_the_database_itself_refuses_one_human_on_both_sides(tenant, two, inside):
    one, other = two
    approval = asked(one)
    with inside(tenant), pytest.raises(Refused, match="two_humans"):
        Approval.objects.filter(id=approval).update(decided_human=one.id)
    with inside(tenant), pytest.raises(Refused, match="other_hand"):
        Approval.objects.filter(id=approval).update(decided_by=other.id, executed_by=other.id)


def test_somebody_who_holds_two_offices_asks_for_nothing(tenant, two, person, inside):
    one, _ = two
    auditor, administrator = person(tenant, Role.AUDITOR, signed_in=False), person(tenant)
    assert administrator.browser.post(f"/people/{one.id}/same", {"other": str(auditor.id)}).status_code == 204
    assert reason(ask(one)) == "roles_conflict"
    assert "roles_conflict" in alarm_codes(inside, tenant)


def test_a_sample_reaches_the_security_officers(tenant, two, inside, monkeypatch):
    one, other = two
    monkeypatch.setattr(desk.secrets, "randbelow", lambda below: 4)
    approval = asked(one)
    assert approve(other, approval).json()["sampled"] is True
    monkeypatch.setattr(desk.secrets, "randbelow", lambda below: 5)
    assert approve(other, asked(one)).json()["sampled"] is False
    items = one.browser.get("/approvals?sampled=true").json()["items"]
    assert [(item["id"], item["requester_name"]) for item in items] == [(approval, "Somebody Else")]
    with inside(tenant):
        sample = Alarm.objects.get(code="approval_sample")
    assert (sample.severity, sample.person, sample.count) == (alarms.Severity.BLUE, other.id, 1)


def test_a_leave_to_reveal_counts_only_the_life_purpose_and_number_that_were_said(person, tenant):
    who = person(tenant, Role.QA)
    leave = {"action": "conversation:reveal", "purpose": "complaint", "count": 25}
    assert ask(who, **leave).json()["count"] == 25
    assert ask(who, **leave | {"count": 26}).status_code == 422
    assert reason(ask(who, **leave | {"target": str(uuid4())})) == "target_not_taken"
    assert reason(ask(person(tenant, Role.DPO), count=2)) == "life_or_count_out_of_range"
    assert reason(ask(person(tenant, Role.ADMINISTRATOR), **leave)) == "not_permitted"


@pytest.mark.parametrize("changes", [{"minutes": -1}, {"purpose": "quality_review"}, {"requester": uuid4()}])
def test_a_leave_of_another_time_purpose_or_person_lends_nothing(person, tenant, inside, changes):
    who, officer = person(tenant, Role.QA), person(tenant, Role.SECURITY)
    leave = ask(who, action="conversation:reveal", purpose="complaint", count=3).json()["id"]
    assert approve(officer, leave).status_code == 200
    with inside(tenant):
        assert counted(who.id, "complaint", now=clock.now()).leave == UUID(leave)
        if minutes := changes.pop("minutes", 0):
            changes = {"expires_at": clock.now() + timedelta(minutes=minutes)}
        Approval.objects.filter(id=leave).update(**changes)
        assert counted(who.id, "complaint", now=clock.now()).leave is None
