"""Labelled recordings through `recording redact`: numbers and digits hidden, other audio hidden, speed.

    python bench/audio/recordings.py FOLDER [--half odd|even] [--model-folder F]

FOLDER holds sound files and ``labels.json`` (of each digit its start and end). A digit is hidden when more than 80 % of
its time is; a number when all of its digits are. Other audio is what lies more than 0.5 s from a sensitive number.
"""

import argparse
import io
import json
import resource
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import soundfile

from hushkeep import audio, detect
from hushkeep.cli.recogniser_choice import chosen

GRACE = 0.5


def find(turns):
    return detect.find(turns, names=False)


def redacted(path, mode, engine):
    copy = audio.Recording(io.BytesIO(), "flac")
    with path.open("rb") as file:
        manifest = audio.redact(audio.Recording(file, path.suffix), copy, audio.Search(mode, engine, find))
    problems = audio.verify(copy, manifest)
    copy.file.seek(0)
    return manifest, soundfile.read(copy.file, always_2d=True)[0], problems


def silent(manifest, channel):
    mask = np.zeros(manifest.frames, bool)
    for span in manifest.hidden:
        if span.channel == channel:
            mask[span.first : span.end] = True
    return mask


def score(item, manifest, sums):
    rate = manifest.rate
    for channel in range(manifest.channels):
        mask, other = silent(manifest, channel), np.ones(manifest.frames, bool)
        for entity in (e for p in item["parties"] if p["channel"] == channel for e in p["entities"]):
            shares = [mask[int(a * rate) : int(b * rate)].mean() for _, a, b in entity["digits"]]
            if not entity["sensitive"]:
                sums["small"] += len(shares)
                sums["small audible"] += sum(share < 0.2 for share in shares)
                continue
            sums["numbers"] += 1
            sums["numbers hidden"] += all(share > 0.8 for share in shares)
            sums["digits"] += len(shares)
            sums["digits hidden"] += sum(share > 0.8 for share in shares)
            first, last = entity["digits"][0][1] - GRACE, entity["digits"][-1][2] + GRACE
            other[max(0, int(first * rate)) : int(last * rate)] = False
        sums["other"] += other.sum() / rate
        sums["other hidden"] += (mask & other).sum() / rate


def percent(sums, part, whole):
    return f"{100 * sums[part] / sums[whole]:.2f} %" if sums[whole] else "-"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=["odd", "even"])
    parser.add_argument("--model-folder", type=Path)
    given = parser.parse_args()
    items = json.loads((given.folder / "labels.json").read_text())["items"]
    items = [it for i, it in enumerate(items) if given.half is None or i % 2 == (given.half == "odd")]
    engine = chosen("local", given.model_folder)
    print("| mode | kind | numbers hidden | digits hidden | other audio hidden | small numbers audible |")
    print("|---|---|---|---|---|---|")
    for mode in audio.Mode:
        groups, faults, seconds = defaultdict(Counter), Counter(), 0.0
        started = time.process_time()
        for item in items:
            path = given.folder / item["file"]
            manifest, sound, problems = redacted(path, mode, engine)
            seconds += manifest.frames / manifest.rate * manifest.channels
            faults["length"] += len(sound) - soundfile.info(path).frames
            faults["energy"] += sum(float(np.abs(sound[h.first : h.end, h.channel]).sum()) for h in manifest.hidden)
            faults["problems"] += len(problems)
            kind = "keys" if "dtmf" in item["file"] else "speech"
            if not any(e["sensitive"] for p in item["parties"] for e in p["entities"]):
                kind = "no numbers"
            score(item, manifest, groups[kind])
        spent = time.process_time() - started
        for kind, sums in groups.items():
            row = [
                percent(sums, "numbers hidden", "numbers"),
                percent(sums, "digits hidden", "digits"),
                percent(sums, "other hidden", "other"),
                percent(sums, "small audible", "small"),
            ]
            print(f"| {mode} | {kind} | {' | '.join(row)} |", flush=True)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"\n{mode}: {dict(faults)}; x{seconds / spent:.1f} real time a channel (CPU); peak memory {peak} MiB\n")


if __name__ == "__main__":
    main()
