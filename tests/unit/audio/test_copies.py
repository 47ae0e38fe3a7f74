"""Copies beside the redacted one: pieces that play by themselves, loudness for the eye, spans cut, spans mended."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from hushkeep import audio
from hushkeep.kernel import InvalidInput

RATE = 8000


def recording(seconds=7.3, channels=2, rate=RATE):
    rng = np.random.default_rng(4)
    sound = rng.uniform(-0.5, 0.5, (int(seconds * rate), channels)).astype(np.float32)
    file = io.BytesIO()
    soundfile.write(file, sound, rate, format="FLAC", subtype="PCM_16")
    return audio.Recording(file, "flac")


def samples(data):
    return soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)[0]


@pytest.mark.parametrize(("seconds", "rate"), [(7.3, 8000), (3.0, 8000), (0.4, 8000), (25.0, 16000), (2.5, 44100)])
def test_pieces_are_whole_seconds_that_join_to_the_copy_sample_for_sample(seconds, rate):
    copy = recording(seconds, rate=rate)
    made = [samples(piece) for piece in audio.pieces(copy)]
    assert all(len(piece) == rate for piece in made[:-1])
    assert 0 < len(made[-1]) <= rate
    assert np.array_equal(np.concatenate(made), samples(copy.file.getvalue()))


def test_peaks_are_the_loudest_of_each_part_however_the_file_is_cut_into_blocks():
    copy = recording(31.7)
    sound = np.abs(samples(copy.file.getvalue()) / 32768)
    for count in (1, 7, 1000):
        peaks = audio.peaks(copy, len(sound), count=count)
        width = -(-len(sound) // count)
        expected = [sound[at : at + width].max(axis=0) for at in range(0, len(sound), width)]
        assert len(peaks) == 2
        assert len(peaks[0]) <= count
        for channel in (0, 1):
            assert list(peaks[channel]) == [round(255 * float(part[channel])) for part in expected]


def test_silence_falls_on_the_spans_alone():
    copy, cut = recording(), audio.Recording(io.BytesIO(), "flac")
    frames = audio.silence(copy, cut, [audio.Hidden(1, 8000, 16000, "cvv")])
    before, after = samples(copy.file.getvalue()), samples(cut.file.getvalue())
    assert frames == len(before) == len(after)
    assert not after[8000:16000, 1].any()
    assert np.array_equal(before[:, 0], after[:, 0])
    assert np.array_equal(before[16200:, 1], after[16200:, 1])


def test_silence_cannot_make_a_format_that_it_does_not_write():
    with pytest.raises(InvalidInput):
        audio.silence(recording(), audio.Recording(io.BytesIO(), "mp3"), [])


@pytest.fixture
def told():
    copy = recording()
    return copy, replace(
        audio.redact(copy, audio.Recording(io.BytesIO(), "flac"), audio.Search(audio.Mode.BALANCED, None)),
        transcript=(),
    )


def test_mending_silences_what_was_still_heard_and_says_so(told):
    copy, manifest = told
    mended = audio.Recording(io.BytesIO(), "flac")
    after = audio.mend(copy, mended, manifest, [audio.Problem("number_heard", 0, 2.0, 3.0)])
    [span] = after.hidden
    assert (span.channel, span.entity) == (0, "number")
    assert span.first <= 2.0 * RATE < 3.0 * RATE <= span.end
    assert not samples(mended.file.getvalue())[span.first : span.end, 0].any()
    assert samples(mended.file.getvalue())[span.first : span.end, 1].any()
    assert audio.verify(mended, after) == []


def test_a_mended_manifest_keeps_no_words_of_what_was_heard(told):
    copy, manifest = told
    lines = [
        {"channel": c, "first_sample": a, "end_sample": b, "text": "four one", "start": a / RATE, "end": b / RATE}
        for c, a, b in ((0, 16000, 24000), (1, 16000, 24000), (0, 40000, 48000))
    ]
    manifest = audio.read(json.dumps(manifest.document() | {"transcript": lines}))
    after = audio.mend(
        copy,
        audio.Recording(io.BytesIO(), "flac"),
        manifest,
        [audio.Problem("number_heard", 0, 2.0, 3.0)],
    )
    assert [line.text for line in after.transcript] == ["[number]", "four one", "four one"]


def test_silence_settles_no_other_problem(told):
    copy, manifest = told
    with pytest.raises(ValueError, match="shape_differs"):
        audio.mend(copy, audio.Recording(io.BytesIO(), "flac"), manifest, [audio.Problem("shape_differs")])


def test_what_is_mended_beside_keys_is_still_named_for_the_keys(told):
    copy, manifest = told
    manifest = replace(manifest, hidden=(audio.Hidden(0, 16000, 20000, "keypad"),))
    after = audio.mend(
        copy, audio.Recording(io.BytesIO(), "flac"), manifest, [audio.Problem("number_heard", 0, 2.2, 3.0)]
    )
    assert [span.entity for span in after.hidden] == ["keypad"]
