"""Malformed frames, floods, changed bytes and kills: one clear error each, nothing lost, nothing shown."""

import os
import random
import resource
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hushkeep.kernel import Conflict, Error, IntegrityError, InvalidInput, NotFound, Unavailable
from hushkeep.keys import frames, init_site
from hushkeep.keys import protocol as p
from hushkeep.runtime.key_client import KeyClient

pytestmark = pytest.mark.server

SOURCE = str(Path(__file__).parents[3] / "src")
KILLS = int(os.environ.get("HUSHKEEP_TEST_KILLS", "4"))
_SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]  # one service for all; a busy machine is no fault
_MANY = settings(max_examples=200, deadline=None, suppress_health_check=_SHARED)


def _process(folder, *program):
    places = [
        "--keys-dir",
        folder / "keys",
        "--socket",
        folder / "k",
        "--key-file",
        folder / "root.key",
        "--unproved-samples",
    ]
    command = [sys.executable, *(program or ("-m", "hushkeep.keys")), *map(str, places)]
    environment = {"PYTHONPATH": SOURCE, "PATH": "/usr/bin:/bin"}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


@contextmanager
def _running(folder):
    with _process(folder) as process:
        said = process.stderr.readline()
        if not said.startswith("hushkeep keys: ready"):
            process.wait(timeout=60)
            raise AssertionError(said)
        client = KeyClient(folder / "k")
        try:
            yield client, process
        finally:
            client.close()
            process.terminate()
            process.wait(timeout=60)


def _refused_start(folder):
    with _process(folder) as process:
        said = process.stderr.readline()
        return process.wait(timeout=60), said


@pytest.fixture
def folder(tmp_path):
    init_site(tmp_path / "keys", key_file=tmp_path / "root.key", recovery_dir=tmp_path / "recovery")
    return tmp_path


