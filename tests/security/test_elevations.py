"""Administrators hold no rights of change by standing: they take them, in one session, for minutes, and it is told."""

from datetime import timedelta

import pytest

from hushkeep.access.actors import Actor
from hushkeep.access.administration import elevations
from hushkeep.access.gate import StepUpRequired
from hushkeep.access.models import Alarm, Elevation
from hushkeep.identity.roles import Role
from hushkeep.kernel import Denied
from hushkeep.runtime import clock

pytestmark = pytest.mark.server

WANTED = {"reason": "leaver", "minutes": 20}


@pytest.fixture
def office(tenant, person):
    """An administrator who has taken nothing."""
    return person(tenant, elevated=False)


def refused(answer):
    assert answer.status_code == 403, answer.content
    return answer.json()["code"], answer.json()["params"]["reason"]


MISSING = ("step_up_required", "elevation_missing")


def test_nothing_is_changed_without_and_everything_with_and_the_officers_are_told(
    tenant, office, person, inside, events
):
    leaver = person(tenant, Role.AGENT, signed_in=False)
    path = f"/people/{leaver.id}/deactivate"
    assert refused(office.browser.post(path)) == MISSING
    assert office.browser.get("/me").json()["session"]["elevated_until"] is None
    taken = office.browser.post("/elevations", WANTED)
    assert taken.status_code == 201, taken.content
    assert office.browser.get("/me").json()["session"]["elevated_until"] == taken.json()["ends_at"]
    assert office.browser.post(path).status_code == 200
    with inside(tenant):
        told = Alarm.objects.get(code="elevation_taken")
    assert (told.severity, told.person) == ("blue", office.id)
    assert office.browser.post("/elevations/end").status_code == 204
    assert refused(office.browser.post(f"/people/{leaver.id}/invite")) == MISSING
    assert [e["outcome"] for e in events(tenant, action="elevation:take")] == ["allowed"]


def test_it_holds_in_the_session_that_took_it_alone(office, new_browser):
    assert office.browser.post("/elevations", WANTED).status_code == 201
    elsewhere = office.sign_in(new_browser())
    assert refused(elsewhere.post("/people", {"login": "x", "name": " ", "role": "agent"})) == MISSING


def test_it_ends_by_itself(tenant, office, inside):
    assert office.browser.post("/elevations", WANTED).status_code == 201
    with inside(tenant):
        Elevation.objects.update(ends_at=clock.now())
    assert refused(office.browser.post("/people", {"login": "x", "name": " ", "role": "agent"})) == MISSING


def test_a_stale_second_factor_takes_nothing(tenant, office):
    old = clock.now() - timedelta(minutes=6)
    stale = Actor(person=office.id, tenant=tenant, role=Role.ADMINISTRATOR, second_factor_at=old)
    with pytest.raises(StepUpRequired):
        elevations.take(stale, reason="leaver", lasts=timedelta(minutes=5))


def test_without_a_session_nothing_is_taken(tenant, office):
    program = Actor(person=office.id, tenant=tenant, role=Role.ADMINISTRATOR, second_factor_at=clock.now())
    with pytest.raises(Denied, match="person_required"):
        elevations.take(program, reason="leaver", lasts=timedelta(minutes=5))


@pytest.mark.parametrize(
    ("changes", "status"), [({"reason": "boredom"}, 422), ({"minutes": 61}, 422), ({"minutes": 0}, 422)]
)
def test_what_cannot_be_taken(office, changes, status):
    assert office.browser.post("/elevations", WANTED | changes).status_code == status


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_else_takes_it(center, person, role):
    assert person(center, role).browser.post("/elevations", WANTED).status_code == 403


def test_somebody_who_holds_two_offices_takes_nothing(tenant, office, person):
    guard, other = person(tenant, Role.SECURITY, signed_in=False), person(tenant)
    assert other.browser.post(f"/people/{office.id}/same", {"other": str(guard.id)}).status_code == 204
    assert office.browser.post("/elevations", WANTED).json()["code"] == "roles_conflict"


def test_with_all_rights_taken_an_administrator_still_sees_no_customer(tenant, program, run, office):
    talk = {"id": "t", "channel": "chat", "turns": [{"speaker": "customer", "text": "13499998888"}]}
    assert program.batch(run, talk).json()["taken"] == 1
    assert office.browser.post("/elevations", WANTED).status_code == 201
    for path in ("/conversations", "/recordings", "/emergencies", "/exports/register"):
        assert office.browser.get(path).status_code == 403, path
    assert office.browser.post("/conversations/search", {"index": "phone", "value": "13499998888"}).status_code == 403
    assert office.browser.post("/exports", {"format": "csv", "purpose": "legal_duty"}).status_code == 403
