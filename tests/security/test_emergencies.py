"""Breaking the glass: let in by a second person, to one customer, for minutes, and judged by a third."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError as Refused

from hushkeep.access import emergency_times
from hushkeep.access.models import Alarm, Emergency
from hushkeep.identity.roles import Role
from hushkeep.records.models import Conversation
from hushkeep.runtime import clock

pytestmark = pytest.mark.server

PHONE, OTHER = "13499998888", "13499997777"
WHY = {"reason": "life_at_risk", "reference": "INC-2041", "minutes": 15}


def talk(number, phone):
    return {
        "id": f"talk-{number}",
        "channel": "chat",
        "language": "zh",
        "customer": {"id": f"C-{number}", "phone": phone},
        "turns": [{"speaker": "customer", "text": f"我的手机号是{phone}"}],
    }


@pytest.fixture
def customers(program, run, inside):
    """Two customers with a conversation each: (customer, conversation), by the order they came in."""
    assert program.batch(run, talk(0, PHONE), talk(1, OTHER)).json()["taken"] == 2
    with inside(program.key.tenant):
        rows = Conversation.objects.order_by("id").values_list("subject", "id")
        return [tuple(map(str, row)) for row in rows]


@pytest.fixture
def three(tenant, person, customers):
    """An agent who asks, a supervisor who lets in, a security officer who judges."""
    named = ((Role.AGENT, "Somebody Else"), (Role.SUPERVISOR, "Who Lets In"), (Role.SECURITY, "Who Judges"))
    agent, boss, guard = (person(tenant, role, name=name) for role, name in named)
    return agent, boss, guard


def reason(answer):
    assert answer.status_code in {403, 404, 409, 422}, answer.content
    return answer.json()["params"].get("reason") or answer.json()["code"]


def asked(who, **changes):
    wanted = WHY | ({} if "customer" in changes else {"index": "phone", "value": PHONE}) | changes
    answer = who.browser.post("/emergencies", wanted)
    assert answer.status_code == 201, answer.content
    return answer.json()


def opened(who, by, **changes):
    emergency = asked(who, **changes)
    answer = by.browser.post(f"/emergencies/{emergency['id']}/approve")
    assert answer.status_code == 200, answer.content
    return answer.json()


def sees(who, pair):
    """Whether the card and the conversation are shown, and open in the clear."""
    customer, conversation = pair
    why = {"purpose": "customer_request"}
    answers = (
        who.browser.get(f"/customers/{customer}"),
        who.browser.get(f"/conversations/{conversation}"),
        who.browser.post(f"/customers/{customer}/reveal", why | {"fields": ["phone"]}),
        who.browser.post(f"/conversations/{conversation}/reveal", why),
    )
    return [answer.status_code for answer in answers]


def alarm_codes(inside, tenant):
    with inside(tenant):
        return {(alarm.code, alarm.severity) for alarm in Alarm.objects.all()}


def later(inside, tenant, emergency, back):
    """Let ``back`` pass for one emergency."""
    with inside(tenant):
        row = Emergency.objects.get(id=emergency)
        for name in ("requested_at", "opened_at", "ends_at", "review_due"):
            if getattr(row, name):
                setattr(row, name, getattr(row, name) - back)
        row.save()


def test_let_in_to_one_customer_and_out_again_and_judged(tenant, three, customers, inside, events):
    agent, boss, guard = three
    assert sees(agent, customers[0]) == [403, 403, 403, 403]
    emergency = opened(agent, boss)
    assert (emergency["state"], emergency["customer"]) == ("open", customers[0][0])
    assert ("emergency_opened", "red") in alarm_codes(inside, tenant)
    assert sees(agent, customers[0]) == [200, 200, 200, 200]
    assert sees(agent, customers[1]) == [403, 403, 403, 403]
    assert {e["policy"] for e in events(tenant, action="customer:reveal", outcome="allowed")} == {"emergency.customer"}
    mine = agent.browser.get("/emergencies?mine=true").json()["items"]
    assert [(one["id"], one["holder_name"]) for one in mine] == [(emergency["id"], "Somebody Else")]
    assert [(one["decided_by"], one["decided_by_name"]) for one in mine] == [(str(boss.id), "Who Lets In")]
    assert mine[0]["reviewed_by_name"] is None
    assert agent.browser.post(f"/emergencies/{emergency['id']}/close").json()["state"] == "closed"
    assert sees(agent, customers[0]) == [403, 403, 403, 403]
    seen = guard.browser.get(f"/emergencies/{emergency['id']}/seen").json()["items"]
    assert {e["action"] for e in seen} >= {"customer:reveal", "conversation:reveal", "customer:view"}
    judged = guard.browser.post(f"/emergencies/{emergency['id']}/review", {"verdict": "abused"})
    assert (judged.json()["state"], judged.json()["verdict"]) == ("reviewed", "abused")
    assert (judged.json()["reviewed_by"], judged.json()["reviewed_by_name"]) == (str(guard.id), "Who Judges")
    assert ("emergency_abused", "red") in alarm_codes(inside, tenant)
    told = [e["action"] for e in events(tenant, target=UUID(emergency["id"]))]
    assert told == ["emergency:decide", "emergency:close", "emergency:review", "emergency:review"]


def test_what_an_emergency_reveals_counts_as_revealed_without_a_customer_on_the_line(three, customers):
    agent, boss, _ = three
    opened(agent, boss)
    wanted = {"purpose": "customer_request", "fields": ["phone"]}
    answers = [agent.browser.post(f"/customers/{customers[0][0]}/reveal", wanted) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [403]
    assert reason(answers[5]) == "reveals_alone_spent"


def test_asking_alone_opens_nothing(three, customers):
    agent, _, _ = three
    emergency = asked(agent)
    assert sees(agent, customers[0]) == [403, 403, 403, 403]
    assert agent.browser.post(f"/emergencies/{emergency['id']}/approve").status_code == 403


def test_a_supervisors_glass_is_broken_by_an_officer_never_by_another_supervisor(tenant, three, person):
    _, boss, guard = three
    emergency = asked(boss)["id"]
    assert reason(boss.browser.post(f"/emergencies/{emergency}/approve")) == "own_rights"
    other = person(tenant, Role.SUPERVISOR)
    assert reason(other.browser.post(f"/emergencies/{emergency}/approve")) == "not_a_decider"
    assert guard.browser.post(f"/emergencies/{emergency}/approve").json()["state"] == "open"


def test_a_second_account_neither_lets_in_nor_judges(tenant, three, person, inside):
    agent, boss, guard = three
    office = person(tenant)
    emergency = asked(agent)["id"]
    assert office.browser.post(f"/people/{boss.id}/same", {"other": str(agent.id)}).status_code == 204
    assert reason(boss.browser.post(f"/emergencies/{emergency}/approve")) == "same_person"
    assert ("same_person", "red") in alarm_codes(inside, tenant)
    dpo = person(tenant, Role.DPO)
    assert dpo.browser.post(f"/emergencies/{emergency}/approve").status_code == 200
    agent.browser.post(f"/emergencies/{emergency}/close")
    assert reason(dpo.browser.post(f"/emergencies/{emergency}/review", {"verdict": "justified"})) == "same_person"
    assert office.browser.post(f"/people/{guard.id}/same", {"other": str(dpo.id)}).status_code == 204
    assert reason(guard.browser.post(f"/emergencies/{emergency}/review", {"verdict": "justified"})) == "same_person"


def test_minutes_pass_and_it_is_over_and_the_late_review_is_a_yellow_alarm(tenant, three, customers, inside, events):
    agent, boss, _ = three
    emergency = opened(agent, boss)["id"]
    later(inside, tenant, emergency, timedelta(minutes=15))
    # At once, not when the clock's service comes round.
    assert sees(agent, customers[0]) == [403, 403, 403, 403]
    assert emergency_times.pass_time(tenant) == 1
    with inside(tenant):
        assert Emergency.objects.get(id=emergency).state == "closed"
    later(inside, tenant, emergency, timedelta(hours=24))
    assert emergency_times.pass_time(tenant) == 1
    assert ("emergency_unreviewed", "yellow") in alarm_codes(inside, tenant)
    assert emergency_times.pass_time(tenant) == 0
    assert boss.browser.get("/emergencies").json()["items"][0]["overdue"] is True
    assert len(events(tenant, reason="minutes_over")) == len(events(tenant, reason="emergency_unreviewed")) == 1


def test_what_nobody_decides_in_half_an_hour_is_over(tenant, three, inside):
    agent, boss, _ = three
    emergency = asked(agent)["id"]
    later(inside, tenant, emergency, timedelta(minutes=30))
    assert reason(boss.browser.post(f"/emergencies/{emergency}/approve")) == "approval_expired"
    assert emergency_times.pass_time(tenant) == 1
    assert reason(boss.browser.post(f"/emergencies/{emergency}/approve")) == "emergency_expired"


def test_a_no_is_final_and_an_open_one_is_not_judged(three):
    agent, boss, guard = three
    emergency = asked(agent)["id"]
    assert boss.browser.post(f"/emergencies/{emergency}/refuse").json()["state"] == "refused"
    assert reason(boss.browser.post(f"/emergencies/{emergency}/approve")) == "emergency_refused"
    running = opened(agent, boss)["id"]
    assert reason(guard.browser.post(f"/emergencies/{running}/review", {"verdict": "justified"})) == "emergency_open"


def test_somebody_elses_emergency_is_closed_by_those_above_alone(tenant, three, person, customers):
    agent, boss, guard = three
    emergency = opened(agent, boss)["id"]
    assert person(tenant, Role.AGENT).browser.post(f"/emergencies/{emergency}/close").status_code == 403
    assert sees(agent, customers[0]) == [200, 200, 200, 200]
    assert guard.browser.post(f"/emergencies/{emergency}/close").json()["state"] == "closed"
    assert sees(agent, customers[0]) == [403, 403, 403, 403]


def test_three_a_week_and_two_a_pair(tenant, three, person, inside):
    agent, boss, guard = three
    for _ in range(2):
        opened(agent, boss)
    third = asked(agent)["id"]
    assert reason(boss.browser.post(f"/emergencies/{third}/approve")) == "pair_quota_spent"
    assert guard.browser.post(f"/emergencies/{third}/approve").status_code == 200
    wanted = WHY | {"index": "phone", "value": PHONE}
    assert reason(agent.browser.post("/emergencies", wanted)) == "emergencies_spent"
    assert ("emergencies_spent", "red") in alarm_codes(inside, tenant)


def test_a_new_role_takes_the_emergency_along_to_nowhere(tenant, three, person, customers):
    agent, boss, _ = three
    opened(agent, boss)
    office = person(tenant)
    assert office.browser.post(f"/people/{agent.id}/role", {"role": "qa"}).status_code == 200
    assert sees(agent, customers[0])[0] == 403


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": "curiosity"}, "reason_unknown"),
        ({"reference": "Mr. Smith"}, "invalid_input"),
        ({"minutes": 61}, "invalid_input"),
        ({"customer": str(uuid4())}, "invalid_input"),  # two ways at once
        ({"index": None, "value": None, "customer": str(uuid4())}, "not_found"),
        ({"value": "13400000000"}, "not_found"),
        ({"index": "name", "value": "Ann"}, "not_a_value_of_the_index"),
    ],
)
def test_what_cannot_be_asked_for(three, changes, code):
    answer = three[0].browser.post("/emergencies", WHY | {"index": "phone", "value": PHONE} | changes)
    assert reason(answer) == code


def test_another_center_sees_and_decides_nothing(three, two_tenants, person):
    agent, _, _ = three
    emergency = asked(agent)["id"]
    stranger = person(two_tenants[0], Role.SECURITY)
    assert stranger.browser.get("/emergencies").json()["items"] == []
    assert stranger.browser.post(f"/emergencies/{emergency}/approve").status_code == 404


def test_the_database_itself_refuses_one_person_in_two_parts(tenant, three, inside):
    agent, boss, _ = three
    emergency = opened(agent, boss)["id"]
    with inside(tenant), pytest.raises(Refused, match="two_people"):
        Emergency.objects.filter(id=emergency).update(decided_by=agent.id)
    for judge in (agent, boss):
        with inside(tenant), pytest.raises(Refused, match="third_judges"):
            Emergency.objects.filter(id=emergency).update(reviewed_by=judge.id, reviewed_at=clock.now())
