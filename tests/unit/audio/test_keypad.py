"""Keypad tones: what must be heard, what must not (ITU-T Q.24 limits as operators quote them)."""

import numpy as np
import pytest

from hushkeep import audio

KEYS = "4417123456789113"


def heard(sound):
    return "".join(key.key for key in audio.keys_in(sound) if key.certain)


@pytest.mark.parametrize("off", [-0.018, -0.015, 0.0, 0.015, 0.018])
def test_frequencies_within_the_limit_are_heard(dialled, off):
    assert heard(dialled(KEYS, off=off)) == KEYS


@pytest.mark.parametrize("off", [-0.035, 0.035])
def test_frequencies_outside_the_limit_are_refused(dialled, off):
    assert heard(dialled(KEYS, off=off)) == ""


@pytest.mark.parametrize("twist", [4.0, -8.0])
def test_uneven_tones_are_heard(dialled, twist):
    assert heard(dialled(KEYS, twist=twist)) == KEYS


def test_the_shortest_keys_of_the_standard_are_heard(dialled):
    assert heard(dialled(KEYS, on=0.04, pause=0.04)) == KEYS


def test_tones_of_20_ms_are_no_keys(dialled):
    assert heard(dialled(KEYS, on=0.02)) == ""


def test_faint_keys_are_heard_through_noise(dialled):
    sound = dialled(KEYS, level=0.012)
    noise = np.random.default_rng(4).standard_normal(len(sound)) * 0.0012
    assert heard((sound + noise).astype("float32")) == KEYS


def test_offset_and_hum_do_not_deafen(dialled):
    sound = dialled(KEYS)
    hum = 0.2 * np.sin(2 * np.pi * 50 * np.arange(len(sound)) / 8000)
    assert heard((sound + 0.3 + hum).astype("float32")) == KEYS


@pytest.mark.parametrize("frequency", [697.0, 1209.0, 440.0, 1000.0])
def test_one_tone_alone_is_no_key(frequency):
    t = np.arange(16000) / 8000
    assert audio.keys_in((0.3 * np.sin(2 * np.pi * frequency * t)).astype("float32")) == []


def test_noise_holds_no_keys():
    noise = np.random.default_rng(5).standard_normal(8000 * 60).astype("float32") * 0.1
    assert audio.entries(audio.keys_in(noise), fewest=1) == []


def test_a_key_is_placed_to_within_20_ms(dialled):
    key = audio.keys_in(dialled("5", lead=1.0, on=0.1))[0]
    assert key.start / 8000 == pytest.approx(1.0, abs=0.02)
    assert key.end / 8000 == pytest.approx(1.1, abs=0.02)


def test_blocks_of_any_size_hear_the_same(dialled):
    sound = dialled(KEYS)
    whole = audio.keys_in(sound)
    for size in (1, 63, 64, 1000) if len(sound) < 50_000 else ():
        ear = audio.KeypadEar()
        for start in range(0, len(sound), max(size, 50)):
            ear.feed(sound[start : start + max(size, 50)])
        ear.feed(np.zeros(480, "float32"))
        assert ear.keys() == whole


def test_one_entry_is_one_run_and_a_lone_key_is_none(dialled):
    keys = audio.keys_in(np.concatenate([dialled("1234"), np.zeros(8000 * 5, "float32"), dialled("7")]))
    assert ["".join(k.key for k in run) for run in audio.entries(keys)] == ["1234"]
    assert ["".join(k.key for k in run) for run in audio.entries(keys, fewest=1)] == ["1234", "7"]
