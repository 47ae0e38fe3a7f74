"""The key service: unwraps alone and in batches, durable and not; shredding; rotation of many subjects.

PYTHONPATH=src python bench/vault/service.py [--subjects 100000] [--calls 3000]
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

from hushkeep import vault
from hushkeep.keys import init_site
from hushkeep.runtime.key_client import KeyClient

_SERVE = """
import sys
from pathlib import Path
from hushkeep.keys.limits import Limits, Rate
from hushkeep.keys.serving import Start, serve
from hushkeep.keys.slots import KeyFile
folder = Path(sys.argv[1])
wide = Rate(1 << 40, 1, 1 << 40)
limits = Limits(unwraps_per_ticket=1 << 40, sample_actor=wide, sample_tenant=wide, job_tenant=wide)
serve(Start(keys_dir=folder / "keys", socket=folder / "k", provider=KeyFile(folder / "root.key"),
            limits=limits, durable=sys.argv[2] == "durable"))
"""


@contextmanager
def _service(folder: Path, mode: str):
    with subprocess.Popen([sys.executable, "-c", _SERVE, str(folder), mode], stderr=subprocess.PIPE) as process:
        assert process.stderr.readline().startswith(b"hushkeep keys: ready")
        with KeyClient(folder / "k") as client:
            yield client
        process.terminate()
        assert process.wait(60) == 0


def _tenant(client: KeyClient, subjects: int) -> tuple[UUID, list[UUID], float]:
    tenant = uuid4()
    client.create_tenant(tenant)
    made = [uuid4() for _ in range(subjects)]
    start = time.perf_counter()
    for at in range(0, subjects, 5000):
        client.create_subjects(tenant, made[at : at + 5000])
    return tenant, made, subjects / (time.perf_counter() - start)


def _unwraps(client: KeyClient, tenant: UUID, subjects: list[UUID], calls: int) -> dict[str, float]:
    few = subjects[:100]
    items = [(uuid4(), "text", os.urandom(32), [subject]) for subject in few]
    wraps = [wrap for [wrap] in client.wrap_interactions(tenant, items)]
    ticket = client.ticket_job(tenant, uuid4(), few, ["text"], uuid4())
    client.unwrap(ticket, uuid4(), wraps)
    events = [uuid4() for _ in range(calls)]
    took = []
    for number, event in enumerate(events):
        start = time.perf_counter()
        client.unwrap(ticket, event, [wraps[number % 100]])
        took.append(time.perf_counter() - start)
    batches = []
    for event in events[: max(calls // 10, 20)]:
        start = time.perf_counter()
        client.unwrap(ticket, event, wraps)
        batches.append(time.perf_counter() - start)
    return {
        "single p50 us": statistics.median(took) * 1e6,
        "single p99 us": sorted(took)[int(len(took) * 0.99)] * 1e6,
        "single /s": len(took) / sum(took),
        "batch of 100, unwraps/s": 100 * len(batches) / sum(batches),
        "batch of 100, best unwraps/s": 100 / min(batches),
        "batch of 100 p50 ms": statistics.median(batches) * 1e3,
    }


def _seconds(ask, calls: int) -> dict[str, float]:
    took = []
    for _ in range(calls):
        start = time.perf_counter()
        ask()
        took.append(time.perf_counter() - start)
    return {"p50 us": statistics.median(took) * 1e6, "p99 us": sorted(took)[int(len(took) * 0.99)] * 1e6}


def _opened_inside(client: KeyClient, tenant: UUID, subject: UUID, calls: int) -> dict[str, object]:
    """What the front asks for: an original of 2 KiB, and five seconds of a recording (four segments, 240 KiB)."""
    talk, sound = uuid4(), uuid4()
    [(sealed, wrap)] = client.seal_originals(tenant, [(talk, "text", subject, "conversation", 1, os.urandom(2048))])
    file, wraps = client.seal_file(tenant, sound, "voice", subject, os.urandom(4 << 20))
    wanted = vault.segments_between(len(file), 1_000_000, 1_240_000)
    pieces = [(one.number, one.last, file[one.start : one.stop]) for one in wanted]
    ticket = client.ticket_job(tenant, uuid4(), [subject], ["text", "voice"], uuid4())
    original = (wrap, "conversation", 1, sealed)
    many = [(uuid4(), "text", subject, "conversation", 1, os.urandom(2048)) for _ in range(500)]
    start = time.perf_counter()
    for _ in range(20):
        client.seal_originals(tenant, many)
    return {
        "an original of 2 KiB": _seconds(lambda: client.open_originals(ticket, uuid4(), [original]), calls),
        "five seconds of a recording": _seconds(
            lambda: client.open_segments(ticket, uuid4(), wraps, sound, file[:104], pieces), calls
        ),
        "originals of 2 KiB sealed/s, batches of 500": 10_000 / (time.perf_counter() - start),
        "a part of 16 MiB sealed": _seconds(
            lambda: client.seal_file(tenant, uuid4(), "voice", subject, bytes(16 << 20)), 20
        ),
    }


def _shred(client: KeyClient, tenant: UUID, subjects: list[UUID]) -> float:
    took = []
    for subject in subjects[-20:]:
        start = time.perf_counter()
        client.shred(tenant, subject, actor=uuid4(), event=uuid4(), basis="bench")
        took.append(time.perf_counter() - start)
    return statistics.median(took) * 1e3


def _rotate(client: KeyClient, tenant: UUID, subjects: list[UUID]) -> dict[str, float]:
    [[wrap]] = client.wrap_interactions(tenant, [(uuid4(), "text", os.urandom(32), [subjects[0]])])
    ticket = client.ticket_job(tenant, uuid4(), subjects[:1], ["text"], uuid4())
    start = time.perf_counter()
    client.rotate(tenant, actor=uuid4(), event=uuid4())
    waits = []
    while client.status()["rotations"]:
        asked = time.perf_counter()
        client.unwrap(ticket, uuid4(), [wrap])
        waits.append(time.perf_counter() - asked)
        time.sleep(0.01)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "subjects/s": len(subjects) / seconds,
        "scaled to 10 million, s": 10_000_000 / len(subjects) * seconds,
        "unwrap meanwhile p50 ms": statistics.median(waits) * 1e3,
        "unwrap meanwhile worst ms": max(waits) * 1e3,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--subjects", type=int, default=100_000)
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--folder", type=Path, default=None, help="where the store lies (default: /tmp)")
    given = parser.parse_args()
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        init_site(folder / "keys", key_file=folder / "root.key", recovery_dir=folder / "recovery")
        for mode in ("written", "durable"):
            with _service(folder, mode) as client:
                tenant, subjects, _ = _tenant(client, 1000)
                figures[f"unwrap, log {mode} before the answer"] = _unwraps(client, tenant, subjects, given.calls)
                inside = _opened_inside(client, tenant, subjects[0], given.calls)
                figures[f"opened in the service, log {mode} before the answer"] = inside
        with _service(folder, "durable") as client:
            tenant, subjects, made = _tenant(client, given.subjects)
            figures["subjects made/s"] = made
            figures["shred one subject p50 ms"] = _shred(client, tenant, subjects)
            figures[f"rotation of {given.subjects} subjects"] = _rotate(client, tenant, subjects[:-20])
        size = (folder / "keys" / "store.sqlite").stat().st_size
        store = sqlite3.connect(folder / "keys" / "store.sqlite")
        figures["store bytes a subject"] = size / store.execute("SELECT count(*) FROM ring").fetchone()[0]
        store.close()
    print(json.dumps(figures, indent=1, default=lambda value: round(value, 2)))


if __name__ == "__main__":
    main()
