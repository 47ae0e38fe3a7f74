"""Intake end to end beside a COPY of the very rows that it stored; and where the time goes.

    python bench/intake/measure.py [--conversations 2000] [--rounds 3] [--workers 1 2 3] [--examiners 0 2] [--who]

Makes a site of its own in a temporary folder, starts it, and removes it. Each round takes in a new made-up center over
HTTPS, then copies the rows of that round into empty tables of the same shape, indexes and constraints, in the same
server. Ratios count: the machine may be busy. With ``--who`` each round tells how many threads wanted a processor at
once, and what ran alone (the looking itself takes a twentieth of a core).
"""

import argparse
import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from who_runs import WhoRuns, tree

TABLES = ("subject", "conversation", "wrap", "capsule", "subjectindex", "conversationindex")
HUSHKEEP = (sys.executable, "-m", "hushkeep")


def hushkeep(*words):
    done = subprocess.run([*HUSHKEEP, *words], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def processor_seconds(pid):
    """Return processor seconds by process name for the tree of ``pid``."""
    spent = defaultdict(float)
    for one in tree(pid):
        try:
            stat = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            words = Path(f"/proc/{one}/cmdline").read_bytes().decode(errors="replace")
        except FileNotFoundError:
            continue
        kinds = ("postgres", "hushkeep.keys", "_examiner", "front", "worker")
        name = next((kind for kind in kinds if kind in words.replace("pginstall/bin/", "")), "supervisor")
        spent[name] += sum(map(int, stat[11:15])) / os.sysconf("SC_CLK_TCK")  # those of ended children too
    return spent


def _of_children():
    """Processor seconds of the programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def one_round(folder, conversations, seed, site, workers, *, who=False):  # noqa: PLR0913 - what, where, how
    """Return (messages/s of the intake, messages/s of the COPY, rows, messages a processor second)."""
    source = folder / f"in-{seed}"
    source.mkdir()
    hushkeep("sample", "--seed", str(seed), "--conversations", str(conversations), "--out", str(source / "c.jsonl"))
    watch = WhoRuns(os.getpid()) if who else None
    before, own, began = processor_seconds(site), _of_children(), time.perf_counter()
    if watch:
        watch.start()
    report = json.loads(hushkeep("protect", str(source), "--json", "--workers", str(workers)))
    took, own = time.perf_counter() - began, _of_children() - own
    after = processor_seconds(site)
    if watch:
        print(watch.stop())
    spent = {name: (after[name] - before[name]) / report["messages"] * 1e6 for name in after}
    print({name: f"{micros:.0f} us a message" for name, micros in spent.items()})
    busy = (sum(after.values()) - sum(before.values()) + own) / took
    print(f"{busy:.2f} of {os.cpu_count()} cores in use by the site and the program ({own:.1f} s of it the program's)")
    assert report["taken"] == conversations
    seconds, rows = copy_again(report["run"])
    return report["messages_per_second"], report["messages"] / seconds, rows, 1e6 / sum(spent.values())


def copy_again(run):
    """Copy the rows that ``run`` stored into fresh tables; return (seconds, rows)."""
    import psycopg  # noqa: PLC0415

    from hushkeep.runtime.cluster import SUPERUSER, Cluster  # noqa: PLC0415
    from hushkeep.runtime.database import DATABASE, PASSWORDS, SUPERUSER_KEY  # noqa: PLC0415
    from hushkeep.runtime.secret_files import role_passwords  # noqa: PLC0415
    from hushkeep.runtime.settings import settings  # noqa: PLC0415

    which = {
        "conversation": "run = %s",
        "wrap": "conversation IN (SELECT id FROM records_conversation WHERE run = %s)",
        "conversationindex": "conversation IN (SELECT id FROM records_conversation WHERE run = %s)",
    }
    of_subject = "subject IN (SELECT subject FROM records_conversation WHERE run = %s)"
    password = role_passwords(PASSWORDS)[SUPERUSER_KEY]
    with psycopg.connect(Cluster.of(settings()).dsn(SUPERUSER, password, DATABASE)) as connection:
        cursor = connection.cursor()
        data, rows = {}, 0
        for name in TABLES:
            where = which.get(name, of_subject.replace("subject IN", "id IN", 1) if name == "subject" else of_subject)
            query = f"COPY (SELECT * FROM records_{name} WHERE {where}) TO STDOUT (FORMAT binary)"  # noqa: S608
            with cursor.copy(query, [run]) as copy:
                data[name] = [bytes(block) for block in copy]
            cursor.execute(f"CREATE TABLE bench_{name} (LIKE records_{name} INCLUDING ALL)")
        connection.commit()
        began = time.perf_counter()
        for name in TABLES:
            with cursor.copy(f"COPY bench_{name} FROM STDIN (FORMAT binary)") as copy:
                for block in data[name]:
                    copy.write(block)
            rows += cursor.rowcount
        connection.commit()
        seconds = time.perf_counter() - began
        for name in TABLES:
            cursor.execute(f"DROP TABLE bench_{name}")
    return seconds, rows


def stages(conversations):  # noqa: PLR0915 - one table of timers
    """Print the share of each stage of a batch, taken in this process against the running database and key service."""
    from hushkeep.runtime.boot import boot  # noqa: PLC0415

    boot()
    from datetime import timedelta  # noqa: PLC0415

    from hushkeep.channels import intake as received  # noqa: PLC0415
    from hushkeep.channels import sample  # noqa: PLC0415
    from hushkeep.channels.lines import Line  # noqa: PLC0415
    from hushkeep.kernel import Action, ActorId, Permit, new_id  # noqa: PLC0415
    from hushkeep.records import _capsules, _insert, _subjects, intake, runs  # noqa: PLC0415
    from hushkeep.records import conversations as store  # noqa: PLC0415
    from hushkeep.records._examiners import examiners  # noqa: PLC0415
    from hushkeep.runtime.clock import now  # noqa: PLC0415
    from hushkeep.runtime.key_client import keys  # noqa: PLC0415
    from hushkeep.runtime.site import read_site  # noqa: PLC0415
    from hushkeep.runtime.tenancy import tenant_transaction  # noqa: PLC0415

    spent = defaultdict(float)
    depth = []

    def timed(where, name, label):
        whole = getattr(where, name)

        def call(*args, **kwargs):
            began = time.perf_counter()
            depth.append(0.0)
            try:
                return whole(*args, **kwargs)
            finally:
                took = time.perf_counter() - began
                inner = depth.pop()
                spent[label] += took - inner
                if depth:
                    depth[-1] += took

        setattr(where, name, call)

    client = keys()
    for name in ("index", "create_subjects", "wrap_interactions", "seal_capsules"):
        timed(client, name, f"key service: {name}")
    timed(examiners(), "examine", "detect, cut, mask (waited for)")
    timed(intake, "_recognised", "fingerprints")
    timed(intake, "_stored", "look up what is stored")
    timed(_subjects, "resolve", "resolve subjects")
    timed(_capsules, "write", "capsules, our side")
    timed(intake, "protect", "seal originals")
    timed(store, "row_of", "make rows")
    for name in ("conversations", "wraps", "conversation_indexes", "subjects", "subject_indexes", "capsules"):
        timed(_insert, name, f"insert {name}")
    tenant = read_site().tenants[-1].id

    def permit(action):
        until = now() + timedelta(minutes=5)
        actor = ActorId(new_id())
        return Permit(decision=new_id(), tenant=tenant, actor=actor, action=action, target=None, expires_at=until)

    with tenant_transaction(tenant):
        run = runs.open_run(permit(Action.INTAKE_RUN), now=now())
    batch, messages, whole = [], 0, 0.0
    parsing = 0.0
    for number, record in enumerate(sample.records(seed=99, conversations=conversations), start=1):
        text = json.dumps(record, ensure_ascii=False)
        began = time.perf_counter()
        batch.append((number, received.receive(Line(number, text))))
        parsing += time.perf_counter() - began
        messages += len(record["turns"])
        if len(batch) == 400 or number == conversations:
            began = time.perf_counter()
            with tenant_transaction(tenant):
                intake.take(permit(Action.CONVERSATION_STORE), run, batch, client, replace=True, now=now())
            whole += time.perf_counter() - began
            batch = []
    spent["read and check JSON"] = parsing
    spent["the rest (transaction, commit, glue)"] = whole + parsing - sum(spent.values())
    print(f"\nIn one process, without HTTP: {messages / (whole + parsing):,.0f} messages/s")
    for label, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        print(f"| {label} | {seconds / (whole + parsing):.1%} | {seconds / messages * 1e6:.1f} |")


@contextmanager
def running(examiners):
    """A site that is up, with so many examiner processes, warm; yields its process id."""
    os.environ["HUSHKEEP_EXAMINERS"] = str(examiners)
    with subprocess.Popen([*HUSHKEEP, "up"], stderr=subprocess.PIPE, text=True) as site:
        try:
            next(line for line in site.stderr if "https://" in line)
            yield site.pid
        finally:
            site.send_signal(signal.SIGINT)
            site.wait(timeout=60)


def table(results):
    """Print what was measured, by examiners and batches at a time; ratios are to one batch of the same examiners."""
    print("\n| examiners | batches | messages/s, median (range) | beside the fewest | us of processor a message |")
    print("|---|---|---|---|---|")
    for (examiners, workers), rounds in sorted(results.items()):
        rates = [intake for intake, _copy, _rows, _per_second in rounds]
        fewest = min(other for kind, other in results if kind == examiners)
        first = statistics.median(one[0] for one in results[examiners, fewest])
        middle = statistics.median(rates)
        spent = statistics.median(1e6 / one[3] for one in rounds)
        told = f"{middle:,.0f} ({min(rates):,}-{max(rates):,}) | {middle / first:.2f} | {spent:,.0f}"
        print(f"| {examiners} | {workers} | {told} |")
    every = [one for rounds in results.values() for one in rounds]
    print(
        f"\nshare of a COPY of the same rows, median of {len(every)} rounds: "
        f"{statistics.median(intake / copy for intake, copy, *_ in every):.1%}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="+", default=[2], help="batches at a time; the rounds take turns")
    parser.add_argument(
        "--examiners", type=int, nargs="+", default=[2], help="examiner processes; the site starts anew"
    )
    parser.add_argument("--who", action="store_true", help="tell who runs while fewer run than there are cores")
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hk-"))
    folder.chmod(0o711)
    os.environ |= {"HUSHKEEP_DATA_DIR": str(folder / "site"), "HUSHKEEP_PORT": "0", "LC_ALL": "C"}
    hushkeep("init")
    seeds = count(100)
    results = defaultdict(list)
    try:
        for turn in range(wanted.rounds):
            for examiners in wanted.examiners:
                with running(examiners) as site:
                    one_round(folder, 500, next(seeds), site, 4)  # models loaded, caches filled
                    for workers in wanted.workers:
                        done = one_round(folder, wanted.conversations, next(seeds), site, workers, who=wanted.who)
                        results[examiners, workers].append(done)
                        told = f"{done[0]:,} messages/s, COPY of its {done[2]:,} rows {done[1]:,.0f}"
                        load = f"load {os.getloadavg()[0]:.1f}"
                        print(f"examiners {examiners}, {workers} at a time: {told}; {load}", flush=True)
                    if (turn, examiners) == (wanted.rounds - 1, wanted.examiners[-1]):
                        table(results)
                        stages(wanted.conversations)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
