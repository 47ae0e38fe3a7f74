"""How much of a bare Django route's throughput a guarded reveal keeps: through the same bridge, in one interleaved run.

    python bench/front/revealing.py [seconds per round] [rounds]

A reveal looks up who asks afresh (it never comes from what a front remembers), decides by Cedar, counts against the
quota, has the key service open the originals, and writes its event before the answer leaves. Beside it stand the bare
route of guarded.py (one ORM read by key) and the bare opening: the same conversation through the key service with no
session, decision, count or event around it. Reviewers take turns, so that no two reveals of one person wait for each
other; their quotas are lifted, the counting is not.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from itertools import cycle, product
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parent))

import guarded
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import Client, override_settings

import hushkeep.access.facts as facts  # noqa: PLR0402
import hushkeep.api.limits as limits  # noqa: PLR0402
from hushkeep.access.administration import founding
from hushkeep.access.models import Reveal
from hushkeep.identity import tenants
from hushkeep.identity.remembered import REMEMBERED
from hushkeep.identity.request_signing import sign
from hushkeep.identity.roles import Role, Scope
from hushkeep.keys import init_site
from hushkeep.runtime.bridge import Bridge
from hushkeep.runtime.clock import now
from hushkeep.runtime.key_client import keys
from hushkeep.runtime.local_database import local_database
from hushkeep.runtime.schema import migrate
from hushkeep.runtime.settings import settings
from hushkeep.runtime.site import Site, SiteTenant, write_site
from hushkeep.runtime.tenancy import tenant_transaction

REVIEWERS, TALKS = 24, 24
PURPOSE = {"purpose": "quality_review"}
CSRF = "C" * 32

# The service as it is, but for its limits a person: the bench has few.
_SERVE = """
import sys
from pathlib import Path
from hushkeep.keys.limits import Limits, Rate
from hushkeep.keys.serving import Start, serve
from hushkeep.keys.slots import KeyFile
keys_dir, socket, root = map(Path, sys.argv[1:])
wide = Rate(1 << 40, 1, 1 << 40)
limits = Limits(sample_actor=wide, sample_tenant=wide)
serve(Start(keys_dir=keys_dir, socket=socket, provider=KeyFile(root), limits=limits, demand_proof=False))
"""


def key_service():
    """Start the site's key service; return its process."""
    place = settings()
    init_site(place.keys_dir, key_file=place.root_key_file, recovery_dir=guarded.FOLDER / "recovery")
    place.run_dir.mkdir(exist_ok=True)
    place.keys_socket.parent.mkdir(exist_ok=True, mode=0o700)
    command = [sys.executable, "-c", _SERVE, *map(str, (place.keys_dir, place.keys_socket, place.root_key_file))]
    source = str(Path(__file__).parents[2] / "src")
    process = subprocess.Popen(command, env={"PYTHONPATH": source, "PATH": "/usr/bin:/bin"}, stderr=subprocess.PIPE)
    assert process.stderr.readline().startswith(b"hushkeep keys: ready")
    return process


def take_in(tenant):
    """Store conversations; return [(id, subject)]."""
    key = founding.create_service_account(tenant, name="intake", scopes=(Scope.INTAKE,))
    client = Client(SERVER_NAME="localhost")

    def send(path, body):
        signed = sign(key, method="POST", path=path, body=body, now=now())
        signed["Idempotency-Key"] = str(uuid4())
        return client.generic("POST", path, body, content_type="application/jsonl", secure=True, headers=signed)

    run = send("/api/v1/intake/runs", b"").json()["id"]
    turns = [{"speaker": "customer", "text": f"my number is 13499998888, line {n}"} for n in range(8)]
    talks = ({"id": f"talk-{n}", "channel": "chat", "language": "en", "turns": turns} for n in range(TALKS))
    taken = send(f"/api/v1/intake/batches?run={run}", "\n".join(map(json.dumps, talks)).encode())
    assert taken.json()["taken"] == TALKS, taken.content
    with tenant_transaction(tenant), connection.cursor() as cursor:
        cursor.execute("SELECT id, subject FROM records_conversation")
        return cursor.fetchall()


