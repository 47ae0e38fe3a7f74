"""A session bound to a device's key is worth nothing without the key."""

import base64
import hashlib
import json
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from hushkeep.access.models import Alarm
from hushkeep.identity import tenants
from hushkeep.identity.roles import Role
from hushkeep.runtime import clock

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
