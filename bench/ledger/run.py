"""Figures of the event log, each beside its plain peer in one run: python bench/ledger/run.py [--rows N].

Fill a log of ten million and look through it: --only fill --only proofs --only search --rows 10000000.

Makes its own site, in a temporary folder or where --site says. Rounds of ours and of the peer alternate; medians are
are events a second by the clock and by processor time (this process and the database's backends): the second does not
depend on what else the machine does.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

PARTS = ("batches", "one", "latency", "fill", "proofs", "search", "verify")
_PARSER = argparse.ArgumentParser()
_PARSER.add_argument("--rows", type=int, default=200_000)
_PARSER.add_argument("--rounds", type=int, default=7)
_PARSER.add_argument("--only", choices=PARTS, action="append")
_PARSER.add_argument("--site", type=Path, help="a folder that stays, so that a filled log is read by another run")
GIVEN = _PARSER.parse_args()
_FOLDER = tempfile.TemporaryDirectory(prefix="hkb-", ignore_cleanup_errors=True)
Path(_FOLDER.name).chmod(0o711)
SITE = GIVEN.site or Path(_FOLDER.name) / "site"
os.environ["HUSHKEEP_DATA_DIR"] = str(SITE)

from hushkeep.runtime.boot import boot  # noqa: E402 - the folder is set first
from hushkeep.runtime.secret_files import DJANGO, make_secret  # noqa: E402

make_secret(DJANGO)
boot()

import psycopg  # noqa: E402
from django.db import connections  # noqa: E402

from hushkeep.audit import log, pack, sequencer, tiles, trail  # noqa: E402
from hushkeep.audit.entries import COLUMNS, values_of  # noqa: E402
from hushkeep.audit.log_key import own_keys  # noqa: E402
from hushkeep.kernel import Action, ActorKind, Event, EventId, Outcome, TenantId, new_id  # noqa: E402
from hushkeep.ledger import consistency_proof, leaf_hash, packverify, root_at, root_of, verify_consistency  # noqa: E402
from hushkeep.runtime.clock import now  # noqa: E402
from hushkeep.runtime.cluster import SUPERUSER  # noqa: E402
from hushkeep.runtime.database import PASSWORDS, SUPERUSER_KEY, conninfo  # noqa: E402
from hushkeep.runtime.local_database import local_database  # noqa: E402
from hushkeep.runtime.roles import DATABASE  # noqa: E402
from hushkeep.runtime.schema import migrate  # noqa: E402
from hushkeep.runtime.secret_files import role_passwords  # noqa: E402
from hushkeep.runtime.settings import settings  # noqa: E402
from hushkeep.runtime.tenancy import tenant_transaction  # noqa: E402

ACTORS = [uuid4() for _ in range(200)]
SUBJECTS = [uuid4() for _ in range(5000)]
ACTIONS = [Action.CONVERSATION_VIEW, Action.CONVERSATION_LIST, Action.CONVERSATION_SEARCH, Action.CONVERSATION_REVEAL]


def event(tenant: TenantId) -> Event:
    """An event as the gate writes it: person, session, device, target, policy, request."""
    conversation = new_id() if random.random() < 0.6 else None
    return Event(
        id=EventId(new_id()),
        tenant=tenant,
        at=now(),
        actor=random.choice(ACTORS),
        actor_kind=ActorKind.PERSON,
        action=random.choice(ACTIONS),
        outcome=Outcome.ALLOWED if random.random() < 0.97 else Outcome.DENIED,
        reason="all_rules_passed",
        target=conversation,
        target_kind="conversation",
        session=new_id(),
        conversation=conversation,
        subject=random.choice(SUBJECTS) if conversation else None,
        policy="permit-qa",
        policy_set="a" * 64,
        purpose="quality_review",
        request=new_id(),
    )


def tenant() -> TenantId:
    return TenantId(UUID(str(new_id())))


# The peers: the same columns with the key alone, and with the checks and indexes that searching needs.
PLAIN = """
CREATE TABLE plain (LIKE event_header INCLUDING DEFAULTS, PRIMARY KEY (id, at));
CREATE TABLE plain_indexed (LIKE event_header INCLUDING ALL)
"""
NAMES = ", ".join((*COLUMNS, "commitment"))


TICKS = os.sysconf("SC_CLK_TCK")


def processor(*pids, children=False):
    """Seconds of processor that processes have used; with ``children`` those of their ended children too."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        total += sum(int(field) for field in fields[11 : 15 if children else 13])
    return total / TICKS


