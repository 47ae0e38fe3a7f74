"""Killed at random, started twice, clocks going back: no acknowledged event is lost, none is placed twice."""

import random
import subprocess
import sys
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connections

from hushkeep.audit import fsck, log, months, sequencer
from hushkeep.kernel import Action, ActorKind, Event, EventId, Outcome, new_id
from hushkeep.runtime.clock import now
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server

KILLS = 20

PROLOGUE = """
import sys, time
from uuid import UUID
from hushkeep.runtime.boot import boot
boot()
from hushkeep.audit import log, months, sequencer
from hushkeep.kernel import Action, ActorKind, Event, EventId, Outcome, TenantId, new_id
from hushkeep.runtime.clock import now
from hushkeep.runtime.tenancy import tenant_transaction
tenant = TenantId(UUID(sys.argv[1]))
def event():
    return Event(id=EventId(new_id()), tenant=tenant, at=now(), actor=None, actor_kind=ActorKind.SYSTEM,
                 action=Action.SYSTEM_STATUS, outcome=Outcome.ALLOWED, reason="ok")
"""
# Each line on stdout is an acknowledged event: written after the commit, flushed before the next begins.
APPEND = (
    PROLOGUE
    + """
while True:
    made = [event() for _ in range(3)]
    with tenant_transaction(tenant):
        log.append_many(made)
    for e in made:
        print(e.id, flush=True)
"""
)
SEQUENCE = (
    PROLOGUE
    + """
sequencer.BATCH = 64
print("up", flush=True)
while True:
    sequencer.run(tenant)
"""
)


def started(script, tenant, out=subprocess.DEVNULL):
    return subprocess.Popen([sys.executable, "-c", script, str(tenant)], stdout=out, stderr=subprocess.PIPE, text=True)


def killed(process):
    """Kill the process; return what it had said and nobody has read. It must not have ended by itself."""
    assert process.poll() is None, process.stderr.read()
    process.kill()
    with process:
        return process.stdout.read() if process.stdout else ""


def writing(tenant):
    """Start a writer; return it with the first events that it has acknowledged."""
    writer = started(APPEND, tenant, subprocess.PIPE)
    first = {writer.stdout.readline().strip() for _ in range(3)}
    assert all(first), writer.stderr.read()
    return writer, first


def event(tenant, **changes):
    values = {
        "id": EventId(new_id()),
        "tenant": tenant,
        "at": now(),
        "actor": uuid4(),
        "actor_kind": ActorKind.PERSON,
        "action": Action.SYSTEM_STATUS,
        "outcome": Outcome.ALLOWED,
        "reason": "ok",
    }
    return Event(**(values | changes))


def placed(tenant):
    with tenant_transaction(tenant), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT first + n - 1, event::text FROM event_leaf, unnest(events) WITH ORDINALITY u(event, n) ORDER BY 1"
        )
        return cursor.fetchall()


def whole(tenant, acknowledged):
    """Bring the log up to date and hold it: dense, without doubles, every acknowledged event in it, the tree true."""
    until = time.monotonic() + 60
    sequencer.run(tenant)
    while (report := fsck.fsck(tenant)).waiting and time.monotonic() < until:
        time.sleep(0.1)  # the database has not noticed yet that a killed sequencer is gone, and keeps its lock
        sequencer.run(tenant)
    rows = placed(tenant)
    assert report.waiting == 0
    assert [seq for seq, _ in rows] == list(range(report.entries))
    ids = [event for _, event in rows]
    assert len(set(ids)) == len(ids)
    assert acknowledged <= set(ids)


