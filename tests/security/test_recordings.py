"""Recordings: sealed on arrival, silent where a code was, heard by whom it may be, second by second in the log."""

import hashlib
import io
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import ClassVar

import numpy as np
import pytest
import soundfile
from django.db import connections

from hushkeep import audio, vault
from hushkeep.access.models import Alarm
from hushkeep.identity.roles import Role
from hushkeep.kernel import Denied, NotFound, Unavailable, new_id
from hushkeep.records.models import RecordingCopy
from hushkeep.records.recordings import _copies, _remote, _searching, checking, expiry, playback
from hushkeep.records.recordings.scanning import SCAN
from hushkeep.runtime import clock, jobs
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server

RATE = 8000
CODE = "4917"
LOW = {"1": 697, "2": 697, "3": 697, "4": 770, "5": 770, "6": 770, "7": 852, "8": 852, "9": 852, "0": 941}
HIGH = {"1": 1209, "2": 1336, "3": 1477, "4": 1209, "5": 1336, "6": 1477, "7": 1209, "8": 1336, "9": 1477, "0": 1336}


OFFSETS = {"playback": "pieces", "opus": "opus_pieces"}


class Deaf:
    """A recogniser that is there and hears no word."""

    name, digest = "test/deaf", "00"

    def hear(self, _sound, _language):
        return audio.Heard("en", ())


class Away(Deaf):
    """A recogniser that does not answer."""

    def hear(self, _sound, _language):
        raise AWAY


AWAY = Unavailable("recogniser is away")


def call(code=CODE, seconds=20.0, at=8.0, seed=1):
    """A stereo WAV: faint noise on both lines, and ``code`` typed on the first at second ``at``."""
    rng = np.random.default_rng(seed)
    sound = rng.normal(0, 1e-4, (int(seconds * RATE), 2)).astype(np.float32)
    for i, key in enumerate(code):
        t = np.arange(int(0.1 * RATE)) / RATE
        tone = 0.2 * (np.sin(2 * np.pi * LOW[key] * t) + np.sin(2 * np.pi * HIGH[key] * t))
        start = int((at + 0.25 * i) * RATE)
        sound[start : start + len(t), 0] += tone.astype(np.float32)
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


def keys_heard(data, suffix, fewest=3):
    """The keys that can be heard in a file."""
    listened = audio.listen(audio.Recording(io.BytesIO(data), suffix))
    return ["".join(key.key for key in run) for keys in listened.keys for run in audio.entries(keys, fewest=fewest)]


class Desk:
    """A center that takes recordings in and scans them as the worker does."""

    def __init__(self, program):
        self.program, self.tenant = program, program.key.tenant

    def header(self, data, **said):
        digest = hashlib.sha256(data).hexdigest()
        return {"id": str(new_id()), "suffix": "wav", "size": len(data), "sha256": digest} | said

    def land(self, data, first=None, **said):
        body = json.dumps(self.header(data, **said)).encode() + b"\n" + (data if first is None else data[:first])
        return self.program.send("POST", "/recordings", body)

    def part(self, recording, at, data):
        return self.program.send("POST", f"/recordings/{recording}/parts?at={at}", data)

    def scan(self, recording):
        jobs.run(SCAN.name, str(self.tenant), {"recording": f"urn:uuid:{recording}"})

    def landed(self, data, **said):
        answer = self.land(data, **said)
        assert answer.status_code == 201, answer.content
        return answer.json()["id"]

    def redacted(self, data, **said):
        recording = self.landed(data, **said)
        self.scan(recording)
        return recording

    def rows(self, statement, *values):
        with tenant_transaction(self.tenant), connections["default"].cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    def state(self, recording):
        return self.rows("SELECT state, reason FROM records_recording WHERE id = %s", recording)[0]

    def opened(self, keys):
        """(role, suffix, bytes) of every object of this center, opened with everything a thief could ask for."""
        found = []
        with tenant_transaction(self.tenant):
            for copy in RecordingCopy.objects.order_by("recording", "role", "part"):
                [(subject, ring)] = self.rows(
                    "SELECT subject, ring FROM records_recording WHERE id = %s", copy.recording
                )
                whom = [subject] + ([ring] if copy.ring_wrap is not None else [])
                ticket = keys.ticket_job(self.tenant, new_id(), whom, [_copies.KLASS], new_id())
                file = _copies.opened([_alone(copy)], ticket, new_id(), keys)
                found.append((copy.role, copy.suffix, file.read()))
        return found


