"""Break files of every kind at random and parse what is left: no parser may fail in any way of its own, or hang.

    python bench/intake/fuzz.py [--seconds 60] [--seed 1]

A parser's answer to a broken file is a reject; anything raised is printed with the seed and file that bring it back.
"""

import argparse
import collections
import importlib.util
import io
import random
import resource
import sys
import time
from pathlib import Path

from hushkeep.channels.formats import kinds
from hushkeep.channels.formats.documents import Unreadable
from hushkeep.channels.formats.parsers import PARSERS
from hushkeep.channels.formats.rules import scanner
from hushkeep.channels.formats.shape import Reading, Source

_LARGE = 200_000


def made_files():
    spec = importlib.util.spec_from_file_location("made_files", Path(__file__).parents[2] / "tests" / "made_files.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["made_files"] = module
    spec.loader.exec_module(module)
    return {**module.good(), **module.bad()}


def broken(data, chance):
    """Return ``data`` with a few bytes changed, cut, doubled or moved."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if not out:
            break
        at, length = chance.randrange(len(out)), chance.randint(1, 30)
        how = chance.randrange(5)
        if how == 0:
            out[at] = chance.randrange(256)
        elif how == 1:
            del out[at : at + length]
        elif how == 2:
            out[at:at] = out[at : at + length] * chance.randint(1, 4)
        elif how == 3:
            out[at:at] = chance.randbytes(length)
        else:
            del out[at:]
    return bytes(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    files = {n: m.data for n, m in made_files().items() if kinds.kind_of(n) and len(m.data) < _LARGE}
    reading = Reading(parsers=PARSERS, dangerous=scanner())
    tried, raised, slowest = 0, collections.Counter(), (0.0, "")
    ends = time.monotonic() + wanted.seconds
    while time.monotonic() < ends:
        name = sorted(files)[tried % len(files)]
        data = broken(files[name], random.Random(wanted.seed * 1_000_000 + tried))
        began = time.monotonic()
        try:
            for _ in PARSERS[kinds.kind_of(name)](Source(io.BytesIO(data), name, len(data)), reading):
                pass
        except Unreadable:
            raise
        except Exception as fault:  # noqa: BLE001 - what the run looks for
            if not raised[type(fault).__name__, name]:
                print(f"{type(fault).__name__} {fault} by {name}, try {tried}")
            raised[type(fault).__name__, name] += 1
        slowest = max(slowest, (time.monotonic() - began, name))
        tried += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{tried} files, {raised.total()} raised, slowest {slowest[0]:.1f} s ({slowest[1]}), peak {peak} MiB")
    return 1 if raised else 0


if __name__ == "__main__":
    sys.exit(main())
