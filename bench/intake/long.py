"""A long intake: cost per message from ten thousand to the end, memory of every process, ten kills on the way.

    python bench/intake/long.py [--messages 5000000] [--kills 10] [--minutes 20] [--workers 2] [--priority 0]

Makes a site of its own in a temporary folder. (1) Two centers of a hundredth the size each: one is taken in without
disturbance, the other one is killed ten times; both must end with the same conversations, masks and findings, by
counts and digests. (2) The long run: the first kills fall within its first third (the intake program and the front by
turns), the rest is measured. After ``--minutes`` it is stopped in good order and says how far it came. (3) All of it
once more: every conversation must be there with the same content, none twice, none changed.

Seconds are those of the clock; the cost is processor time of the whole site and the intake program, since another
load on the machine makes the clock say little. ``--priority`` is the nice value of the site's sessions.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from who_runs import tree

HUSHKEEP = (sys.executable, "-m", "hushkeep")
A_CONVERSATION = 18.7  # messages in one of the sample's, on average
_SAID = re.compile(r"([\d,]+) messages,")
_KINDS = ("_examiner", "confined_parser", " protect", "postgres", "hushkeep.keys", " front", " worker")
_TICK = os.sysconf("SC_CLK_TCK")


class Watch:
    """Looks at every process once a second: its highest own memory by kind, and all processor time spent."""

    def __init__(self, site, priority):
        self.site, self.priority = site, priority
        self.program = None
        self.peaks, self.spent = {}, {}
        self._gone = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self):
        self._done.set()
        self._thread.join()

    def seconds(self):
        """Processor seconds of every process that was seen."""
        return sum(self.spent.values())

    def _look(self):
        while not self._done.wait(0.5):
            for pid in (one for root in (self.site, self.program) if root for one in tree(root)):
                try:
                    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
                    status = Path(f"/proc/{pid}/status").read_text()
                    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                    if self.priority:
                        Path(f"/proc/{pid}/autogroup").write_text(str(self.priority))
                except OSError:
                    continue
                name = next((kind.strip() for kind in _KINDS if kind in words), "supervisor")
                own = re.findall(r"Rss(?:Anon|File):\s+(\d+)", status)
                self.peaks[name] = max(self.peaks.get(name, 0), sum(map(int, own)) / 1024)
                self.spent[pid, stat[19]] = (int(stat[11]) + int(stat[12])) / _TICK


def protect(source, center, workers, watch, *, said=None, until=None):  # noqa: PLR0913 - what, where, how
    """Run an intake to its end, or until ``until``; return its report. ``said`` hears (messages so far)."""
    words = [*HUSHKEEP, "protect", str(source), "--json", "--center", center, "--workers", str(workers)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        watch.program = run.pid
        for line in run.stderr:
            if (one := _SAID.search(line)) and said:
                said(int(one[1].replace(",", "")))
            if until and time.monotonic() > until:
                run.send_signal(signal.SIGINT)
                until = None
        return json.loads(run.stdout.read())


def torn(source, center, workers, watch, targets):
    """Take in, and each time ``center`` holds another of ``targets`` kill: the program and the front by turns."""
    words = [*HUSHKEEP, "protect", str(source), "--center", center, "--workers", str(workers)]
    run = None
    for number, target in enumerate(targets):
        if run is None:
            run = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            watch.program = run.pid
        ends = time.monotonic() + 120
        while stored(center) < target and run.poll() is None and time.monotonic() < ends:
            time.sleep(0.2)
        if number % 2:
            kill_front(watch.site)
        else:
            run.kill()
            run.wait()
            run = None
    if run is not None:
        run.kill()
        run.wait()


def kill_front(site):
    """Kill the front; the supervisor starts another, and what was on its way is sent again."""
    for pid in tree(site):
        with suppress(OSError):
            if b"\0front\0" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)


def settled(folder):
    """Wait until the site takes an intake again: the last kill may have cost it its front."""
    empty = folder / "empty"
    empty.mkdir(exist_ok=True)
    for _each in range(10):
        if subprocess.run([*HUSHKEEP, "protect", str(empty)], check=False, capture_output=True).returncode == 0:
            return
    raise SystemExit("the site does not come back")


def made(folder, seed, messages):
    where = folder / f"in-{seed}"
    where.mkdir()
    count = int(messages / A_CONVERSATION)
    words = ["sample", "--seed", str(seed), "--conversations", str(count), "--out", str(where / "c.jsonl")]
    subprocess.run([*HUSHKEEP, *words], check=True, capture_output=True)
    return where, count


def asked(center, *statements):
    """Return the one row that each of ``statements`` gives for ``center``."""
    import psycopg  # noqa: PLC0415

    from hushkeep.runtime.cluster import SUPERUSER, Cluster  # noqa: PLC0415
    from hushkeep.runtime.database import DATABASE, PASSWORDS, SUPERUSER_KEY  # noqa: PLC0415
    from hushkeep.runtime.secret_files import role_passwords  # noqa: PLC0415
    from hushkeep.runtime.settings import settings  # noqa: PLC0415
    from hushkeep.runtime.site import read_site  # noqa: PLC0415

    tenant = next(one.id for one in read_site().tenants if one.name == center)
    password = role_passwords(PASSWORDS)[SUPERUSER_KEY]
    with psycopg.connect(Cluster.of(settings()).dsn(SUPERUSER, password, DATABASE)) as connection:
        return [connection.execute(statement, [tenant]).fetchone() for statement in statements]


def stored(center):
    """Return how many conversations a center holds."""
    return asked(center, "SELECT count(*) FROM records_conversation WHERE tenant = %s")[0][0]


def state(center):
    """Return what a center holds: counts, and a digest of all masks and findings that knows no order and no ids."""
    digest = "('x' || left(md5(concat_ws('|', channel, at, level, entities, masked, findings)), 15))::bit(60)::bigint"
    found = f"count(*), sum(turn_count), sum(secrets_cut), sum({digest}), count(distinct source_digest)"
    rows = asked(
        center,
        f"SELECT {found} FROM records_conversation WHERE tenant = %s",  # noqa: S608
        "SELECT count(*) FROM records_wrap WHERE tenant = %s",
    )
    return [str(value) for row in rows for value in row]


def pair(folder, messages, kills, workers, watch):
    """Part 1: a disturbed and an undisturbed center end alike."""
    source, count = made(folder, 5, messages)
    calm = protect(source, "calm", workers, watch)
    torn(source, "torn", workers, watch, [count * number // (kills + 2) for number in range(1, kills + 1)])
    settled(folder)
    last = protect(source, "torn", workers, watch)
    assert (last["changed"], last["rejected"], last["taken"] + last["duplicates"]) == (0, 0, count), last
    assert last["duplicates"], "no kill came late enough"
    ours, theirs = state("calm"), state("torn")
    print(f"{calm['messages']:,} messages, {kills} kills: {last['duplicates']} of {count} were in before the last run")
    print(f"conversations, messages, codes, digest, ids, keys: {ours} and {theirs}", flush=True)
    assert ours == theirs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5_000_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--priority", type=int, default=0)
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hk-"))
    folder.chmod(0o711)
    os.environ |= {"HUSHKEEP_DATA_DIR": str(folder / "site"), "HUSHKEEP_PORT": "0", "LC_ALL": "C"}
    for center in ("demo", "calm", "torn"):
        subprocess.run([*HUSHKEEP, "init", "--center", center], check=True, capture_output=True)
    with subprocess.Popen([*HUSHKEEP, "up"], stderr=subprocess.PIPE, text=True) as site:
        watch = Watch(site.pid, wanted.priority)
        try:
            next(line for line in site.stderr if "https://" in line)
            long_run(folder, wanted, watch)
        finally:
            watch.stop()
            site.send_signal(signal.SIGINT)
            site.wait(timeout=60)
            shutil.rmtree(folder, ignore_errors=True)


def long_run(folder, wanted, watch):
    first, _ = made(folder, 1, 10_000)
    protect(first, "demo", wanted.workers, watch)  # models loaded
    pair(folder, wanted.messages / 100, wanted.kills, wanted.workers, watch)
    source, count = made(folder, 3, wanted.messages)
    ends = time.monotonic() + 60 * wanted.minutes
    protect(made(folder, 4, 10_000)[0], "demo", wanted.workers, watch)
    small, _ = made(folder, 2, 10_000)
    before, began = watch.seconds(), time.monotonic()
    ten = protect(small, "demo", wanted.workers, watch)
    time.sleep(1)
    cost = (watch.seconds() - before) / ten["messages"] * 1e6
    print(f"10,000 messages: {ten['messages_per_second']:,}/s, {cost:.0f} us of processor a message", flush=True)
    inside = stored("demo")
    torn(source, "demo", wanted.workers, watch, [inside + count * n // 200 for n in range(1, wanted.kills + 1)])
    settled(folder)
    points = []
    before, began = watch.seconds(), time.monotonic()
    report = protect(
        source,
        "demo",
        wanted.workers,
        watch,
        said=lambda messages: points.append((messages, time.monotonic() - began, watch.seconds() - before)),
        until=ends,
    )
    inside = report["duplicates"]
    print(
        f"{'stopped' if report['stopped'] else 'whole'}: {report['messages']:,} messages after {wanted.kills} kills, "
        f"which left {inside:,} of {count:,} conversations in; {report['seconds']:.0f} s, load {os.getloadavg()[0]:.1f}"
    )
    started = [point for point in points if point[0] > 0]
    tenths = [started[len(started) * n // 10] for n in range(10)] + [started[-1]]
    print("| messages so far | messages/s | us of processor a message |\n|---|---|---|")
    for (m0, t0, c0), (m1, t1, c1) in pairwise(tenths):
        if m1 > m0:
            print(f"| {m1:,} | {(m1 - m0) / (t1 - t0):,.0f} | {(c1 - c0) / (m1 - m0) * 1e6:.0f} |")
    whole = (started[-1][0] - started[0][0]) / (started[-1][1] - started[0][1])
    print(f"all of it: {whole:,.0f} messages/s")
    print("peak MiB: " + ", ".join(f"{name} {mib:.0f}" for name, mib in sorted(watch.peaks.items())), flush=True)
    if not report["stopped"]:
        began = time.monotonic()
        again = protect(source, "demo", wanted.workers, watch)
        print(
            f"once more: {again['duplicates']:,} there, {again['taken']} new, {again['changed']} changed, "
            f"{time.monotonic() - began:.0f} s"
        )
        assert (again["taken"], again["changed"], again["duplicates"], again["rejected"]) == (0, 0, count, 0)
    print(f"in the end: {state('demo')}")


if __name__ == "__main__":
    main()
