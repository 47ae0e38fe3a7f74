"""Passkeys as the second factor: bound to this site, this challenge, this person, with the person looked at."""

import base64
import hashlib
import json
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.core.cache import cache
from fido2 import cbor

from hushkeep.identity.models import Session

pytestmark = pytest.mark.server

PASSWORD = "quartz otter violin 88"
ADD = "/account/authenticators/webauthn"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40  # WebAuthn 2, 6.1: flags


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """An authenticator with one passkey; what it binds can be bent."""

    def __init__(self):
        self.id, self.secret = uuid4().bytes, ec.generate_private_key(ec.SECP256R1())

    def client(self, kind, challenge, origin="https://localhost"):
        said = {"type": f"webauthn.{kind}", "challenge": challenge, "origin": origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def data(self, flags, rp="localhost"):
        return hashlib.sha256(rp.encode()).digest() + bytes([flags]) + (1).to_bytes(4, "big")

    def made(self, options, flags=PRESENT | VERIFIED, **bent):
        numbers = self.secret.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        rp = bent.pop("rp", "localhost")
        data = self.data(flags | ATTESTED, rp) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id
        attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data + cbor.encode(cose)})
        client = self.client("create", options["challenge"], **bent)
        return self._answer({"clientDataJSON": encode(client), "attestationObject": encode(attested)})

    def shown(self, options, flags=PRESENT | VERIFIED, secret=None, **bent):
        data = self.data(flags, bent.pop("rp", "localhost"))
        client = self.client("get", bent.pop("challenge", options["challenge"]), **bent)
        signature = (secret or self.secret).sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        said = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer({name: encode(value) for name, value in said.items()})

    def _answer(self, response):
        extensions = {"credProps": {"rk": True}}
        return {"id": encode(self.id), "rawId": encode(self.id), "type": "public-key", "response": response} | {
            "clientExtensionResults": extensions,
            "authenticatorAttachment": "platform",
        }


def options(browser, path, name):
    asked = browser.auth(path, method="GET")
    assert asked.status_code == 200, asked.content
    return asked.json()["data"][name]["publicKey"]


def step_up(who):
    code = {"code": who.recovery_codes.pop()}
    assert who.browser.auth("/auth/2fa/reauthenticate", code).status_code == 200


def add(who, key, **bent):
    step_up(who)
    asked = options(who.browser, f"{ADD}?passwordless", "creation_options")
    return who.browser.auth(ADD, {"name": "laptop", "credential": key.made(asked, **bent)})


@pytest.fixture
def owner(person, tenant):
    """Somebody signed in, and the passkey that they have added."""
    who = person(tenant)
    who.key = Key()
    assert add(who, who.key).status_code == 200
    return who


def begin(who, browser):
    first = browser.auth("/auth/login", {"username": who.login, "password": PASSWORD})
    assert first.status_code == 401, first.content
    return options(browser, "/auth/webauthn/authenticate", "request_options")


def show(who, browser, key=None, **bent):
    asked = begin(who, browser)
    answer = (key or who.key).shown(asked, **bent)
    return browser.auth("/auth/webauthn/authenticate", {"credential": answer}), answer


def test_password_and_passkey_open_a_session_and_the_passkey_is_an_event(owner, new_browser, events, tenant):
    browser = new_browser()
    done, _ = show(owner, browser)
    assert done.status_code == 200, done.content
    assert browser.get("/me").json()["person"]["id"] == str(owner.id)
    told = [(e["action"], e["reason"]) for e in events(tenant, actor=owner.id)]
    assert told[-3:] == [
        ("session:step_up", "second_factor_shown"),
        ("user:enrol", "webauthn_added"),
        ("session:sign_in", "signed_in_elsewhere_too"),
    ]


@pytest.mark.parametrize(
    "bent",
    [
        {"origin": "https://evil.example"},
        {"rp": "evil.example"},
        {"challenge": encode(b"x" * 32)},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"secret": ec.generate_private_key(ec.SECP256R1())},
    ],
    ids=["origin", "site", "challenge", "not looked at", "not present", "key"],
)
def test_a_passkey_bent_in_any_part_is_refused_and_is_an_event(owner, new_browser, events, tenant, bent):
    browser = new_browser()
    refused, _ = show(owner, browser, **bent)
    assert refused.status_code == 400
    assert browser.get("/me").status_code == 401
    assert events(tenant, actor=owner.id)[-1]["reason"] == "second_factor_refused"


def test_another_persons_passkey_is_refused(owner, person, tenant, new_browser):
    other = person(tenant)
    other.key = Key()
    assert add(other, other.key).status_code == 200
    assert show(owner, new_browser(), key=other.key)[0].status_code == 400


def test_what_a_passkey_said_once_is_worth_nothing_again(owner, new_browser):
    _, answer = show(owner, new_browser())
    thief = new_browser()
    begin(owner, thief)
    assert thief.auth("/auth/webauthn/authenticate", {"credential": answer}).status_code == 400
    assert thief.get("/me").status_code == 401


def test_a_passkey_alone_opens_nothing(owner, new_browser):
    browser = new_browser()
    assert browser.auth("/auth/webauthn/authenticate", method="GET").status_code in {401, 409}
    assert browser.auth("/auth/webauthn/login", method="GET").status_code == 404


