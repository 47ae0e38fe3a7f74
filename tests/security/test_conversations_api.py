"""The API of conversations and intake: masked for the eye, clear for a purpose, and never without its event."""

import time
from contextlib import suppress

import pytest
from django.db import ProgrammingError, connections

from hushkeep.identity.roles import Role
from hushkeep.kernel import new_id
from hushkeep.records import conversations
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server

PHONE, CODE = "13499998888", "582917"
TALK = {
    "id": "talk-1",
    "channel": "chat",
    "language": "zh",
    "customer": {"phone": PHONE, "name": "王芳"},
    "turns": [
        {"speaker": "agent", "text": "请问您的手机号是多少？"},
        {"speaker": "customer", "text": f"我的手机号是{PHONE}"},
        {"speaker": "agent", "text": "刚才的短信验证码是多少？"},
        {"speaker": "customer", "text": f"验证码{CODE}"},
    ],
}


@pytest.fixture
def stored(program, run):
    """The id of TALK, taken in."""
    assert program.batch(run, TALK).json()["taken"] == 1
    with tenant_transaction(program.key.tenant), connections["default"].cursor() as cursor:
        cursor.execute("SELECT id FROM records_conversation")
        return cursor.fetchone()[0]


def _events(tenant, action):
    with tenant_transaction(tenant), connections["default"].cursor() as cursor:
        cursor.execute("SELECT id, outcome, reason, purpose, count FROM event_header WHERE action = %s", [action])
        return cursor.fetchall()


def test_a_batch_is_answered_line_by_line(program, run):
    answer = program.batch(run, TALK, "", "not json", TALK | {"id": "talk-2", "channel": "pigeon"}, TALK)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["taken"], body["duplicates"], body["secrets_cut"], body["messages"]) == (1, 1, 1, 4)
    assert [(reject["line"], reject["code"]) for reject in body["rejected"]] == [
        (3, "not_json"),
        (4, "unknown_channel"),
    ]
    assert body["entities"] == {"phone": 1, "secret": 1}
    state = program.send("GET", f"/intake/runs/{run}").json()
    assert (state["state"], state["taken"], state["rejected"]) == ("running", 1, 2)
    assert program.send("POST", f"/intake/runs/{run}/finish").json()["state"] == "finished"
    assert program.batch(run, TALK).status_code == 409


def test_a_repeated_batch_gets_its_first_answer_again(program, run):
    key = str(new_id())
    first = program.batch(run, TALK, key=key)
    assert program.batch(run, TALK, key=key).json() == first.json()
    assert program.batch(run, TALK).json()["duplicates"] == 1
    with tenant_transaction(program.key.tenant), connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM identity_cache")  # as after a crash between the commit and the cache
    assert program.batch(run, TALK, key=key).json() == first.json()


@pytest.mark.parametrize("body", [b"x" * (8 * 1024 * 1024 + 1), b"{}\n" * 501])
def test_a_batch_beyond_its_limits_is_refused_whole(program, run, body):
    answer = program.send("POST", f"/intake/batches?run={run}", body, **{"Idempotency-Key": str(new_id())})
    assert answer.status_code == 422


def test_a_batch_for_a_run_of_somebody_else_is_not_found(program, run, new_program):
    assert new_program(program.key.tenant).batch(run, TALK).status_code == 404
    assert program.batch(new_id(), TALK).status_code == 404


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.QA, Role.DPO])
def test_readers_see_masks_and_reveal_for_a_purpose_with_one_event(program, stored, person, role):
    browser = person(program.key.tenant, role).browser
    listed = browser.get("/conversations")
    assert [item["id"] for item in listed.json()["items"]] == [str(stored)]
    whole = browser.get(f"/conversations/{stored}")
    assert PHONE not in listed.content.decode() + whole.content.decode()
    assert CODE not in whole.content.decode()
    [mark] = whole.json()["turns"][1]["findings"]
    assert (mark["entity"], whole.json()["turns"][1]["text"][mark["start"] : mark["end"]]) == ("phone", "134****8888")
    purpose = {Role.QA: "quality_review"}.get(role, "complaint")
    answer = browser.post(f"/conversations/{stored}/reveal", {"purpose": purpose, "turns": [1]})
    assert answer.status_code == 200, answer.content
    assert [turn["text"] for turn in answer.json()["turns"]] == [f"我的手机号是{PHONE}"]
    [event] = _events(program.key.tenant, "conversation:reveal")
    assert (str(event[0]), *event[1:]) == (answer.json()["event"], "allowed", "permitted", purpose, 1)


