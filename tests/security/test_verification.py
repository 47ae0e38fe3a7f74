"""Is the caller the customer? Yes or no, for the customer on the line, in few tries, and no value anywhere."""

import json

import pytest

from hushkeep.access.administration import founding
from hushkeep.access.models import Alarm
from hushkeep.identity.request_signing import sign
from hushkeep.identity.roles import Role, Scope
from hushkeep.records.models import Capsule, Conversation
from hushkeep.runtime import clock
from pbx import Pbx

pytestmark = pytest.mark.server

PHONE, BORN, PIN = "13499998888", "1990-01-31", "271828"
TALK = {
    "id": "talk-1",
    "channel": "chat",
    "language": "zh",
    "customer": {"id": "C-1", "phone": PHONE, "birth_date": BORN, "name": "王芳"},
    "turns": [{"speaker": "customer", "text": "你好"}],
}
OTHER = TALK | {"id": "talk-2", "customer": {"id": "C-2", "phone": "13499997777"}}


@pytest.fixture
def customers(program, run, inside):
    assert program.batch(run, TALK, OTHER).json()["taken"] == 2
    with inside(program.key.tenant):
        return [str(subject) for subject in Conversation.objects.order_by("id").values_list("subject", flat=True)]


@pytest.fixture
def agent(tenant, person, customers, key_process, browser):
    """An agent with the first customer on the line, and the telephone system."""
    who = person(tenant, Role.AGENT)
    who.pbx = Pbx(tenant, key_process, browser)
    assert who.pbx.start(who.id).json()["subject"] == customers[0]
    return who


@pytest.fixture
def keypad(program, tenant):
    """The program at which customers enter PINs and codes themselves: a function that sends its requests."""
    key = founding.create_service_account(tenant, name="keypad", scopes=(Scope.VERIFICATION,))

    def send(method, path, body=None):
        sent = json.dumps(body).encode() if body is not None else b""
        signed = sign(key, method=method, path=f"/api/v1{path}", body=sent, now=clock.now())
        return program.client.generic(
            method, f"/api/v1{path}", sent, content_type="application/json", secure=True, headers=signed
        )

    return send


def ask(who, customer, question, answer):
    return who.browser.post(f"/customers/{customer}/verify", {"question": question, "answer": answer})


def matches(answer):
    assert answer.status_code == 200, answer.content
    assert answer.json().keys() == {"matches"}
    return answer.json()["matches"]


def reason(answer):
    assert answer.status_code in {403, 404, 422}, answer.content
    return answer.json()["params"].get("reason") or answer.json()["code"]


def test_an_answer_matches_or_not_and_the_event_says_which_without_it(agent, tenant, customers, events):
    me, _ = customers
    answers = [
        ask(agent, me, "phone_last_4", "8888"),
        ask(agent, me, "phone_last_4", "8889"),
        ask(agent, me, "birth_date", "1990/01/31"),
        ask(agent, me, "birth_date", "1990-01-30"),
    ]
    assert [matches(answer) for answer in answers] == [True, False, True, False]
    told = events(tenant, action="customer:verify")
    assert [(e["outcome"], e["count"]) for e in told] == [("allowed", n) for n in (1, 0, 1, 0)]
    for answer in answers:
        assert b"8888" not in answer.content
        assert b"1990" not in answer.content


def test_each_answer_has_its_record_with_the_key_service_and_each_record_its_answer(agent, customers, keypad, matched):
    me, _ = customers
    ask(agent, me, "phone_last_4", "8889")
    keypad("POST", f"/customers/{me}/verify", {"question": "one_time_code", "answer": "000000"})
    found = matched()
    assert (found.without_event, found.without_opening) == (0, 0)


