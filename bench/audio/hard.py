"""Recordings that are long, wide or odd: state, what was hidden, time and peak memory, each in a process of its own.

    python bench/audio/hard.py [CASE ...] [--hours 10]

Sound is made while it is written; keys are typed in the last minute of each. Nothing hears speech here (keys only): a
local recogniser adds its model to the memory, and nothing that grows with the length.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from hushkeep import audio

CODE = [(770, 1209), (697, 1209), (852, 1209), (770, 1336), (941, 1336), (697, 1477)]


def minute(rng, rate, channels):
    """A minute of a line: noise, and talk-like bursts of harmonics."""
    t = np.arange(60 * rate) / rate
    talk = sum(np.sin(2 * np.pi * 140 * n * t) / n for n in range(1, 12)) * (np.sin(2 * np.pi * 0.7 * t) > 0)
    sound = rng.standard_normal((60 * rate, channels)).astype("float32") * 0.001
    return sound + 0.05 * talk.astype("float32")[:, None]


def typed(sound, rate, at=30.0):
    """``sound`` with six keys on its first channel."""
    for i, pair in enumerate(CODE):
        place = slice(round((at + 0.25 * i) * rate), round((at + 0.25 * i + 0.1) * rate))
        t = np.arange(place.stop - place.start) / rate
        sound[place, 0] = 0.2 * sum(np.sin(2 * np.pi * tone * t) for tone in pair)
    return sound


def made(path, minutes, rate, channels, subtype="PCM_16"):
    """Write a recording to ``path``, a minute at a time."""
    rng = np.random.default_rng(1)
    usual = minute(rng, rate, channels)
    with soundfile.SoundFile(path, "w", rate, channels, subtype=subtype) as out:
        for _ in range(minutes - 1):
            out.write(usual)
        out.write(typed(usual.copy(), rate))


CASES = {
    "ten hours, stereo": lambda path, hours: made(path, round(60 * hours), 8000, 2, "ULAW"),
    "96 kHz, 8 channels, 3 minutes": lambda path, _: made(path, 3, 96_000, 8),
    "48 kHz, mono, 30 minutes": lambda path, _: made(path, 30, 48_000, 1),
}


def run(path):
    """Redact and check the recording at ``path``; print what became of it."""
    began = time.process_time()
    with path.open("rb") as source, path.with_suffix(".flac").open("w+b") as copy:
        recording = audio.Recording(copy, "flac")
        manifest = audio.redact(audio.Recording(source, "wav"), recording, audio.Search(audio.Mode.STRICT, None))
        problems = audio.verify(recording, manifest)
    spent, length = time.process_time() - began, manifest.frames / manifest.rate
    told = {
        "hours": round(length / 3600, 2),
        "state": manifest.state,
        "reasons": manifest.reasons,
        "hidden": [(h.entity, round(h.first / manifest.rate - length + 60, 1)) for h in manifest.hidden],
        "problems": len(problems),
        "memory MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "x real time a channel, with the check": round(length * manifest.channels / spent),
        "manifest kB": len(json.dumps(manifest.document())) // 1000,
    }
    print(json.dumps(told))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", choices=[[], *CASES])
    parser.add_argument("--hours", type=float, default=10)
    parser.add_argument("--child", type=Path)
    given = parser.parse_args()
    if given.child:
        run(given.child)
        return
    for case in given.cases or CASES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "call.wav"
            CASES[case](path, given.hours)
            print(case, end=": ", flush=True)
            subprocess.run([sys.executable, __file__, "--child", str(path)], check=True)


if __name__ == "__main__":
    main()
