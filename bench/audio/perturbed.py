"""Labelled recordings changed by seed, labels moved with them: sets that no rule was written on.

    python bench/audio/perturbed.py FOLDER TARGET --seed N --change noise=12 --change codec=gsm [--part 1/2]

Changes are made in the order given: ``noise``, ``pink``, ``babble`` (dB under the speech; babble is other recordings of
the set), ``hum`` (50 Hz and harmonics, dB), ``codec`` (gsm, ulaw, g726, opus8, opus12, mp3), ``gain`` (dB, clipped),
``speed`` (1.07 is 7 % faster, pitch moves with it). The level of speech is the mean of what lies over -40 dBFS.
"""

import argparse
import copy
import json
import zlib
from pathlib import Path

import numpy as np
import soundfile
from keypad import RATE, coded

CODECS = {
    "gsm": ("GSM610", None),
    "ulaw": ("ULAW", None),
    "g726": ("g726", 32000),
    "opus8": ("libopus", 8000),
    "opus12": ("libopus", 12000),
    "mp3": ("libmp3lame", 16000),
}
AUDIBLE = 0.01


def level(sound):
    """Root mean square of what is loud enough to be speech."""
    loud = sound[np.abs(sound) > AUDIBLE]
    return float(np.sqrt(np.mean(loud**2))) if len(loud) else AUDIBLE


def pink(rng, size):
    """Noise that falls by 3 dB an octave, of variance 1."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    sound = np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), size)
    return sound / sound.std()


def babble(rng, size, others):
    """Four stretches of other recordings at once."""
    whole = np.zeros(size)
    for _ in range(4):
        voice = others[rng.integers(len(others))]
        whole += np.resize(np.roll(voice, rng.integers(len(voice))), size)
    return whole / max(level(whole), 1e-9)


def hum(rng, size):
    """Mains hum with its harmonics, of variance 1."""
    t = np.arange(size) / RATE
    sound = sum(np.sin(2 * np.pi * 50 * n * t + rng.uniform(0, 6)) / n for n in range(1, 12))
    return sound / sound.std()


def sounding(rng, sound, change, value, others):
    """``sound`` (one channel) with one change made."""
    if change == "codec":
        return coded(np.clip(sound, -1, 1), *CODECS[value])
    if change == "gain":
        return np.clip(sound * 10 ** (float(value) / 20), -1, 1)
    if change == "speed":
        count = round(len(sound) / float(value))
        return np.interp(np.arange(count) * float(value), np.arange(len(sound)), sound)
    made = {"noise": lambda: rng.standard_normal(len(sound)), "pink": lambda: pink(rng, len(sound))}
    made |= {"babble": lambda: babble(rng, len(sound), others), "hum": lambda: hum(rng, len(sound))}
    return sound + made[change]() * level(sound) / 10 ** (float(value) / 20)


def moved(item, changes):
    """The labels of ``item`` after ``changes``."""
    item = copy.deepcopy(item)
    factor = float(np.prod([float(value) for change, value in changes if change == "speed"]))
    for entity in (e for party in item["parties"] for e in party["entities"]):
        entity["digits"] = [[digit, a / factor, b / factor] for digit, a, b in entity["digits"]]
    return item


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--change", action="append", required=True)
    parser.add_argument("--part", default="0/1", help="K/N: every Nth recording, from the Kth on.")
    given = parser.parse_args()
    changes = [tuple(change.split("=", 1)) for change in given.change]
    items = json.loads((given.folder / "labels.json").read_text())["items"]
    first, step = map(int, given.part.split("/"))
    items = items[first::step]
    given.target.mkdir(parents=True)
    sounds = {it["file"]: soundfile.read(given.folder / it["file"], always_2d=True) for it in items}
    others = [sound[:, 0] for name, (sound, _) in sounds.items() if "dtmf" not in name]
    for item in items:
        sound, rate = sounds[item["file"]]
        if rate != RATE:
            raise SystemExit(f"{item['file']}: {rate} Hz, only {RATE} Hz is changed")
        rng = np.random.default_rng([given.seed, zlib.crc32(item["file"].encode())])
        columns = []
        for channel in sound.T:
            for change, value in changes:
                channel = sounding(rng, channel, change, value, others)  # noqa: PLW2901 - change upon change
            columns.append(channel)
        soundfile.write(given.target / item["file"], np.clip(np.stack(columns, axis=1), -1, 1), rate)
    moved_items = [moved(item, changes) for item in items]
    (given.target / "labels.json").write_text(json.dumps({"items": moved_items}, ensure_ascii=False))


if __name__ == "__main__":
    main()
