"""What each thief from within obtains: the scripted thieves of thieves.py over a center of 20 customers, as a table.

    python bench/insider/run.py [customers]
    python bench/insider/run.py together [customers [days]]

``together`` plays the rings of rings.py: exports by slices, pairs, three, and broken glass, over so many played days.
The thieves move over the whole of Django and a key service in a process of its own, on one user id (level ``demo``).
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


ALONE = (
    "tests/security/test_insiders.py",
    ("thief", "tries", "refused", "inside", "outside", "bytes_inside", "bytes_outside"),
)
TOGETHER = (
    "tests/security/test_insiders_together.py",
    ("thief", "days", "rows", "clear", "refused", "reasons", "alarms"),
)


def main() -> int:
    """Play the thieves and print the table; return pytest's code."""
    words = sys.argv[1:]
    together = words[:1] == ["together"]
    tests, columns = TOGETHER if together else ALONE
    customers, days, *_ = [*words[together:], *("20", "7")[len(words[together:]) :]]
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.jsonl"
        environment = os.environ | {"INSIDER_FIGURES": str(figures)}
        environment |= {"INSIDER_CUSTOMERS": customers, "INSIDER_DAYS": days}
        began = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "--show-capture=no", tests]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=subprocess.PIPE, text=True)
        print("| " + " | ".join(columns) + " |")
        print("|---" * len(columns) + "|")
        for line in figures.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            print("| " + " | ".join(_said(row[name]) for name in columns) + " |")
        print(f"{customers} customers, {time.monotonic() - began:.0f} s; {done.stdout.splitlines()[-1]}")
    return done.returncode


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in sorted(value.items()))
    return ", ".join(value) if isinstance(value, list) else str(value)


if __name__ == "__main__":
    sys.exit(main())
