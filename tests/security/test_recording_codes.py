"""Codes in recordings: in no copy afterwards, typed or spoken, and the key of what held them is gone."""

import io
import json
from itertools import pairwise

import pytest
import soundfile

from hushkeep import audio
from hushkeep.kernel import Denied, NotFound, new_id
from hushkeep.records.recordings import _copies, _searching
from hushkeep.runtime.tenancy import tenant_transaction
from made_calls import CODE, Attentive, call, keys_heard, objects_on_disk, said_in, voiced

pytestmark = pytest.mark.server


OFFSETS = {"playback": "pieces", "opus": "opus_pieces"}


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
            assert CODE not in said_in(content)
        elif role in OFFSETS:
            [(ends,)] = desk.rows(f"SELECT {OFFSETS[role]} FROM records_recording")
            seconds = [content[start:end] for start, end in pairwise(json.loads(ends))]
            assert not any(keys_heard(second, suffix, fewest=1) for second in seconds)
        else:
            assert keys_heard(content, suffix, fewest=1) == []


def test_a_code_that_was_spoken_is_in_no_copy_afterwards(desk, recogniser, key_process):
    recogniser(Attentive())
    recording = desk.redacted(voiced(call(code="", seconds=10.0)))
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
            assert not any(word.strip() in said_in(content) for word in Attentive.SAID[4:])
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


def test_a_reviewers_ticket_opens_no_original(desk, key_process):
    desk.landed(call())
    [(subject, ring)] = desk.rows("SELECT subject, ring FROM records_recording")
    assert key_process.ticket_sample(desk.tenant, new_id(), subject, ["voice"], new_id())
    with pytest.raises(Denied, match="retention_ring"):
        key_process.ticket_sample(desk.tenant, new_id(), ring, ["voice"], new_id())


def test_the_manifest_is_signed_by_the_site(desk, key_process):
    desk.redacted(call())
    [manifest] = [content for role, _, content in desk.opened(key_process) if role == "manifest"]
    told = audio.read(manifest)
    audio.check_signature(told, _searching.signing_key().public_key())
    [copy] = [content for role, _, content in desk.opened(key_process) if role == "redacted"]
    assert audio.verify(audio.Recording(io.BytesIO(copy), "flac"), told) == []
