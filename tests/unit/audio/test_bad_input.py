"""Recordings as telephone systems make them at their worst: each ends in a clear state, and what it hides says why."""

import io
import tracemalloc

import numpy as np
import pytest

from hushkeep import audio

BALANCED, STRICT = audio.Mode.BALANCED, audio.Mode.STRICT
RATE = 8000
TALK = [(0.5, 3.4), (3.7, 6.6), (6.9, 9.5)]


def spans(manifest):
    return [(h.channel, h.first / manifest.rate, h.end / manifest.rate, h.entity) for h in manifest.hidden]


def at_rate(sound, rate):
    """``sound`` of 8 kHz at another rate, the way a cheap converter does it."""
    count = round(len(sound) * rate / RATE)
    return np.interp(np.arange(count) * RATE / rate, np.arange(len(sound)), sound).astype("float32")


def music(seconds, seed=3):
    """Chords with overtones and a beat, as a line plays them to those who wait."""
    t = np.arange(round(seconds * RATE)) / RATE
    sound = np.zeros(len(t))
    rng = np.random.default_rng(seed)
    for at in np.arange(0, seconds, 0.5):
        root = 110 * 2 ** (rng.integers(24) / 12)
        ringing = np.exp(-3 * np.clip(t - at, 0, None)) * (t >= at)
        for step in (1, 5 / 4, 3 / 2):
            sound += 0.05 * sum(np.sin(2 * np.pi * root * step * n * t) / n for n in range(1, 6)) * ringing
    return sound.astype("float32")


def said(text, start=0.6, step=0.45, probability=0.95):
    """Words one after the other, as a recogniser tells them."""
    return [(start + step * n, start + step * (n + 1) - 0.05, f" {w}", probability) for n, w in enumerate(text.split())]


def test_ninety_six_kilohertz_and_eight_channels_are_searched_in_each_and_keep_their_shape(dialled, recorded, played):
    keys = at_rate(dialled("44171234", lead=0.5), 96_000)
    sound = np.zeros((len(keys), 8), "float32")
    sound[:, 6] = keys
    copy = audio.Recording(io.BytesIO(), "flac")
    tracemalloc.start()
    manifest = audio.redact(recorded(sound, 96_000, "flac"), copy, audio.Search(STRICT, None))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (manifest.rate, manifest.channels, manifest.frames) == (96_000, 8, len(sound))
    assert {(channel, entity) for channel, _, _, entity in spans(manifest)} == {(6, "keypad")}
    [span] = manifest.hidden
    assert not played(copy)[span.first : span.end].any()
    assert peak < 250e6


def test_what_is_held_grows_by_so_little_that_ten_hours_stay_within_the_bound(recorded):
    """What grows is some bytes for each 10 ms: ten hours of the measured growth take less than 300 MB."""

    def peak(minutes):
        recording = recorded(np.zeros(RATE * 60 * minutes, "int16"), suffix="flac")
        copy = audio.Recording(io.BytesIO(), "flac")
        tracemalloc.start()
        audio.redact(recording, copy, audio.Search(BALANCED, None))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    short, long = peak(2), peak(12)
    assert (long - short) / 10 * 600 < 300e6


def test_music_is_no_key_and_nobody_claims_to_have_understood_it(recorded, copy, told):
    recording = recorded(music(12.0))
    for mode in (BALANCED, STRICT):
        manifest = audio.redact(recording, copy, audio.Search(mode, told()))
        assert {entity for _, _, _, entity in spans(manifest)} == {"unclear_speech"}
        assert manifest.state == "redacted"


def test_swapped_channels_are_hidden_where_the_number_is(recorded, told, syllables):
    talk = syllables([(0.5, 5.0)], 7.0)
    words = said("my number is four one seven two zero five")
    quiet = np.zeros_like(talk)
    found = []
    for columns in ((talk, quiet), (quiet, talk)):
        copy = audio.Recording(io.BytesIO(), "flac")
        source = recorded(np.stack(columns, axis=1))
        found.append(spans(audio.redact(source, copy, audio.Search(BALANCED, told(words)))))
    assert found[0]
    assert [(1 - channel, *place) for channel, *place in found[0]] == [tuple(span) for span in found[1]]


