"""The key service's log and the ledger are matched both ways; what does not match is a red alarm.

The key service, its log and the database are processes of their own here; the rounds are the worker's.
"""

import json
import os
import time
import tomllib
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from hushkeep.access.models import Alarm
from hushkeep.audit import sequencer
from hushkeep.audit.log import append
from hushkeep.identity.roles import Role
from hushkeep.kernel import PLATFORM_TENANT, Action, ActorId, ActorKind, Event, EventId, Outcome, SubjectId, new_id
from hushkeep.runtime import clock
from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.roles import APP, DATABASE
from hushkeep.runtime.services import services
from hushkeep.watch.matching import GRACE
from hushkeep.watch.models import KeptOpening, MatchingPlace
from hushkeep.watch.reconciliation import Round, reconcile
from hushkeep.watch.services import reconcile_openings

pytestmark = [pytest.mark.server, pytest.mark.timeout(400)]

QUIET = Round(0, 0)
PHONE = "13499998888"
_PATIENCE_SECONDS = 240  # nothing in the suite is timed: a busy machine begins rounds late
TALK = {
    "id": "talk-1",
    "channel": "chat",
    "customer": {"phone": PHONE, "name": "王芳"},
    "turns": [{"speaker": "customer", "text": f"我的手机号是{PHONE}"}],
}


@pytest.fixture
def center(tenant, key_process):
    """A center whose keys are made."""
    key_process.create_tenant(tenant)
    return tenant


@pytest.fixture
def matched(center, key_process):
    """A function that does one round of the worker's, ``later`` from now."""

    def one_round(later=timedelta(0)):
        sequencer.run(center)
        return reconcile(center, key_process, tenants=[center], now=clock.now() + later)

    return one_round


@pytest.fixture
def alarms(center, inside):
    """A function that returns (code, severity, person, event, count) of the center's alarms."""

    def read():
        with inside(center):
            return list(Alarm.objects.order_by("id").values_list("code", "severity", "person", "event", "count"))

    return read


def _opens(keys, tenant, actor, event):
    keys.create_tenant(tenant)  # a site just started may not have come to it
    subject, conversation = new_id(), new_id()
    keys.create_subjects(tenant, [subject])
    [[wrap]] = keys.wrap_interactions(tenant, [(conversation, "text", os.urandom(32), [subject])])
    ticket = keys.ticket_sample(tenant, actor, subject, ["text"], event)
    keys.unwrap(ticket, event, [wrap])
    return subject


def _event(tenant, actor, event, subject):
    return Event(
        id=EventId(event),
        tenant=tenant,
        at=clock.now(),
        actor=ActorId(actor),
        actor_kind=ActorKind.PERSON,
        action=Action.CONVERSATION_REVEAL,
        outcome=Outcome.ALLOWED,
        reason="permitted",
        subject=SubjectId(subject),
    )


def test_what_the_product_opens_and_looks_up_matches(center, new_program, person, matched, alarms, inside):
    program = new_program(center)
    run = program.send("POST", "/intake/runs").json()["id"]
    assert program.batch(run, TALK).json()["taken"] == 1
    with inside(center), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM records_conversation")
        talk = cursor.fetchone()[0]
    browser = person(center, Role.SUPERVISOR).browser
    assert browser.post("/conversations/search", {"index": "phone", "value": PHONE}).status_code == 200
    assert browser.post(f"/conversations/{talk}/reveal", {"purpose": "complaint"}).status_code == 200
    assert matched() == QUIET
    assert matched(GRACE) == QUIET
    assert alarms() == []


def test_an_unwrap_without_its_event_is_a_red_alarm_within_two_rounds(center, key_process, matched, alarms):
    """So does an opening end whose transaction was killed before its commit."""
    actor, event = new_id(), new_id()
    _opens(key_process, center, actor, event)
    assert matched() == QUIET
    assert matched(GRACE) == Round(1, 0)
    assert alarms() == [("opening_without_event", "red", actor, event, 1)]
    assert matched(2 * GRACE) == QUIET


def test_an_event_without_its_unwrap_is_a_red_alarm_within_one_round(center, matched, alarms, inside):
    actor, event = new_id(), new_id()
    with inside(center):
        append(_event(center, actor, event, new_id()))
    assert matched() == Round(0, 1)
    assert alarms() == [("event_without_opening", "red", actor, event, 1)]
    assert matched() == QUIET