def _alone(copy):
    copy.part = 0
    return copy


@pytest.fixture
def recogniser(monkeypatch):
    """A function that chooses what hears speech."""

    def choose(engine):
        monkeypatch.setattr(_searching, "recogniser", lambda *_: engine)

    choose(Deaf())
    return choose


@pytest.fixture
def sample(monkeypatch):
    """Everything is drawn for quality assurance."""
    monkeypatch.setattr(_searching, "drawn", lambda: True)


@pytest.fixture
def desk(program, recogniser):
    return Desk(program)


def objects_on_disk():
    return [path for path in settings().objects_dir.rglob("*") if path.is_file()]


def test_a_recording_lands_sealed_and_no_clear_byte_of_it_lies_anywhere(desk):
    before = set(objects_on_disk())
    data = call()
    desk.landed(data)
    [new] = set(objects_on_disk()) - before
    stored = new.read_bytes()
    assert data[1000:1064] not in stored
    assert len(stored) > len(data)
    assert not any(data[1000:1064] in path.read_bytes() for path in settings().data_dir.rglob("*.wav"))


def test_parts_of_a_recording_join_and_one_sent_twice_is_taken_once(desk, key_process):
    data = call()
    first = desk.land(data, first=100_000).json()
    assert (first["state"], first["landed_size"]) == ("landing", 100_000)
    assert desk.part(first["id"], 150_000, data[150_000:]).status_code == 409
    assert desk.part(first["id"], 100_000, data[100_000:200_000]).json()["landed_size"] == 200_000
    assert desk.part(first["id"], 100_000, data[100_000:200_000]).json()["duplicate"]
    done = desk.part(first["id"], 200_000, data[200_000:]).json()
    assert (done["state"], done["landed_size"]) == ("landed", len(data))
    assert b"".join(content for _, _, content in desk.opened(key_process)) == data
    desk.scan(first["id"])
    assert desk.state(first["id"]) == ("redacted", None)


def test_the_same_recording_again_is_known_and_another_under_its_id_refused(desk):
    data = call()
    assert desk.land(data, id="call-1").status_code == 201
    again = desk.land(data, id="call-1")
    assert (again.status_code, again.json()["duplicate"]) == (200, True)
    other = desk.land(call(seed=2), id="call-1")
    assert (other.status_code, other.json()["params"]) == (409, {"reason": "same_id_other_content"})


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"size": 0}, "recording_empty"),
        ({"size": 1 << 50}, "recording_too_large"),
        ({"size": 10}, "more_than_announced"),
        ({"suffix": "../x"}, "header_suffix"),
        ({"sha256": "zz"}, "header_sha256"),
        ({"id": ""}, "header_id"),
        ({"surprise": 1}, "header_unknown_fields"),
        ({"started_at": "2026-01-01T00:00:00"}, "header_started_at"),
        ({"pauses": [[2, 1]]}, "header_pauses"),
        ({"seconds": -1}, "header_seconds"),
        ({"channels": "2"}, "header_channels"),
    ],
)
def test_a_header_that_cannot_be_is_refused_and_leaves_nothing(desk, said, reason):
    before = set(objects_on_disk())
    answer = desk.land(call("", seconds=1), **said)
    assert (answer.status_code, answer.json()["params"]) == (422, {"reason": reason})
    assert set(objects_on_disk()) == before
    assert desk.rows("SELECT count(*) FROM records_recording") == [(0,)]


