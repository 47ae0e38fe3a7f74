"""The gate: no act without its event, no refusal undone, the quota holds against races, alarms sound."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction

from hushkeep.access import alarms, facts
from hushkeep.access.actors import Actor, Target
from hushkeep.access.gate import StepUpRequired, guarded
from hushkeep.access.models import Alarm, LiveConversation, Reveal
from hushkeep.identity.roles import Role
from hushkeep.kernel import (
    Action,
    ActorKind,
    ApprovalRequired,
    Conflict,
    ConversationId,
    Denied,
    SessionId,
)
from hushkeep.runtime import clock

pytestmark = pytest.mark.server


def actor(tenant, role=Role.SUPERVISOR, **changes):
    values = {
        "person": uuid4(),
        "tenant": tenant,
        "role": role,
        "session": SessionId(uuid4()),
        "second_factor_at": clock.now(),
    }
    return Actor(**(values | changes))


def conversation(**changes):
    one = uuid4()
    return Target(kind="conversation", id=one, conversation=ConversationId(one), **changes)


def reveal(who, target=None, act=lambda permit: "clear", **kwargs):
    return guarded(
        who, Action.CONVERSATION_REVEAL, target or conversation(), **({"purpose": "complaint"} | kwargs), act=act
    )


def test_what_is_allowed_is_done_under_a_permit_that_names_its_event(tenant, events):
    who, target, seen = actor(tenant), conversation(), []
    assert reveal(who, target, act=lambda permit: seen.append(permit) or "clear", count=len) == "clear"
    told = events(tenant, actor=who.person)
    assert [(e["id"], e["outcome"], e["policy"]) for e in told] == [
        (seen[0].decision, "allowed", "supervisor.reveal"),
    ]
    assert (told[0]["purpose"], told[0]["count"], told[0]["target"]) == ("complaint", 5, target.id)
    seen[0].require(Action.CONVERSATION_REVEAL, target.id, now=clock.now())


def test_a_refusal_is_committed_and_nothing_is_done(tenant, events):
    who = actor(tenant, Role.AUDITOR)
    with pytest.raises(Denied, match="not_permitted"):
        reveal(who, act=lambda permit: pytest.fail("it was done"))
    assert [(e["outcome"], e["reason"]) for e in events(tenant, actor=who.person)] == [("denied", "not_permitted")]


@pytest.mark.parametrize(
    ("changes", "action", "error", "outcome"),
    [
        ({"second_factor_at": None}, Action.CONVERSATION_REVEAL, Denied, "denied"),
        ({"stale": True}, Action.CONVERSATION_REVEAL, StepUpRequired, "step_up"),
        ({"role": Role.DPO}, Action.KEY_SHRED, ApprovalRequired, "needs_approval"),
    ],
)
def test_each_kind_of_refusal_is_its_own_error_and_event(tenant, events, changes, action, error, outcome):
    if changes.pop("stale", False):
        changes = {"second_factor_at": clock.now() - timedelta(minutes=16)}
    who = actor(tenant, **changes)
    with pytest.raises(error) as caught:
        guarded(who, action, conversation(), purpose="complaint", act=lambda permit: None)
    assert type(caught.value) is error
    assert [e["outcome"] for e in events(tenant, actor=who.person)] == [outcome]


def test_what_fails_is_undone_and_leaves_the_event_of_its_permit(tenant, events, inside):
    who, seen = actor(tenant), []

    def act(permit):
        seen.append(permit.decision)
        alarms.sound(tenant, "half_done", alarms.Severity.RED, person=None, event=None, now=clock.now())
        raise Conflict("moved")

    with pytest.raises(Conflict):
        reveal(who, act=act)
    told = events(tenant, actor=who.person)
    assert [(e["id"], e["outcome"], e["reason"]) for e in told] == [(seen[0], "failed", "conflict")]
    with inside(tenant):
        assert not Alarm.objects.filter(code="half_done").exists()
        assert not Reveal.objects.filter(actor=who.person).exists()


def test_the_event_stands_before_the_answer_leaves(tenant, events):
    who = actor(tenant)
    reveal(who)
    seen = []
    reader = threading.Thread(target=lambda: (seen.extend(events(tenant, actor=who.person)), connections.close_all()))
    reader.start()
    reader.join()
    assert len(seen) == 1


def test_a_refusal_cannot_be_rolled_back_by_a_transaction_around_it(tenant):
    with transaction.atomic(), pytest.raises(RuntimeError, match="own transaction"):
        reveal(actor(tenant))


def test_another_centers_thing_is_refused_and_is_a_red_alarm(two_tenants, events, inside):
    here, there = two_tenants
    who = actor(here)
    with pytest.raises(Denied, match="other_tenant"):
        reveal(who, conversation(tenant=there))
    with inside(here):
        assert Alarm.objects.get(person=who.person).severity == "red"
    assert events(there) == []


def test_nobody_acts_as_the_installation_through_the_gate(tenant):
    with pytest.raises(Denied, match="actor_unknown"):
        reveal(actor(tenant, role=None, kind=ActorKind.SYSTEM))


def test_a_purpose_that_is_no_code_is_refused_and_stays_out_of_the_ledger(tenant, events):
    who = actor(tenant)
    with pytest.raises(Denied, match="purpose_missing"):
        reveal(who, purpose="call 13812345678 back")
    assert events(tenant, actor=who.person)[0]["purpose"] is None


@pytest.fixture
def served(tenant, inside):
    """An agent, and the conversation of the customer whom they serve."""
    who, one = actor(tenant, Role.AGENT), conversation()
    with inside(tenant):
        LiveConversation(
            tenant=tenant,
            connector=uuid4(),
            reference="call-1",
            conversation=one.conversation,
            subject=uuid4(),
            agent=who.person,
            wrap_up_seconds=0,
            started_at=clock.now(),
            closes_at=clock.now() + timedelta(hours=1),
        ).save(force_insert=True)
    return who, one


def test_thirty_reveals_an_hour_and_the_thirty_first_is_a_red_alarm(tenant, inside, served):
    who, one = served
    for _ in range(30):
        reveal(who, one)
    for _ in range(2):
        with pytest.raises(Denied, match="quota_spent"):
            reveal(who, one)
    with inside(tenant):
        alarm = Alarm.objects.get(person=who.person, code="quota_spent")
        assert (alarm.severity, alarm.count) == ("red", 2)
        Reveal.objects.filter(actor=who.person).update(at=clock.now() - timedelta(minutes=61))
    assert reveal(who, one) == "clear"


@pytest.mark.parametrize(("ago", "before", "then"), [(59, 5, 0), (61, 5, 5), (61, 18, 2), (25 * 60, 20, 5)])
def test_without_a_customer_on_the_line_five_an_hour_and_twenty_a_day(tenant, inside, ago, before, then):
    who = actor(tenant)
    with inside(tenant):
        for _ in range(before):
            at = clock.now() - timedelta(minutes=ago)
            Reveal(tenant=tenant, actor=who.person, decision=uuid4(), at=at).save(force_insert=True)
    for _ in range(then):
        reveal(who)
    with pytest.raises(ApprovalRequired, match="reveals_alone_spent"):
        reveal(who)


def test_a_race_for_the_last_reveal_has_one_winner(tenant, inside):
    who = actor(tenant)
    for _ in range(4):
        reveal(who)
    start, won = threading.Barrier(4), []

    def run():
        start.wait()
        try:
            won.append(reveal(who))
        except Denied:
            pass
        finally:
            connections.close_all()

    racers = [threading.Thread(target=run) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert won == ["clear"]


def test_one_persons_quota_is_not_anothers(tenant):
    who = actor(tenant)
    for _ in range(5):
        reveal(who)
    assert reveal(actor(tenant)) == "clear"


def test_a_reveal_tried_without_leave_is_an_alarm_and_an_ordinary_refusal_is_not(tenant, inside):
    who = actor(tenant, Role.AGENT)
    with pytest.raises(Denied):
        guarded(who, Action.USER_LIST, None, act=lambda permit: None)
    with inside(tenant):
        assert not Alarm.objects.filter(person=who.person).exists()
    with pytest.raises(Denied):
        reveal(who)
    with inside(tenant):
        assert Alarm.objects.get(person=who.person).code == "reveal_refused"


def test_a_high_risk_written_by_a_room_above_stops_reveals_until_it_expires(tenant, inside):
    who = actor(tenant)
    with inside(tenant):
        facts.state(tenant, who.person, "risk", 90, source="watch", now=clock.now(), lasts=timedelta(hours=1))
    with pytest.raises(Denied, match="risk_high"):
        reveal(who)
    with inside(tenant):
        past = clock.now() - timedelta(hours=2)
        facts.state(tenant, who.person, "risk", 90, source="watch", now=past, lasts=timedelta(hours=1))
    assert reveal(who) == "clear"


def test_the_alarms_page_shows_them_and_the_first_to_acknowledge_stands(person, tenant):
    thief = actor(tenant, Role.AGENT)
    with pytest.raises(Denied):
        reveal(thief)
    officer, second = person(tenant, Role.SECURITY), person(tenant, Role.SECURITY, name="Who Comes Second")
    listed = officer.browser.get("/alarms?unseen=true").json()["items"]
    assert [(a["code"], a["person"], a["person_name"]) for a in listed] == [("reveal_refused", str(thief.person), None)]
    path = f"/alarms/{listed[0]['id']}/acknowledge"
    assert officer.browser.post(path).json()["acknowledged_by"] == str(officer.id)
    again = second.browser.post(path).json()
    assert (again["acknowledged_by"], again["acknowledged_by_name"]) == (str(officer.id), "Somebody Else")
    assert officer.browser.get("/alarms?unseen=true").json()["items"] == []


def test_every_row_of_access_and_identity_lies_behind_its_wall(tenant):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^(access|identity)_' "
            "AND NOT (relrowsecurity AND relforcerowsecurity)"
        )
        open_tables = {row[0] for row in cursor.fetchall()}
    assert open_tables == {"identity_cache", "identity_cookie", "identity_tenant", "identity_user"}
