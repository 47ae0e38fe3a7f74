"""Every role at every route: allowed or refused as the policies say, and each try the one event it should be."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connections

from hushkeep.access.models import Alarm
from hushkeep.access.permissions import unconditional
from hushkeep.access.policy_set import shipped
from hushkeep.api import limits
from hushkeep.api.routes import ROUTES, Open
from hushkeep.identity.models import Device, Session
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action
from hushkeep.records.models import Export, Recording
from hushkeep.runtime import clock
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server

SOMETHING = str(uuid4())
LINK = {"token": "A" * 64}
SAMPLES = {
    "GET /health": None,
    "GET /csrf": None,
    "POST /enrolment/begin": LINK,
    "POST /enrolment/finish": LINK | {"password": "x" * 12, "code": "123456"},
    "GET /me": None,
    "GET /status": None,
    "GET /policy": None,
    "GET /people": None,
    "POST /people": {"login": "x", "name": " ", "role": "agent"},
    "POST /people/list": {},
    "POST /people/{person}/deactivate": None,
    "POST /people/{person}/role": {"role": "agent"},
    "POST /people/{person}/invite": None,
    "GET /sessions": None,
    "POST /people/{person}/stop": None,
    "DELETE /sessions/{session}": None,
    "GET /devices": None,
    "POST /devices": {"public_key_jwk": {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}, "label": "x"},
    "POST /devices/{device}/trust": None,
    "POST /devices/{device}/revoke": None,
    "GET /live": None,
    "POST /challenges": None,
    "GET /customers/{customer}": None,
    "POST /customers/{customer}/reveal": {"purpose": "complaint", "fields": ["phone"]},
    "POST /customers/{customer}/change": {"fields": {"name": "Ann"}},
    "POST /customers/{customer}/delete": {"classes": ["contact"]},
    "GET /customers/{customer}/history": None,
    "POST /changes/{change}/undo": None,
    "POST /customers/{customer}/outgoing": {"index": "phone", "value": "13900000000", "text": "x"},
    "POST /customers/{customer}/verify": {"question": "pin", "answer": "0000"},
    "POST /customers/{customer}/pin": {"pin": "0000"},
    "POST /customers/{customer}/code": None,
    "POST /messages/check": {"text": "x"},
    "POST /live/{connector}/events": {},
    "GET /alarms": None,
    "POST /alarms/{alarm}/acknowledge": None,
    "GET /approvals": None,
    "POST /approvals": {"action": "export:execute", "purpose": "complaint", "minutes": 5},
    "POST /approvals/{approval}/approve": None,
    "POST /approvals/{approval}/reject": None,
    "GET /approvals/{approval}/preview": None,
    "POST /approvals/{approval}/execute": None,
    "POST /approvals/{approval}/execute-clear": {"proof": None},
    "POST /approvals/{approval}/sign": {"proof": None},
    "GET /approvals/{approval}/statement": None,
    "GET /approvals/{approval}/export": None,
    "POST /exports": {"format": "csv", "purpose": "complaint"},
    "GET /exports/register": None,
    "POST /exports/{export}/take": None,
    "GET /exports/{export}/parts/{part}": None,
    "GET /emergencies": None,
    "POST /emergencies": {"customer": SOMETHING, "reason": "life_at_risk", "reference": "INC-1", "minutes": 5},
    "POST /emergencies/{emergency}/approve": None,
    "POST /emergencies/{emergency}/refuse": None,
    "POST /emergencies/{emergency}/close": None,
    "POST /emergencies/{emergency}/review": {"verdict": "justified"},
    "GET /emergencies/{emergency}/seen": None,
    "GET /reviews": None,
    "POST /reviews": None,
    "GET /reviews/{review}": None,
    "POST /reviews/{review}/keep": None,
    "POST /reviews/{review}/remove": None,
    "POST /reviews/{review}/close": None,
    "POST /screens/marks": {"kind": "conversation", "record": SOMETHING},
    "POST /screens/reports": {"kind": "copy_blocked"},
    "GET /screens/rule": None,
    "POST /screens/rule": {"blurs": "clear"},
    "POST /screens/trace": {"code": "0000-0000"},
    "GET /screens/register": None,
    "POST /elevations": {"reason": "boredom", "minutes": 5},
    "POST /elevations/end": None,
    "POST /people/{person}/same": {"other": SOMETHING},
    "POST /people/{person}/line": {"line": None},
    "POST /people/{person}/mandate": {"opens_at": "2026-03-04T08:00:00Z", "closes_at": "2026-03-05T08:00:00Z"},
    "POST /people/{person}/mandate/end": None,
    "GET /people/{person}/mandates": None,
    "GET /conversations": None,
    "POST /conversations/search": {"index": "phone", "value": "13900000000"},
    "GET /conversations/{conversation}": None,
    "POST /conversations/{conversation}/reveal": {"purpose": "complaint"},
    "GET /conversations/{conversation}/trail": None,
    "GET /recordings": None,
    "POST /recordings": {},
    "GET /recordings/{recording}": None,
    "POST /recordings/{recording}/parts": {},
    "POST /recordings/{recording}/scan": None,
    "POST /recordings/{recording}/verify": None,
    "GET /recordings/{recording}/audio": {"purpose": "complaint"},
    "GET /recordings/{recording}/listening": None,
    "GET /events": None,
    "GET /events/{event}/proof": None,
    "GET /overview": None,
    "POST /intake/attachments": {},
    "POST /intake/attachments/{part}": {},
    "POST /intake/batches": {},
    "POST /intake/files": {},
    "GET /intake/runs": None,
    "POST /intake/runs": None,
    "GET /intake/runs/{run}": None,
    "GET /intake/runs/{run}/report": None,
    "POST /intake/runs/{run}/cancel": None,
    "POST /intake/runs/{run}/finish": None,
    "POST /intake/runs/{run}/pause": None,
    "POST /intake/runs/{run}/resume": None,
}
"""Route -> a well-formed body. What it names is not there: an allowed try ends in 404 or 422 and changes nothing."""

QUERY = {
    "POST /intake/attachments": f"?run={SOMETHING}",
    "POST /intake/attachments/{part}": f"?run={SOMETHING}",
    "POST /intake/batches": f"?run={SOMETHING}",
    "POST /intake/files": f"?run={SOMETHING}",
    "POST /recordings/{recording}/parts": "?at=0",
    "GET /recordings/{recording}/audio": "?purpose=complaint",
    "POST /reviews/{review}/keep": f"?person={SOMETHING}",
    "POST /reviews/{review}/remove": f"?person={SOMETHING}",
}
ABOUT_ONESELF = {"GET /recordings", "POST /devices", "POST /elevations", "POST /elevations/end"}
ABOUT_ONESELF |= {"POST /screens/marks", "POST /screens/reports"}
NAMES = (
    "approval",
    "recording",
    "export",
    "person",
    "session",
    "alarm",
    "conversation",
    "event",
    "run",
    "device",
    "emergency",
    "connector",
    "customer",
    "review",
    "change",
)

ENDING = {Action.SESSION_REVOKE, Action.USER_REMOVE}
"""What would end the very session that walks the routes."""
SHOWING = {(action.value, "allowed") for action in (Action.CONVERSATION_REVEAL, Action.CUSTOMER_REVEAL)}
"""The events beside which an answer may carry clear values."""

BY_TAKEN_RIGHTS = {
    *(Action.CONNECTOR_CHANGE, Action.DEVICE_TRUST, Action.USER_CHANGE, Action.USER_INVITE, Action.USER_REMOVE),
}
"""What an administrator does only with rights that were taken in this session."""

GUARDED = sorted((route, asks) for route, asks in ROUTES.items() if isinstance(asks, Action))


def address(route, thing=SOMETHING, things=None):
    """(method, path) of ``route`` on ``things`` by kind, and on ``thing`` for every other kind."""
    method, path = route.split(" ")
    named = dict.fromkeys(NAMES, thing) | {"part": 0 if "/parts/" in path else thing} | (things or {})
    return method, path.format_map(named) + QUERY.get(route, "")


def call(browser, route, thing=SOMETHING):
    method, path = address(route, thing)
    if method == "GET":
        return browser.get(path)
    headers = {"Idempotency-Key": str(uuid4()), "Hushkeep-File-Name": "talk.txt"}
    return browser.send(method, path, SAMPLES[route], **headers)


@pytest.fixture(scope="module")
def people():
    """Who of which role is signed in, made once."""
    return {}


@pytest.fixture
def somebody(people, person, center, take_rights, monkeypatch):
    # The whole table is walked faster than anybody clicks.
    monkeypatch.setattr(limits, "PERSON", limits.Limit(burst=1000, per_second=1000))

    def of(role):
        if role not in people:
            people[role] = person(center, role)
            return people[role]
        people[role].stay_fresh()
        if role is Role.ADMINISTRATOR:
            take_rights(people[role])  # the table lays them down on its way
        return people[role]

    return of


def test_every_route_has_a_sample():
    assert SAMPLES.keys() == ROUTES.keys()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("route", "asks"), GUARDED)
def test_the_answer_is_what_the_policies_say_and_the_event_says_it_too(somebody, center, events, role, route, asks):
    answer = call(somebody(role).browser, route)
    kind = next((kind for kind in ("conversation", "recording") if f"{{{kind}}}" in route), "")
    purpose = (SAMPLES[route] or {}).get("purpose", "")
    own = route in ABOUT_ONESELF
    allowed = unconditional(
        role, asks, demo=False, policies=shipped(), kind=kind, purpose=purpose, own=own, elevated=True
    )
    assert (answer.status_code not in {401, 403}) is allowed, answer.content
    told = events(center, request=UUID(answer["X-Request-Id"]))
    assert [e["action"] for e in told] == [asks.value]
    assert (told[0]["outcome"] in {"allowed", "failed"}) is allowed
    assert told[0]["policy_set"] == shipped().digest


@pytest.mark.parametrize(("route", "asks"), [(r, a) for r, a in GUARDED if a in BY_TAKEN_RIGHTS])
def test_an_administrator_who_has_taken_no_rights_changes_nothing(people, person, center, route, asks, events):
    if "plain" not in people:
        people["plain"] = person(center, elevated=False)
    answer = call(people["plain"].browser, route)
    assert (answer.status_code, answer.json()["params"]["reason"]) == (403, "elevation_missing"), answer.content
    [told] = events(center, request=UUID(answer["X-Request-Id"]))
    assert (told["action"], told["outcome"], told["policy"]) == (asks.value, "step_up", "wall.elevation")


@pytest.mark.parametrize(("route", "asks"), GUARDED)
def test_nobody_gets_nothing(browser, route, asks):
    assert call(browser, route).status_code == 401


@pytest.mark.parametrize("route", [r for r, asks in ROUTES.items() if asks is Open.MYSELF])
def test_what_is_about_oneself_needs_a_self(browser, route):
    assert call(browser, route).status_code == 401


@pytest.mark.parametrize("route", [r for r, asks in ROUTES.items() if asks is Open.PUBLIC])
def test_a_public_route_answers_everybody_and_tells_nothing(browser, route):
    answer = call(browser, route)
    assert answer.status_code in {200, 404}
    assert len(answer.content) < 200


@pytest.mark.parametrize(("route", "asks"), [(r, a) for r, a in GUARDED if not r.startswith("GET")])
def test_an_unsafe_request_without_the_token_is_refused(somebody, route, asks):
    method, path = address(route)
    answer = somebody(Role.ADMINISTRATOR).browser.send(method, path, SAMPLES[route], csrf=False)
    assert (answer.status_code, answer.json()["params"]) == (403, {"reason": "csrf_failed"})


def test_a_forged_origin_is_refused_although_it_brings_the_token(somebody):
    browser = somebody(Role.ADMINISTRATOR).browser
    answer = browser.send("POST", "/people", SAMPLES["POST /people"], Origin="https://evil.example")
    assert answer.status_code == 403


@pytest.fixture
def center_of_canaries(program, run, canaries):
    """(center, kind of thing -> id) of a center whose conversations carry canaries, with one thing of each kind."""
    records = [canaries.record(number, values) for number, values in enumerate(canaries.CANARIES[:20])]
    assert program.batch(run, *records).json()["taken"] == len(records)
    tenant = program.key.tenant
    with tenant_transaction(tenant), connections["default"].cursor() as cursor:
        cursor.execute("SELECT id, subject FROM records_conversation LIMIT 1")
        conversation, subject = cursor.fetchone()
        cursor.execute("SELECT id FROM event_header LIMIT 1")
        [event] = cursor.fetchone()
    return tenant, {"conversation": conversation, "customer": subject, "run": run, "event": event}


@pytest.mark.timeout(300)
def test_no_route_shows_any_role_a_canary_but_a_reveal_with_its_event(
    center_of_canaries, person, events, canaries, monkeypatch
):
    monkeypatch.setattr(limits, "PERSON", limits.Limit(burst=1000, per_second=1000))
    tenant, things = center_of_canaries
    trap = canaries.everything()
    shown = set()
    for role in Role:
        somebody = person(tenant, role)
        for route, asks in ROUTES.items():
            if asks in ENDING:
                continue
            method, path = address(route, things={"person": somebody.id, **things})
            headers = {"Idempotency-Key": str(uuid4()), "Hushkeep-File-Name": "talk.txt"}
            answer = somebody.browser.send(method, path, SAMPLES[route] if method != "GET" else None, **headers)
            if trap.hits(answer.content) or trap.hits(str(answer.headers).encode()):
                [told] = events(tenant, request=UUID(answer["X-Request-Id"]))
                assert (told["action"], told["outcome"]) in SHOWING, (role, route)
                shown.add(route)
    assert "POST /conversations/{conversation}/reveal" in shown  # the trap works


def _rows_of(tenant, subject, conversation, person):
    """One thing of each kind that takes more than a request to make: kind -> id."""
    now, day = clock.now(), timedelta(days=1)
    made = {
        "recording": Recording(
            tenant=tenant, subject=subject, conversation=conversation, source_digest=b"0" * 16, landed_at=now,
            suffix="wav", size=1, sha256=b"0" * 32, state="redacted",
        ),
        "export": Export(
            tenant=tenant, approval=uuid4(), object=uuid4(), person=person, requester=person, approver=uuid4(),
            state="ready", slot={}, count=1, began_at=now, expires_at=now + day,
        ),
        "device": Device(
            tenant=tenant, person=person, label="Desk", thumbprint=uuid4().hex, x="A" * 43, y="A" * 43, created_at=now,
        ),
        "alarm": Alarm(tenant=tenant, code="test", severity="red", at=now),
    }  # fmt: skip
    with tenant_transaction(tenant):
        for row in made.values():
            row.save(force_insert=True)
        session = Session.objects.filter(person=person).first().id
    return {kind: row.id for kind, row in made.items()} | {"session": session}


@pytest.fixture
def theirs(center_of_canaries, person):
    """(another center, kind of thing -> id of one there, for every parameter that a route takes)."""
    tenant, things = center_of_canaries
    dpo, guard = person(tenant, Role.DPO), person(tenant, Role.SECURITY)
    customer = str(things["customer"])
    asked = guard.browser.post("/reviews"), dpo.browser.post("/exports", SAMPLES["POST /exports"])
    broken = person(tenant, Role.AGENT).browser.post(
        "/emergencies", SAMPLES["POST /emergencies"] | {"customer": customer}
    )
    changed = dpo.browser.post(f"/customers/{customer}/change", {"fields": {"name": "Ann"}})
    assert {answer.status_code for answer in (*asked, broken, changed)} == {201}
    things |= {"review": asked[0].json()["id"], "approval": asked[1].json()["id"], "emergency": broken.json()["id"]}
    things |= {"change": changed.json()["items"][0]["id"], "person": dpo.id, "connector": uuid4()}
    return tenant, things | _rows_of(tenant, things["customer"], things["conversation"], dpo.id)


OF_OTHERS = {
    "?run=": "run",
    "?person=": "person",
    '"customer": ': "customer",
    '"record": ': "conversation",
    '"other": ': "person",
}
"""What stands before an id in a query or a body -> the kind of thing that it names."""


def _naming(text, things):
    for before, kind in OF_OTHERS.items():
        for quote in ("", '"'):
            text = text.replace(f"{before}{quote}{SOMETHING}", f"{before}{quote}{things[kind]}")
    return text


@pytest.mark.timeout(300)
def test_no_id_of_another_center_is_anything_but_unknown_at_any_route_to_any_role(
    theirs, two_tenants, person, events, monkeypatch
):
    monkeypatch.setattr(limits, "PERSON", limits.Limit(burst=5000, per_second=5000))
    tenant, things = theirs
    assert things.keys() | {"part"} >= set(NAMES)
    before = [event["id"] for event in events(tenant)]
    tried = 0
    for role in Role:
        somebody = person(two_tenants[0], role)
        for route in ROUTES:
            body = json.dumps(SAMPLES[route]) if SAMPLES[route] is not None else ""
            told = []
            for named in (dict.fromkeys(things, uuid4()), things):
                method, path = address(route, things=named)
                sent = json.loads(_naming(body, named)) if body and method != "GET" else None
                headers = {"Idempotency-Key": str(uuid4()), "Hushkeep-File-Name": "talk.txt"}
                answer = somebody.browser.send(method, _naming(path, named), sent, **headers)
                told.append((answer.status_code, answer.content if answer.status_code < 400 else answer.json()["code"]))
            if "{" not in route and SOMETHING not in body + QUERY.get(route, ""):
                continue
            tried += 1
            assert told[0] == told[1], (role, route, told)
            assert told[1][0] >= 400 or answer.json() == {"items": []}, (role, route, told)
    assert tried > 300
    assert [event["id"] for event in events(tenant)] == before