def test_no_acknowledged_event_is_lost_when_writers_and_sequencers_are_killed(tenant):
    dice = random.Random(6)
    acknowledged = set()
    for kill in range(KILLS // 2):
        workers = [started(SEQUENCE, tenant, subprocess.PIPE) for _ in range(1 + kill % 2)]
        writer, first = writing(tenant)
        for worker in workers:
            assert worker.stdout.readline() == "up\n"
        time.sleep(dice.uniform(0.05, 0.4))
        for worker in workers:
            killed(worker)
        acknowledged |= first | set(killed(writer).split())
        whole(tenant, acknowledged)
    assert len(acknowledged) > KILLS


def test_two_sequencers_at_once_place_each_event_once(tenant):
    workers = [started(SEQUENCE, tenant, subprocess.PIPE) for _ in range(3)]
    writer, first = writing(tenant)
    for worker in workers:
        assert worker.stdout.readline() == "up\n"
    time.sleep(1)
    acknowledged = first | set(killed(writer).split())
    for worker in workers:
        killed(worker)
    whole(tenant, acknowledged)


def test_without_the_lock_two_sequencers_cannot_both_commit(tenant, monkeypatch):
    """Were the lock ever to fail: the second one's places are taken, its transaction falls."""
    sequencer.run(tenant)
    for _ in range(2):
        with tenant_transaction(tenant):
            log.append(event(tenant))
        if not placed(tenant):
            sequencer.run(tenant)
    monkeypatch.setattr(sequencer, "_LOCK", sequencer._LOCK.replace("pg_try_advisory_xact_lock(", "(1 < 2 OR 1 = "))
    one, calls = sequencer._one, []

    def late(cursor):
        row = one(cursor)
        if len(row) > 4 and not calls:  # the last checkpoint is read, nothing is placed yet
            calls.append(sequencer_of_another(tenant))
        return row

    monkeypatch.setattr(sequencer, "_one", late)
    with pytest.raises(DatabaseError):
        sequencer.run(tenant)
    assert calls == [1]
    monkeypatch.undo()
    whole(tenant, set())


def sequencer_of_another(tenant):
    """Place what waits in another process, which then appends one more event; return how many it placed."""
    more = "print(sequencer.run(tenant))\nwith tenant_transaction(tenant):\n    log.append(event())\n"
    script = PROLOGUE + more
    done = subprocess.run(
        [sys.executable, "-c", script, str(tenant)], capture_output=True, text=True, check=True, timeout=60
    )
    return int(done.stdout)


def test_a_clock_that_goes_back_neither_loses_nor_moves_an_event(tenant):
    moments = [now(), now() - timedelta(hours=3), now() - timedelta(days=40), now() + timedelta(minutes=5)]
    written = []
    for at in moments:
        one = event(tenant, at=at)
        written.append(str(one.id))
        with tenant_transaction(tenant):
            log.append(one)
        sequencer.run(tenant)
    assert [identity for _, identity in placed(tenant)] == written
    whole(tenant, set(written))


def test_an_event_of_a_month_without_a_partition_is_kept_all_the_same(tenant):
    odd = [event(tenant, at=now() + timedelta(days=4000)), event(tenant, at=now() - timedelta(days=9000))]
    with tenant_transaction(tenant):
        log.append_many(odd)
    whole(tenant, {str(one.id) for one in odd})
    months.make_ahead(now())


def test_a_month_whose_drop_is_cut_short_is_there_as_a_whole(tenant):
    """The drop is one transaction: until it commits, nothing of the month is gone."""
    at = now() - timedelta(days=2000)
    with connections["sequencer"].cursor() as cursor:
        cursor.execute("SELECT hushkeep_audit_month(%s)", [at])
    with tenant_transaction(tenant):
        log.append_many([event(tenant, at=at) for _ in range(4)])
    sequencer.run(tenant)
    script = (
        PROLOGUE
        + """
from django.db import connections, transaction
with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
    cursor.execute("SELECT format('DROP TABLE %I', 'event_header' || to_char(%s::timestamptz, '_YYYY_MM'))"
                   .replace("%I", "%%I"), [sys.argv[2]])
    cursor.execute(cursor.fetchone()[0])
    print("dropping", flush=True)
    time.sleep(60)
"""
    )
    command = [sys.executable, "-c", script, str(tenant), at.isoformat()]
    dropper = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert dropper.stdout.readline() == "dropping\n", dropper.stderr.read()
    killed(dropper)
    assert fsck.fsck(tenant).entries == 4
