"""One click stops a person: every session and every ticket, at once, with one event."""

from uuid import uuid4

import pytest
from django.conf import settings as django_settings

from hushkeep.identity.roles import Role
from hushkeep.kernel import Denied, new_id

pytestmark = pytest.mark.server


@pytest.mark.parametrize("role", [Role.SECURITY, Role.ADMINISTRATOR])
def test_a_stopped_person_is_out_everywhere_and_their_tickets_open_nothing(
    person, tenant, key_process, new_browser, events, role
):
    key_process.create_tenant(tenant)
    subject = new_id()
    key_process.create_subjects(tenant, [subject])
    officer, thief = person(tenant, role), person(tenant, Role.SUPERVISOR)
    elsewhere = thief.sign_in(new_browser())
    ticket = key_process.ticket_sample(tenant, thief.id, subject, ["text"], uuid4())
    others = key_process.ticket_sample(tenant, officer.id, subject, ["text"], uuid4())
    assert officer.browser.post(f"/people/{thief.id}/stop").json() == {"sessions": 2}
    assert [browser.get("/me").status_code for browser in (thief.browser, elsewhere)] == [401, 401]
    with pytest.raises(Denied, match="ticket_unknown"):
        key_process.unwrap(ticket, uuid4(), [])
    assert key_process.unwrap(others, uuid4(), []) == []
    told = events(tenant, actor=officer.id, action="session:revoke")
    assert [(e["target"], e["outcome"], e["count"]) for e in told] == [(thief.id, "allowed", 2)]


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.QA, Role.AUDITOR, Role.DPO])
def test_nobody_else_stops_anybody(person, center, role):
    victim = person(center, Role.AGENT)
    assert person(center, role).browser.post(f"/people/{victim.id}/stop").status_code == 403
    assert victim.browser.get("/me").status_code == 200


def test_a_person_of_another_center_is_not_there(person, two_tenants):
    here, there = two_tenants
    stranger = person(there, Role.AGENT)
    assert person(here, Role.SECURITY).browser.post(f"/people/{stranger.id}/stop").status_code == 404
    assert stranger.browser.get("/me").status_code == 200


def _stopped(who, office, browser):
    assert office.browser.post(f"/people/{who.id}/stop").status_code == 200


def _left(who, office, browser):
    assert office.browser.post(f"/people/{who.id}/deactivate").status_code == 200


def _changed_password(who, office, browser):
    other = who.sign_in(browser)
    who.forget_used_codes()
    words = {"current_password": "quartz otter violin 88", "new_password": "walnut heron cello 5c1e90"}
    assert other.auth("/account/password/change", words).status_code == 200


@pytest.mark.parametrize("end", [_stopped, _left, _changed_password])
def test_the_first_request_on_a_dead_cookie_is_an_event_and_the_cookie_is_nobodys_from_then_on(
    person, tenant, new_browser, events, end
):
    office, who = person(tenant), person(tenant, Role.QA)
    name = django_settings.SESSION_COOKIE_NAME
    stolen = who.browser.client.cookies[name].value
    end(who, office, new_browser())
    for _ in range(3):
        thief = new_browser()
        thief.client.cookies[name] = stolen
        assert thief.get("/conversations").status_code == 401
    told = events(tenant, actor=who.id, reason="session_over")
    assert [(e["action"], e["outcome"], e["target_kind"]) for e in told] == [("session:sign_in", "denied", "session")]


def test_a_cookie_that_was_never_given_leaves_no_event(person, tenant, new_browser, events):
    before = len(events(tenant))
    guesser = new_browser()
    guesser.client.cookies[django_settings.SESSION_COOKIE_NAME] = "k" * 32
    assert guesser.get("/conversations").status_code == 401
    assert len(events(tenant)) == before