def test_people_land_nothing(desk, person):
    answer = person(desk.tenant, Role.SUPERVISOR).browser.post("/recordings", {})
    assert answer.status_code == 403


def test_a_code_in_the_audio_is_in_no_copy_afterwards(desk, key_process):
    data = call()
    assert keys_heard(data, "wav") == [CODE]
    before = set(objects_on_disk())
    recording = desk.redacted(data)
    assert desk.state(recording) == ("redacted", None)
    found = desk.opened(key_process)
    assert sorted(role for role, _, _ in found) == ["manifest", "opus", "original", "playback", "redacted"]
    assert len(set(objects_on_disk()) - before) == len(found), "an object lies there that no row knows"
    for role, suffix, content in found:
        if role == "manifest":
            assert CODE not in content.decode()
        elif role in OFFSETS:
            [(ends,)] = desk.rows(f"SELECT {OFFSETS[role]} FROM records_recording")
            seconds = [content[start:end] for start, end in pairwise(json.loads(ends))]
            assert not any(keys_heard(second, suffix, fewest=1) for second in seconds)
        else:
            assert keys_heard(content, suffix, fewest=1) == []


class Attentive(Deaf):
    """Hears a code read out, each word as long as something sounds at its time."""

    SAID = (" my", " security", " code", " is", " four", " nine", " one", " seven")

    def hear(self, sound, _language):
        words = []
        for n, text in enumerate(self.SAID):
            start, end = 0.4 + 0.45 * n, 0.8 + 0.45 * n
            if np.abs(sound[int(start * 16_000) : int(end * 16_000)]).max(initial=0.0) > 0.01:
                words.append(audio.Word(start, end, text, 0.95))
        return audio.Heard("en", tuple(words))


def test_a_code_that_was_spoken_is_in_no_copy_afterwards(desk, recogniser, key_process):
    recogniser(Attentive())
    recording = desk.redacted(_voiced(call(code="", seconds=10.0)))
    assert desk.state(recording) == ("redacted", None)
    [(spans, transcript)] = desk.rows("SELECT spans, transcript FROM records_recording")
    [code] = [span for span in json.loads(spans) if span[3] in _searching.CODES]
    channel, start, end, _ = code
    assert (channel, end - start > 1.0) == (1, True)
    assert not any(word.strip() in transcript for word in Attentive.SAID[4:])
    opened = desk.opened(key_process)
    assert {role for role, _, _ in opened} >= {"manifest", "original", "playback", "redacted"}
    for role, _, content in opened:
        if role == "manifest":
            assert not any(word.strip().encode() in content for word in Attentive.SAID[4:])
        elif role in {"original", "redacted"}:
            sound, rate = soundfile.read(io.BytesIO(content), dtype="float32")
            assert not sound[int(start * rate) + 1 : int(end * rate) - 1, 1].any(), role


def test_the_key_of_an_original_that_held_a_code_is_shredded(desk, key_process):
    recording = desk.landed(call())
    [(ring,)] = desk.rows("SELECT ring FROM records_recording")
    with tenant_transaction(desk.tenant):
        [copy] = _copies.rows(recording, "original")
        [(subject,)] = desk.rows("SELECT subject FROM records_recording")
    desk.scan(recording)
    # Everything but the ring is kept by a thief: the row, both wraps, and leave to open the subject.
    ticket = key_process.ticket_job(desk.tenant, new_id(), [subject, ring], ["voice"], new_id())
    with pytest.raises((NotFound, Denied)):
        key_process.unwrap(ticket, new_id(), [bytes(copy.ring_wrap)])
    assert desk.rows("SELECT dead_rings FROM records_recording") == [("[]",)]


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
    recording = desk.landed(_voiced(noisy))
    with pytest.raises(Unavailable):
        desk.scan(recording)
    assert desk.state(recording) == ("quarantined", "search_unavailable")
    recogniser(Deaf())
    assert desk.program.send("POST", f"/recordings/{recording}/scan").status_code == 200
    desk.scan(recording)
    assert desk.state(recording) == ("redacted", None)


