"""Thieves from within, each with a ceiling: what they get, and that every answer that carried a value had a reason."""

import base64
import hashlib
import hmac
import importlib.util
import json
import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from django.db import connection

from hushkeep.access.administration import founding
from hushkeep.access.jobs import tell_device
from hushkeep.access.models import Alarm
from hushkeep.api import limits
from hushkeep.identity import tenants
from hushkeep.identity.roles import Role, Scope
from hushkeep.kernel import canonical, timestamp
from hushkeep.runtime import clock

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

_ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location("insider_thieves", _ROOT / "bench" / "insider" / "thieves.py")
thieves = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(thieves)

CUSTOMERS = int(os.environ.get("INSIDER_CUSTOMERS", "8"))  # more than anybody may reveal
FIGURES = os.environ.get("INSIDER_FIGURES")


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Hand:
    """Somebody at a browser, with its device key or without one; every answer goes to the loot."""

    def __init__(self, browser, loot, key=None):
        self.browser, self.loot, self.key, self.id = browser, loot, key, None

    @property
    def jwk(self):
        numbers = self.key.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256"} | {
            name: encode(n.to_bytes(32, "big")) for name, n in (("x", numbers.x), ("y", numbers.y))
        }

    def sign(self, data):
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(SHA256())))
        return encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def headers(self, method, path, body=b""):
        if self.key is None:
            return {}
        claims = {
            "jti": uuid4().hex,
            "htm": method,
            "htu": f"https://localhost/api/v1{path}",
            "iat": int(clock.now().timestamp()),
            "bh": encode(hashlib.sha256(body).digest()),
        }
        parts = ({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk}, claims)
        signed = ".".join(encode(json.dumps(part).encode()) for part in parts)
        return {"Hushkeep-Proof": f"{signed}.{self.sign(signed.encode())}"}

    def get(self, path):
        return self._took(self.browser.get(path, **self.headers("GET", path)))

    def post(self, path, body=None):
        sent = json.dumps(body).encode() if body is not None else b""
        return self._took(self.browser.post(path, body, **self.headers("POST", path, sent)))

    def _took(self, answer):
        return self.loot.take(answer, answer.headers.get("X-Request-Id"))


@pytest.fixture
def world(program, run, tenant, two_tenants, monkeypatch, inside):
    """A center whose customers' values are all known to the counter, and nothing that slows a thief down."""
    monkeypatch.setattr(limits, "PERSON", limits.Limit(burst=100_000, per_second=100_000))
    values, talks = {}, []
    for number in range(CUSTOMERS):
        phone, mail, card = f"1349{number:07d}", f"canary{number:04d}@example.com", f"400000{number:010d}"
        text = f"my number is {phone}, write to {mail}, card {card}"
        talk = {"id": f"talk-{number}", "channel": "chat", "language": "en"}
        talk["customer"] = {"id": f"C-{number}", "phone": phone, "email": mail}
        talks.append(talk | {"turns": [{"speaker": "customer", "text": text}]})
        values[f"C-{number}"] = (phone, mail, card)
    assert program.batch(run, *talks).json()["taken"] == CUSTOMERS
    with inside(tenant), connection.cursor() as cursor:
        cursor.execute("SELECT id, subject FROM records_conversation ORDER BY id")
        rows = cursor.fetchall()
    conversations, customers = [str(row[0]) for row in rows], [str(row[1]) for row in rows]
    tenants.demand_devices(tenant, required=True)
    return thieves.World(customers, conversations, values, [str(uuid4()) for _ in range(4)])


@pytest.fixture
def hand(world, person, tenant):
    """A function that returns somebody of a role with a trusted device of their own."""
    admin = person(tenant)

    def make(role, *, trusted=True):
        who = person(tenant, role)
        loot = thieves.Loot(world.values)
        made = Hand(who.browser, loot, ec.generate_private_key(ec.SECP256R1()))
        made.who, made.admin = who, admin
        made.id = who.browser.post("/devices", {"public_key_jwk": made.jwk, "label": "Desk"}).json()["id"]
        if trusted:
            assert admin.browser.post(f"/devices/{made.id}/trust").status_code == 200
            tell_device.work(tenant, device=UUID(made.id))
        return made

    return make


@pytest.fixture
def pbx(tenant, key_process, browser):
    """The center's telephone system: ``tell(kind, conversation, …)``."""
    connector = founding.create_service_account(tenant, name="pbx", scopes=(Scope.CONNECTOR,)).account
    secret = key_process.register_connector(tenant, connector)

    def post(body, signature):
        path = f"/api/v1/live/{connector}/events"
        headers = {"Hushkeep-Signature": signature}
        return browser.client.post(path, body, content_type="application/json", secure=True, headers=headers)

    def tell(kind, conversation, **said):
        event = {"type": f"conversation.{kind}", "tenant": str(tenant), "conversation": conversation}
        body = json.dumps(event | {"at": timestamp(clock.now())} | said).encode()
        return post(body, hmac.digest(secret, body, "sha256").hex())

    tell.post, tell.connector = post, connector
    return tell