@pytest.mark.parametrize("role", [Role.AGENT, Role.SECURITY, Role.AUDITOR, Role.ADMINISTRATOR])
def test_other_roles_neither_read_nor_reveal_and_their_trying_is_recorded(program, stored, person, role):
    browser = person(program.key.tenant, role).browser
    for answer in (
        browser.get("/conversations"),
        browser.get(f"/conversations/{stored}"),
        browser.post("/conversations/search", {"index": "phone", "value": PHONE}),
        browser.post(f"/conversations/{stored}/reveal", {"purpose": "complaint"}),
    ):
        assert answer.status_code == 403, answer.content
        assert PHONE not in answer.content.decode()
    for action in ("list", "view", "search", "reveal"):
        assert [event[1] for event in _events(program.key.tenant, f"conversation:{action}")] == ["denied"]


@pytest.mark.parametrize("purpose", ["", "curiosity", PHONE])
def test_a_reveal_without_a_known_purpose_is_refused_and_its_words_stay_out_of_the_log(
    program, stored, person, purpose
):
    browser = person(program.key.tenant, Role.QA).browser
    answer = browser.post(f"/conversations/{stored}/reveal", {"purpose": purpose})
    assert answer.status_code == 403
    [event] = _events(program.key.tenant, "conversation:reveal")
    assert (event[1], event[3]) == ("denied", None)


def test_a_program_reads_and_reveals_nothing(program, stored):
    assert program.send("GET", "/conversations").status_code == 403
    assert program.send("GET", f"/conversations/{stored}").status_code == 403
    assert program.send("POST", f"/conversations/{stored}/reveal", b'{"purpose": "complaint"}').status_code == 403


def test_nobody_reads_without_signing_in(stored, browser):
    for path in ("/conversations", f"/conversations/{stored}", "/events", "/overview", "/intake/runs"):
        assert browser.get(path).status_code == 401


def test_another_center_finds_nothing(stored, person, two_tenants, key_process):
    key_process.create_tenant(two_tenants[0])
    browser = person(two_tenants[0], Role.DPO).browser
    assert browser.get("/conversations").json()["items"] == []
    assert browser.get(f"/conversations/{stored}").status_code == 404
    assert browser.post(f"/conversations/{stored}/reveal", {"purpose": "complaint"}).status_code == 404
    assert browser.post("/conversations/search", {"index": "phone", "value": PHONE}).json()["items"] == []
    assert browser.get(f"/conversations/{stored}/trail").status_code == 404


def test_a_search_by_number_finds_it_exactly(program, stored, person):
    browser = person(program.key.tenant, Role.DPO).browser
    found = browser.post("/conversations/search", {"index": "phone", "value": f"+86 {PHONE}"})
    assert [item["id"] for item in found.json()["items"]] == [str(stored)]
    assert browser.post("/conversations/search", {"index": "phone", "value": PHONE[:-1] + "9"}).json()["items"] == []
    assert browser.post("/conversations/search", {"index": "phone", "value": "hello"}).status_code == 422


def test_filters_and_pages(program, run, person):
    program.batch(run, *(TALK | {"id": f"t{n}", "channel": "chat" if n % 2 else "call"} for n in range(5)))
    browser = person(program.key.tenant, Role.DPO).browser
    assert len(browser.get("/conversations?channel=call&entity=phone&level=3").json()["items"]) == 3
    first = browser.get("/conversations?limit=3").json()
    second = browser.get(f"/conversations?limit=3&cursor={first['next']}").json()
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert (len(set(ids)), second["next"]) == (5, None)
    for bad in ("cursor=x", "limit=201", "limit=0", "level=9", "from=2026-01-01T00:00:00", "channel=pigeon"):
        assert browser.get(f"/conversations?{bad}").status_code == 422, bad


def test_a_trail_shows_who_looked(program, stored, person):
    looker = person(program.key.tenant, Role.DPO)
    looker.browser.get(f"/conversations/{stored}")
    looker.browser.post(f"/conversations/{stored}/reveal", {"purpose": "complaint"})
    trail = looker.browser.get(f"/conversations/{stored}/trail").json()["items"]
    assert [item["action"] for item in trail][:2] == ["conversation:reveal", "conversation:view"]
    assert {item["actor"]["id"] for item in trail} == {str(looker.id)}
    assert trail[0]["actor"]["name"] == "Somebody Else"


