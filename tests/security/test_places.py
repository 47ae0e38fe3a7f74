"""One account in two places, and a session that shows up elsewhere: flagged, and asked for a second factor there."""

from dataclasses import replace

import pytest
from django.test import Client, override_settings

from hushkeep.access.models import Alarm
from hushkeep.api import limits
from hushkeep.identity import sign_in
from hushkeep.identity.roles import Role
from hushkeep.runtime.settings import settings

pytestmark = pytest.mark.server

PROXY = "192.0.2.1"


@pytest.fixture
def through_a_proxy(monkeypatch):
    """The site stands behind a proxy of its own, which names countries."""
    known = settings().model_copy(update={"trusted_proxies": (PROXY,), "country_header": "X-Country"})
    monkeypatch.setattr(sign_in, "settings", lambda: known)


def elsewhere(browser, address):
    """The same browser, cookies and all, at another address."""
    moved = replace(browser, client=Client(enforce_csrf_checks=True, SERVER_NAME="localhost", REMOTE_ADDR=address))
    moved.client.cookies = browser.client.cookies
    return moved


def alarms(inside, who):
    with inside(who.tenant):
        return {(alarm.code, alarm.severity) for alarm in Alarm.objects.filter(person=who.id)}


def test_a_session_on_another_network_shows_a_second_factor_there_and_goes_on(person, tenant, inside, events):
    who = person(tenant, Role.SUPERVISOR)
    home, away = who.browser, elsewhere(who.browser, "203.0.113.9")
    assert home.get("/conversations").status_code == 200
    refused = away.get("/conversations")
    assert refused.status_code == 403
    assert (refused.json()["code"], refused.json()["params"]) == ("step_up_required", {"reason": "network_changed"})
    assert away.get("/me").status_code == 200
    told = events(tenant, actor=who.id, action="conversation:list", outcome="step_up")
    assert [(e["reason"], e["policy"]) for e in told] == [("network_changed", "wall.network")]
    assert ("network_changed", "yellow") in alarms(inside, who)

    who.forget_used_codes()
    wrong = away.auth("/auth/2fa/reauthenticate", {"code": "000000"})
    assert wrong.status_code == 400
    assert away.get("/conversations").status_code == 403
    assert away.auth("/auth/2fa/reauthenticate", {"code": who.code()}).status_code == 200
    assert away.get("/conversations").status_code == 200
    # The place has moved with the person: where they were before, they would have to show it again.
    assert home.get("/conversations").json()["params"] == {"reason": "network_changed"}


def test_a_machine_beside_on_the_same_network_asks_for_nothing(person, tenant):
    who = person(tenant, Role.SUPERVISOR)
    address = who.browser.client.defaults["REMOTE_ADDR"]
    beside = address.rpartition(".")[0] + (".7" if not address.endswith(".7") else ".8")
    assert elsewhere(who.browser, beside).get("/conversations").status_code == 200


def test_another_country_rings_red(through_a_proxy, person, tenant, inside):
    who = person(tenant, Role.SUPERVISOR, signed_in=False)
    browser = elsewhere(who.browser, PROXY)
    came = {"X-Forwarded-For": "198.51.100.7", "X-Country": "CN"}
    browser.client.defaults |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in came.items()}
    who.sign_in(browser)
    assert browser.get("/conversations").status_code == 200
    assert browser.get("/conversations", **{"X-Country": "DE"}).json()["params"] == {"reason": "country_changed"}
    assert ("country_changed", "red") in alarms(inside, who)


def test_one_account_signed_in_at_two_networks_is_flagged(person, tenant, new_browser, inside):
    who = person(tenant, Role.SUPERVISOR)
    same = elsewhere(new_browser(), who.browser.client.defaults["REMOTE_ADDR"])
    who.sign_in(same)
    assert alarms(inside, who) == set()
    who.sign_in(elsewhere(new_browser(), "203.0.113.9"))
    assert alarms(inside, who) == {("two_networks", "yellow")}


def test_one_who_signed_out_before_is_not_in_two_places(person, tenant, new_browser, inside):
    who = person(tenant, Role.SUPERVISOR)
    assert who.browser.auth("/auth/session", method="DELETE").status_code == 401
    who.sign_in(elsewhere(new_browser(), "203.0.113.9"))
    assert alarms(inside, who) == set()


def test_sessions_say_where_they_are(person, tenant):
    who = person(tenant, Role.SUPERVISOR)
    listed = who.browser.get("/sessions?mine=true").json()["items"]
    network = who.browser.client.defaults["REMOTE_ADDR"].rpartition(".")[0] + ".0/24"
    assert [(s["network"], s["country"]) for s in listed] == [(network, "")]


def asks(address, forwarded, path="/health"):
    client = Client(SERVER_NAME="localhost", REMOTE_ADDR=address)
    return client.get(f"/api/v1{path}", secure=True, headers={"X-Forwarded-For": forwarded}).status_code


def test_limits_count_clients_behind_a_proxy_of_ours_one_by_one(through_a_proxy, monkeypatch):
    monkeypatch.setattr(limits, "STRANGER", limits.Limit(burst=2, per_second=0.001))
    assert [asks(PROXY, "198.51.100.7") for _ in range(3)] == [200, 200, 429]
    assert [asks(PROXY, "10.0.0.1, 198.51.100.7") for _ in range(1)] == [429]
    assert [asks(PROXY, "198.51.100.8") for _ in range(3)] == [200, 200, 429]


def test_a_forged_header_gives_nobody_else_a_fresh_limit(through_a_proxy, monkeypatch):
    monkeypatch.setattr(limits, "STRANGER", limits.Limit(burst=2, per_second=0.001))
    assert [asks("192.0.2.2", f"198.51.100.{n}") for n in range(4)] == [200, 200, 429, 429]
    # Nor does it spend that of whom it names.
    assert asks(PROXY, "198.51.100.0") == 200


def test_a_proxy_that_names_nobody_is_counted_itself(through_a_proxy, monkeypatch):
    monkeypatch.setattr(limits, "STRANGER", limits.Limit(burst=2, per_second=0.001))
    assert [asks(PROXY, said) for said in ("", "unknown", "x,")] == [200, 200, 429]


def test_sign_ins_are_counted_by_the_same_address(through_a_proxy, person, tenant, new_browser):
    def tries(address, forwarded):
        sent = {"username": "nobody", "password": "wrong wrong wrong"}
        browser = elsewhere(new_browser(), address)
        return browser.auth("/auth/login", sent, **{"X-Forwarded-For": forwarded}).status_code

    with override_settings(ACCOUNT_RATE_LIMITS={"login": "2/m/ip"}):
        assert [tries(PROXY, "203.0.113.51") for _ in range(3)] == [400, 400, 429]
        assert tries(PROXY, "203.0.113.52") == 400
        assert [tries("192.0.2.77", f"203.0.113.{n}") for n in (60, 61, 62)] == [400, 400, 429]
