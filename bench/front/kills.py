"""Killed at each fault point of a reveal, many times over: no answer without its event.

    python bench/front/kills.py [kills at each point]

The fault points and what must hold stand in tests/security/test_fault_points.py; there are twenty kills there.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
POINTS = 5


def main() -> int:
    """Run the fault points with as many kills as asked for (500) and say how it ended; return pytest's code."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    seconds = 60 + 2 * kills
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", f"--timeout={seconds}"]
    done = subprocess.run(
        [*command, "tests/security/test_fault_points.py"],
        cwd=ROOT,
        env=os.environ | {"HUSHKEEP_FAULT_KILLS": str(kills)},
        check=False,
    )
    took = time.monotonic() - began
    held = "no answer without its event" if done.returncode == 0 else "NOT held"
    print(f"{POINTS} points, {kills} kills each, {took:.0f} s: {held}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
