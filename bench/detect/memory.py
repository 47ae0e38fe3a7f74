"""Memory over many messages: ``memory.py COUNT LABELLED… --plain DIALOGUES…`` prints the resident size as it goes.

Mixed traffic in batches of 256, rules only. No batch is like another: each message is drawn anew and its ASCII digits
are changed, so that nothing which remembers texts or values can hide behind repetition.
"""

import argparse
import os
import random
import time
from pathlib import Path

from compare import messages

from hushkeep import detect
from hushkeep.kernel import Turn

BATCH = 256
ROWS = 20  # lines of the report


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("labelled", nargs="+", type=Path)
    parser.add_argument("--plain", nargs="+", type=Path, required=True)
    arguments = parser.parse_args()
    texts = [turn["text"] for row in messages(arguments.labelled, arguments.plain)[0] for turn in row["turns"]]
    rng, done, found, begin = random.Random(5), 0, 0, time.process_time()
    step = max(BATCH, arguments.count // ROWS)
    report = min(20_000, step)
    while done < arguments.count:
        digits = str.maketrans("0123456789", "".join(rng.choices("0123456789", k=10)))
        batch = [[Turn("customer", rng.choice(texts).translate(digits))] for _ in range(BATCH)]
        found += sum(map(len, detect.find_batch(batch, names=False)))
        done += BATCH
        if done >= report:
            spent = time.process_time() - begin
            print(f"{done:>12,} messages  {found:>10,} findings  {resident_mib():7.1f} MiB  {spent:8.0f} s", flush=True)
            report = report + step if report >= step else step


if __name__ == "__main__":
    main()