def test_an_event_that_is_committed_late_is_waited_for(center, key_process, matched, alarms, inside):
    actor, event = new_id(), new_id()
    subject = _opens(key_process, center, actor, event)
    assert matched() == QUIET
    with inside(center):
        append(_event(center, actor, event, subject))
    assert matched(GRACE) == QUIET
    assert alarms() == []


@pytest.mark.parametrize("changed", ["actor", "subject"])
def test_the_event_of_somebody_else_covers_no_opening(center, key_process, matched, inside, changed):
    actor, event = new_id(), new_id()
    subject = _opens(key_process, center, actor, event)
    other = {"actor": actor, "subject": subject} | {changed: new_id()}
    with inside(center):
        append(_event(center, event=event, **other))
    assert matched().without_event == 1


def test_what_is_in_hand_is_kept_in_the_database_not_in_the_process(center, key_process, matched, alarms, inside):
    _opens(key_process, center, new_id(), new_id())
    matched()
    with inside(center):
        assert (MatchingPlace.objects.get().key_seq, KeptOpening.objects.count()) == (
            key_process.status()["log_seq"],
            1,
        )
    assert matched(GRACE) == Round(1, 0)
    with inside(center):
        assert KeptOpening.objects.count() == 0
    assert len(alarms()) == 1


def test_a_key_log_that_is_shorter_than_it_was_is_a_red_alarm(center, matched, alarms, inside):
    matched()
    with inside(center):
        MatchingPlace.objects.update(key_seq=10**9)
    matched()
    assert [alarm[:2] for alarm in alarms()] == [("key_log_went_back", "red")]


def test_a_round_that_dies_is_done_again_and_nothing_is_lost(center, key_process, matched, alarms, monkeypatch):
    _opens(key_process, center, new_id(), new_id())
    matched()
    with monkeypatch.context() as broken:
        broken.setattr("hushkeep.watch.reconciliation._keep", _dies)
        with pytest.raises(KeyboardInterrupt):
            matched(GRACE)
    assert alarms() == []
    assert matched(GRACE) == Round(1, 0)
    assert len(alarms()) == 1


def _dies(*_):
    raise KeyboardInterrupt


def test_what_was_opened_for_a_center_the_site_does_not_know_falls_to_the_platform(database, key_process, inside):
    actor, event, stranger = new_id(), new_id(), new_id()
    key_process.create_tenant(stranger)
    _opens(key_process, stranger, actor, event)
    others = [opening.tenant for opening in key_process.openings_since(0, 10_000)[1] if opening.tenant != stranger]
    rounds = [
        reconcile(PLATFORM_TENANT, key_process, tenants=others, now=clock.now() + later).without_event
        for later in (timedelta(0), GRACE)
    ]
    assert rounds == [0, 1]
    with inside(PLATFORM_TENANT):
        assert Alarm.objects.filter(code="opening_without_event", event=event, severity="red").count() == 1


def test_rounds_and_grace_leave_no_opening_without_its_alarm_for_sixty_seconds():
    [rounds] = [one for one in services() if one.work is reconcile_openings]
    # An opening just after a round, found by the first round after its grace, itself as late as may be.
    assert GRACE + 2 * timedelta(seconds=rounds.every) <= timedelta(seconds=60)


def test_the_workers_own_rounds_sound_the_alarm(own_site):
    """A whole site under ``hushkeep up``: nothing here calls the matching, the running worker does."""
    tenant = tomllib.loads((own_site.data_dir / "site.toml").read_text())["tenant"][0]["id"]
    actor, event = new_id(), new_id()
    with KeyClient(own_site.data_dir / "run" / "keys" / "keys.sock") as client:
        _opens(client, UUID(tenant), actor, event)
    until = time.monotonic() + _PATIENCE_SECONDS
    told = None
    while told is None and time.monotonic() < until:
        time.sleep(1)
        told = _alarm_of(own_site, tenant, event)
    assert told == ("opening_without_event", "red", actor)


def _alarm_of(site, tenant, event):
    password = json.loads((site.data_dir / "secrets" / "database").read_text())[APP]
    dsn = f"host={site.data_dir}/run/pg user={APP} dbname={DATABASE} password={password}"
    with psycopg.connect(dsn) as own:
        own.execute("SELECT set_config('app.tenant', %s, true)", [tenant])
        return own.execute("SELECT code, severity, person FROM access_alarm WHERE event = %s", [event]).fetchone()
