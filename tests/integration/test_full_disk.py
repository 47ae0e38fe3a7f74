"""Full disks: what was acknowledged stays, the error says what is wrong, and room alone makes it well again."""

import json
import os
import shutil
import subprocess
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import psycopg
import psycopg.errors
import pytest
from django.db import OperationalError, connections

from hushkeep import cli
from hushkeep.audit import deposits, fsck, health, log, outside, pack, sequencer, witnessing
from hushkeep.audit.log_key import log_key
from hushkeep.cli.ledger_witness import Witness, read_witness_key, server
from hushkeep.kernel import Action, ActorKind, Event, EventId, Outcome, Unavailable, new_id
from hushkeep.ledger import packverify
from hushkeep.runtime.clock import now
from hushkeep.runtime.cluster import SUPERUSER
from hushkeep.runtime.database import PASSWORDS, SUPERUSER_KEY
from hushkeep.runtime.roles import DATABASE
from hushkeep.runtime.secret_files import role_passwords
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server


class Disk:
    """A small file system of its own in memory."""

    def __init__(self, folder):
        self.folder = folder

    def leave(self, free):
        """Have ``free`` bytes left on it."""
        state = os.statvfs(self.folder)
        self.resize((state.f_blocks - state.f_bfree) * state.f_frsize + free)

    def resize(self, size):
        subprocess.run(["mount", "-o", f"remount,size={size}", self.folder], check=True)


