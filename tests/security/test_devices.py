"""A session bound to a device's key is worth nothing without the key."""

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from django.db import OperationalError, connection
from django.test import Client

from hushkeep.access import refused_proofs
from hushkeep.access.models import Alarm, RefusedProofs
from hushkeep.access.proof_tally import EVENTS_A_MINUTE, MINUTE, MOST
from hushkeep.access.refused_proofs import tell_rest
from hushkeep.identity import tenants
from hushkeep.identity.roles import Role
from hushkeep.runtime import clock
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """A browser's key that cannot leave it."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        numbers = self.key.public_key().public_numbers()
        x, y = (encode(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
        self.jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def proof(self, path, method="GET", body=b""):
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk}
        claims = {
            "jti": uuid4().hex,
            "htm": method,
            "htu": f"https://localhost/api/v1{path}",
            "iat": int(clock.now().timestamp()),
            "bh": encode(hashlib.sha256(body).digest()),
        }
        signed = ".".join(encode(json.dumps(part).encode()) for part in (head, claims))
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(SHA256())))
        return {"Hushkeep-Proof": f"{signed}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"}


def offer(who, key, label="Desk 4"):
    answer = who.browser.post("/devices", {"public_key_jwk": key.jwk, "label": label})
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def trusted(who, admin, key):
    device = offer(who, key)
    assert admin.browser.post(f"/devices/{device}/trust").json()["trusted_by"] == str(admin.id)
    return device


LIST = "/conversations"


def test_where_devices_are_demanded_customer_data_goes_to_trusted_ones_only(person, tenant):
    tenants.demand_devices(tenant, required=True)
    admin, who, key = person(tenant), person(tenant, Role.QA), Key()
    refused = who.browser.get(LIST)
    assert (refused.status_code, refused.json()["params"]) == (403, {"reason": "device_unknown"})
    device = offer(who, key)
    assert who.browser.get(LIST, **key.proof(LIST)).status_code == 403
    admin.browser.post(f"/devices/{device}/trust")
    assert who.browser.get(LIST, **key.proof(LIST)).status_code == 200


def test_a_stolen_cookie_without_the_key_is_refused_and_is_a_red_alarm(person, tenant, new_browser, inside, events):
    who, key = person(tenant, Role.QA), Key()
    offer(who, key)
    assert who.browser.get(LIST, **key.proof(LIST)).status_code == 200
    thief = new_browser()
    thief.client.cookies["__Host-session"] = who.browser.client.cookies["__Host-session"].value
    for headers in ({}, Key().proof(LIST)):
        assert thief.get(LIST, **headers).status_code == 403
    with inside(tenant):
        alarm = Alarm.objects.get(person=who.id, code="cookie_without_key")
        assert (alarm.severity, alarm.count) == ("red", 2)
    told = events(tenant, actor=who.id, action="session:sign_in", outcome="denied")
    assert [e["reason"] for e in told] == ["device_proof_missing", "device_unknown"]
    assert alarm.event == told[-1]["id"]
    assert who.browser.get(LIST, **key.proof(LIST)).status_code == 200


@pytest.fixture
def stolen(person, tenant, new_browser):
    """A person whose session is bound to their key, and a browser with their cookie and no key."""
    who, key = person(tenant, Role.QA), Key()
    offer(who, key)
    assert who.browser.get(LIST, **key.proof(LIST)).status_code == 200
    thief = new_browser()
    thief.client.cookies["__Host-session"] = who.browser.client.cookies["__Host-session"].value
    return who, key, thief


def refusals(events, who):
    """The refusals of ``who``'s session in the log, each event with how many it stands for."""
    told = events(who.tenant, actor=who.id, action="session:sign_in", outcome="denied")
    return [(e["reason"], e["count"] or 1) for e in told]


def test_a_flood_of_refused_proofs_is_counted_told_in_few_events_and_ends_the_session(stolen, inside, events):
    who, key, thief = stolen
    answers = [thief.get(LIST).status_code for _ in range(MOST + 5)]
    assert answers == [403] * MOST + [401] * 5
    told = refusals(events, who)
    counted = [("device_proof_missing", 1)] * EVENTS_A_MINUTE + [("device_proof_missing", MOST - EVENTS_A_MINUTE)]
    assert told == [*counted, ("session_over", 1)]
    [ended] = events(who.tenant, actor=who.id, action="session:sign_out")
    assert ended["reason"] == "proofs_refused"
    with inside(who.tenant):
        alarms = {a.code: (a.severity, a.count) for a in Alarm.objects.filter(person=who.id)}
    assert alarms == {"cookie_without_key": ("red", MOST), "proofs_refused": ("red", 1)}
    # The person signs in again; the thief's cookie stays dead.
    assert who.browser.get(LIST, **key.proof(LIST)).status_code == 401
    who.sign_in()
    assert who.browser.get(LIST, **key.proof(LIST)).status_code == 200
    assert thief.get(LIST).status_code == 401


def test_refusals_of_one_session_do_not_count_for_another(stolen, person, tenant, events):
    _, _, thief = stolen
    other, key = person(tenant, Role.QA), Key()
    offer(other, key)
    for _ in range(MOST):
        thief.get(LIST)
    assert other.browser.get(LIST, **key.proof(LIST)).status_code == 200
    assert refusals(events, other) == []


