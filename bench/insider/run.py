"""What each thief from within obtains: the scripted thieves of thieves.py over a center of 20 customers, as a table.

    python bench/insider/run.py [customers]

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


def main() -> int:
    """Run the thieves and print the table; return pytest's code."""
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.jsonl"
        customers = sys.argv[1] if len(sys.argv) > 1 else "20"
        environment = os.environ | {"INSIDER_FIGURES": str(figures), "INSIDER_CUSTOMERS": customers}
        began = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", "--show-capture=no", "tests/security/test_insiders.py"]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=subprocess.PIPE, text=True)
        print("| thief | tries | refused | customers inside | outside | bytes inside | outside |")
        print("|---|---|---|---|---|---|---|")
        for line in figures.read_text(encoding="utf-8").splitlines():
            f = json.loads(line)
            row = (
                f["thief"],
                f["tries"],
                f["refused"],
                f["inside"],
                f["outside"],
                f["bytes_inside"],
                f["bytes_outside"],
            )
            print("| " + " | ".join(map(str, row)) + " |")
        print(f"{customers} customers, {time.monotonic() - began:.0f} s; {done.stdout.splitlines()[-1]}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