def _voiced(data):
    """The call with something like a voice in it."""
    sound, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    t = np.arange(4 * rate) / rate
    hum = sum(np.sin(2 * np.pi * 140 * n * t) / n for n in range(1, 20)) * (0.06 + 0.05 * np.sin(2 * np.pi * 4 * t))
    sound[rate : 5 * rate, 1] += hum.astype(np.float32)
    file = io.BytesIO()
    soundfile.write(file, sound, rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


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
    recording = desk.redacted(_voiced(call()))
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
    recording = desk.redacted(_voiced(call()))
    assert desk.state(recording) == ("quarantined", "destination_not_allowed")
    assert Vendor.heard == []
    [told] = events(desk.tenant, action="recording:disclose")
    assert (told["outcome"], told["reason"]) == ("denied", "destination_not_allowed")


@pytest.mark.enable_socket
@pytest.mark.parametrize("status", [302, 401, 500])
def test_a_vendor_that_answers_anything_else_leaves_the_call_quarantined(vendor, status):
    desk = vendor(status=status)
    recording = desk.landed(_voiced(call()))
    with pytest.raises(Unavailable):
        desk.scan(recording)
    assert desk.state(recording) == ("quarantined", "search_unavailable")


@pytest.mark.parametrize("said", [{"channels": 1}, {"seconds": 99.0}])
def test_a_sidecar_that_contradicts_the_sound_quarantines(desk, said):
    assert desk.state(desk.redacted(call(), **said)) == ("quarantined", "sidecar_contradicts")
    assert desk.state(desk.redacted(call(seed=2), channels=2, seconds=20.5)) == ("redacted", None)


def test_what_was_not_to_be_recorded_is_in_no_copy(desk, key_process):
    data = call(code="", seconds=12.0)
    loud = io.BytesIO()
    sound, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    soundfile.write(loud, sound + 0.1, rate, format="WAV", subtype="PCM_16")
    recording = desk.redacted(loud.getvalue(), pauses=[[3, 5.5], [11, 600]])
    assert desk.state(recording) == ("redacted", None)
    checked = {"original": "flac", "redacted": "flac"}
    for role, suffix, content in desk.opened(key_process):
        if role in checked:
            assert suffix == checked[role]
            kept, _ = soundfile.read(io.BytesIO(content), dtype="float32")
            assert not kept[3 * rate : int(5.5 * rate)].any()
            assert not kept[11 * rate :].any()
            assert kept[2 * rate].any()


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"not audio at all" * 100, "not_audio"), (call()[:200_000], "cut_short"), (call()[:44], "not_audio")],
)
def test_what_is_no_whole_recording_says_so_and_others_go_on(desk, data, reason):
    recording = desk.redacted(data)
    assert desk.state(recording) == ("quarantined", reason)
    assert desk.state(desk.redacted(call())) == ("redacted", None)


def test_a_recording_that_is_not_what_was_announced_is_quarantined(desk):
    recording = desk.landed(call(), sha256="0" * 64)
    desk.scan(recording)
    assert desk.state(recording) == ("quarantined", "digest_differs")


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
    long_ago = clock.now() - timedelta(minutes=5)
    desk.rows(
        "UPDATE records_recording SET state = 'scanning', beat_at = %s WHERE id = %s RETURNING id", long_ago, recording
    )
    assert expiry.resume(desk.tenant) == 1
    desk.scan(recording)
    assert desk.state(recording) == ("redacted", None)


class Player:
    """What a console does: reads the offsets, then asks for seconds."""

    def __init__(self, browser, recording, purpose="quality_review"):
        self.browser, self.recording, self.purpose = browser, recording, purpose

    def detail(self):
        return self.browser.get(f"/recordings/{self.recording}")

    def get(self, said):
        return self.browser.get(f"/recordings/{self.recording}/audio?purpose={self.purpose}", Range=said)

    def seconds(self, first, end):
        ends = self.detail().json()["pieces"]
        return self.get(f"bytes={ends[first]}-{ends[end] - 1}")