def test_the_sixth_try_is_refused_even_when_it_is_right_and_is_an_alarm(agent, tenant, customers, inside, events):
    me, _ = customers
    for guess in range(5):
        assert not matches(ask(agent, me, "phone_last_4", f"{guess:04}"))
    assert reason(ask(agent, me, "phone_last_4", "8888")) == "rate_limited"
    assert [e["reason"] for e in events(tenant, action="customer:verify", outcome="failed")] == ["rate_limited"]
    with inside(tenant):
        [alarm] = Alarm.objects.filter(code="answers_spent")
        assert (alarm.severity, alarm.person) == ("yellow", agent.id)


def test_nobody_asks_about_a_customer_who_is_not_on_the_line(agent, tenant, person, customers, events):
    me, other = customers
    assert reason(ask(agent, other, "phone_last_4", "7777")) == "not_permitted"
    assert agent.pbx.tell("ended").status_code == 200
    agent.pbx.tell("started", conversation="call-2", agent=str(person(tenant, Role.AGENT).id),
                   contact={"index": "source_id", "value": "C-2"})  # fmt: skip
    assert reason(ask(agent, other, "phone_last_4", "7777")) == "not_permitted"
    for role in set(Role) - {Role.AGENT}:
        assert reason(ask(person(tenant, role), me, "phone_last_4", "8888")) in {"not_permitted", "elevation_missing"}
    assert all(e["outcome"] == "denied" for e in events(tenant, action="customer:verify"))


def test_after_the_wrap_up_nothing_is_answered(tenant, person, customers, key_process, browser):
    me, _ = customers
    who, pbx = person(tenant, Role.AGENT), Pbx(tenant, key_process, browser)
    pbx.start(who.id, wrap_up_seconds=0)
    assert matches(ask(who, me, "phone_last_4", "8888"))
    assert pbx.tell("ended").status_code == 200
    assert reason(ask(who, me, "phone_last_4", "8888")) == "not_permitted"


@pytest.mark.parametrize(
    ("question", "why"),
    [("bank_card", "question_unknown"), ("name", "question_unknown"), ("email", "question_unknown"),
     ("", "question_unknown")],
)  # fmt: skip
def test_what_may_not_be_asked_is_not_answered(agent, customers, question, why):
    assert reason(ask(agent, customers[0], question, "x")) == why


def test_the_card_says_what_may_be_asked(agent, customers, keypad):
    me, _ = customers
    card = agent.browser.get(f"/customers/{me}").json()
    assert card["questions"] == ["birth_date", "phone", "phone_last_4"]
    assert keypad("POST", f"/customers/{me}/pin", {"pin": PIN}).status_code == 204
    assert agent.browser.get(f"/customers/{me}").json() == card


@pytest.mark.parametrize("question", ["pin", "one_time_code"])
def test_what_customers_enter_themselves_no_person_types_for_them(agent, tenant, customers, keypad, question, events):
    me, _ = customers
    keypad("POST", f"/customers/{me}/pin", {"pin": PIN})
    assert reason(ask(agent, me, question, PIN)) == "customer_enters_it"
    assert [e["outcome"] for e in events(tenant, action="customer:verify")] == ["failed"]


def test_a_pin_is_set_by_the_customers_own_program_and_matches_them_alone(tenant, customers, keypad, inside):
    me, other = customers
    assert keypad("POST", f"/customers/{me}/pin", {"pin": PIN}).status_code == 204

    def enter(pin, customer=me):
        return keypad("POST", f"/customers/{customer}/verify", {"question": "pin", "answer": pin})

    assert matches(enter(PIN))
    assert not matches(enter("271829"))
    assert keypad("POST", f"/customers/{me}/pin", {"pin": "314159"}).status_code == 204
    assert not matches(enter(PIN))
    assert matches(enter("314159"))
    assert reason(enter(PIN, other)) == "question_unknown"
    with inside(tenant):
        kept = b"".join(bytes(row.sealed) + json.dumps(row.shown).encode() for row in Capsule.objects.all())
    assert PIN.encode() not in kept


