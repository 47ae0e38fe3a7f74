"""Whom nobody has seen for 90 days is switched off, with an event; never the last who could let the others in."""

from datetime import timedelta

import pytest

from hushkeep.access.jobs import end_tickets
from hushkeep.access.unused import switch_off
from hushkeep.identity.models import Session, User
from hushkeep.identity.roles import Role
from hushkeep.kernel import Denied, new_id
from hushkeep.runtime import clock

pytestmark = pytest.mark.server


def away(inside, tenant, who, days):
    since = clock.now() - timedelta(days=days)
    with inside(tenant):
        Session.objects.filter(person=who.id).update(seen_at=since)
        User.objects.filter(id=who.id).update(enrolled_at=since)


def active(who):
    return User.objects.get(id=who.id).is_active


def test_unused_accounts_are_switched_off_and_used_ones_are_not(person, tenant, inside, events):
    admin, gone, there = person(tenant), person(tenant, Role.AGENT), person(tenant, Role.AGENT)
    away(inside, tenant, gone, 91)
    away(inside, tenant, there, 89)
    assert switch_off(tenant) == 1
    assert [active(who) for who in (admin, gone, there)] == [True, False, True]
    assert switch_off(tenant) == 0
    told = events(tenant, action="user:remove")
    assert [(e["target"], e["outcome"], e["actor"]) for e in told] == [(gone.id, "allowed", None)]
    refused = gone.browser.auth("/auth/login", {"username": gone.login, "password": "quartz otter violin 88"})
    assert refused.status_code != 200
    assert gone.browser.get("/me").status_code == 401


def test_the_last_administrators_stay_however_long_they_were_away(person, tenant, inside):
    first, second = person(tenant), person(tenant)
    for who in (first, second):
        away(inside, tenant, who, 400)
    assert switch_off(tenant) == 0
    assert active(first)
    away(inside, tenant, second, 1)
    assert switch_off(tenant) == 1
    assert [active(first), active(second)] == [False, True]


def test_a_leavers_tickets_end_with_their_sessions(person, tenant, key_process):
    key_process.create_tenant(tenant)
    subject = new_id()
    key_process.create_subjects(tenant, [subject])
    admin, leaver = person(tenant), person(tenant, Role.SUPERVISOR)
    ticket = key_process.ticket_sample(tenant, leaver.id, subject, ["text"], new_id())
    assert admin.browser.post(f"/people/{leaver.id}/deactivate").status_code == 200
    end_tickets.work(tenant, person=leaver.id)
    with pytest.raises(Denied, match="ticket_unknown"):
        key_process.unwrap(ticket, new_id(), [])