def _raw(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(str(path))
    sock.settimeout(60)
    return sock


def _exchange(sock, body):
    sock.sendall(struct.pack(">I", len(body)) + body)
    (length,) = struct.unpack(">I", _received(sock, 4))
    return _received(sock, length)


def _received(sock, size):
    """So many bytes, in however many pieces they come."""
    data = b""
    while len(data) < size:
        piece = sock.recv(size - len(data))
        assert piece, "the service has closed the connection"
        data += piece
    return data


@_MANY
@given(body=st.binary(max_size=300))
def test_any_bytes_in_a_frame_are_one_clear_refusal(key_service, key_site, body):
    with _raw(key_site / "run" / "k") as sock, pytest.raises(InvalidInput, match="malformed request"):
        frames.decode_answer(_exchange(sock, body))


@_MANY
@given(data=st.data())
def test_a_request_with_changed_bytes_is_refused_or_harmless(key_service, key_site, data):
    request = data.draw(
        st.sampled_from(
            [
                p.CreateSubjects(uuid4(), [uuid4()]),
                p.WrapInteractions(uuid4(), [(uuid4(), "text", bytes(32), [uuid4()])]),
                p.Unwrap(bytes(16), uuid4(), [bytes(128)]),
                p.OpenCapsules(bytes(16), uuid4(), [("t", uuid4(), 1, bytes(60))]),
                p.OpenOriginals(bytes(16), uuid4(), [(bytes(128), "t", 1, bytes(60))]),
                p.OpenSegments(bytes(16), uuid4(), [bytes(128)], uuid4(), bytes(104), [(0, True, bytes(60))]),
                p.SealFile(uuid4(), uuid4(), "voice", uuid4(), None, bytes(60)),
                p.SealFiles(uuid4(), [(uuid4(), "text", uuid4(), bytes(60))]),
                p.LogSince(0, 1),
            ]
        )
    )
    body = bytearray(frames.encoder.encode(request))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with _raw(key_site / "run" / "k") as sock:
        with suppress(Error):
            frames.decode_answer(_exchange(sock, bytes(body)))
        assert frames.decode_answer(_exchange(sock, frames.encoder.encode(p.Status())))


def test_a_frame_that_announces_too_much_ends_the_connection_only(key_service, key_site):
    with _raw(key_site / "run" / "k") as sock:
        sock.sendall(b"\xff\xff\xff\xff")
        assert sock.recv(1) == b""
    assert key_service.status()["locked"] is False


def test_half_a_frame_holds_nobody_up(key_service, key_site):
    with _raw(key_site / "run" / "k") as sock:
        sock.sendall(b"\x00\x00\x01")
        assert key_service.status()["locked"] is False


def test_ten_thousand_connections_are_held_or_turned_away_and_leave_room(key_service, key_site):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 10_000
    if hard != resource.RLIM_INFINITY and hard < wanted + 200:
        pytest.skip(f"this machine lets a process open {hard} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + 200, hard))
    try:
        with ExitStack() as held:
            for _ in range(wanted):
                held.enter_context(_raw(key_site / "run" / "k"))
            assert key_service.status()["locked"] is False, "whoever was there before is served"
        assert key_service.status()["locked"] is False
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_second_service_on_the_same_store_or_socket_is_a_conflict(folder):
    with _running(folder):
        code, said = _refused_start(folder)
    assert (code, said) == (7, "hushkeep: error: another key service has this store open\n")


def test_a_locked_service_opens_nothing_until_it_is_started_again(folder):
    tenant = uuid4()
    with _running(folder) as (client, _):
        client.create_tenant(tenant)
        client.lock()
        with pytest.raises(Unavailable, match="locked"):
            client.create_subjects(tenant, [uuid4()])
        assert client.status()["locked"] is True
    with _running(folder) as (client, _):
        client.create_subjects(tenant, [uuid4()])


def test_a_restart_is_invisible_to_a_client_with_idle_connections(folder):
    tenant = uuid4()
    with _running(folder) as (client, process):
        client.create_tenant(tenant)
        kept = KeyClient(folder / "k")
        kept.status()
        process.terminate()
        process.wait(timeout=60)
        with pytest.raises(Unavailable):
            kept.status()
    with _running(folder):
        assert kept.status()["tenants"] == 1
        kept.close()


@pytest.mark.parametrize("table", ["tenant_key", "ring", "meta"])
def test_a_byte_changed_in_the_store_is_noticed(folder, table):
    tenant, subject = uuid4(), uuid4()
    with _running(folder) as (client, _):
        client.create_tenant(tenant)
        client.create_subjects(tenant, [subject])
    store = sqlite3.connect(folder / "keys" / "store.sqlite")
    read, write = {
        "meta": ("SELECT value FROM meta WHERE name = 'signing_key'", "UPDATE meta SET value = ?"),
        "ring": ("SELECT wrapped FROM ring", "UPDATE ring SET wrapped = ?"),
        "tenant_key": ("SELECT wrapped FROM tenant_key", "UPDATE tenant_key SET wrapped = ?"),
    }[table]
    [(wrapped,)] = store.execute(read).fetchall()
    store.execute(write, (wrapped[:-1] + bytes([wrapped[-1] ^ 1]),))
    store.commit()
    store.close()
    if table == "meta":
        assert _refused_start(folder)[0] == 10
        return
    with _running(folder) as (client, _), pytest.raises(IntegrityError):
        client.ticket_sample(tenant, uuid4(), subject, ["text"], uuid4())


def test_rings_that_changed_places_are_noticed(folder):
    tenant, one, two = uuid4(), uuid4(), uuid4()
    with _running(folder) as (client, _):
        client.create_tenant(tenant)
        client.create_subjects(tenant, [one, two])
    store = sqlite3.connect(folder / "keys" / "store.sqlite")
    rows = store.execute("SELECT base, wrapped FROM ring").fetchall()
    for (base, _), (_, wrapped) in zip(rows, reversed(rows), strict=True):
        store.execute("UPDATE ring SET wrapped = ? WHERE base = ?", (wrapped, base))
    store.commit()
    store.close()
    with _running(folder) as (client, _), pytest.raises(IntegrityError):
        client.ticket_sample(tenant, uuid4(), one, ["text"], uuid4())


@pytest.mark.parametrize("fault", ["changed", "removed", "cut", "emptied", "swapped"])
def test_a_log_that_was_touched_stops_the_start(folder, fault):
    with _running(folder) as (client, _):
        for _ in range(5):
            client.create_tenant(uuid4())
    path = folder / "keys" / "keys.log"
    lines = path.read_bytes().splitlines(keepends=True)
    if fault == "changed":
        lines[2] = lines[2].replace(b"done", b"gone")
    elif fault == "removed":
        del lines[2]
    elif fault == "cut":
        lines = lines[:3]
    elif fault == "emptied":
        lines = []
    else:
        lines[1], lines[2] = lines[2], lines[1]
    path.write_bytes(b"".join(lines))
    code, said = _refused_start(folder)
    assert code == 10
    assert said.startswith("hushkeep: error: key log: ")


def test_a_torn_last_line_is_what_a_crash_leaves_and_is_cut_off(folder):
    with _running(folder) as (client, _):
        client.create_tenant(uuid4())
    path = folder / "keys" / "keys.log"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"seq":99,"at"')
    with _running(folder) as (client, _):
        client.create_tenant(uuid4())
    assert path.read_bytes().startswith(whole)
    assert b"99" not in path.read_bytes()[len(whole) : len(whole) + 12]


def test_no_store_and_a_broken_store_are_one_clear_error(tmp_path, folder):
    assert _refused_start(tmp_path / "nothing")[0] == 11
    (folder / "keys" / "store.sqlite").write_bytes(b"x" * 5000)
    assert _refused_start(folder)[0] == 10


class _Day:
    """Work on a service that may be killed at any moment, and what must be true afterwards."""

    def __init__(self):
        self.tenant, self.dice = uuid4(), random.Random(7)
        self.made, self.shredded, self.asked = {}, set(), set()

    def step(self, client):
        subject, secret = uuid4(), os.urandom(32)
        client.create_subjects(self.tenant, [subject])
        [[wrap]] = client.wrap_interactions(self.tenant, [(uuid4(), "text", secret, [subject])])
        self.made[subject] = (wrap, secret)
        if len(self.made) % 4 == 0:
            victim = self.dice.choice(sorted(set(self.made) - self.asked))
            self.asked.add(victim)
            client.shred(self.tenant, victim, actor=uuid4(), event=uuid4(), basis="test")
            self.shredded.add(victim)
        if self.dice.random() < 0.1:
            with suppress(Conflict):  # the rotation before still goes on
                client.rotate(self.tenant, actor=uuid4(), event=uuid4())

    def work(self, client, process):
        """Some whole steps, then a kill that falls anywhere into the steps that follow."""
        for _ in range(8):
            self.step(client)
        killer = threading.Timer(self.dice.uniform(0, 0.05), process.send_signal, [signal.SIGKILL])
        killer.start()
        try:
            while True:
                self.step(client)
        finally:
            killer.join()

    def check(self, client):
        for subject, (wrap, secret) in self.made.items():
            try:
                ticket = client.ticket_job(self.tenant, uuid4(), [subject], ["text"], uuid4())
            except NotFound:
                assert subject in self.asked
                continue
            try:
                opened = client.unwrap(ticket, uuid4(), [wrap])
            except NotFound:
                assert subject in self.asked
                continue
            assert opened == [secret]
            assert subject not in self.shredded


def test_nobody_is_lost_or_revived_when_the_service_is_killed_at_work(folder):
    """SIGKILL at random moments while subjects are made, keys rotated and subjects shredded."""
    day = _Day()
    for _ in range(KILLS):
        with _process(folder) as process:
            assert process.stderr.readline().startswith("hushkeep keys: ready")
            client = KeyClient(folder / "k")
            client.create_tenant(day.tenant)
            with pytest.raises(Unavailable):
                day.work(client, process)
            client.close()
        with _running(folder) as (client, _):
            day.check(client)
    assert len(day.shredded) >= KILLS
    assert len(day.made) >= 8 * KILLS


@pytest.mark.parametrize("kilobytes", [4, 100, 250, 600])
def test_a_full_disk_loses_nothing_that_was_answered(folder, kilobytes):
    """A limit on the size of files stands for the disk: log, write-ahead log or store meets it first."""
    tenant, made = uuid4(), []
    limited = (
        f"import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, ({kilobytes * 1024},) * 2);"
        "runpy.run_module('hushkeep.keys', run_name='__main__')"
    )
    with _process(folder, "-c", limited) as process:
        started = process.stderr.readline().startswith("hushkeep keys: ready")
        assert started or process.wait(timeout=60) == 11
        with KeyClient(folder / "k") as client, suppress(Unavailable):
            client.create_tenant(tenant)
            while True:
                subjects = [uuid4() for _ in range(50)]
                client.create_subjects(tenant, subjects)
                made += subjects
        process.kill()
    with _running(folder) as (client, _):
        if made:
            client.ticket_job(tenant, uuid4(), made, ["text"], uuid4())
            wraps = client.wrap_interactions(tenant, [(uuid4(), "text", bytes(32), [subject]) for subject in made])
            assert len(wraps) == len(made)
        assert client.status()["locked"] is False


def test_the_log_is_one_unbroken_chain_with_signed_checkpoints(folder):
    with _running(folder) as (client, _):
        tenant = uuid4()
        client.create_tenant(tenant)
        for _ in range(1005):
            client.create_subjects(tenant, [uuid4()])
        records = client.log_since(0, 10_000)
        assert client.log_since(1000, 3) == records[1000:1003]
        assert client.log_since(10_000) == []
    assert all(one.seq + 1 == two.seq and one.at <= two.at for one, two in pairwise(records))
    assert [record.seq for record in records if record.op == "checkpoint"] == [1000]