def test_refusals_at_once_are_counted_one_after_the_other(stolen, events):
    who, _, thief = stolen
    cookie = thief.client.cookies["__Host-session"].value

    def ask(_):
        try:
            return type(thief)(client=with_cookie(cookie)).get(LIST).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(MOST + 10)))
    assert set(answers) <= {401, 403}
    tell_later(who.tenant)
    told = [count for reason, count in refusals(events, who) if reason != "session_over"]
    assert sum(told) == answers.count(403) >= MOST


def with_cookie(cookie):
    client = Client(SERVER_NAME="localhost", REMOTE_ADDR="192.0.2.9")
    client.cookies["__Host-session"] = cookie
    return client


def tell_later(tenant):
    """The worker's round, a minute on: whatever became of the process that counted."""
    with tenant_transaction(tenant):
        RefusedProofs.objects.update(minute_at=clock.now() - MINUTE)
    return tell_rest(tenant)


def test_what_was_held_back_is_told_by_the_worker_once_and_exactly(stolen, events):
    who, _, thief = stolen
    for _ in range(EVENTS_A_MINUTE + 4):
        thief.get(LIST)
    assert tell_rest(who.tenant) == 0
    assert tell_later(who.tenant) == 4
    assert refusals(events, who)[EVENTS_A_MINUTE:] == [("device_proof_missing", 4)]
    assert tell_later(who.tenant) == 0
    with tenant_transaction(who.tenant):
        RefusedProofs.objects.update(minute_at=clock.now() - timedelta(days=2), hour_at=clock.now() - timedelta(days=2))
    tell_rest(who.tenant)
    with tenant_transaction(who.tenant):
        assert not RefusedProofs.objects.exists()


def test_a_count_that_cannot_be_kept_refuses_all_the_same(stolen, monkeypatch):
    """Without its event there is no answer but a failure: nothing is let through."""
    _, _, thief = stolen

    def away(*_, **__):
        raise OperationalError("no disk")

    monkeypatch.setattr(refused_proofs, "append", away)
    assert thief.get(LIST).status_code == 503


def test_a_proof_counts_once_and_for_its_own_request(person, tenant, inside, events):
    who, key = person(tenant, Role.QA), Key()
    offer(who, key)
    once = key.proof(LIST)
    reasons = [who.browser.get(LIST, **once).json().get("params") for _ in range(2)]
    assert reasons == [None, {"reason": "proof_replayed"}]
    other = who.browser.get("/sessions?mine=true", **key.proof(LIST))
    assert other.json()["params"] == {"reason": "proof_elsewhere"}
    told = events(tenant, actor=who.id, action="session:sign_in", outcome="denied")
    assert [e["reason"] for e in told] == ["proof_replayed", "proof_elsewhere"]
    with inside(tenant):
        assert not Alarm.objects.filter(person=who.id).exists()


def test_a_second_device_of_the_same_person_does_not_take_over_a_session(person, tenant):
    who, first, second = person(tenant, Role.QA), Key(), Key()
    offer(who, first)
    offer(who, second)
    assert who.browser.get(LIST, **first.proof(LIST)).status_code == 200
    assert who.browser.get(LIST, **second.proof(LIST)).status_code == 403


def test_a_revoked_device_ends_its_sessions_and_proves_nothing(person, tenant):
    admin, who, key = person(tenant), person(tenant, Role.QA), Key()
    device = trusted(who, admin, key)
    assert who.browser.get(LIST, **key.proof(LIST)).status_code == 200
    assert admin.browser.post(f"/devices/{device}/revoke").status_code == 200
    assert who.browser.get("/me").status_code == 401
    who.sign_in()
    assert who.browser.get(LIST, **key.proof(LIST)).json()["params"] == {"reason": "device_unknown"}
    assert admin.browser.post(f"/devices/{device}/trust").status_code == 409


def test_nobody_trusts_their_own_device(person, tenant):
    admin = person(tenant)
    answer = admin.browser.post(f"/devices/{offer(admin, Key())}/trust")
    assert (answer.status_code, answer.json()["params"]) == (403, {"reason": "own_rights"})


def test_anothers_key_is_not_mine(person, tenant):
    who, other, key = person(tenant, Role.QA), person(tenant, Role.QA), Key()
    offer(who, key)
    assert other.browser.get(LIST, **key.proof(LIST)).json()["params"] == {"reason": "device_unknown"}
    again = other.browser.post("/devices", {"public_key_jwk": key.jwk, "label": "mine"})
    assert again.status_code == 409


def test_one_sees_ones_own_devices_and_another_centers_are_not_there(person, two_tenants):
    here, there = two_tenants
    agent, admin, stranger = person(here, Role.AGENT), person(here), person(there)
    mine, theirs = offer(agent, Key()), offer(stranger, Key())
    assert [d["id"] for d in agent.browser.get("/devices?mine=true").json()["items"]] == [mine]
    assert [d["id"] for d in admin.browser.get("/devices").json()["items"]] == [mine]
    assert agent.browser.get("/devices").status_code == 403
    assert admin.browser.post(f"/devices/{theirs}/trust").status_code == 404
    assert admin.browser.post(f"/devices/{theirs}/revoke").status_code == 404


def test_a_private_key_is_not_taken(person, tenant):
    who, key = person(tenant, Role.QA), Key()
    answer = who.browser.post("/devices", {"public_key_jwk": key.jwk | {"d": "A" * 43}, "label": "x"})
    assert answer.status_code == 422
