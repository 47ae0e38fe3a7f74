"""A long intake: cost per message from beginning to end, memory of every process, and ten kills on the way.

    python bench/intake/long.py [--conversations 20000] [--kills 10] [--workers 2]

Makes a site of its own in a temporary folder. First one run without disturbance, then another center of a quarter the
size is killed so many times at random moments and run to its end; what is stored must be the same as without kills.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HUSHKEEP = (sys.executable, "-m", "hushkeep")
_SAID = re.compile(r"([\d,]+) messages,")


def tree(pid):
    """Return the processes under ``pid``, itself included."""
    stack, found = [pid], []
    while stack:
        one = stack.pop()
        try:
            for thread in Path(f"/proc/{one}/task").iterdir():
                stack += map(int, (thread / "children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
        found.append(one)
    return found


def watch(pids, peaks, done):
    """Note the highest own memory (RSS without shared buffers, in MiB) of each kind of process until ``done``."""
    while not done.wait(1.0):
        for pid in (one for root in pids for one in tree(root)):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
                status = Path(f"/proc/{pid}/status").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            kinds = ("confined_parser", "protect", "postgres", "hushkeep.keys", " front", "worker")
            name = next((kind.strip() for kind in kinds if kind in words), "supervisor")
            own = sum(int(re.search(rf"{field}:\s+(\d+)", status)[1]) for field in ("RssAnon", "RssFile")) / 1024
            peaks[name] = max(peaks.get(name, 0), own)


def undisturbed(folder, workers, site):
    """Return the report of one run, its points (second, messages so far), and peaks of memory."""
    points, peaks, done = [], {}, threading.Event()
    command = [*HUSHKEEP, "protect", str(folder), "--json", "--workers", str(workers)]
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        watcher = threading.Thread(target=watch, args=([site, run.pid], peaks, done))
        watcher.start()
        said = (_SAID.search(line) for line in run.stderr)
        points.extend((time.monotonic() - began, int(one[1].replace(",", ""))) for one in said if one)
        report = json.loads(run.stdout.read())
    done.set()
    watcher.join()
    return report, points, peaks


def killed(folder, kills, workers):
    """Kill a run ``kills`` times, then let one end; return that one's report."""
    for _ in range(kills):
        command = [*HUSHKEEP, "protect", str(folder), "--workers", str(workers)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            time.sleep(random.uniform(1.5, 5.0))
            run.kill()
    return json.loads(
        subprocess.run([*HUSHKEEP, "protect", str(folder), "--json"], check=True, capture_output=True).stdout
    )


def made(folder, seed, conversations):
    where = folder / f"in-{seed}"
    where.mkdir()
    subprocess.run(
        [*HUSHKEEP, "sample", "--seed", str(seed), "--conversations", str(conversations), "--out", where / "c.jsonl"],
        check=True,
        capture_output=True,
    )
    return where


def rate(points):
    (first, before), (last, after) = points[0], points[-1]
    return (after - before) / (last - first)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hk-"))
    folder.chmod(0o711)
    os.environ |= {"HUSHKEEP_DATA_DIR": str(folder / "site"), "HUSHKEEP_PORT": "0", "LC_ALL": "C"}
    subprocess.run([*HUSHKEEP, "init"], check=True, capture_output=True)
    with subprocess.Popen([*HUSHKEEP, "up"], stderr=subprocess.PIPE, text=True) as site:
        try:
            next(line for line in site.stderr if "https://" in line)
            warm = made(folder, 1, 300)
            subprocess.run([*HUSHKEEP, "protect", str(warm)], check=True, capture_output=True)
            source = made(folder, 2, wanted.conversations)
            report, points, peaks = undisturbed(source, wanted.workers, site.pid)
            print(f"{report['messages']:,} messages, {report['bytes']:,} bytes, {report['seconds']:.0f} s")
            print(f"{report['messages_per_second']:,} messages/s, load {os.getloadavg()[0]:.1f}")
            assert report["taken"] == wanted.conversations
            if len(points) >= 8:
                third = len(points) // 3
                print(f"first third {rate(points[: third + 1]):,.0f}/s, last third {rate(points[-third - 1 :]):,.0f}/s")
            print("peak MiB: " + ", ".join(f"{name} {mib:.0f}" for name, mib in sorted(peaks.items())))
            few = wanted.conversations // 4
            last = killed(made(folder, 3, few), wanted.kills, wanted.workers)
            print(f"after {wanted.kills} kills: {last['duplicates']} were in, {last['taken']} came, of {few}")
            assert (last["taken"] + last["duplicates"], last["changed"], last["rejected"]) == (few, 0, 0)
        finally:
            site.send_signal(signal.SIGINT)
            site.wait(timeout=60)
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