def test_a_pin_is_revealed_to_nobody(tenant, person, customers, keypad):
    me, _ = customers
    keypad("POST", f"/customers/{me}/pin", {"pin": PIN})
    dpo = person(tenant, Role.DPO)
    asked = {"purpose": "data_subject_request", "fields": ["pin"]}
    assert reason(dpo.browser.post(f"/customers/{me}/reveal", asked)) == "invalid_input"


def test_a_one_time_code_counts_once_and_for_its_customer(customers, keypad):
    me, other = customers
    issued = keypad("POST", f"/customers/{me}/code")
    assert (issued.status_code, issued.json()["expires_in"]) == (201, 300)
    code = issued.json()["code"]
    asked = {"question": "one_time_code", "answer": code}
    assert not matches(keypad("POST", f"/customers/{other}/verify", asked))
    assert matches(keypad("POST", f"/customers/{me}/verify", asked))
    assert not matches(keypad("POST", f"/customers/{me}/verify", asked))
    assert [keypad("POST", f"/customers/{me}/code").status_code for _ in range(3)] == [201, 201, 403]


@pytest.mark.parametrize("pin", ["123", "1" * 13, "12a4", "", "１２３４"])
def test_what_is_no_pin_is_refused(customers, keypad, pin):
    assert keypad("POST", f"/customers/{customers[0]}/pin", {"pin": pin}).status_code == 422


@pytest.mark.parametrize("what", ["pin", "code"])
def test_neither_people_nor_other_programs_set_what_customers_prove_themselves_by(
    tenant, person, program, customers, what, events
):
    path, body = f"/customers/{customers[0]}/{what}", {"pin": PIN} if what == "pin" else None
    for role in Role:
        assert person(tenant, role).browser.post(path, body).status_code == 403
    sent = json.dumps(body).encode() if body else b""
    assert program.send("POST", path, sent).status_code == 403
    assert {e["outcome"] for e in events(tenant, action="customer:enrol")} == {"denied"}


def test_another_centers_customer_is_unknown(two_tenants, customers, program):
    me = customers[0]
    elsewhere = next(one for one in two_tenants if one != program.key.tenant)
    key = founding.create_service_account(elsewhere, name="keypad", scopes=(Scope.VERIFICATION,))
    for path, body in ((f"/customers/{me}/pin", {"pin": PIN}), (f"/customers/{me}/code", None)):
        sent = json.dumps(body).encode() if body else b""
        signed = sign(key, method="POST", path=f"/api/v1{path}", body=sent, now=clock.now())
        answer = program.client.generic(
            "POST", f"/api/v1{path}", sent, content_type="application/json", secure=True, headers=signed
        )
        assert reason(answer) == "not_found"


ASKS = "请把验证码发给我"


def test_a_text_that_asks_for_a_code_is_warned_of_and_the_event_holds_no_text(tenant, person, events):
    who = person(tenant, Role.AGENT)
    warned = who.browser.post("/messages/check", {"text": ASKS}).json()
    assert (warned["verdict"], [ask["entity"] for ask in warned["asks"]]) == ("warn", ["secret"])
    ask = warned["asks"][0]
    assert "验证码" in ASKS[ask["start"] : ask["end"]]
    assert ask["why_zh"]
    assert ask["why_en"]
    assert who.browser.post("/messages/check", {"text": "您好，请问有什么可以帮您？"}).json() == {
        "verdict": "allow",
        "asks": [],
    }
    told = events(tenant, action="message:check")
    assert [(e["outcome"], e["count"]) for e in told] == [("allowed", 1), ("allowed", 0)]
    assert "验证码" not in str(told)


def test_who_writes_to_no_customer_checks_no_message(tenant, person):
    for role in set(Role) - {Role.AGENT, Role.SUPERVISOR}:
        assert person(tenant, role).browser.post("/messages/check", {"text": "x"}).status_code == 403


@pytest.mark.parametrize("text", ["", "x" * 20_001, "a\x00b"])
def test_what_is_no_message_is_refused(tenant, person, text):
    assert person(tenant, Role.AGENT).browser.post("/messages/check", {"text": text}).status_code == 422
