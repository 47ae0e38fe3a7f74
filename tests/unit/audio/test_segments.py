"""A copy whose file was changed: the check names the segment and the second, whatever was done to it."""

import io
import json
from itertools import pairwise

import numpy as np
import pytest
import soundfile

from hushkeep import audio, cli
from hushkeep.audio.segments import SEGMENT_BYTES

RATE = 8000
SECONDS = 24


def recording(seed=1, seconds=SECONDS, rate=RATE):
    rng = np.random.default_rng(seed)
    file = io.BytesIO()
    sound = rng.uniform(-0.5, 0.5, (seconds * rate, 2)).astype(np.float32)
    soundfile.write(file, sound, rate, format="WAV", subtype="PCM_16")
    return audio.Recording(file, "wav")


def redacted(source, suffix="flac"):
    copy = audio.Recording(io.BytesIO(), suffix)
    manifest = audio.redact(source, copy, audio.Search(audio.Mode.BALANCED, None))
    return copy.file.getvalue(), manifest


@pytest.fixture(scope="module")
def made():
    return redacted(recording())


def problems(data, manifest, suffix="flac"):
    return audio.verify(audio.Recording(io.BytesIO(data), suffix), manifest)


def segment(data, number):
    return slice(number * SEGMENT_BYTES, min((number + 1) * SEGMENT_BYTES, len(data)))


def flipped(data, at=3 * SEGMENT_BYTES + 777):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def cut(data, at=5 * SEGMENT_BYTES + 99):
    return data[:at]


def swapped(data, one=2, other=6):
    one, other = segment(data, one), segment(data, other)
    return data[: one.start] + data[other] + data[one.stop : other.start] + data[one] + data[other.stop :]


HARMS = {
    "flip": (flipped, [("differs", 3, 3)]),
    "flip of the header": (lambda data: flipped(data, 1), [("differs", 0, 0)]),
    "cut": (cut, [("differs", 5, 5), ("missing", 6, None)]),
    "cut between segments": (lambda data: cut(data, 4 * SEGMENT_BYTES), [("missing", 4, None)]),
    "swap": (swapped, [("differs", 2, 2), ("differs", 6, 6)]),
    "bytes taken out": (lambda data: data[:200_000] + data[201_000:], [("differs", 3, None)]),
    "bytes put behind": (lambda data: data + b"x" * SEGMENT_BYTES, [("differs", None, None), ("added", -1, -1)]),
}


@pytest.mark.parametrize("harm", HARMS)
def test_what_was_done_to_a_copy_is_named_by_segment_and_second(made, harm):
    data, manifest = made
    last = len(manifest.segments) - 1
    change, expected = HARMS[harm]
    found = [p for p in problems(change(data), manifest) if p.segment is not None]
    places = {None: last, -1: last + 1}
    assert [(p.kind.removeprefix("segment_"), p.segment, p.last_segment) for p in found] == [
        (kind, places.get(first, first), places.get(end, end)) for kind, first, end in expected
    ]
    for problem in found:
        assert 0 <= problem.start <= problem.end <= SECONDS
        before = _seconds(data[: problem.segment * SEGMENT_BYTES])
        after = _seconds(data[: (problem.last_segment + 1) * SEGMENT_BYTES])
        assert problem.start <= before
        assert after <= problem.end
        assert problem.end - problem.start < after - before + 3.0


def _seconds(data):
    """How far the first bytes of a copy can be heard."""
    if not data:
        return 0.0
    return audio.seconds(audio.Recording(io.BytesIO(data), "flac"))


def test_another_recording_in_its_place_differs_from_the_first_segment_to_the_last(made):
    data, manifest = made
    other, _ = redacted(recording(seed=2))
    found = problems(other, manifest)
    assert found[0].kind == "digest_differs"
    changed = [p for p in found if p.kind == "segment_differs"]
    assert [(p.segment, p.start) for p in changed] == [(0, 0.0)]
    assert max(p.last_segment for p in found if p.segment is not None) >= len(manifest.segments) - 1
    assert problems(data, manifest) == []


def test_what_is_no_sound_any_more_is_still_told_by_its_segments(made):
    _, manifest = made
    kinds = [p.kind for p in problems(b"nothing of it" * 9000, manifest)]
    assert kinds == ["digest_differs", "segment_differs", "segment_missing", "not_audio"]


@pytest.mark.parametrize(("suffix", "rate"), [("wav", 8000), ("opus", 48000), ("flac", 44100), ("flac", 4000)])
def test_segments_cover_every_sample_in_order_in_every_format(suffix, rate):
    data, manifest = redacted(recording(seconds=6, rate=rate), suffix)
    segments = manifest.segments
    assert len(segments) == -(-len(data) // SEGMENT_BYTES)
    assert (segments[0].first, segments[-1].end) == (0, manifest.frames)
    for one, following in pairwise(segments):
        assert one.first <= following.first <= one.end <= following.end
    assert problems(data, manifest, suffix) == []


def test_a_mended_copy_is_measured_anew(made):
    data, manifest = made
    target = audio.Recording(io.BytesIO(), "flac")
    source = audio.Recording(io.BytesIO(data), "flac")
    after = audio.mend(source, target, manifest, [audio.Problem("number_heard", 0, 2.0, 3.0)])
    assert after.segments != manifest.segments
    assert problems(target.file.getvalue(), after) == []


def test_the_command_names_segment_and_second(made, tmp_path, capsys):
    data, manifest = made
    (tmp_path / "copy.flac").write_bytes(flipped(data))
    (tmp_path / "copy.json").write_text(json.dumps(manifest.document()))
    assert cli.main(["recording", "verify", str(tmp_path / "copy.flac"), str(tmp_path / "copy.json")]) == 10
    told = json.loads(capsys.readouterr().out)["problems"]
    [changed] = [problem for problem in told if problem["kind"] == "segment_differs"]
    assert (changed["segment"], changed["last_segment"]) == (3, 3)
    assert changed["start"] < 3 * SEGMENT_BYTES / len(data) * SECONDS < changed["end"]
