"""An auditor from outside: for a time, the events of a time, nothing else; and their own readings are in the log."""

from datetime import timedelta
from uuid import UUID

import pytest

from hushkeep.audit import log, sequencer
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, ActorKind, Event, EventId, Outcome, new_id
from hushkeep.runtime.clock import now

pytestmark = pytest.mark.server


def bind(person, center, auditor, **changes):
    """Have an administrator give the auditor a mandate; return the answer."""
    moment = now()
    times = {
        "opens_at": moment - timedelta(hours=1),
        "closes_at": moment + timedelta(hours=1),
        "since": moment - timedelta(days=30),
        "until": moment - timedelta(days=10),
    } | changes
    body = {name: at.isoformat() if at else None for name, at in times.items()}
    admin = person(center, Role.ADMINISTRATOR).browser
    return admin.send("POST", f"/people/{auditor.id}/mandate", body)


def happened(inside, center, days_ago):
    """Write an event of so many days ago; return its id."""
    event = Event(
        id=EventId(new_id()),
        tenant=center,
        at=now() - timedelta(days=days_ago),
        actor=None,
        actor_kind=ActorKind.SYSTEM,
        action=Action.SYSTEM_STATUS,
        outcome=Outcome.ALLOWED,
        reason="ok",
    )
    with inside(center):
        log.append(event)
    sequencer.run(center)
    return str(event.id)


@pytest.fixture
def center(tenant):
    """A center of the test's own: it counts events."""
    return tenant


@pytest.fixture
def auditor(person, center):
    return person(center, Role.AUDITOR)


def shown(auditor, query=""):
    answer = auditor.browser.get(f"/events{query}")
    assert answer.status_code == 200, answer.content
    return [item["id"] for item in answer.json()["items"]]


def test_only_the_events_of_the_mandates_time_are_shown_and_proved(person, center, auditor, inside):
    old, fit, young = (happened(inside, center, days) for days in (40, 20, 5))
    assert {old, fit, young} <= set(shown(auditor))
    assert bind(person, center, auditor).status_code == 200
    assert shown(auditor) == [fit]
    assert shown(auditor, "?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z") == [fit]
    assert auditor.browser.get(f"/events/{fit}/proof").status_code == 200
    for outside in (old, young):
        refused = auditor.browser.get(f"/events/{outside}/proof")
        assert refused.status_code == 403
        assert refused.json()["params"]["reason"] == "outside_mandate"


def test_their_own_readings_are_events(person, center, auditor, events):
    bind(person, center, auditor)
    answer = auditor.browser.get("/events")
    (told,) = events(center, request=UUID(answer["X-Request-Id"]))
    assert (told["actor"], told["action"], told["outcome"], told["count"]) == (auditor.id, "audit:read", "allowed", 0)


@pytest.mark.parametrize("times", [{"closes_at": -1}, {"opens_at": 1, "closes_at": 2}])
def test_before_and_after_its_time_a_mandate_opens_nothing(person, center, auditor, times):
    moment = now()
    given = {name: moment + timedelta(seconds=3600 * hours) for name, hours in times.items()}
    if "opens_at" not in given:
        given["opens_at"] = moment - timedelta(hours=3)
    assert bind(person, center, auditor, **given).status_code == 200
    refused = auditor.browser.get("/events")
    assert (refused.status_code, refused.json()["params"]["reason"]) == (403, "mandate_over")


@pytest.mark.parametrize("path", ["people", "sessions", "devices", "alarms", "intake/runs", "policy"])
def test_a_mandate_takes_what_an_auditor_of_the_house_may_see_besides(person, center, auditor, path):
    assert auditor.browser.get(f"/{path}").status_code == 200
    bind(person, center, auditor)
    refused = auditor.browser.get(f"/{path}")
    assert (refused.status_code, refused.json()["params"]["reason"]) == (403, "outside_mandate")


def test_a_mandate_is_for_auditors_and_ends(person, center, auditor):
    qa = person(center, Role.QA)
    assert bind(person, center, qa).status_code == 422
    assert bind(person, center, auditor, closes_at=now() + timedelta(days=400)).status_code == 422
    assert bind(person, center, auditor, since=now()).status_code == 422
    assert bind(person, center, auditor, since=None, until=None).status_code == 200


def test_an_auditor_gives_no_mandate(center, auditor):
    body = {"opens_at": "2026-03-04T08:00:00Z", "closes_at": "2026-03-05T08:00:00Z"}
    assert auditor.browser.send("POST", f"/people/{auditor.id}/mandate", body).status_code == 403


def test_a_mandate_that_is_ended_opens_nothing_more_and_makes_nobody_one_of_the_house(person, center, auditor):
    admin = person(center, Role.ADMINISTRATOR).browser
    path = f"/people/{auditor.id}/mandate"
    assert admin.post(f"{path}/end").status_code == 404
    assert bind(person, center, auditor).status_code == 200
    assert auditor.browser.get("/events").status_code == 200
    assert admin.post(f"{path}/end").status_code == 200
    refused = auditor.browser.get("/events")
    assert (refused.status_code, refused.json()["params"]["reason"]) == (403, "mandate_over")
    again = admin.post(f"{path}/end")
    assert (again.status_code, again.json()["params"]["reason"]) == (409, "mandate_ended")
    assert bind(person, center, auditor, opens_at=now() + timedelta(minutes=30)).status_code == 200
    assert admin.post(f"{path}/end").status_code == 200, "also one that has not begun"
    assert auditor.browser.get("/events").status_code == 403


def test_the_mandates_of_a_person_are_listed_the_one_that_holds_first(person, center, auditor, events):
    admin = person(center, Role.ADMINISTRATOR)
    assert admin.browser.get(f"/people/{auditor.id}/mandates").json() == {"items": []}
    for hours in (2, 3):
        bind(person, center, auditor, closes_at=now() + timedelta(hours=hours), since=None, until=None)
    admin.browser.post(f"/people/{auditor.id}/mandate/end")
    answer = admin.browser.get(f"/people/{auditor.id}/mandates")
    items = answer.json()["items"]
    assert len(items) == 3
    assert items[0]["given_by"] == str(admin.id)
    closing = [item["closes_at"] for item in items]
    assert closing[0] < closing[2] < closing[1]
    (told,) = events(center, request=UUID(answer["X-Request-Id"]))
    assert (told["action"], told["outcome"], told["count"]) == ("user:list", "allowed", 3)


def test_another_centers_auditor_has_no_mandates_here(person, center, two_tenants):
    stranger = person(two_tenants[0], Role.AUDITOR)
    admin = person(center, Role.ADMINISTRATOR).browser
    assert admin.get(f"/people/{stranger.id}/mandates").status_code == 404
    assert admin.post(f"/people/{stranger.id}/mandate/end").status_code == 404
