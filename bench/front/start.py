"""How long a site takes to be made and to start, and what each process weighs and works when idle.

    python bench/front/start.py [runs]

Weight is the proportional set size (PSS) of a process with its children, some seconds after the start; work is the
processor time that it and they take in a minute in which nobody asks for anything.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
IDLE_SECONDS = 60


def command(*arguments):
    """Return the command line of hushkeep with ``arguments``."""
    return [sys.executable, "-m", "hushkeep", *arguments]


def weight(pid):
    """Return the PSS of ``pid`` and its children in MB."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, PermissionError):
        return 0.0
    own = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000
    return own + sum(weight(int(child)) for child in children)


def worked(pid):
    """Return the processor seconds of ``pid`` and its living children so far."""
    try:
        parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return 0.0
    own = (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(worked(int(child)) for child in children)


def run(folder):
    """Return (seconds of init, seconds of a second init, seconds to healthy, name -> MB, name -> seconds of work)."""
    environment = {
        **os.environ,
        "HUSHKEEP_DATA_DIR": str(folder / "s"),
        "HUSHKEEP_PORT": "0",
        "PYTHONPATH": str(SOURCE),
    }
    times = []
    for _ in range(2):
        started = time.perf_counter()
        subprocess.run(command("init"), env=environment, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    started = time.perf_counter()
    up = subprocess.Popen(command("up"), env=environment, stderr=subprocess.PIPE, text=True)
    for line in up.stderr:
        if line.startswith("Console:"):
            break
    times.append(time.perf_counter() - started)
    time.sleep(4)
    facts = map(json.loads, (folder / "s" / "logs" / "supervisor.log").read_text().splitlines())
    pids = {fact["name"]: fact["pid"] for fact in facts if fact["event"] == "process_started"}
    weights = {name: weight(pid) for name, pid in pids.items()}
    weights["supervisor"] = weight(up.pid) - sum(weights.values())
    before = {name: worked(pid) for name, pid in [*pids.items(), ("supervisor", up.pid)]}
    time.sleep(IDLE_SECONDS)
    work = {name: worked(pids.get(name, up.pid)) - seconds for name, seconds in before.items()}
    work["supervisor"] -= sum(seconds for name, seconds in work.items() if name != "supervisor")
    up.terminate()
    up.communicate(timeout=60)
    return times, weights, work


def main():
    """Measure and print two tables."""
    runs = []
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        folder = Path(tempfile.mkdtemp(prefix="hushkeep-bench-"))
        folder.chmod(0o711)
        runs.append(run(folder))
        shutil.rmtree(folder)
    print("| step | seconds, median (min-max) |\n|---|---|")
    for number, name in enumerate(("init, empty", "init again", "up to healthy")):
        found = [times[number] for times, _, _ in runs]
        print(f"| {name} | {statistics.median(found):.1f} ({min(found):.1f}-{max(found):.1f}) |")
    print("\n| process | PSS, MB | processor seconds in an idle minute |\n|---|---|---|")
    for name in runs[0][1]:
        weighs, works = (statistics.median(one[part][name] for one in runs) for part in (1, 2))
        print(f"| {name} | {weighs:.0f} | {works:.2f} |")


if __name__ == "__main__":
    main()