def test_what_was_replaced_and_never_looked_at_has_its_replacement_for_a_trail(program, stored, person):
    looker = person(program.key.tenant, Role.DPO)
    assert looker.browser.get(f"/conversations/{stored}/trail").json()["items"] == []
    again = program.send("POST", "/intake/runs").json()["id"]
    answer = program.batch(again, TALK | {"turns": [{"speaker": "customer", "text": "换过的内容"}]})
    assert answer.json()["changed"] == 1
    looked = looker.browser.get(f"/conversations/{stored}/trail")
    assert looked.status_code == 200
    assert [(item["action"], item["reason"], item["actor"]["kind"]) for item in looked.json()["items"]] == [
        ("conversation:revise", "source_changed", "service"),
        ("audit:read", "permitted", "person"),
    ]


def test_a_trail_of_what_never_was_is_not_found_and_that_of_what_is_gone_stands(program, stored, person):
    looker = person(program.key.tenant, Role.DPO)
    never = new_id()
    for _ in range(2):  # the refused tries at it are no trail
        assert looker.browser.get(f"/conversations/{never}").status_code == 404
        assert looker.browser.get(f"/conversations/{never}/trail").status_code == 404
    assert looker.browser.get(f"/conversations/{stored}").status_code == 200
    with tenant_transaction(program.key.tenant):
        conversations._purge([stored])
    looked = looker.browser.get(f"/conversations/{stored}/trail")
    assert (looked.status_code, looker.browser.get(f"/conversations/{stored}").status_code) == (200, 404)
    assert "conversation:view" in {item["action"] for item in looked.json()["items"]}


def test_the_log_is_searched_and_reading_it_is_an_event(program, stored, person):
    browser = person(program.key.tenant, Role.AUDITOR).browser
    found = browser.get("/events?action=conversation:store").json()["items"]
    assert [(item["outcome"], item["count"], item["actor"]["kind"]) for item in found] == [("allowed", 1, "service")]
    assert len(_events(program.key.tenant, "audit:read")) == 1


def test_the_overview_counts(program, stored, person):
    body = person(program.key.tenant, Role.DPO).browser.get("/overview").json()
    assert (body["conversations"], body["turns"], body["secrets_cut"]) == (1, 4, 1)
    assert (body["channels"], body["entities"]) == ({"chat": 1}, {"phone": 1, "secret": 1})
    assert body["runs"][0]["taken"] == 1
    assert body["reveals_today"] == 0
    assert body["events_today"] >= 2


def test_runs_are_paged(program):
    for _ in range(3):
        program.send("POST", "/intake/runs")
    first = program.send("GET", "/intake/runs?limit=2").json()
    second = program.send("GET", f"/intake/runs?limit=2&cursor={first['next']}").json()
    assert len({item["id"] for item in first["items"] + second["items"]}) == 3


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("idle_in_transaction_session_timeout = '20ms'", "took_too_long"),
        ("transaction_read_only = on", "database_read_only"),
    ],
)
def test_a_database_that_gives_the_work_up_is_said_and_asked_again_it_answers(
    program, stored, person, monkeypatch, limit, reason
):
    looker, view = person(program.key.tenant, Role.DPO), conversations.view

    def slow(*args, **kwargs):
        with connections["default"].cursor() as cursor:
            cursor.execute(f"SET LOCAL {limit}")
        time.sleep(0.2)
        return view(*args, **kwargs)

    monkeypatch.setattr(conversations, "view", slow)
    answer = looker.browser.get(f"/conversations/{stored}")
    assert (answer.status_code, answer.json()["params"]) == (503, {"reason": reason})
    monkeypatch.undo()
    assert looker.browser.get(f"/conversations/{stored}").status_code == 200


def test_a_fault_in_our_own_use_of_the_database_is_no_passing_trouble(program, stored, person, monkeypatch):
    looker = person(program.key.tenant, Role.DPO)

    def broken(*args, **kwargs):
        for statement in ("SELECT nothing_of_the_kind", "SELECT 1"):
            with suppress(ProgrammingError), connections["default"].cursor() as cursor:
                cursor.execute(statement)

    monkeypatch.setattr(conversations, "view", broken)
    assert looker.browser.get(f"/conversations/{stored}").status_code == 500
