"""Signing in: two factors or nothing; each try is an event."""

import pytest

pytestmark = pytest.mark.server

PASSWORD = "quartz otter violin 88"


def test_a_person_with_both_factors_is_in_and_learns_who_they_are(person, tenant):
    me = person(tenant).browser.get("/me")
    assert me.status_code == 200
    assert me.json()["person"]["role"] == "administrator"
    assert "user:invite" in me.json()["permissions"]
    assert "conversation:reveal" not in me.json()["permissions"]


def test_the_password_alone_opens_nothing(person, tenant):
    who = person(tenant, signed_in=False)
    assert who.browser.auth("/auth/login", {"username": who.login, "password": PASSWORD}).status_code == 401
    assert who.browser.get("/me").status_code == 401
    assert who.browser.get("/people").status_code == 401
