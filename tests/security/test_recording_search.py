"""The search of recordings: without it nothing plays or is kept long; speech leaves for whom policy allows alone."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from hushkeep import audio
from hushkeep.identity.roles import Role
from hushkeep.kernel import Unavailable
from hushkeep.records.recordings import _remote, _searching, expiry
from hushkeep.runtime import clock
from hushkeep.runtime.settings import settings
from made_calls import Away, Deaf, Desk, call, objects_on_disk, voiced

pytestmark = pytest.mark.server


def test_no_recogniser_leaves_a_recording_quarantined_and_unplayable(desk, recogniser, person, sample):
    recogniser(None)
    recording = desk.redacted(call())
    assert desk.state(recording) == ("quarantined", "speech_not_searched")
    assert [role for (role,) in desk.rows("SELECT role FROM records_recordingcopy")] == ["original"]
    browser = person(desk.tenant, Role.SUPERVISOR).browser
    answer = browser.get(f"/recordings/{recording}/audio?purpose=complaint", Range="bytes=0-10")
    assert (answer.status_code, answer.json()["params"]) == (403, {"reason": "not_redacted"})


def test_a_recogniser_that_fails_quarantines_and_a_later_scan_mends_it(desk, recogniser):
    recogniser(Away())
    noisy = call(seed=3)
    recording = desk.landed(voiced(noisy))
    with pytest.raises(Unavailable):
        desk.scan(recording)
    assert desk.state(recording) == ("quarantined", "search_unavailable")
    recogniser(Deaf())
    assert desk.program.send("POST", f"/recordings/{recording}/scan").status_code == 200
    desk.scan(recording)
    assert desk.state(recording) == ("redacted", None)


def test_an_unsearched_original_ends_hard(desk, recogniser, monkeypatch, key_process):
    recogniser(None)
    recording = desk.redacted(call())
    before = len(objects_on_disk())
    assert expiry.expire(desk.tenant) == 0
    later = clock.now() + settings().recording_unscanned + timedelta(seconds=1)
    monkeypatch.setattr(expiry.clock, "now", lambda: later)
    assert expiry.expire(desk.tenant) == 1
    assert desk.state(recording) == ("expired", "not_searched_in_time")
    assert desk.opened(key_process) == []
    assert len(objects_on_disk()) == before - 1
    assert desk.program.send("POST", f"/recordings/{recording}/scan").status_code == 422


def test_better_rules_search_again_and_what_was_published_stays_playable(desk):
    recording = desk.redacted(call())
    assert desk.program.send("POST", f"/recordings/{recording}/scan").status_code == 200
    desk.scan(recording)
    assert desk.state(recording) == ("redacted", None)
    assert desk.rows("SELECT scans FROM records_recording") == [(2,)]


def test_a_scan_whose_worker_died_begins_again(desk):
    recording = desk.landed(call())
    begun = "state = 'scanning', stage = 'listen', scans = 1, beat_at"
    long_ago = clock.now() - timedelta(minutes=5)
    desk.rows(f"UPDATE records_recording SET {begun} = %s WHERE id = %s RETURNING id", long_ago, recording)
    assert expiry.resume(desk.tenant) == 1
    desk.scan(recording)
    assert desk.state(recording) == ("redacted", None)


HANGING = """
import time
import numpy
from hushkeep import audio

class Hanging:
    name, digest = "test/hanging", "00"

    def hear(self, sound, language):
        if numpy.abs(sound).max() > 0.1:
            time.sleep(600)
        return audio.Heard("en", ())
"""


def test_a_recogniser_that_hangs_is_ended_and_other_calls_go_on(desk, recogniser, tmp_path, monkeypatch):
    (tmp_path / "hanging_recogniser.py").write_text(HANGING)
    monkeypatch.syspath_prepend(tmp_path)
    engine = audio.ApartRecogniser("hanging_recogniser:Hanging", patience=(1.0, 0.0))
    recogniser(engine)
    recording = desk.landed(voiced(call()))
    with pytest.raises(Unavailable, match="no answer in 1 s"):
        desk.scan(recording)
    assert desk.state(recording) == ("quarantined", "search_unavailable")
    engine._patience = (60.0, 0.0)  # whoever does answer may take long on a busy machine
    assert desk.state(desk.redacted(voiced(call(seed=2), loud=0.3))) == ("redacted", None)
    engine.close()


class Vendor(BaseHTTPRequestHandler):
    """A speech service that hears no word, and keeps what it was sent."""

    heard: ClassVar = []
    status: ClassVar = 200

    def do_POST(self):
        self.heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        body = json.dumps({"language": "english", "words": [], "text": ""}).encode()
        self.send_response(self.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def vendor(monkeypatch, program):
    """A function that sets the site's remote recogniser up; the service behind it answers with ``status``."""
    monkeypatch.setattr(Vendor, "heard", [])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    where = f"127.0.0.1:{server.server_port}"

    def choose(allowed=(where,), url=f"http://{where}/v1", status=200):
        monkeypatch.setattr(Vendor, "status", status)
        told = {"recogniser": "remote", "recogniser_url": url, "recogniser_vendor": "acme_speech"}
        changed = settings().model_copy(update=told | {"recogniser_allowed": allowed})
        for module in (_remote, _searching):
            monkeypatch.setattr(module, "settings", lambda: changed)
        return Desk(program)

    yield choose
    server.shutdown()
    server.server_close()


@pytest.mark.enable_socket
def test_speech_leaves_for_an_allowed_destination_after_its_event_and_with_the_vendors_canary(vendor, events):
    desk = vendor()
    recording = desk.redacted(voiced(call()))
    assert desk.state(recording) == ("redacted", None)
    assert Vendor.heard
    [told] = events(desk.tenant, action="recording:disclose")
    assert (told["outcome"], told["reason"], str(told["target"])) == ("allowed", "vendor_acme_speech", recording)
    digits = _remote.canary("acme_speech")
    assert digits != _remote.canary("other_vendor")
    spoken = f"{' '.join(digits[:4])}, {' '.join(digits[4:])}".encode()
    assert all(path == "/v1/audio/transcriptions" and spoken in body for path, body in Vendor.heard)


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    "said",
    [{"allowed": ()}, {"allowed": ("127.0.0.1:1",)}, {"allowed": ("example.org:80",), "url": "http://example.org"}],
)
def test_no_speech_leaves_for_a_destination_that_is_not_allowed(vendor, events, said):
    desk = vendor(**said)
    recording = desk.redacted(voiced(call()))
    assert desk.state(recording) == ("quarantined", "destination_not_allowed")
    assert Vendor.heard == []
    [told] = events(desk.tenant, action="recording:disclose")
    assert (told["outcome"], told["reason"]) == ("denied", "destination_not_allowed")


@pytest.mark.enable_socket
@pytest.mark.parametrize("status", [302, 401, 500])
def test_a_vendor_that_answers_anything_else_leaves_the_call_quarantined(vendor, status):
    desk = vendor(status=status)
    recording = desk.landed(voiced(call()))
    with pytest.raises(Unavailable):
        desk.scan(recording)
    assert desk.state(recording) == ("quarantined", "search_unavailable")