class Meter:
    """Events a second by the clock, and by the processor time of this process and of a server's backends."""

    def __init__(self):
        self.clock, self.used = [], [0.0, 0]

    def run(self, count, pids, work):
        before, cpu, start = processor(*pids), time.process_time(), time.perf_counter()
        work()
        self.clock.append(count / (time.perf_counter() - start))
        self.used[0] += processor(*pids) - before + time.process_time() - cpu
        self.used[1] += count

    @property
    def rates(self):
        return round(statistics.median(self.clock)), round(self.used[1] / max(self.used[0], 0.01))


def pid_of(alias):
    connections[alias].ensure_connection()
    return connections[alias].connection.info.backend_pid


def batches(admin, size, rounds):
    """Append, place and sign batches of ``size`` beside COPY and INSERT … unnest of the same rows to a plain table."""
    own = tenant()
    meters = {name: Meter() for name in ("copy, key only", "copy, same indexes", "append", "log")}
    admin_pid, pids = (admin.info.backend_pid,), (pid_of("default"), pid_of("sequencer"))

    def copied(table, rows):
        with admin.cursor() as cursor, cursor.copy(f"COPY {table} ({NAMES}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        admin.commit()

    def appended(events):
        with tenant_transaction(own):
            log.append_many(events)

    def logged(events):
        appended(events)
        assert sequencer.run(own) == size

    for _ in range(rounds):
        events = [event(own) for _ in range(size)]
        rows = [plain_row(e) for e in events]
        meters["copy, key only"].run(size, admin_pid, lambda: copied("plain", rows))  # noqa: B023 - run at once
        meters["copy, same indexes"].run(size, admin_pid, lambda: copied("plain_indexed", rows))  # noqa: B023
        meters["append"].run(size, pids, lambda: appended(events))  # noqa: B023
        sequencer.run(own)
        again = [event_again(e) for e in events]
        meters["log"].run(size, pids, lambda: logged(again))  # noqa: B023
    result = {name: meter.rates for name, meter in meters.items()}
    for peer in ("copy, key only", "copy, same indexes"):
        result[f"log to {peer}"] = [
            round(mine / theirs, 2) for mine, theirs in zip(result["log"], result[peer], strict=True)
        ]
    return result


def plain_row(one):
    """The row of an event as psycopg's COPY takes it."""
    values = dict(zip(COLUMNS, values_of(one), strict=True))
    values["policy_set"] = bytes.fromhex(values["policy_set"])
    return (*(v.value if hasattr(v, "value") else v for v in values.values()), None)


def event_again(old: Event) -> Event:
    return replace(old, id=EventId(new_id()), at=now())


def postmaster_pid():
    with psycopg.connect(conninfo("hushkeep_app")) as connection:
        status = Path(f"/proc/{connection.info.backend_pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("PPid:")).split()[1])


def pgbench(cluster, script, seconds, variables):
    """Return transactions/s of a script at 8 clients, as the application's role."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql", delete=False) as file:
        file.write(script)
    Path(file.name).chmod(0o644)
    parts = psycopg.conninfo.conninfo_to_dict(conninfo("hushkeep_app"))
    command = [cluster.binaries.program("pgbench"), "-n", "-c", "8", "-j", "2", "-T", str(seconds), "-M", "prepared"]
    command += ["-f", file.name, *(f"-D{name}={value}" for name, value in variables.items())]
    done = subprocess.run(
        [*command, "-h", parts["host"], "-U", parts["user"], parts["dbname"]],
        env={"PGPASSWORD": parts["password"], "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        **cluster.user.rights,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return float(next(line for line in done.stdout.splitlines() if line.startswith("tps")).split()[2])


BUSINESS = "INSERT INTO business (tenant, id, word) VALUES (:tenant::uuid, gen_random_uuid(), 'some business words');"
SET = "SELECT set_config('app.tenant', :tenant, true);"
EVENT = """INSERT INTO event_header (tenant, at, id, actor, actor_kind, action, outcome, reason, version, session,
 conversation, policy, policy_set, purpose, request, target_kind) VALUES (:tenant::uuid, clock_timestamp(),
 uuidv7(), :tenant::uuid, 'person', 'conversation' || chr(58) || 'view', 'allowed', 'all_rules_passed', 1,
 gen_random_uuid(), gen_random_uuid(), 'permit-qa', sha256(''), 'quality_review', gen_random_uuid(),
 'conversation');"""


def with_business(cluster, admin, rounds):
    """A business row alone, in its tenant's transaction, and with its event, at 8 clients."""
    own = tenant()
    with admin.cursor() as cursor:
        cursor.execute("CREATE TABLE business (tenant uuid, id uuid PRIMARY KEY, word text)")
        cursor.execute("GRANT INSERT ON business TO hushkeep_app")
    admin.commit()
    event_only = " ".join(EVENT.split())
    both = BUSINESS.removesuffix(";")
    scripts = {
        "plain": BUSINESS,
        "tenant transaction": f"BEGIN;\n{SET}\n{BUSINESS}\nCOMMIT;",
        "with its event, five messages": f"BEGIN;\n{SET}\n{BUSINESS}\n{event_only}\nCOMMIT;",
        "with its event, one pipeline": (
            f"\\startpipeline\nBEGIN;\n{SET}\n{BUSINESS}\n{event_only}\nCOMMIT;\n\\endpipeline"
        ),
        "one statement": f"\\startpipeline\nBEGIN;\n{SET}\nWITH b AS ({both}) {event_only}\nCOMMIT;\n\\endpipeline",
    }
    rates, used, postmaster = {name: [] for name in scripts}, dict.fromkeys(scripts, 0.0), postmaster_pid()
    for _ in range(rounds):
        for name, script in scripts.items():
            before = processor(postmaster, children=True)
            rates[name].append(pgbench(cluster, script, 2, {"tenant": own}))
            used[name] += processor(postmaster, children=True) - before
    medians = {name: round(statistics.median(values)) for name, values in rates.items()}
    cpu = {name: round(2 * sum(values) / max(used[name], 0.01)) for name, values in rates.items()}
    ratios = {f"{name} to plain": round(rate / medians["plain"], 2) for name, rate in medians.items()}
    ratios |= {f"{name} to plain, processor": round(rate / cpu["plain"], 2) for name, rate in cpu.items()}
    while sequencer.run(own):
        pass
    return medians | ratios


def latency(rate, seconds):  # noqa: C901 - two threads and their clock
    """Milliseconds from an event's commit until its signed place can be read, at ``rate`` single events a second."""
    own, stop = tenant(), threading.Event()
    committed, sizes = [], []

    def place():
        while not stop.is_set():
            sequencer.run(own)
            time.sleep(0.05)
        connections.close_all()

    def look():
        with psycopg.connect(conninfo("hushkeep_app"), autocommit=True) as connection:
            connection.execute("SELECT set_config('app.tenant', %s, false)", [str(own)])
            while not stop.is_set():
                row = connection.execute("SELECT max(size) FROM event_checkpoint WHERE tenant = %s", [own]).fetchone()
                sizes.append((time.perf_counter(), row[0] or 0))
                time.sleep(0.004)

    threads = [threading.Thread(target=place), threading.Thread(target=look)]
    for thread in threads:
        thread.start()
    acks, begin = [], time.perf_counter()
    for n in range(rate * seconds):
        time.sleep(max(0.0, begin + n / rate - time.perf_counter()))
        start = time.perf_counter()
        with tenant_transaction(own):
            log.append(event(own))
        committed.append(time.perf_counter())
        acks.append(committed[-1] - start)
    while not sizes or sizes[-1][1] < len(committed):
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    waits, place_at = [], iter(sizes)
    moment, size = next(place_at)
    for n, done in enumerate(committed):
        while size <= n:
            moment, size = next(place_at)
        waits.append(max(0.0, moment - done))
    return {
        "events/s": round(len(committed) / (committed[-1] - begin)),
        "ack ms p50 p99": percentiles(acks),
        "placed ms p50 p99": percentiles(waits),
    }


def percentiles(values, *, last=0.99):
    ordered = sorted(values)
    return [round(1000 * ordered[int(len(ordered) * q)], 2) for q in (0.5, last)]


STORED = """
SELECT coalesce(pg_partition_root(c.oid), c.oid)::regclass::text,
       sum(CASE c.relkind WHEN 'r' THEN pg_table_size(c.oid) ELSE pg_relation_size(c.oid) END)::bigint
FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
JOIN pg_class t ON t.oid = coalesce(i.indrelid, c.oid)
WHERE c.relkind IN ('r', 'i') AND t.relkind = 'r' AND t.relname ~ '^event_' GROUP BY 1 ORDER BY 2 DESC
"""


def stored(admin):
    """Bytes of each table of the log (with what is stored outside of its rows) and of each index, months together."""
    return {name: int(size) for name, size in admin.execute(STORED).fetchall()}


def fill(admin, own, rows):
    """Rows over 400 days, as of 200 agents, written by the server itself; then placed."""
    start = time.perf_counter()
    with admin.cursor() as cursor:
        # Durable at the end alone: a fill that is cut short is made anew.
        cursor.execute(
            "SELECT set_config('app.tenant', %s, false), set_config('synchronous_commit', 'off', false)", [str(own)]
        )
        for back in range(14):
            cursor.execute("SELECT hushkeep_audit_month(now() - make_interval(months => %s))", [back])
        cursor.execute("CREATE TEMP TABLE people AS SELECT n, gen_random_uuid() AS id FROM generate_series(0, 199) n")
        cursor.execute(
            "CREATE TEMP TABLE subjects AS SELECT n, gen_random_uuid() AS id FROM generate_series(0, 99999) n"
        )
        cursor.execute("ALTER TABLE people ADD PRIMARY KEY (n)")
        cursor.execute("ALTER TABLE subjects ADD PRIMARY KEY (n)")
        admin.commit()
        for chunk in range(0, rows, 100_000):
            cursor.execute(
                """INSERT INTO event_header (tenant, at, id, actor, session, conversation, subject, target, request,
                version, actor_kind, action, outcome, reason, policy, policy_set, purpose, target_kind)
                SELECT %(tenant)s, at, uuidv7(at - now()), p.id, uuidv7(at - now()), c,
                CASE WHEN c IS NOT NULL THEN s.id END, c, uuidv7(at - now()), 1, 'person',
                (ARRAY['conversation:view', 'conversation:list', 'conversation:search', 'conversation:reveal',
                'session:sign_in'])[1 + g.n %% 5], CASE WHEN g.n %% 33 = 0 THEN 'denied' ELSE 'allowed' END,
                'all_rules_passed', 'permit-qa', sha256(''), 'quality_review', 'conversation'
                FROM (SELECT n, now() - make_interval(secs => (%(rows)s - n) * 34560000.0 / %(rows)s) AS at,
                      CASE WHEN n %% 5 < 3 THEN gen_random_uuid() END AS c
                      FROM generate_series(%(first)s::bigint, %(last)s::bigint) n) g
                JOIN people p ON p.n = (g.n * 7919) %% 200 JOIN subjects s ON s.n = (g.n * 104729) %% 100000""",
                {"tenant": own, "rows": rows, "first": chunk, "last": min(rows, chunk + 100_000) - 1},
            )
            admin.commit()
            while sequencer.run(own):
                pass
            told = min(rows, chunk + 100_000)
            if told % 500_000 == 0 or told == rows:
                sys.stderr.write(f"{told:,} of {rows:,} after {time.perf_counter() - start:.0f} s\n")
        took = time.perf_counter() - start
    admin.autocommit = True
    admin.execute("VACUUM ANALYZE")
    admin.execute("CHECKPOINT")
    each = stored(admin)
    size = sum(each.values())
    return {
        "rows": rows,
        "seconds": round(took),
        "GB": round(size / 1e9, 3),
        "bytes an event": round(size / rows, 1),
        "bytes an event by table and index": {
            name: round(taken / rows, 1) for name, taken in each.items() if taken * 1000 > size
        },
    }


def searches(admin, own, each):
    """Milliseconds of a page of 50 by each filter, p50 and p95, values drawn from the log."""
    sample = admin.execute(
        "SELECT actor, subject, conversation, at FROM event_header TABLESAMPLE SYSTEM (0.5) "
        "WHERE tenant = %s AND subject IS NOT NULL",
        [own],
    ).fetchall()
    random.shuffle(sample)
    kinds = {
        "latest": lambda _: trail.Filter(),
        "actor": lambda row: trail.Filter(actor=row[0]),
        "subject": lambda row: trail.Filter(subject=row[1]),
        "conversation": lambda row: trail.Filter(conversation=row[2]),
        "time": lambda row: trail.Filter(since=row[3], until=row[3] + timedelta(hours=1)),
        "action": lambda _: trail.Filter(action=Action.CONVERSATION_REVEAL),
        "outcome": lambda _: trail.Filter(outcome=Outcome.DENIED),
        "actor, action, time": lambda row: trail.Filter(
            actor=row[0], action=Action.CONVERSATION_REVEAL, since=row[3] - timedelta(days=7), until=row[3]
        ),
        "rare action": lambda _: trail.Filter(action=Action.KEY_SHRED),
    }
    found, everything = {}, []
    for name, make in kinds.items():
        times = []
        for row in sample[:each]:
            start = time.perf_counter()
            trail._page(own, make(row), None, 50)  # noqa: SLF001 - without the gate's own cost
            times.append(time.perf_counter() - start)
        everything += times
        found[name] = percentiles(times, last=0.95)
    return found | {"all": percentiles(everything, last=0.95)}


def proofs(own, each):
    """Milliseconds to make and check the proof of an event drawn from the log; and of an older root."""
    keys = own_keys(own)
    with tenant_transaction(own), connections["default"].cursor() as cursor:
        signed, _ = tiles.checkpoint(own)
        cursor.execute(
            "SELECT events[1 + (random() * (cardinality(events) - 1))::int] FROM event_leaf, generate_series(1, 20) "
            "ORDER BY random() LIMIT %s",
            [each],
        )
        events = [EventId(row[0]) for row in cursor.fetchall()]
    times = []
    for chosen in events:
        start = time.perf_counter()
        file = trail.proof_of(own, chosen).file
        made = time.perf_counter()
        file.verify(file.extra, keys)
        times.append((made - start, time.perf_counter() - made))
    result = {
        "made ms p50 p99": percentiles([t for t, _ in times]),
        "checked ms p50 p99": percentiles([t for _, t in times]),
    }
    times = []
    with tenant_transaction(own):
        stored = tiles.StoredTiles(own, signed.size)
        for old in random.sample(range(1, signed.size), min(each, 50)):
            older = root_at(stored, old)
            start = time.perf_counter()
            path = consistency_proof(stored, old, signed.size)
            made = time.perf_counter()
            verify_consistency(old, signed.size, path, older, signed.root)
            times.append((made - start, time.perf_counter() - made))
    return result | {
        "consistency made ms": percentiles([t for t, _ in times]),
        "consistency checked ms": percentiles([t for _, t in times]),
    }


def verifying(own):
    """Leaves a second that the single-file verifier checks, everything included."""
    folder = Path(_FOLDER.name) / f"pack-{uuid4()}"
    start = time.perf_counter()
    pack.export(own, folder)
    exported = time.perf_counter() - start
    start, cpu = time.perf_counter(), sum(os.times()[:4])
    report = packverify.verify(folder, None, None, 0, [])
    took, cpu = time.perf_counter() - start, sum(os.times()[:4]) - cpu  # of the processes that it starts, too
    entries = [entry for _, _, entry in tenant_entries(own, report["entries"])]
    plain = time.process_time()
    root_of(leaf_hash(entry) for entry in entries)
    plain = time.process_time() - plain
    return {
        "leaves": report["verified"],
        "whole pack, leaves/s": round(report["verified"] / took),
        "whole pack, leaves/s of processor": round(report["verified"] / cpu),
        "hashes and root alone, leaves/s of processor": round(report["verified"] / plain),
        "exported/s": round(report["verified"] / exported),
    }


def tenant_entries(own, size):
    with tenant_transaction(own):
        yield from pack.entries(own, size)


def measure(part, cluster, admin):
    """Print the figures of one of PARTS; the last three read what ``fill`` left."""
    known = SITE / "filled"
    if part == "batches":
        for size in (100, 1000, 5000):
            show(f"batches of {size}, events/s", batches(admin, size, GIVEN.rounds))
    elif part == "one":
        show("business row and event, 8 clients, tps", with_business(cluster, admin, max(3, GIVEN.rounds // 2)))
    elif part == "latency":
        show("500 events/s one by one", latency(500, 10))
    elif part == "fill":
        own = tenant()
        known.write_text(str(own))
        show("filled", fill(admin, own, GIVEN.rows))
    else:
        own = TenantId(UUID(known.read_text()))
        if part == "proofs":
            show("proofs", proofs(own, 1000))
        elif part == "search":
            show("page of 50, ms p50 p95", searches(admin, own, 200))
        else:
            show("verifier", verifying(own))


def main():
    with local_database(settings()) as cluster:
        migrate()
        password = role_passwords(PASSWORDS)[SUPERUSER_KEY]
        with psycopg.connect(cluster.dsn(SUPERUSER, password, DATABASE)) as admin:
            if not admin.execute("SELECT to_regclass('plain')").fetchone()[0]:
                for statement in PLAIN.split(";"):
                    admin.execute(statement)
            admin.commit()
            for part in GIVEN.only or PARTS:
                measure(part, cluster, admin)
        connections.close_all()


def show(name, figures):
    sys.stdout.write(json.dumps({name: figures}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
