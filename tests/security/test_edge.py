"""The edge of the API: repeats, programs' signatures, headers, problems."""

import re
import time
from base64 import b64decode
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest

from hushkeep.access.administration import founding
from hushkeep.api import limits
from hushkeep.api.limits import PERSON
from hushkeep.identity.models import User
from hushkeep.identity.request_signing import SIGNATURE, TIMESTAMP, sign
from hushkeep.identity.roles import Role, Scope
from hushkeep.runtime import clock

pytestmark = pytest.mark.server


def joiner():
    return {"login": f"joiner.{uuid4().hex[:12]}", "name": "Wei Zhang", "role": "agent"}


class TestRepeats:
    """A POST under an Idempotency-Key."""

    def test_a_repeat_gets_the_first_answer_and_is_not_done_again(self, person, tenant, events):
        admin, body, key = person(tenant), joiner(), {"Idempotency-Key": str(uuid4())}
        first, second = (admin.browser.post("/people", body, **key) for _ in range(2))
        assert (first.status_code, first.content) == (second.status_code, second.content) == (201, first.content)
        assert second["Idempotent-Replayed"] == "true"
        assert User.objects.filter(login=body["login"]).count() == 1
        assert len(events(tenant, action="user:invite", actor=admin.id)) == 1

    def test_another_request_under_the_same_key_is_a_conflict(self, person, tenant):
        admin, key = person(tenant), {"Idempotency-Key": str(uuid4())}
        admin.browser.post("/people", joiner(), **key)
        again = admin.browser.post("/people", joiner(), **key)
        assert (again.status_code, again.json()["params"]) == (409, {"reason": "idempotency_key_reused"})

    def test_anothers_key_is_not_mine(self, person, tenant):
        body, key = joiner(), {"Idempotency-Key": str(uuid4())}
        assert person(tenant).browser.post("/people", body, **key).status_code == 201
        assert person(tenant).browser.post("/people", body, **key).status_code == 409  # the login is taken: done anew

    def test_a_failure_is_not_kept(self, person, tenant):
        admin, body, key = person(tenant), joiner(), {"Idempotency-Key": str(uuid4())}
        assert admin.browser.post("/people", body | {"name": " "}, **key).status_code == 422
        assert admin.browser.post("/people", body, **key).status_code == 201

    def test_a_kept_answer_does_not_lie_open_in_the_cache(self, person, tenant):
        from django.db import connection  # noqa: PLC0415 - the database is up only now

        admin = person(tenant)
        made = admin.browser.post("/people", joiner(), **{"Idempotency-Key": str(uuid4())}).json()
        with connection.cursor() as cursor:
            cursor.execute("SELECT value FROM identity_cache")
            stored = b"".join(b64decode(row[0]) for row in cursor.fetchall())
        assert stored
        assert made["enrolment_link"].partition("#")[2].encode() not in stored
        assert made["id"].encode() not in stored

    @pytest.mark.parametrize("key", ["short", "x" * 129])
    def test_a_key_out_of_bounds_is_refused(self, person, tenant, key):
        assert person(tenant).browser.post("/people", joiner(), **{"Idempotency-Key": key}).status_code == 422


