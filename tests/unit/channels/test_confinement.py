"""A parser reaches nothing: each way out is tried from within, and each is closed."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hushkeep.channels import clamav, frames
from hushkeep.channels.folders import Found
from hushkeep.channels.formats.shape import Draft
from hushkeep.channels.lines import Reject
from hushkeep.channels.reading import ConfinedReader

_CONFINED = """
import os, socket, sys
from hushkeep.channels.confinement import confine
alone = confine(descriptors=3, memory_bytes=300 * 2**20)
def tried():
    {attempt}
try:
    tried()
except (OSError, MemoryError) as fault:
    print("closed", getattr(fault, "errno", None), alone)
else:
    print("open", alone)
"""


def _tried(attempt, **how):
    done = subprocess.run(
        [sys.executable, "-c", _CONFINED.format(attempt=attempt)],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **how,
    )
    return done.stdout.split()[:1] or [done.stderr]


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd')",
        "socket.socket(socket.AF_INET)",
        "socket.socket(socket.AF_UNIX)",
        "os.pipe()",
        "os.dup(1)",
        "bytearray(400 * 2**20)",
    ],
)
def test_every_way_out_is_closed(attempt):
    assert _tried(attempt) == ["closed"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the kernel bounds root's processes by no limit")
def test_no_process_is_made():
    assert _tried("os.fork() or os._exit(0)") == ["closed"]


def test_what_needs_nothing_of_the_system_still_works():
    assert _tried("sum(range(10))") == ["open"]


def test_nothing_is_written_even_to_a_file_that_is_open(tmp_path):
    with (tmp_path / "out").open("wb") as stream:
        subprocess.run(
            [sys.executable, "-c", _CONFINED.format(attempt="os.write(1, b'x' * 10)")],
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=stream,
            check=False,
            timeout=60,
        )
    assert (tmp_path / "out").read_bytes() == b""


def test_even_taken_over_it_has_no_network_where_the_kernel_allows_that():
    allowed = subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode == 0
    if not allowed:
        pytest.skip("this kernel or container lets nobody leave the network namespace")
    # A parser that was taken over closes a descriptor of its own and has room for one socket.
    attempt = "os.close(0); s = socket.socket(socket.AF_INET); s.settimeout(2); s.connect(('127.0.0.1', 9))"
    assert _tried(attempt) == ["closed"]
    assert _tried("os.close(0); socket.socket(socket.AF_INET)") == ["open"]
    with ConfinedReader({}) as reader:
        path = Path(__file__)
        list(reader.read(Found(path, "a.txt", 1, "transcript"), "transcript"))
        assert reader.alone


def _file(tmp_path, data=b"agent: hello\n", name="a.txt"):
    path = tmp_path / name
    path.write_bytes(data)
    return Found(path, name, len(data), "transcript")


def _codes(items):
    return [item.code for item in items if isinstance(item, Reject)]


def test_a_parser_that_is_killed_costs_one_file(tmp_path):
    with ConfinedReader({}) as reader:
        file = _file(tmp_path)
        assert _codes(reader.read(file, "transcript")) == []
        reader._process.kill()
        assert _codes(reader.read(file, "transcript")) == ["parser_died"]
        assert [type(item) for item in reader.read(file, "transcript")] == [Draft]


def test_a_parser_that_hangs_is_ended(tmp_path, monkeypatch):
    # A mail whose header takes its parser far longer than it is given.
    data = b"From: a@b.c\nSubject: x\n\n" + b"<" * 60_000_000
    with ConfinedReader({}, silent_seconds=0.01) as reader:
        monkeypatch.setattr("hushkeep.channels.reading.FILE_SECONDS_PER_MIB", 0.0)
        assert _codes(reader.read(_file(tmp_path, data, "m.eml"), "mail")) == ["took_too_long"]
        assert reader._process is None


def test_a_file_that_changes_or_goes_is_named(tmp_path):
    with ConfinedReader({}) as reader:
        file = _file(tmp_path)
        reading = reader.read(file, "transcript")
        next(reading)
        file.path.write_bytes(b"agent: something else\n")
        assert _codes(reading) == ["changed_while_read"]
        file.path.unlink()
        assert _codes(reader.read(file, "transcript")) == ["gone"]


def test_a_fifo_in_place_of_a_file_stops_nobody(tmp_path):
    file = _file(tmp_path)
    file.path.unlink()
    os.mkfifo(file.path)
    with ConfinedReader({}) as reader:
        assert _codes(reader.read(file, "transcript")) == ["not_a_file"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (frames.DRAFT, bytes(8) + b"\0\0" + b"{}\n{}"),
        (frames.DRAFT, bytes(8) + b"\xff\xff{}"),
        (frames.REJECT, b'{"place": 1, "within": "", "code": "a person\'s name", "params": {}}'),
        (frames.REJECT, b'{"place": 1, "within": "", "code": "x", "params": {"p": "\\u4f60"}}'),
        (frames.REJECT, b"[]"),
        (frames.NOTE, b'{"within": "", "columns": [], "zone": "UTC"}'),
        (b"?", b""),
    ],
)
def test_what_a_parser_says_is_judged(kind, body):
    with pytest.raises(frames.BadFrame):
        frames.item_of(kind, body)


def test_an_endless_frame_is_not_awaited():
    with pytest.raises(frames.BadFrame):
        frames.get(lambda size: b"D\xff\xff\xff\xff"[:size])


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        (b"stream: OK\0", []),
        (b"stream: Eicar-Signature FOUND\0", ["malware"]),
        (b"INSTREAM size limit exceeded. ERROR\0", ["not_scanned"]),
        (b"", ["not_scanned"]),
    ],
)
def test_a_scanner_has_the_first_word(tmp_path, answer, codes):
    seen = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "c"))
        listener.listen()

        def serve():
            speaker, _ = listener.accept()
            with speaker:
                data = b""
                while not data.endswith(bytes(4)):
                    data += speaker.recv(65536)
                seen.append(data)
                speaker.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with ConfinedReader({}, scanner=tmp_path / "c") as reader:
            assert _codes(reader.read(_file(tmp_path), "transcript")) == codes
        thread.join()
    assert b"agent: hello\n" in seen[0]


def test_a_scanner_that_went_away_has_not_said_yes(tmp_path):
    with (tmp_path / "f").open("w+b") as stream:
        assert clamav.verdict(stream.fileno(), tmp_path / "nobody") == "not_scanned"
