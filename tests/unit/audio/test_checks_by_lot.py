"""A check that hears a part: all that lies near a hidden span, in every channel, and of the rest what the lot draws."""

import io
from random import Random

import numpy as np
import pytest
import soundfile

from hushkeep import audio

RATE = 8000
SECONDS = 120
KEYS_AT = 60.0
PLAIN = ("well", "then", "we", "shall", "see")
SAID = [(at, at + 1.6) for at in np.arange(2.0, SECONDS - 2.0, 2.0) if abs(at - KEYS_AT - 1.0) > 3.0]


class Lot(Random):
    """A lot that draws always the same."""

    def __init__(self, drawn):
        super().__init__()
        self.drawn = drawn

    def random(self):
        return self.drawn


class Counting:
    """A recogniser that hears a plain word each half second, or what it was told, and counts the seconds."""

    name, digest = "counting/1", "0" * 64

    def __init__(self, words=()):
        self.words, self.seconds = words, 0.0

    def hear(self, sound, language):  # noqa: ARG002 - the door's names
        self.seconds += len(sound) / 16_000
        times = np.arange(0, len(sound) / 16_000 - 0.5, 0.5)
        plain = [audio.Word(at, at + 0.45, f" {PLAIN[i % len(PLAIN)]}", 0.99) for i, at in enumerate(times)]
        return audio.Heard("en", tuple(self.words or plain))


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(2)
    t = np.arange(SECONDS * RATE) / RATE
    buzz = sum(np.sin(2 * np.pi * f * t) / n for n, f in enumerate((180, 360, 540, 1080, 2160), 1)) * 0.1
    sound = rng.standard_normal((len(t), 2)) * 0.0005
    for start, end in SAID:
        sound[round(start * RATE) : round(end * RATE)] += buzz[round(start * RATE) : round(end * RATE), None]
    for i, (row, column) in enumerate([(770, 1209), (697, 1209), (852, 1209), (770, 1336)]):
        place = slice(round((KEYS_AT + i * 0.2) * RATE), round((KEYS_AT + i * 0.2 + 0.1) * RATE))
        sound[place, 0] += 0.25 * (np.sin(2 * np.pi * row * t[place]) + np.sin(2 * np.pi * column * t[place]))
    source, copy = audio.Recording(io.BytesIO(), "wav"), audio.Recording(io.BytesIO(), "flac")
    soundfile.write(source.file, sound.astype("float32"), RATE, format="WAV", subtype="PCM_16")
    manifest = audio.redact(source, copy, audio.Search(audio.Mode.BALANCED, Counting()))
    assert [span.entity for span in manifest.hidden] == ["keypad"]
    return copy, manifest


def heard(made, drawn, words=()):
    copy, manifest = made
    engine = Counting(words)
    problems = audio.verify(copy, manifest, audio.Search(audio.Mode.BALANCED, engine), lot=Lot(drawn))
    return engine.seconds, problems


def test_near_the_span_both_channels_are_heard_and_little_else(made):
    seconds, problems = heard(made, drawn=1.0)
    assert 2 * 12 < seconds < 2 * 32
    assert problems == []


def test_what_the_lot_draws_is_heard_too(made):
    copy, manifest = made
    everything = Counting()
    audio.verify(copy, manifest, audio.Search(audio.Mode.BALANCED, everything))
    assert heard(made, drawn=0.0)[0] == pytest.approx(everything.seconds, rel=0.05)
    assert everything.seconds > 2 * 70


def test_a_number_that_is_heard_near_the_span_is_told(made):
    number = [audio.Word(1 + 0.4 * i, 1.35 + 0.4 * i, f" {digit}", 0.9) for i, digit in enumerate("417205")]
    _, problems = heard(made, drawn=1.0, words=number)
    assert {problem.kind for problem in problems} == {"number_heard"}
    for problem in problems:
        assert abs(problem.start - KEYS_AT) < 13