class TestPrograms:
    """Requests signed by a service account."""

    @pytest.fixture
    def key(self, tenant):
        return founding.create_service_account(tenant, name="intake", scopes=(Scope.INTAKE,))

    def send(self, browser, key, path="/api/v1/people", method="GET", now=None, body=b"", **changes):
        headers = sign(key, method=method, path=path, body=body, now=now or clock.now()) | changes
        return browser.client.generic(method, path, body, content_type="application/json", secure=True, headers=headers)

    def test_a_program_is_known_and_may_do_only_what_its_scopes_say(self, browser, key, tenant, events):
        answer = self.send(browser, key)
        assert (answer.status_code, answer.json()["params"]) == (403, {"reason": "not_permitted"})
        told = events(tenant, request=UUID(answer["X-Request-Id"]))
        assert [(e["actor"], e["action"]) for e in told] == [(key.account, "user:list")]

    def test_what_is_about_oneself_is_for_persons(self, browser, key):
        answer = self.send(browser, key, path="/api/v1/me")
        assert (answer.status_code, answer.json()["params"]) == (403, {"reason": "person_required"})

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"path": "/api/v1/sessions"}, "signature_wrong"),
            ({"method": "POST"}, "signature_wrong"),
            ({"body": b"{}"}, "signature_wrong"),
            ({SIGNATURE: "AAAA"}, "signature_wrong"),
            ({TIMESTAMP: "2026-01-01T00:00:00Z"}, "signature_stale"),
            ({"Hushkeep-Nonce": "00" * 16}, "signature_wrong"),
            ({"Hushkeep-Nonce": "zz"}, "signature_malformed"),
            ({"Hushkeep-Key": "nobody"}, "signature_malformed"),
            ({"Hushkeep-Key": f"{uuid4()}/{uuid4()}"}, "key_unknown"),
        ],
    )
    def test_each_thing_the_signature_binds_is_bound(self, browser, key, changes, reason):
        signed = sign(key, method="GET", path="/api/v1/people", body=b"", now=clock.now())
        request = {"method": "GET", "path": "/api/v1/people", "body": b""}
        request |= {k: v for k, v in changes.items() if k in request}
        headers = signed | {k: v for k, v in changes.items() if k not in request}
        answer = browser.client.generic(
            request["method"],
            request["path"],
            request["body"],
            content_type="application/json",
            secure=True,
            headers=headers,
        )
        assert (answer.status_code, answer.json()["params"]) == (403, {"reason": reason})

    def test_a_signed_request_counts_once(self, browser, key):
        headers = sign(key, method="GET", path="/api/v1/people", body=b"", now=clock.now())
        reasons = [
            browser.client.get("/api/v1/people", secure=True, headers=headers).json()["params"]["reason"]
            for _ in range(2)
        ]
        assert reasons == ["not_permitted", "signature_replayed"]

    def test_another_programs_key_does_not_sign_for_this_one(self, browser, key, tenant):
        other = founding.create_service_account(tenant, name="other", scopes=(Scope.AUDIT,))
        headers = sign(other, method="GET", path="/api/v1/people", body=b"", now=clock.now())
        headers["Hushkeep-Key"] = f"{tenant}/{key.account}"
        answer = browser.client.get("/api/v1/people", secure=True, headers=headers)
        assert answer.json()["params"] == {"reason": "signature_wrong"}


class TestHeaders:
    """What every answer carries."""

    def test_the_api_is_no_page_and_is_never_stored(self, browser):
        answer = browser.get("/health")
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"

    def test_a_page_has_a_nonce_of_its_own_each_time_and_trusted_types(self, browser):
        policies = [browser.client.get("/nothing.gif", secure=True)["Content-Security-Policy"] for _ in range(2)]
        nonces = {re.search(r"'nonce-([\w-]{24})'", policy)[1] for policy in policies}
        assert len(nonces) == 2
        assert all("require-trusted-types-for 'script'" in policy for policy in policies)
        assert all("unsafe-inline" not in policy and "unsafe-eval" not in policy for policy in policies)

    def test_every_answer_has_a_request_id_of_ours(self, browser):
        answer = browser.get("/health", **{"X-Request-Id": "mine"})
        assert UUID(answer["X-Request-Id"]).version == 7

    def test_an_unknown_address_of_the_api_is_a_problem(self, browser):
        answer = browser.get("/nothing/here")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
        assert answer.json()["code"] == "not_found"

    def test_a_wrong_method_is_a_problem(self, browser):
        answer = browser.send("PUT", "/people", {})
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_too_many_requests_are_told_when_to_come_back(person, tenant, monkeypatch):
    browser = person(tenant, Role.AGENT).browser
    now = time.monotonic()  # it stands still: on a slow machine the bucket would fill as fast as it is emptied
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: now))
    answers = [browser.get("/me") for _ in range(PERSON.burst + 1)]
    assert {answer.status_code for answer in answers} == {200, 429}
    refused = answers[-1]
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) >= 1
    assert refused.json()["code"] == "too_many_requests"


def test_an_unforeseen_error_tells_nothing_of_itself(person, tenant, monkeypatch, caplog):
    def burst(*_args, **_kwargs):
        raise ZeroDivisionError("13812345678")

    admin = person(tenant)
    monkeypatch.setattr("hushkeep.access.administration.people.page", burst)
    answer = admin.browser.get("/people")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "13812345678" not in answer.content.decode() + caplog.text