def asked(cookies, talks):
    """Every reviewer at every conversation, again and again: (scope, body) of a reveal.

    One reviewer after the other: two reveals of one person at once wait for each other, so that both are counted.
    """
    body = json.dumps(PURPOSE).encode()
    for (talk, _), cookie in cycle(product(talks, cookies)):
        scope = guarded.scope(f"/api/v1/conversations/{talk}/reveal", f"{cookie}; __Host-csrf={CSRF}")
        more = [(b"x-csrftoken", CSRF.encode()), (b"origin", b"https://localhost")]
        more += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        yield scope | {"method": "POST", "headers": scope["headers"] + more}, body


async def rate(bridge, requests, seconds):
    """Return answers a second to 16 clients that ask ``requests`` in turn."""
    until, done = time.perf_counter() + seconds, 0

    async def client():
        nonlocal done
        while time.perf_counter() < until:
            scope, body = next(requests)
            status, _, said = await bridge.call(dict(scope), body)
            assert status == 200, (status, said[:300])
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(guarded.CLIENTS)))
    return done / (time.perf_counter() - began)


async def measure(tenant, person, cookies, talks, seconds, rounds):  # noqa: PLR0913, PLR0917
    """Return name -> rates, interleaved round by round."""
    with override_settings(MIDDLEWARE=["bare.here"]):
        bare = Bridge(WSGIHandler(), guarded.THREADS)
    whole = Bridge(WSGIHandler(), guarded.THREADS)
    routes = {
        "bare read by key": (bare, cycle([(guarded.scope(f"/bare/{person}", ""), b"")])),
        "bare opening by the key service": (
            bare,
            cycle([(guarded.scope(f"/opened/{tenant}/{t}", ""), b"") for t, _ in talks]),
        ),
        "guarded reveal": (whole, asked(cookies, talks)),
    }
    rates = {name: [] for name in routes}
    for turn in range(rounds + 1):
        for name, (bridge, requests) in routes.items():
            await asyncio.to_thread(forget_counts, tenant)
            found = await rate(bridge, requests, seconds)
            if turn:  # the first round warms up
                rates[name].append(found)
    return rates


def forget_counts(tenant):
    """Let every round begin as an hour does: a person has 30 counts in one at most, which is what is counted over."""
    with tenant_transaction(tenant):
        Reveal.objects.all().delete()


def unlimited():
    """Lift the limits, keep the counting: a few reviewers stand for the hundreds that a center has."""
    limits.PERSON = limits.PROGRAM = limits.STRANGER = limits.Limit(burst=10**9, per_second=10**9)
    counting = facts.counted
    facts.counted = lambda *a, **k: replace(counting(*a, **k), hour=0, alone_hour=0, alone_day=0)


def main():
    """Set up a site, measure, print a table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1.5
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    unlimited()
    with local_database(settings()):
        migrate()
        tenant = founding.create_tenant("bench", demo=False, now=now())
        write_site(Site("demo", (SiteTenant(tenant, "bench", made_up=False),)))
        service = key_service()
        try:
            keys().create_tenant(tenant)
            talks = take_in(tenant)
            invited = [
                founding.create_person(tenant, login=f"qa.{n}", name="Q", role=Role.QA) for n in range(REVIEWERS)
            ]
            signed_in = [guarded.sign_in(one.token) for one in invited]
            tenants.demand_devices(tenant, required=False)
            REMEMBERED.hearing(now=True)
            cookies = [cookie for _, cookie in signed_in]
            rates = asyncio.run(measure(tenant, signed_in[0][0], cookies, talks, seconds, rounds))
        finally:
            keys().close()
            service.terminate()
            service.wait(timeout=20)
    print("| route | answers/s, median (min-max) | of the bare read | of the bare opening |\n|---|---|---|---|")
    read, opening, _ = (statistics.median(found) for found in rates.values())
    for name, found in rates.items():
        median = statistics.median(found)
        shares = f"{median / read:.2f} | {median / opening:.2f}"
        print(f"| {name} | {median:.0f} ({min(found):.0f}-{max(found):.0f}) | {shares} |")
    guarded.shutil.rmtree(guarded.FOLDER)


if __name__ == "__main__":
    main()