@pytest.mark.parametrize("bent", [{"origin": "https://evil.example"}, {"rp": "evil.example"}, {"flags": PRESENT}])
def test_a_passkey_made_elsewhere_or_for_nobody_looked_at_is_not_added(person, tenant, bent):
    assert add(person(tenant), Key(), **bent).status_code == 400


def stale(who):
    """Let the second factor of ``who`` be an hour old."""
    store = who.browser.client.session
    for record in store["account_authentication_methods"]:
        record["at"] -= 3600
    store.save()


def test_adding_asks_for_a_fresh_second_factor_and_a_password_is_none(owner):
    stale(owner)
    assert owner.browser.auth(ADD, method="GET").status_code == 401
    assert owner.browser.auth("/auth/reauthenticate", {"password": PASSWORD}).status_code == 404
    asked = options(owner.browser, "/auth/webauthn/reauthenticate", "request_options")
    again = owner.browser.auth("/auth/webauthn/reauthenticate", {"credential": owner.key.shown(asked)})
    assert again.status_code == 200, again.content
    assert owner.browser.auth(ADD, method="GET").status_code == 200


def test_a_passkey_makes_a_session_fresh_and_a_wrong_one_does_not(owner, tenant, events):
    stale(owner)
    asked = options(owner.browser, "/auth/webauthn/reauthenticate", "request_options")
    wrong = owner.key.shown(asked, origin="https://evil.example")
    assert owner.browser.auth("/auth/webauthn/reauthenticate", {"credential": wrong}).status_code == 400
    assert events(tenant, actor=owner.id)[-1]["reason"] == "second_factor_refused"
    asked = options(owner.browser, "/auth/webauthn/reauthenticate", "request_options")
    right = owner.key.shown(asked)
    assert owner.browser.auth("/auth/webauthn/reauthenticate", {"credential": right}).status_code == 200
    assert events(tenant, actor=owner.id)[-1]["action"] == "session:step_up"


def test_adding_asks_for_a_second_factor_shown_for_it(person, tenant):
    who = person(tenant)
    assert who.browser.auth(f"{ADD}?passwordless", method="GET").status_code == 401
    assert who.browser.auth("/account/authenticators/recovery-codes", {}).status_code == 401


def test_a_passkey_that_was_taken_away_opens_nothing_and_the_code_still_does(owner, new_browser, events, tenant):
    listed = owner.browser.auth("/account/authenticators", method="GET").json()["data"]
    (known,) = [one["id"] for one in listed if one["type"] == "webauthn"]
    assert owner.browser.auth(ADD, {"authenticators": [known]}, method="DELETE").status_code == 200
    assert events(tenant, actor=owner.id)[-1]["reason"] == "webauthn_removed"
    browser = new_browser()
    assert show(owner, browser)[0].status_code in {400, 409}
    assert owner.sign_in(new_browser()).get("/me").status_code == 200


def test_nobody_takes_another_persons_passkey_away(owner, person, tenant):
    listed = owner.browser.auth("/account/authenticators", method="GET").json()["data"]
    (known,) = [one["id"] for one in listed if one["type"] == "webauthn"]
    assert person(tenant).browser.auth(ADD, {"authenticators": [known]}, method="DELETE").status_code == 400


def test_ten_wrong_passkeys_and_the_right_one_is_refused_too(owner, new_browser):
    browser = new_browser()
    begin(owner, browser)
    for _ in range(10):
        asked = options(browser, "/auth/webauthn/authenticate", "request_options")
        wrong = owner.key.shown(asked, origin="https://evil.example")
        assert browser.auth("/auth/webauthn/authenticate", {"credential": wrong}).status_code in {400, 429}
    asked = options(browser, "/auth/webauthn/authenticate", "request_options")
    right = owner.key.shown(asked)
    assert browser.auth("/auth/webauthn/authenticate", {"credential": right}).status_code in {400, 429}
    assert browser.get("/me").status_code == 401
    cache.clear()


OWN = [
    ("GET", "/account/authenticators", None),
    ("GET", ADD, None),
    ("POST", ADD, {"name": "x", "credential": {}}),
    ("DELETE", ADD, {"authenticators": []}),
    ("GET", "/account/authenticators/recovery-codes", None),
    ("POST", "/account/authenticators/recovery-codes", {}),
    ("POST", "/account/password/change", {"current_password": PASSWORD, "new_password": "seven maples under frost 3"}),
    ("POST", "/auth/2fa/reauthenticate", {"code": "000000"}),
    ("GET", "/auth/webauthn/reauthenticate", None),
    ("POST", "/auth/webauthn/reauthenticate", {"credential": {}}),
]


@pytest.mark.parametrize(("method", "path", "body"), OWN)
def test_a_stolen_cookie_without_its_devices_key_changes_no_means_of_signing_in(
    person, tenant, new_browser, inside, method, path, body
):
    who = person(tenant)
    with inside(tenant):
        Session.objects.filter(person=who.id).update(device=uuid4())
    stolen = new_browser()
    stolen.client.cookies["__Host-session"] = who.browser.client.cookies["__Host-session"].value
    answer = stolen.auth(path, body, method=method)
    assert (answer.status_code, answer.json()["params"]) == (403, {"reason": "device_proof_missing"})