def test_the_right_people_hear_whole_seconds_and_each_is_in_the_log(desk, person, sample, events):
    recording = desk.redacted(call())
    listener = person(desk.tenant, Role.QA)
    player = Player(listener.browser, recording)
    detail = player.detail().json()
    assert (detail["state"], detail["hidden"], len(detail["pieces"])) == ("redacted", {"keypad": 1}, 21)
    assert len(detail["peaks"]) == 2
    [span] = detail["spans"]
    assert span["start"] < 8.0
    assert span["end"] > 8.8
    for first, end in ((0, 5), (5, 6), (12, 14)):
        answer = player.seconds(first, end)
        assert (answer.status_code, answer["Content-Type"]) == (206, "audio/flac"), answer.content
        assert "Content-Disposition" not in answer
        assert answer["Cache-Control"] == "no-store"
        frames = soundfile.info(io.BytesIO(answer.content)).frames
        assert frames == RATE
    heard = person(desk.tenant, Role.DPO).browser.get(f"/recordings/{recording}/listening").json()["items"]
    assert [(h["first"], h["end"], h["seek"]) for h in heard] == [(12, 14, True), (5, 6, False), (0, 5, False)]
    assert {h["actor"] for h in heard} == {str(listener.id)}
    played = events(desk.tenant, action="recording:play")
    assert [(e["outcome"], e["count"], e["purpose"]) for e in played] == [
        ("allowed", count, "quality_review") for count in (5, 1, 2)
    ]
    assert {h["event"] for h in heard} == {str(e["id"]) for e in played}


def test_nobody_gets_more_than_five_seconds_at_once(desk, person, sample):
    player = Player(person(desk.tenant, Role.QA).browser, desk.redacted(call()))
    ends = player.detail().json()["pieces"]
    answer = player.get(f"bytes=0-{ends[-1] - 1}")
    assert answer["Content-Range"] == f"bytes 0-{ends[5] - 1}/{ends[-1]}"
    assert len(answer.content) == ends[5]
    assert player.get("").status_code == 422
    assert player.get(f"bytes={ends[-1]}-{ends[-1] + 9}").status_code == 422


def test_only_the_segments_asked_for_are_read(desk, person, sample, monkeypatch):
    player = Player(person(desk.tenant, Role.QA).browser, desk.redacted(call(seconds=120)))
    read = []
    real = _copies.objects.read_range
    monkeypatch.setattr(_copies.objects, "read_range", lambda i, a, b: read.append((a, b)) or real(i, a, b))
    assert player.seconds(50, 52).status_code == 206
    ends = player.detail().json()["pieces"]
    asked = ends[52] - ends[50]
    # The header, the last segment (a cut file is refused at once) and those around what was asked for.
    assert sum(b - a for a, b in read) <= asked + 3 * 65_536 + 104 < ends[-1]


def test_an_agent_hears_the_own_call_and_no_other(desk, person, invite):
    mine, other = person(desk.tenant, Role.AGENT), person(desk.tenant, Role.AGENT)
    recording = desk.redacted(call(), agent=mine.login)
    assert Player(mine.browser, recording).seconds(0, 1).status_code == 206
    assert [r["id"] for r in mine.browser.get("/recordings").json()["items"]] == [recording]
    refused = Player(other.browser, recording)
    assert (refused.detail().status_code, refused.get("bytes=0-9").status_code) == (403, 403)
    assert other.browser.get("/recordings").json()["items"] == []


def test_quality_assurance_hears_what_was_drawn_and_nothing_else(desk, person, monkeypatch):
    monkeypatch.setattr(_searching, "drawn", lambda: False)
    recording = desk.redacted(call())
    answer = Player(person(desk.tenant, Role.QA).browser, recording).seconds(0, 1)
    assert (answer.status_code, answer.json()["code"]) == (403, "denied")