@pytest.fixture
def disk():
    """A disk of 256 MB where the database's own user may pass; pytest closes its folders at each of its starts."""
    folder = Path(tempfile.mkdtemp(prefix="hushkeep-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", "size=256m,mode=0711", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("a disk of its own is mounted by root alone")
    (folder / "taken").write_bytes(bytes(65_536))  # a size of 0 would be no limit
    yield Disk(folder)
    subprocess.run(["umount", "--lazy", folder], check=True)
    folder.rmdir()


@pytest.fixture
def admin(database):
    """The database's superuser."""
    password = role_passwords(PASSWORDS)[SUPERUSER_KEY]
    with psycopg.connect(database.dsn(SUPERUSER, password, DATABASE), autocommit=True) as connection:
        yield connection


@pytest.fixture
def moved(admin, database, disk):
    """A function that moves a table to the disk of its own until the test ends."""
    with ExitStack() as back:
        place = disk.folder / "tables"
        place.mkdir(mode=0o700)
        if database.user.drop:
            os.chown(place, database.user.user, database.user.group)
        admin.execute(f"CREATE TABLESPACE own_disk LOCATION '{place}'")
        back.callback(admin.execute, "DROP TABLESPACE own_disk")

        def move(table):
            connections.close_all()
            # A vacuum takes room for its maps, or gives some back, just when the disk is to be full.
            admin.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
            back.callback(admin.execute, f"ALTER TABLE {table} RESET (autovacuum_enabled)")
            admin.execute(f"ALTER TABLE {table} SET TABLESPACE own_disk")
            back.callback(admin.execute, f"ALTER TABLE {table} SET TABLESPACE pg_default")
            back.callback(connections.close_all)
            back.callback(disk.resize, "256m")

        yield move


def events(tenant, count):
    return [
        Event(
            id=EventId(new_id()),
            tenant=tenant,
            at=now(),
            actor=uuid4(),
            actor_kind=ActorKind.PERSON,
            action=Action.SYSTEM_STATUS,
            outcome=Outcome.ALLOWED,
            reason="ok",
        )
        for _ in range(count)
    ]


def appended(tenant, count):
    """Append in one transaction; return the acknowledged ids."""
    made = events(tenant, count)
    with tenant_transaction(tenant):
        log.append_many(made)
    return {str(event.id) for event in made}


def held(tenant):
    """The ids in the log, whole as fsck finds it, in their order."""
    report = fsck.fsck(tenant)
    assert report.waiting == 0
    with tenant_transaction(tenant), connections["default"].cursor() as cursor:
        cursor.execute("SELECT event::text FROM event_leaf, unnest(events) event ORDER BY first")
        ids = [row[0] for row in cursor.fetchall()]
    assert len(ids) == len(set(ids)) == report.entries
    return set(ids)


def until_full(step, times=5000):
    """Do ``step`` until the disk is full; return how often it was done."""
    for done in range(times):
        try:
            step()
        except OperationalError as refused:
            if not isinstance(refused.__cause__, psycopg.errors.DiskFull):
                raise
            return done
    raise AssertionError("there was room for all of it")


def test_appending_to_a_full_disk_is_refused_and_what_was_acknowledged_stays(tenant, moved, disk):
    acknowledged = set()

    def append():
        acknowledged.update(appended(tenant, 200))

    moved(f"event_header_{now():%Y_%m}")
    disk.leave(600_000)
    assert until_full(append) > 0
    with pytest.raises(OperationalError):
        appended(tenant, 2000)
    sequencer.run(tenant)
    assert held(tenant) == acknowledged
    disk.leave(20_000_000)
    append()
    sequencer.run(tenant)
    assert held(tenant) == acknowledged


@pytest.mark.parametrize(("table", "at_once"), [("event_leaf", 100), ("event_checkpoint", 1)])
def test_a_log_without_room_places_nothing_by_halves_and_goes_on_when_there_is_room(
    tenant, moved, disk, table, at_once
):
    acknowledged = set()

    def append_and_place():
        acknowledged.update(appended(tenant, at_once))
        sequencer.run(tenant)

    moved(table)
    disk.leave(60_000)
    assert until_full(append_and_place) > 0
    acknowledged |= appended(tenant, 3000)
    until_full(append_and_place, 20)
    assert fsck.fsck(tenant).waiting > 0
    disk.leave(20_000_000)
    sequencer.run(tenant)
    assert held(tenant) == acknowledged


def test_the_command_line_says_that_the_disk_is_full(tenant, moved, disk, tmp_path, capsys):
    appended(tenant, 3)
    sequencer.run(tenant)
    moved(f"event_header_{now():%Y_%m}")
    disk.leave(0)
    until_full(lambda: appended(tenant, 200))
    until_full(lambda: appended(tenant, 1))
    command = ["ledger", "export", "--tenant", str(tenant), str(tmp_path / "pack")]
    assert cli.main(command) == 11
    assert "the database's disk is full" in capsys.readouterr().err
    disk.leave(20_000_000)
    sequencer.run(tenant)
    shutil.rmtree(tmp_path / "pack", ignore_errors=True)
    assert cli.main(command) == 0


def refusals(tenant):
    """What the log tells of checkpoints that somebody outside refused."""
    with tenant_transaction(tenant), connections["default"].cursor() as cursor:
        cursor.execute("SELECT reason FROM event_header WHERE action = 'audit:checkpoint'")
        return [row[0] for row in cursor.fetchall()]


def test_a_full_folder_of_checkpoints_is_no_other_history(tenant, disk):
    place = outside.Outside(folder=disk.folder / "checkpoints")
    appended(tenant, 3)
    sequencer.run(tenant)
    disk.leave(0)
    for _ in range(2):
        with pytest.raises(Unavailable, match="No space left on device"):
            deposits.deposit(tenant, place, now())
    disk.leave(1_000_000)
    assert deposits.deposit(tenant, place, now()) == ("folder",)
    assert refusals(tenant) == []
    assert health.findings(tenant, now()) == ()


def test_a_witness_that_cannot_remember_agrees_to_nothing_and_accuses_nobody(tenant, disk, tmp_path, socket_enabled):
    appended(tenant, 3)
    sequencer.run(tenant)
    key = read_witness_key(tmp_path / "witness.key", "witness.example/w1")
    http = server(Witness(key, (log_key(tenant).verifier,), disk.folder / "memory"), ("127.0.0.1", 0))
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    client = witnessing.Witness(key.verifier, f"http://127.0.0.1:{http.server_port}")
    try:
        disk.leave(0)
        with pytest.raises(Unavailable, match="503"):
            witnessing.submit(tenant, client, now())
        assert refusals(tenant) == []
        disk.leave(1_000_000)
        assert witnessing.submit(tenant, client, now())
    finally:
        http.shutdown()
        http.server_close()


def test_an_export_without_room_leaves_nothing_but_its_event(tenant, disk):
    appended(tenant, 500)
    sequencer.run(tenant)
    disk.leave(40_000)
    with pytest.raises(Unavailable, match="No space left on device"):
        pack.export(tenant, disk.folder / "pack")
    assert not (disk.folder / "pack").exists()
    disk.leave(5_000_000)
    sequencer.run(tenant)
    pack.export(tenant, disk.folder / "pack")
    assert packverify.verify(disk.folder / "pack", None, None, 0, [])["verified"] == 501
    last = (disk.folder / "pack" / "tile" / "entries" / "001.p" / "245").read_bytes()
    told = json.loads(last[last.rindex(b"{") :])
    assert (told["action"], told["outcome"], told["reason"]) == ("audit:export", "failed", "folder_unwritable")
