"""One worker at a time searches a recording: long steps keep the lease, and who has lost it says nothing."""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import OperationalError

from hushkeep.kernel import Error, Unavailable
from hushkeep.records import discarded, unused_rings
from hushkeep.records.recordings import _copies, _lease, _searching, expiry, scanning
from hushkeep.runtime import clock
from hushkeep.runtime.settings import settings
from made_calls import CODE, call, objects_on_disk

pytestmark = pytest.mark.server

LONG = _lease.STALE_AFTER + timedelta(seconds=30)


@pytest.fixture
def later(monkeypatch):
    """A function that lets time pass, for everybody.

    Only from its first call on: what is imported meanwhile would keep this clock.
    """
    now, passed = clock.now, timedelta()

    def step(time):
        nonlocal passed
        passed += time
        monkeypatch.setattr(clock, "now", lambda: now() + passed)

    return step


@pytest.fixture
def meanwhile(monkeypatch):
    """A function that has something happen, once, in the middle of a scan: before its first or a later sealing."""

    def arrange(act, before=1):
        seal, sealings = _copies.seal, []

        def interrupted(*given, **named):
            sealings.append(1)
            if len(sealings) == before:
                act()
            return seal(*given, **named)

        monkeypatch.setattr(_copies, "seal", interrupted)

    return arrange


def copies(desk):
    return desk.rows("SELECT id::text FROM records_recordingcopy")


def taken_up(desk, recording):
    """Whether another worker is told to take the recording up, and does."""
    scans = desk.rows("SELECT scans FROM records_recording WHERE id = %s", recording)
    told = expiry.resume(desk.tenant)
    desk.scan(recording)
    return bool(told) or desk.rows("SELECT scans FROM records_recording WHERE id = %s", recording) != scans


def asleep(monkeypatch):
    """From now on no lease is renewed."""
    monkeypatch.setattr(_lease, "_RENEW_SECONDS", 3600.0)


@pytest.mark.parametrize("again", [False, True])
def test_a_long_step_keeps_its_lease_and_is_not_taken_up_twice(desk, later, meanwhile, monkeypatch, again):
    recording = desk.redacted(call()) if again else desk.landed(call())
    monkeypatch.setattr(_lease, "_RENEW_SECONDS", 0.01)
    seen = []

    def long_step():
        later(LONG)
        renewed, give_up = clock.now(), time.monotonic() + 30
        while desk.rows("SELECT beat_at FROM records_recording")[0][0] < renewed and time.monotonic() < give_up:
            time.sleep(0.01)
        seen.append(taken_up(desk, recording))

    meanwhile(long_step)
    desk.scan(recording)
    assert seen == [False]
    assert desk.state(recording) == ("redacted", None)
    assert desk.rows("SELECT scans, stage FROM records_recording") == [(1 + again, None)]


def test_a_lease_that_nobody_renews_runs_out_and_another_takes_the_call_up(desk, later, meanwhile, monkeypatch):
    recording, seen = desk.landed(call()), []
    asleep(monkeypatch)

    def slept():
        later(LONG)
        seen.append(taken_up(desk, recording))

    meanwhile(slept)
    desk.scan(recording)
    assert seen == [True]


@pytest.mark.parametrize("before", [1, 3])
def test_who_lost_the_lease_publishes_nothing_and_leaves_nothing_behind(desk, later, meanwhile, monkeypatch, before):
    on_disk, recording, published = set(objects_on_disk()), desk.landed(call()), []
    asleep(monkeypatch)

    def overtaken():
        later(LONG)
        assert taken_up(desk, recording)
        published.extend(copies(desk))

    meanwhile(overtaken, before)
    desk.scan(recording)
    assert desk.state(recording) == ("redacted", None)
    assert sorted(copies(desk)) == sorted(published)
    assert discarded.clear(desk.tenant) > 2, "at once, not after an hour"
    assert {path.name for path in set(objects_on_disk()) - on_disk} == {name for (name,) in published}
    assert unused_rings.clear(desk.tenant) == 1, "the ring of its original, if it cut codes"
    assert desk.rows("SELECT id FROM records_discardedobject") == []


@pytest.mark.parametrize("code", ["", CODE])
def test_who_lost_the_lease_stops_where_it_next_tells_how_far_it_is(desk, later, monkeypatch, code):
    recording, search, stopped = desk.landed(call(code)), _searching.search, []
    monkeypatch.setattr(scanning, "_TELL_SECONDS", 0)
    asleep(monkeypatch)

    def searching(*given, **named):
        monkeypatch.setattr(_searching, "search", search)
        later(LONG)
        assert taken_up(desk, recording)
        try:
            return search(*given, **named)
        except Error as failure:
            stopped.append(type(failure))
            raise

    monkeypatch.setattr(_searching, "search", searching)
    desk.scan(recording)
    # Where a code was cut, the original that it reads is gone as well.
    assert len(stopped) == 1
    assert code or stopped == [_lease.LeaseLostError]
    assert desk.state(recording) == ("redacted", None)
    assert desk.rows("SELECT scans FROM records_recording") == [(2,)]


def test_who_lost_the_lease_quarantines_nothing(desk, later, monkeypatch):
    recording, search = desk.landed(call()), _searching.search
    asleep(monkeypatch)

    def failing(*_, **__):
        monkeypatch.setattr(_searching, "search", search)
        later(LONG)
        assert taken_up(desk, recording)
        raise Unavailable("the recogniser is away")

    monkeypatch.setattr(_searching, "search", failing)
    desk.scan(recording)
    assert desk.state(recording) == ("redacted", None)


def test_a_recording_that_ends_while_it_is_searched_stays_ended(desk, later, meanwhile):
    on_disk, recording = set(objects_on_disk()), desk.landed(call())

    def ended():
        later(settings().recording_unscanned + timedelta(seconds=1))
        assert expiry.expire(desk.tenant) == 1

    meanwhile(ended)
    desk.scan(recording)
    assert desk.state(recording) == ("expired", "not_searched_in_time")
    assert copies(desk) == []
    discarded.clear(desk.tenant)
    assert set(objects_on_disk()) == on_disk


def test_the_lease_is_renewed_by_who_works_alone_and_over_a_database_that_was_away(desk, monkeypatch):
    recording, asked = desk.landed(call()), []
    desk.rows("UPDATE records_recording SET stage = 'listen', scans = 1 RETURNING id")
    monkeypatch.setattr(_lease, "_RENEW_SECONDS", 0.01)
    transaction, away = _lease.tenant_transaction, threading.Event()

    @contextmanager
    def failing_once(tenant):
        asked.append(1)
        if len(asked) == 1:
            raise OperationalError
        with transaction(tenant):
            yield
        away.set()

    monkeypatch.setattr(_lease, "tenant_transaction", failing_once)
    with _lease.Lease(desk.tenant, UUID(recording), 1).kept():
        assert away.wait(30)
    beats = len(asked)
    time.sleep(0.1)
    assert (len(asked), [thread.name for thread in threading.enumerate()].count("lease")) == (beats, 0)