@pytest.mark.parametrize("purpose", ["", "curiosity", "data_subject_request"])
def test_no_purpose_no_sound(desk, person, sample, purpose):
    player = Player(person(desk.tenant, Role.QA).browser, desk.redacted(call()), purpose)
    assert player.seconds(0, 1).status_code == 403


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR])
def test_who_watches_machines_hears_no_customer(desk, person, sample, role):
    browser = person(desk.tenant, role).browser
    recording = desk.redacted(call())
    assert browser.get(f"/recordings/{recording}").status_code == 403
    assert Player(browser, recording, "complaint").get("bytes=0-9").status_code == 403


def test_the_original_asks_for_two_people(desk, person, sample):
    recording = desk.redacted(call())
    browser = person(desk.tenant, Role.DPO).browser
    answer = browser.get(f"/recordings/{recording}/audio?purpose=complaint&original=true", Range="bytes=0-9")
    assert (answer.status_code, answer.json()["code"]) == (403, "approval_required")


def test_another_center_finds_nothing(desk, person, new_program, two_tenants, sample):
    recording = desk.redacted(call())
    stranger = person(two_tenants[0], Role.SUPERVISOR).browser
    assert stranger.get(f"/recordings/{recording}").status_code == 404
    assert Player(stranger, recording, "complaint").get("bytes=0-9").status_code == 404
    assert stranger.get("/recordings").json()["items"] == []
    assert new_program(two_tenants[0]).send("POST", f"/recordings/{recording}/parts?at=0", b"x").status_code == 404


def _object(desk, recording, role="playback"):
    with tenant_transaction(desk.tenant):
        [copy] = _copies.rows(recording, role)
    return next(path for path in objects_on_disk() if path.name == str(copy.id))


def _flip(path, _other):
    content = bytearray(path.read_bytes())
    content[70_000] ^= 1
    path.write_bytes(content)


def _cut(path, _other):
    path.write_bytes(path.read_bytes()[:-5000])


def _swap(path, _other):
    content = path.read_bytes()
    one, two = slice(64 + 65_536, 64 + 2 * 65_536), slice(64 + 2 * 65_536, 64 + 3 * 65_536)
    path.write_bytes(content[: one.start] + content[two] + content[one] + content[two.stop :])


def _exchange(path, other):
    path.write_bytes(other.read_bytes())


HARMS = {_flip: {1}, _cut: {-1}, _swap: {1, 2}, _exchange: None}
"""What is done to an object -> the segments that it harms: -1 is the last, None all of them."""