def signed_reveal(thief, live, customer, conversation):
    """What the console would send, for whomever the thief likes."""

    def proof(*classes):
        event = thief.post("/challenges").json().get("event", str(uuid4()))
        at = clock.now()
        said = {
            "v": 1,
            "use": "live",
            "tenant": thief.who.tenant,
            "actor": thief.who.id,
            "device": UUID(thief.id),
            "conversation": live["conversation"],
            "subjects": [customer],
            "classes": [*classes],
            "purpose": "customer_request",
            "event": event,
            "at": at,
        }
        return {"event": event, "at": timestamp(at), "signature": thief.sign(canonical(said))}

    why = {"purpose": "customer_request"}
    thief.post(f"/conversations/{conversation}/reveal", why | {"proof": proof("text")})
    thief.post(f"/customers/{customer}/reveal", why | {"fields": ["phone", "email"], "proof": proof("contact")})


def alarms(inside, tenant, person):
    with inside(tenant):
        return {alarm.code for alarm in Alarm.objects.filter(person=person)}


def report(name, loot, **more):
    """Note the figures down where the bench asks for them; nothing personal is among them."""
    if FIGURES:
        figures = {"thief": name, "tries": loot.tries, "refused": loot.refused, "inside": len(loot.inside)}
        figures |= {"outside": len(loot.outside), "bytes_inside": loot.bytes_inside}
        figures |= {"bytes_outside": loot.bytes_outside} | more
        with Path(FIGURES).open("a", encoding="utf-8") as out:
            out.write(json.dumps(figures) + "\n")


def reasons_of(events, tenant, loot):
    """The (action, outcome, purpose) of the event behind each answer that carried a value."""
    return {
        (e["action"], e["outcome"], e["purpose"])
        for carrier in loot.carriers
        for e in (events(tenant, request=UUID(carrier)) or [dict.fromkeys(("action", "outcome", "purpose"))])
    }


def test_an_agent_gets_nothing_without_a_call_and_one_customer_with_one(world, hand, pbx, inside, events):
    thief = hand(Role.AGENT)
    thieves.everything(world, thief.get, thief.post)
    forged = {"conversation": str(uuid4())}
    for customer, conversation in zip(world.customers, world.conversations, strict=True):
        signed_reveal(thief, forged, customer, conversation)
    assert (thief.loot.inside, thief.loot.outside) == (set(), set())
    before = alarms(inside, thief.who.tenant, thief.who.id)
    assert "reveal_refused" in before

    live = pbx("started", "c-1", agent=str(thief.who.id), contact={"index": "source_id", "value": "C-0"}).json()
    thief.loot.live = {"C-0"}
    thieves.everything(world, thief.get, thief.post)
    for customer, conversation in zip(world.customers, world.conversations, strict=True):
        signed_reveal(thief, live, customer, conversation)
    assert thief.loot.inside == {"C-0"}
    assert thief.loot.outside == set()
    assert reasons_of(events, thief.who.tenant, thief.loot) == {
        ("conversation:reveal", "allowed", "customer_request"),
        ("customer:reveal", "allowed", "customer_request"),
    }
    report("agent with a login, in and out of one call", thief.loot)


def test_an_agent_gets_nothing_after_the_call(world, hand, pbx):
    thief = hand(Role.AGENT)
    contact = {"index": "source_id", "value": "C-0"}
    live = pbx("started", "c-2", agent=str(thief.who.id), contact=contact, wrap_up_seconds=0).json()
    pbx("ended", "c-2")
    thieves.everything(world, thief.get, thief.post)
    for customer, conversation in zip(world.customers, world.conversations, strict=True):
        signed_reveal(thief, live, customer, conversation)
    assert (thief.loot.inside, thief.loot.outside) == (set(), set())
    report("agent after the wrap-up", thief.loot)


