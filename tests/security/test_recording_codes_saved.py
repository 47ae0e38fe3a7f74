"""Codes that were typed and spoken, on a whole site: in none of its objects, rows, logs, caches, temporary folders, and
in no backup made after. A site of its own: what is scanned is everything that real processes leave behind.
"""

import io
import json
import os
import shutil
import threading
import time
import tomllib
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import psycopg
import pytest
import soundfile

from hushkeep import vault
from hushkeep.kernel import Denied, NotFound
from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.roles import APP, DATABASE
from made_calls import RATE, Attentive, call, keys_heard, said_in, voiced

pytestmark = [pytest.mark.server, pytest.mark.enable_socket, pytest.mark.timeout(900)]

TYPED = "49170385"
SPOKEN = ("four nine one seven", "4917", "4 9 1 7")
ROLES = ("manifest", "opus", "original", "playback", "redacted")


class Speech(BaseHTTPRequestHandler):
    """A speech service that hears the code as long as it sounds, and answers once ``open`` is set."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sound, _ = soundfile.read(io.BytesIO(body[body.index(b"RIFF") :]), dtype="float32")
        heard = Attentive().hear(sound, "en")
        assert self.server.open.wait(240)
        words = [{"start": w.start, "end": w.end, "word": w.text, "probability": w.probability} for w in heard.words]
        said = json.dumps({"language": "english", "words": words, "text": "".join(w.text for w in heard.words)})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def speech():
    """The service, which waits."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Speech)
    server.open = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.open.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def site(unmade_site, speech):
    """A running site whose temporary files and caches lie where they can be looked at."""
    site, where = unmade_site, f"127.0.0.1:{speech.server_port}"
    told = {"": "remote", "_URL": f"http://{where}/v1", "_VENDOR": "acme", "_ALLOWED": json.dumps([where])}
    site.environment |= {f"HUSHKEEP_RECOGNISER{name}": value for name, value in told.items()}
    left = site.data_dir.with_name("left")
    left.mkdir(mode=0o777)
    left.chmod(0o1777)
    site.environment |= {"TMPDIR": str(left), "XDG_CACHE_HOME": str(left / "cache")}
    assert site.command("init", "--json").returncode == 0
    site.start()
    yield site
    if site.supervisor.poll() is None:
        site.stop()
    for stream in (site.supervisor.stdout, site.supervisor.stderr):
        stream.close()


class Shelf:
    """The site's recordings as its database, its object store and its key service hold them."""

    def __init__(self, site):
        self.site = site
        self.tenant = UUID(tomllib.loads((site.data_dir / "site.toml").read_text())["tenant"][0]["id"])

    def rows(self, statement):
        """What the database answers, as the application sees it."""
        password = json.loads((self.site.data_dir / "secrets" / "database").read_text())[APP]
        dsn = f"host={self.site.data_dir}/run/pg user={APP} dbname={DATABASE} password={password}"
        with psycopg.connect(dsn) as own:
            own.execute("SELECT set_config('app.tenant', %s, true)", [str(self.tenant)])
            return own.execute(statement).fetchall()

    def copies(self):
        """(role, suffix, object id, wraps, whose keys) of every copy, and the bytes of its object."""
        asked = (
            "SELECT c.role, c.suffix, c.id, c.subject_wrap, c.ring_wrap, r.subject, r.ring"
            " FROM records_recordingcopy c JOIN records_recording r ON r.id = c.recording ORDER BY c.role, c.part"
        )
        return [(*row, self.objects()[row[2]].read_bytes()) for row in self.rows(asked)]

    def objects(self):
        """Id -> file of every object."""
        return {UUID(path.name): path for path in (self.site.data_dir / "objects").rglob("*") if path.is_file()}

    def opened(self, copy):
        """The bytes of a copy, opened with every key that a worker may ask for."""
        _, _, object_id, subject_wrap, ring_wrap, subject, ring, sealed = copy
        wraps, whom = [bytes(subject_wrap)], [subject]
        if ring_wrap is not None:
            wraps, whom = [*wraps, bytes(ring_wrap)], [*whom, ring]
        with KeyClient(self.site.data_dir / "run" / "keys" / "keys.sock") as client:
            ticket = client.ticket_job(self.tenant, uuid4(), whom, ["voice"], uuid4())
            halves = client.unwrap(ticket, uuid4(), wraps)
        key = halves[0] if len(halves) == 1 else bytes(a ^ b for a, b in zip(*halves, strict=True))
        return vault.SealedReader(io.BytesIO(sealed), vault.DataKey.of(key), object_id=object_id).read()


