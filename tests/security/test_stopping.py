"""One click stops a person: every session and every ticket, at once, with one event."""

from uuid import uuid4

import pytest

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