def test_an_agent_who_fabricates_calls_gets_nothing(world, hand, pbx, inside):
    thief = hand(Role.AGENT)
    who = thief.who
    thieves.forged_calls(
        world,
        lambda body, signature: thief.loot.take(pbx.post(body, signature)),
        str(who.tenant),
        str(who.id),
        str(pbx.connector),
    )
    for number, customer in enumerate(world.customers):
        contact = {"index": "source_id", "value": f"C-{number}"}
        began = pbx("started", f"o-{number}", agent=str(who.id), contact=contact, direction="outbound")
        if began.status_code == 200:
            # Dialled, rung once, put down: nobody was on the line.
            pbx("answered", f"o-{number}")
            signed_reveal(thief, began.json(), customer, world.conversations[number])
            thief.get(f"/customers/{customer}")
            pbx("ended", f"o-{number}")
            signed_reveal(thief, began.json(), customer, world.conversations[number])
    assert (thief.loot.inside, thief.loot.outside) == (set(), set())
    report("agent who fabricates outbound calls and events", thief.loot)


def test_a_stolen_cookie_is_worth_nothing(world, hand, pbx, new_browser, inside):
    victim = hand(Role.SUPERVISOR)
    for key in (None, ec.generate_private_key(ec.SECP256R1())):
        if key is not None:
            victim.who.sign_in(victim.browser)  # the former thief has ended their session
        assert victim.get("/conversations").status_code == 200
        stolen = new_browser()
        stolen.client.cookies["__Host-session"] = victim.browser.client.cookies["__Host-session"].value
        thief = Hand(stolen, thieves.Loot(world.values), key)
        thieves.everything(world, thief.get, thief.post)
        assert (thief.loot.inside, thief.loot.outside) == (set(), set())
        assert victim.get("/conversations").status_code == 401
    assert {"cookie_without_key", "proofs_refused"} <= alarms(inside, victim.who.tenant, victim.who.id)
    report("stolen cookie", thief.loot)


def test_a_login_on_a_device_that_nobody_trusts_is_worth_nothing(world, hand, inside):
    thief = hand(Role.SUPERVISOR, trusted=False)
    thieves.everything(world, thief.get, thief.post)
    assert (thief.loot.inside, thief.loot.outside) == (set(), set())
    assert "device_unknown" in alarms(inside, thief.who.tenant, thief.who.id)
    report("password and code on a strange device", thief.loot)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.SECURITY])
def test_whoever_watches_or_runs_the_place_sees_no_customer(world, hand, role):
    thief = hand(role)
    thieves.everything(world, thief.get, thief.post)
    assert (thief.loot.inside, thief.loot.outside) == (set(), set())
    report(role.value, thief.loot)


PURPOSE = {Role.SUPERVISOR: "customer_request", Role.QA: "quality_review", Role.DPO: "legal_duty"}


@pytest.mark.parametrize("role", list(PURPOSE))
def test_a_reviewer_who_reveals_on_and_on_is_stopped_after_five(world, hand, inside, events, role):
    thief = hand(role)
    for number, conversation in enumerate(world.conversations):
        revealed = thief.post(f"/conversations/{conversation}/reveal", {"purpose": PURPOSE[role]})
        assert revealed.status_code == (200 if number < 5 else 403)
        assert ("reveals_alone_spent" in alarms(inside, thief.who.tenant, thief.who.id)) is (number >= 5)
    assert revealed.json()["code"] == "approval_required"
    thieves.everything(world, thief.get, thief.post)
    assert len(thief.loot.outside) == 5
    assert reasons_of(events, thief.who.tenant, thief.loot) == {("conversation:reveal", "allowed", PURPOSE[role])}
    report(role.value, thief.loot, before_alarm=5)


@pytest.mark.parametrize("role", list(PURPOSE))
def test_a_reviewer_goes_on_by_a_second_persons_leave_and_as_far_as_it_goes(world, hand, events, role):
    thief, officer = hand(role), hand(Role.SECURITY)
    asked = {"action": "conversation:reveal", "purpose": PURPOSE[role], "minutes": 30, "count": 2}
    leave = thief.post("/approvals", asked).json()["id"]
    assert thief.post(f"/approvals/{leave}/approve").status_code == 403
    assert officer.post(f"/approvals/{leave}/approve").status_code == 200
    for conversation in world.conversations:
        thief.post(f"/conversations/{conversation}/reveal", {"purpose": PURPOSE[role]})
    assert len(thief.loot.outside) == 7
    drawn = [e["approval"] for e in events(thief.who.tenant, actor=thief.who.id, action="conversation:reveal")]
    assert drawn[:7] == [UUID(leave)] * 2 + [None] * 5


def test_a_vendors_token_reads_nothing(world, program):
    loot = thieves.Loot(world.values)
    thieves.everything(
        world,
        lambda path: loot.take(program.send("GET", path)),
        lambda path, body: loot.take(program.send("POST", path, json.dumps(body).encode())),
    )
    assert (loot.inside, loot.outside) == (set(), set())
    report("intake program's key", loot)
