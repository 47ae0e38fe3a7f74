"""What a process waits for before its first finding: its patterns compiled, or loaded as the process before kept them.

    python bench/detect/first.py [--rounds 5]

Fresh processes by turns, one with an empty folder, one with that which it left; processor seconds of the import and of
the first ``find``, and the highest memory.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile

_CHILD = """
import json, resource, sys, time
from hushkeep import detect
from hushkeep.kernel import Turn
sys.pycache_prefix, sys.dont_write_bytecode = sys.argv[1], False
imported = time.process_time()
detect.find([Turn("customer", "my name is Ann Smith, 我是王小明 13812345678")])
found = time.process_time()
print(json.dumps([imported, found - imported, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def once(folder):
    done = subprocess.run([sys.executable, "-c", _CHILD, folder], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    rows = {"compiled": [], "loaded": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            rows["compiled"].append(once(folder))
            rows["loaded"].append(once(folder))
    print("| patterns | import, s | first find, s | highest memory, MiB |\n|---|---|---|---|")
    for name, measured in rows.items():
        imported, found, memory = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"| {name} | {imported:.2f} | {found:.2f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