def _waited(what, seconds=240):
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def _without_code(shelf):
    """Hold every object of the site, and what its rows say, to holding no code."""
    copies = shelf.copies()
    assert [copy[0] for copy in copies] == list(ROLES)
    assert set(shelf.objects()) == {copy[2] for copy in copies}, "an object lies there that no row knows"
    [(spans, transcript, pieces, opus)] = shelf.rows(
        "SELECT spans, transcript, pieces, opus_pieces FROM records_recording"
    )
    spoken = next(span for span in spans if span[0] == 1 and span[3] in {"cvv", "secret"})
    assert not any(word in json.dumps(transcript) for word in SPOKEN)
    for copy in copies:
        role, suffix, content = copy[0], copy[1], shelf.opened(copy)
        if role == "manifest":
            assert not any(word in said_in(content) for word in (TYPED, *SPOKEN))
        elif role in {"playback", "opus"}:
            ends = pieces if role == "playback" else opus
            seconds = [content[start:end] for start, end in pairwise(ends)]
            assert not any(keys_heard(second, suffix, fewest=1) for second in seconds), role
        else:
            assert keys_heard(content, suffix, fewest=1) == [], role
            sound, rate = soundfile.read(io.BytesIO(content), dtype="float32")
            assert not sound[int(spoken[1] * rate) + 1 : int(spoken[2] * rate) - 1, 1].any(), role


def _leaks(folders, needles):
    """The files under ``folders`` that hold one of ``needles`` as it is."""
    paths = [Path(above, name) for folder in folders for above, _, names in os.walk(folder) for name in names]
    assert paths
    return {path.name for path in paths for content in [_read(path)] for one in needles if one in content}


def _read(path):
    """What stands in a file; nothing in one that PostgreSQL has removed meanwhile, or in what is no file."""
    try:
        return path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    except FileNotFoundError:
        return b""


def _memory_files(pids):
    """Anonymous files of recordings that processes still hold."""
    held = []
    for link in [link for pid in pids for link in Path(f"/proc/{pid}/fd").glob("*")]:
        with suppress(FileNotFoundError):  # closed meanwhile
            held += [link] if "memfd:recording" in str(link.readlink()) else []
    return held


def test_a_code_is_in_nothing_that_a_site_keeps_and_in_no_backup_made_after(site, speech, tmp_path):
    data = voiced(call(code=TYPED, seconds=12.0))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "call.wav").write_bytes(data)
    sound = soundfile.read(io.BytesIO(data), dtype="int16")[0]
    heard = np.frombuffer(data, "<i2")[-sound.size :].reshape(sound.shape)
    assert np.array_equal(heard, sound), "the samples stand in the file as they are"
    at = len(data) - sound.nbytes
    clear = [data[at + int(second * RATE) * 4 :][:128] for second in (8.02, 8.27, 3.5, 4.0)]
    assert keys_heard(data, "wav") == [TYPED]
    assert _leaks([tmp_path / "in"], clear) == {"call.wav"}
    taken = site.command("protect", str(tmp_path / "in"), "--json")
    assert taken.returncode == 0, taken.stderr
    shelf = Shelf(site)
    # A thief copies everything while the search is still at work.
    _waited(lambda: shelf.rows("SELECT 1 FROM records_recording WHERE state = 'scanning'"))
    [stolen] = shelf.copies()
    assert keys_heard(shelf.opened(stolen), "wav") == [TYPED]
    speech.open.set()
    _waited(lambda: shelf.rows("SELECT 1 FROM records_recording WHERE state = 'redacted' AND dead_rings = '[]'"))
    _without_code(shelf)
    needles = [*clear, TYPED.encode(), SPOKEN[0].encode()]
    left = site.data_dir.with_name("left")
    assert _leaks([site.data_dir.parent, left], needles) == set()
    assert _waited(lambda: not _memory_files(site.pids().values()))
    for_thief = (NotFound, Denied)
    with pytest.raises(for_thief):
        shelf.opened(stolen)
    # The backup brings back what stands, and none of what is gone.
    saved = tmp_path / "backup"
    made = site.command("backup", str(saved), "--json")
    assert made.returncode == 0, made.stderr
    kept = tmp_path / "kept"
    kept.mkdir()
    for name in ("epochs.json", "keys.log"):
        shutil.copy(site.data_dir / "keys" / name, kept / name)
    assert site.stop() == 0
    shutil.rmtree(site.data_dir)
    back = site.command("restore", str(saved), "--keys", str(kept))
    assert back.returncode == 0, back.stderr
    assert _leaks([site.data_dir.parent, saved], needles) == set()
    site.start()
    _without_code(shelf)
    with pytest.raises(for_thief):
        shelf.opened(stolen)
