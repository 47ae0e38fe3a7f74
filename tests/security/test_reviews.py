"""Access reviews: everybody's rights are looked at, a removed one is dead at once, and the report is evidence."""

import hashlib
import json
from uuid import UUID

import pytest

from hushkeep.access import review_times
from hushkeep.access.models import Alarm, Review
from hushkeep.identity.roles import Role
from hushkeep.runtime import clock

pytestmark = pytest.mark.server


def reason(answer):
    assert answer.status_code in {403, 404, 409, 422}, answer.content
    return answer.json()["params"].get("reason") or answer.json()["code"]


def done(answer):
    assert answer.status_code in {200, 201}, answer.content
    return answer.json()


def test_a_campaign_from_its_opening_to_its_evidence(tenant, person, inside, events):
    guard, other = person(tenant, Role.SECURITY), person(tenant, Role.SECURITY)
    agent = person(tenant, Role.AGENT)
    review = done(guard.browser.post("/reviews"))["id"]
    assert reason(guard.browser.post("/reviews")) == "review_exists"
    rights = {item["person"]: item for item in done(guard.browser.get(f"/reviews/{review}"))["items"]}
    assert rights.keys() == {str(guard.id), str(other.id), str(agent.id)}
    assert "desk:view" in rights[str(agent.id)]["actions"]
    assert rights[str(agent.id)]["seen_at"]

    def decide(who, what, whom):
        return who.browser.post(f"/reviews/{review}/{what}?person={whom.id}")

    assert agent.browser.get("/me").status_code == 200
    assert done(decide(guard, "remove", agent))["verdict"] == "removed"
    assert agent.browser.get("/me").status_code == 401  # dead at once
    assert reason(decide(guard, "keep", agent)) == "review_item_removed"
    assert reason(decide(guard, "keep", guard)) == "own_rights"
    assert reason(decide(guard, "remove", guard)) == "own_rights"
    assert done(decide(guard, "keep", other))["decided_by"] == str(guard.id)
    assert reason(guard.browser.post(f"/reviews/{review}/close")) == "review_incomplete"
    assert done(decide(other, "keep", guard))["verdict"] == "kept"
    closed = done(guard.browser.post(f"/reviews/{review}/close"))
    assert reason(guard.browser.post(f"/reviews/{review}/close")) == "review_closed"
    report = done(guard.browser.get(f"/reviews/{review}"))
    assert closed["sha256"] == hashlib.sha256(report["report"].encode()).hexdigest()
    decided = {item["person"]: item["verdict"] for item in json.loads(report["report"])["items"]}
    assert decided == {str(guard.id): "kept", str(other.id): "kept", str(agent.id): "removed"}
    [evidence] = events(tenant, reason="review_evidence")
    assert (evidence["id"], evidence["target"]) == (UUID(closed["event"]), UUID(review))


def test_who_left_before_is_not_in_it_and_strangers_are_not_removed_by_it(tenant, person, two_tenants):
    guard = person(tenant, Role.SECURITY)
    review = done(guard.browser.post("/reviews"))["id"]
    late = person(tenant, Role.AGENT)
    assert guard.browser.post(f"/reviews/{review}/remove?person={late.id}").status_code == 404
    assert late.browser.get("/me").status_code == 200
    stranger = person(two_tenants[0], Role.SECURITY)
    assert stranger.browser.get(f"/reviews/{review}").status_code == 404


def test_each_quarter_opens_by_itself_and_a_late_one_is_a_yellow_alarm(tenant, person, inside):
    guard = person(tenant, Role.SECURITY)
    assert review_times.pass_time(tenant) == 0
    [opened] = done(guard.browser.get("/reviews"))["items"]
    assert (opened["overdue"], opened["closed_at"]) == (False, None)
    assert review_times.pass_time(tenant) == 0
    with inside(tenant):
        assert Review.objects.count() == 1
        Review.objects.update(due_at=clock.now())
    assert review_times.pass_time(tenant) == 1
    assert review_times.pass_time(tenant) == 0
    with inside(tenant):
        assert Alarm.objects.get(code="review_overdue").severity == "yellow"
