"""``hushkeep protect`` stopped, paused, killed and crashed on its way: the end is the same, and nothing lies about."""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

import protecting
from hushkeep.channels import sample
from hushkeep.runtime.cluster import SUPERUSER
from hushkeep.runtime.roles import DATABASE

pytestmark = pytest.mark.server

CONVERSATIONS = 800


def _said(running, statement):
    """What the site's database answers."""
    data_dir = Path(running.environment["HUSHKEEP_DATA_DIR"])
    password = json.loads((data_dir / "secrets" / "database").read_text())["superuser"]
    with psycopg.connect(host=f"{data_dir}/run/pg", user=SUPERUSER, dbname=DATABASE, password=password) as own:
        done = own.execute(statement)
        return done.fetchall() if done.description else done.rowcount


def test_killed_on_the_way_it_ends_in_the_same_state(running, tmp_path, made_files):
    talks, mails = 3 * CONVERSATIONS, 300  # some seconds of work on any machine: the kills come in the middle
    many = talks + mails
    protecting.write(tmp_path / "center.jsonl", sample.records(seed=22, conversations=talks))
    with (tmp_path / "box.mbox").open("wb") as box:
        for number in range(mails):
            picture = b"%d" % number + made_files.PICTURE
            hung = ((b"image/png", b"one.png", picture), (b"image/png", b"same.png", picture))
            box.write(
                b"From x Wed Mar  4 08:00:00 2026\r\n" + made_files.attached(*hung, id_=b"k%d" % number) + b"\r\n"
            )
    for _ in range(2):
        with running.popen("protect", tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as killed:
            killed.stderr.readline()  # its first word of progress, two seconds after its beginning
            killed.kill()
        assert killed.returncode == -signal.SIGKILL
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with running.popen("protect", tmp_path, "--json", **pipes) as process:
        for name, number in ((" front", signal.SIGKILL), ("postgres", signal.SIGQUIT)):
            time.sleep(1.0)
            [one] = [pid for pid in protecting.children(running.supervisor) if name in protecting.command(pid)]
            os.kill(one, number)
        out, err = process.communicate(timeout=240)
    assert out, err
    report = json.loads(out)
    assert report["taken"] + report["duplicates"] == many
    assert (report["changed"], report["rejected"], report["broken_off"]) == (0, 0, "")
    _, again = running.protect(tmp_path)
    assert (again["taken"], again["duplicates"], again["changed"], again["attachments"]) == (0, many, 0, {})
    # Each attachment whole, once, and no object, whole or half, that is none.
    rows = _said(running, "SELECT id, wrapped IS NOT NULL FROM records_attachmentpart")
    pieces = {str(part): there for part, there in rows}
    objects = Path(running.environment["HUSHKEEP_DATA_DIR"]) / "objects"
    assert len(pieces) == mails
    assert all(pieces.values())
    assert {path.name for path in objects.rglob("*") if path.is_file()} == pieces.keys()


def _shown(pids):
    """What anybody on the machine may read of these processes: their arguments, and their environment."""
    shown = b""
    for pid in pids:
        for name in ("cmdline", "environ"):
            with suppress(OSError):  # the key service closes itself to everyone; another has just ended
                shown += Path(f"/proc/{pid}/{name}").read_bytes()
    return shown


def _family(pid):
    """``pid`` and all that it started, and these."""
    with suppress(OSError):
        return [pid, *(one for child in protecting.children(pid) for one in _family(child))]
    return []


def test_crashed_in_its_middle_nothing_lies_about_in_the_clear(running, tmp_path, canaries):
    trap = canaries.everything()
    data_dir = Path(running.environment["HUSHKEEP_DATA_DIR"])
    talks = [canaries.record(number, values) for number, values in enumerate(canaries.CANARIES)]
    many = [talk | {"id": f"{talk['id']}/{copy}"} for copy in range(5) for talk in talks]
    protecting.write(tmp_path / "in" / "talks.jsonl", many)
    seen = b""
    with running.popen("protect", tmp_path / "in", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as one:
        end = time.monotonic() + 60
        while one.poll() is None and time.monotonic() < end and seen.count(b"protect") < 20:
            seen += _shown([*_family(running.supervisor), *_family(one.pid)])
        in_its_middle = one.poll() is None
        for pid in _family(running.supervisor)[1:]:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        said = b"".join(one.communicate(timeout=240))
    assert in_its_middle
    assert seen.count(b"protect") >= 20
    assert not trap.hits(seen)
    assert not trap.hits(said)
    assert trap.files(data_dir) == []
    code, again = running.protect(tmp_path / "in")
    assert (code, again["taken"] + again["duplicates"], again["rejected"]) == (0, len(many), 0)
    assert trap.files(data_dir) == []


def _state(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_pause_stands_still_and_control_c_leaves_what_was_sent_and_the_next_run_ends_the_same(running, tmp_path):
    protecting.write(tmp_path / "center.jsonl", sample.records(seed=24, conversations=3000))
    with running.popen("protect", tmp_path, "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as one:
        one.stderr.readline()  # its first word of progress
        one.send_signal(signal.SIGTSTP)
        end = time.monotonic() + 60
        while _state(one.pid) != "T":
            assert time.monotonic() < end, "it did not pause"
            time.sleep(0.05)
        one.send_signal(signal.SIGCONT)
        one.send_signal(signal.SIGINT)
        out, err = one.communicate(timeout=120)
    stopped = json.loads(out)
    assert (one.returncode, stopped["stopped"]) == (130, True)
    assert "run the same command again" in err
    assert "Paused: what was sent is in" in err
    assert 0 <= stopped["taken"] < 3000
    code, rest = running.protect(tmp_path)
    assert (code, rest["taken"] + stopped["taken"], rest["duplicates"]) == (0, 3000, stopped["taken"])


def test_paused_on_the_console_it_stands_still_goes_on_and_cancelled_there_it_says_so(running, tmp_path):
    protecting.write(tmp_path / "center.jsonl", sample.records(seed=28, conversations=2000))

    def latest():
        return _said(running, "SELECT id FROM records_run ORDER BY started_at DESC LIMIT 1")[0][0]

    def asks(what, of, before):
        wish = f"UPDATE records_run SET asked = {what} WHERE finished_at IS NULL AND asked IS {of} AND id > '{before}'"
        end = time.monotonic() + 60
        while not _said(running, wish):
            assert time.monotonic() < end, "no run to ask"
            time.sleep(0.01)

    pipes, before = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}, latest()
    with running.popen("protect", tmp_path, "--json", **pipes) as one:
        asks("'paused'", "NULL", before)
        assert any("Paused on the console" in line for line in one.stderr)
        asks("NULL", "NOT NULL", before)
        out, _ = one.communicate(timeout=120)
    assert (one.returncode, json.loads(out)["taken"]) == (0, 2000)
    protecting.write(tmp_path / "center.jsonl", sample.records(seed=29, conversations=2000))
    before = latest()
    with running.popen("protect", tmp_path, "--json", **pipes) as one:
        asks("'cancelled'", "NULL", before)
        out, _ = one.communicate(timeout=120)
    report = json.loads(out)
    assert (one.returncode, report["broken_off"], report["taken"] < 2000) == (3, "run_cancelled", True)
    [[stands]] = _said(running, f"SELECT finished_at IS NOT NULL FROM records_run WHERE id = '{report['run']}'")
    assert stands