def _segments(path):
    return range(-(-(path.stat().st_size - 64) // 65_536))


@pytest.mark.parametrize("harm", HARMS)
def test_a_changed_copy_plays_nothing_of_what_was_changed_and_says_where(desk, person, sample, harm):
    recording, other = desk.redacted(call(seconds=60)), desk.redacted(call(seconds=60, seed=5))
    player = Player(person(desk.tenant, Role.QA).browser, recording)
    ends = player.detail().json()["pieces"]
    second = next(n for n, end in enumerate(ends) if end > 66_000 + 70_000)
    assert player.seconds(second, second + 1).status_code == 206
    path = _object(desk, recording)
    last = _segments(path)[-1]
    harm(path, _object(desk, other))
    place = next(n for n, end in enumerate(ends) if end > 66_000) - 1
    answer = player.seconds(place, place + 4)
    assert (answer.status_code, answer.json()["code"]) == (500, "integrity")
    said = answer.json()["params"]
    harmed = HARMS[harm]
    assert said["segment"] in ({0, last} if harmed is None else {last if n == -1 else n for n in harmed})
    assert ends[said["second"]] <= vault.segment_bounds(said["segment"])[1]


@pytest.mark.parametrize("role", ["playback", "redacted", "opus", "original"])
def test_the_check_of_the_seals_names_copy_segment_and_second(desk, role, events):
    length = 90
    recording = desk.redacted(call(seconds=length))
    path, other = _object(desk, recording, role), _object(desk, desk.redacted(call(seconds=length, seed=5)), role)
    whole, segments = path.read_bytes(), _segments(path)
    assert len(segments) >= 3
    assert checking.checked(desk.tenant, recording) == []
    for harm, harmed in HARMS.items():
        harm(path, other)
        found = checking.checked(desk.tenant, recording)
        expected = set(segments) if harmed is None else {n % len(segments) for n in harmed}
        assert {(broken.role, broken.segment) for broken in found} == {(role, n) for n in expected}, harm
        for broken in found:
            about = length * broken.segment / len(segments)
            assert about - length / 10 < broken.start < broken.end <= length + 0.01, (harm, broken)
            assert broken.start < about + length / 10
        kept = desk.rows("SELECT jsonb_array_length(harms) FROM records_recording WHERE id = %s", recording)
        assert kept == [(len(found),)]
        path.write_bytes(whole)
    assert checking.checked(desk.tenant, recording) == []
    assert {e["outcome"] for e in events(desk.tenant, action="recording:verify")} == {"allowed"}
    with tenant_transaction(desk.tenant):
        alarms = Alarm.objects.filter(tenant=desk.tenant).values_list("code", "severity", "count")
        assert list(alarms) == [("seal_broken", "red", len(HARMS))]


def test_an_original_that_was_changed_before_its_search_is_quarantined_as_such(desk):
    recording = desk.landed(call())
    _flip(_object(desk, recording, "original"), None)
    desk.scan(recording)
    assert desk.state(recording) == ("quarantined", "seal_broken")


def test_a_copy_that_is_gone_is_named_whole(desk):
    recording = desk.redacted(call(seconds=12))
    _object(desk, recording, "redacted").unlink()
    assert {broken.role for broken in checking.checked(desk.tenant, recording)} == {"redacted"}


def test_a_check_of_the_seals_is_asked_for_by_who_may(desk, person, sample):
    recording = desk.redacted(call(seconds=12))
    assert person(desk.tenant, Role.QA).browser.post(f"/recordings/{recording}/verify", {}).status_code == 403
    auditor = person(desk.tenant, Role.AUDITOR).browser
    assert auditor.post(f"/recordings/{recording}/verify", {}).status_code == 202
    assert auditor.post(f"/recordings/{new_id()}/verify", {}).status_code == 404
    jobs.run(checking.CHECK.name, str(desk.tenant), {"recording": f"urn:uuid:{recording}"})
    detail = person(desk.tenant, Role.DPO).browser.get(f"/recordings/{recording}").json()
    assert (detail["harms"], detail["checked_at"] is None) == ([], False)


def test_a_reviewers_ticket_opens_no_original(desk, key_process):
    desk.landed(call())
    [(subject, ring)] = desk.rows("SELECT subject, ring FROM records_recording")
    assert key_process.ticket_sample(desk.tenant, new_id(), subject, ["voice"], new_id())
    with pytest.raises(Denied, match="retention_ring"):
        key_process.ticket_sample(desk.tenant, new_id(), ring, ["voice"], new_id())


def test_ranges_widen_to_seconds_and_stop_after_five():
    ends = [0, 10, 20, 30, 40, 50, 60, 70]
    assert playback.seconds_of(ends, 0, 0) == (0, 1)
    assert playback.seconds_of(ends, 9, 10) == (0, 2)
    assert playback.seconds_of(ends, 10, 19) == (1, 2)
    assert playback.seconds_of(ends, 0, 10**9) == (0, 5)
    assert playback.seconds_of(ends, 65, 10**9) == (6, 7)


def test_the_manifest_is_signed_by_the_site(desk, key_process):
    desk.redacted(call())
    [manifest] = [content for role, _, content in desk.opened(key_process) if role == "manifest"]
    told = audio.read(manifest)
    audio.check_signature(told, _searching.signing_key().public_key())
    [copy] = [content for role, _, content in desk.opened(key_process) if role == "redacted"]
    assert audio.verify(audio.Recording(io.BytesIO(copy), "flac"), told) == []
