"""Made-up sound for the tests of recordings: tones, noise, a recogniser that says what it is told."""

import io

import numpy as np
import pytest
import soundfile

from hushkeep import audio

ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
RATE = 8000


def key_tone(key, seconds, *, off=0.0, twist=0.0, level=0.25):
    """The tone of one key; ``off`` shifts both frequencies, ``twist`` is dB of the column over the row."""
    place = "123A456B789C*0#D".index(key)
    t = np.arange(round(seconds * RATE)) / RATE
    row = np.sin(2 * np.pi * ROWS[place // 4] * (1 + off) * t)
    column = np.sin(2 * np.pi * COLUMNS[place % 4] * (1 + off) * t)
    return (level * (10 ** (-twist / 40) * row + 10 ** (twist / 40) * column)).astype("float32")


@pytest.fixture
def tone():
    return key_tone


@pytest.fixture
def dialled():
    def make(keys, *, on=0.08, pause=0.08, lead=1.0, **shape):
        silence = np.zeros(round(pause * RATE), "float32")
        parts = [np.zeros(round(lead * RATE), "float32")]
        for key in keys:
            parts += [key_tone(key, on, **shape), silence]
        return np.concatenate([*parts, np.zeros(round(lead * RATE), "float32")])

    return make


@pytest.fixture
def syllables():
    """Bursts of a buzz, one for each (start, end) in seconds, over a faint hiss: a voice meter takes them for voice."""

    def make(stretches, seconds, seed=1):
        rng = np.random.default_rng(seed)
        t = np.arange(round(seconds * RATE)) / RATE
        sound = (rng.standard_normal(len(t)) * 0.0005).astype("float32")
        buzz = sum(np.sin(2 * np.pi * f * t) / n for n, f in enumerate((180, 360, 540, 1080, 2160), 1)) * 0.1
        for start, end in stretches:
            sound[round(start * RATE) : round(end * RATE)] += buzz[round(start * RATE) : round(end * RATE)]
        return sound.astype("float32")

    return make


@pytest.fixture
def recorded():
    """``recorded(samples, rate, suffix)``: an audio.Recording of them; samples are (frames,) or (frames, channels)."""

    def make(samples, rate=RATE, suffix="wav", subtype=None):
        file = io.BytesIO()
        form = {"wav": "WAV", "flac": "FLAC", "ogg": "OGG", "mp3": "MP3"}[suffix]
        soundfile.write(file, samples, rate, format=form, subtype=subtype)
        return audio.Recording(file, suffix)

    return make


@pytest.fixture
def played():
    """The samples of an audio.Recording, shape (frames, channels)."""

    def play(recording):
        recording.file.seek(0)
        return soundfile.read(recording.file, dtype="float32", always_2d=True)[0]

    return play


class _Told:
    """A recogniser that hears the words it was given: (start, end, text, probability) in seconds of a section."""

    name, digest = "told/1", "0" * 64

    def __init__(self, *sections, language="en"):
        self.sections, self.language, self.asked = list(sections), language, []

    def hear(self, sound, language):  # noqa: ARG002 - the door's names
        self.asked.append(len(sound))
        words = self.sections.pop(0) if self.sections else ()
        return audio.Heard(self.language, tuple(audio.Word(*word) for word in words))


@pytest.fixture
def told():
    return _Told


@pytest.fixture
def copy():
    return audio.Recording(io.BytesIO(), "flac")
