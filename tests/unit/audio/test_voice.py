"""Where somebody speaks: pauses are found under a steady noise, whatever its loudness and colour."""

import numpy as np
import pytest

from hushkeep.audio import voice

RATE = 8000
SAID = [(1.0, 1.5), (1.9, 2.6), (3.2, 3.5), (4.4, 6.0), (6.5, 6.9), (8.0, 8.4)]


def speech(seconds=10.0, said=SAID):
    """Syllables that swell and fade, with a hiss at their ends as consonants have."""
    t = np.arange(round(seconds * RATE)) / RATE
    rng = np.random.default_rng(5)
    buzz = sum(np.sin(2 * np.pi * 150 * n * t) / n for n in range(1, 14))
    sound = rng.standard_normal(len(t)) * 1e-4
    for start, end in said:
        place = (t >= start) & (t < end)
        swell = np.sin(np.pi * np.clip((t - start) / (end - start), 0, 1)) ** 0.5 * (0.7 + 0.3 * np.sin(60 * t))
        sound += place * (buzz * swell * 0.05 + 0.004 * rng.standard_normal(len(t)))
    return sound


def heard(sound):
    meter = voice.LoudnessMeter()
    meter.feed(sound.astype("float32"))
    return voice.voice_of(meter.loudness())


def pink(rng, size):
    spectrum = np.fft.rfft(rng.standard_normal(size))
    sound = np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), size)
    return sound / sound.std()


def white(rng, size):
    return rng.standard_normal(size)


def hum(_rng, size):
    t = np.arange(size) / RATE
    sound = sum(np.sin(2 * np.pi * 50 * n * t) / n for n in range(1, 9))
    return sound / sound.std()


@pytest.mark.parametrize("colour", [white, pink, hum])
@pytest.mark.parametrize("below", [25, 12])
def test_what_is_said_is_parted_from_a_steady_noise(colour, below):
    sound = speech()
    level = np.sqrt(np.mean(sound[np.abs(sound) > 0.01] ** 2))
    noisy = sound + colour(np.random.default_rng(7), len(sound)) * level / 10 ** (below / 20)
    found = heard(noisy).stretches(longest_hole=0.15, shortest=0.1)
    assert len(found) == len(SAID)
    for (start, end), (first, last) in zip(SAID, found, strict=True):
        assert (first, last) == (pytest.approx(start, abs=0.15), pytest.approx(end, abs=0.15))


def test_who_speaks_without_a_pause_is_not_taken_for_noise():
    said = [(at, at + 0.22) for at in np.arange(0.0, 10.0, 0.25)]
    [(start, end)] = heard(speech(said=said)).stretches(longest_hole=0.15)
    assert end - start > 9.7


def test_a_part_is_grown_to_the_nearest_pause_and_no_further():
    whole = heard(speech())
    kept = whole.within([(2.2, 3.3)]).stretches(longest_hole=0.15, shortest=0.1)
    assert [(round(a, 1), round(b, 1)) for a, b in kept] == [(1.9, 2.6), (3.2, 3.5)]
    endless = heard(speech(20.0, said=[(at, at + 0.22) for at in np.arange(0.0, 20.0, 0.25)]))
    [(start, end)] = endless.within([(9.0, 10.0)]).stretches(longest_hole=0.15)
    assert (start, end) == (pytest.approx(6.0, abs=0.1), pytest.approx(13.0, abs=0.1))
