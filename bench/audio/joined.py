"""Calls of minutes joined from short labelled recordings: mostly talk, now and then a number, as calls are.

python bench/audio/joined.py FOLDER TARGET --seed N [--minutes 5] [--count 6] [--numbers 1]
"""

import argparse
import copy
import json
from pathlib import Path

import numpy as np
import soundfile

PAUSE_SECONDS = (0.5, 3.0)


def is_sensitive(item):
    return any(entity["sensitive"] for party in item["parties"] for entity in party["entities"])


def shifted(item, seconds):
    """The entities of ``item``, so many seconds later."""
    found = copy.deepcopy([entity for party in item["parties"] for entity in party["entities"]])
    for entity in found:
        entity["digits"] = [[digit, a + seconds, b + seconds] for digit, a, b in entity["digits"]]
    return found


def joined(rng, folder, items, minutes):
    """Sound and entities of ``items`` one after the other, with pauses, the last ones left out beyond ``minutes``."""
    parts, entities, at = [], [], 0.0
    for item in items:
        sound, rate = soundfile.read(folder / item["file"])
        if at + len(sound) / rate > 60 * minutes:
            break
        parts += [sound, np.zeros(round(rng.uniform(*PAUSE_SECONDS) * rate))]
        entities += shifted(item, at)
        at += (len(parts[-2]) + len(parts[-1])) / rate
    return np.concatenate(parts), rate, entities


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--numbers", type=int, default=1)
    given = parser.parse_args()
    items = json.loads((given.folder / "labels.json").read_text())["items"]
    items = [item for item in items if item["channels"] == 1 and "dtmf" not in item["file"]]
    talk = [item for item in items if not is_sensitive(item)]
    told = [item for item in items if is_sensitive(item)]
    given.target.mkdir(parents=True)
    calls = []
    for number in range(given.count):
        rng = np.random.default_rng([given.seed, number])
        language = ("en", "zh")[number % 2]
        own = [item for item in told if item["lang"] == language]
        numbers = [own[i] for i in rng.choice(len(own), given.numbers, replace=False)]
        around = [item for item in talk if item["lang"] == language]
        around = [around[i] for _ in range(20) for i in rng.permutation(len(around))]
        for item in numbers:
            around.insert(int(rng.integers(2, 9)), item)
        sound, rate, entities = joined(rng, given.folder, around, given.minutes)
        name = f"call_{number:02}_{language}.flac"
        soundfile.write(given.target / name, sound, rate)
        party = {"channel": 0, "entities": entities}
        calls.append({"file": name, "lang": language, "channels": 1, "parties": [party]})
    (given.target / "labels.json").write_text(json.dumps({"items": calls}, ensure_ascii=False))


if __name__ == "__main__":
    main()