@pytest.mark.parametrize("mode", [BALANCED, STRICT])
def test_a_rate_that_lies_leaves_nothing_that_was_not_understood(recorded, copy, told, syllables, mode):
    """At twice its length a recogniser makes little of a voice: what it is unsure of goes, in balanced mode too."""
    slow = at_rate(syllables(TALK, 10.0), 2 * RATE)
    unsure = said("the a of it on the way uh in", step=2.0, probability=0.2)
    manifest = audio.redact(recorded(slow), copy, audio.Search(mode, told(unsure)))
    hidden = sum(end - start for _, start, end, entity in spans(manifest) if entity == "unclear_speech")
    assert hidden > 0.9 * 2 * sum(end - start for start, end in TALK)


@pytest.mark.parametrize("mode", [BALANCED, STRICT])
def test_a_language_whose_numbers_nobody_knows_is_hidden_whole(recorded, copy, told, syllables, mode):
    words = said("mon numero est quatre un sept deux zero cinq merci beaucoup a bientot oui oui oui", 0.5)
    recording = recorded(syllables(TALK, 10.0))
    manifest = audio.redact(recording, copy, audio.Search(mode, told(*[words] * 9, language="fr")))
    assert {entity for _, _, _, entity in spans(manifest)} == {"unclear_speech"}
    assert manifest.language == "fr"
    for start, end in TALK:
        assert any(a <= start + 0.1 and b >= end - 0.1 for _, a, b, _ in spans(manifest))


def test_the_same_words_in_a_language_that_is_known_stay(recorded, copy, told, syllables):
    words = said("mon numero est quatre un sept deux zero cinq merci beaucoup a bientot oui oui oui", 0.5)
    manifest = audio.redact(recorded(syllables(TALK, 10.0)), copy, audio.Search(BALANCED, told(*[words] * 9)))
    assert manifest.hidden == ()


@pytest.mark.parametrize("harm", ["clipped", "offset", "faint", "hum"])
def test_keys_are_hidden_however_badly_the_line_was_set(dialled, recorded, copy, harm):
    sound = dialled("44171234")
    t = np.arange(len(sound)) / RATE
    harmed = {
        "clipped": np.clip(sound * 6, -1, 1),
        "offset": np.clip(sound + 0.4, -1, 1),
        "faint": sound * 0.04,
        "hum": sound + 0.2 * np.sin(2 * np.pi * 50 * t) + 0.1 * np.sin(2 * np.pi * 150 * t),
    }[harm]
    manifest = audio.redact(recorded(harmed.astype("float32")), copy, audio.Search(STRICT, None))
    [(_, start, end, entity)] = spans(manifest)
    assert (entity, start < 1.0, end > 1.0 + 8 * 0.16 - 0.08) == ("keypad", True, True)


def test_an_offset_and_clipping_hide_no_pause_from_the_meter(recorded, copy, told, syllables):
    """Speech on a line that is pushed against its end still has the pauses that spans grow to."""
    words = said("my number is four one seven two zero five")
    plain = syllables([(0.5, 5.0), (6.5, 9.0)], 10.0)
    expected = spans(audio.redact(recorded(plain), copy, audio.Search(BALANCED, told(words))))
    for harmed in (plain + 0.5, np.clip(plain * 8, -1, 1)):
        manifest = audio.redact(recorded(harmed.astype("float32")), copy, audio.Search(BALANCED, told(words)))
        [(channel, start, end, entity)] = spans(manifest)
        [(_, first, last, _)] = expected
        assert (channel, entity) == (0, "number")
        assert (start, end) == (pytest.approx(first, abs=0.1), pytest.approx(last, abs=0.1))
