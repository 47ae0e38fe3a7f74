"""Code in the front, for an hour of fast time, beside twenty live conversations: what it opens, and when it is heard.

python bench/vault/theft.py [--minutes 60] [--speed 30] [--customers 200]       (as root: each process its own user)

The real key service under its own system user, the thief under the front's, the matching of its log with the ledger's
events under ours, in a real database; the service's clock runs --speed times as fast as ours. The thief owns every
agent's page, so that their devices sign whatever it shows them, and tries every customer by every way there is. After
the hour all hang up; when wrap-up is over it tries again.
"""

import argparse
import hmac
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from base64 import b64encode
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

_PARSER = argparse.ArgumentParser()
_PARSER.add_argument("--minutes", type=float, default=60)
_PARSER.add_argument("--speed", type=float, default=30)
_PARSER.add_argument("--customers", type=int, default=200)
_PARSER.add_argument("--live", type=int, default=20)
GIVEN = _PARSER.parse_args()
_FOLDER = tempfile.TemporaryDirectory(prefix="hkt-", ignore_cleanup_errors=True)
Path(_FOLDER.name).chmod(0o711)
SITE = Path(_FOLDER.name) / "site"
ROOT = Path(__file__).parents[2]
os.environ["HUSHKEEP_DATA_DIR"] = str(SITE)

from hushkeep.runtime.boot import boot  # noqa: E402 - the folder is set first
from hushkeep.runtime.secret_files import DJANGO, make_secret  # noqa: E402

make_secret(DJANGO)
boot()

from cryptography.hazmat.primitives import serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from django.db import connections  # noqa: E402

from hushkeep.access.models import Alarm  # noqa: E402
from hushkeep.identity import tenants  # noqa: E402
from hushkeep.kernel import canonical  # noqa: E402
from hushkeep.keys import init_site  # noqa: E402
from hushkeep.runtime import clock  # noqa: E402
from hushkeep.runtime.binaries import can_execute  # noqa: E402
from hushkeep.runtime.key_client import KeyClient  # noqa: E402
from hushkeep.runtime.local_database import local_database  # noqa: E402
from hushkeep.runtime.schema import migrate  # noqa: E402
from hushkeep.runtime.settings import settings  # noqa: E402
from hushkeep.runtime.system_user import COMMON_GROUP, own_user, system_group  # noqa: E402
from hushkeep.runtime.tenancy import tenant_transaction  # noqa: E402
from hushkeep.watch.reconciliation import WITHOUT_EVENT, reconcile  # noqa: E402

CLASSES = ("contact", "identity", "payment", "text")
WRAP_UP = 120
ROUND = 10  # seconds between two matchings, of the service's own time
FAST = """
import sys, time
began, speed, real = int(sys.argv.pop(1)), float(sys.argv.pop(1)), time.time_ns
from hushkeep.keys import clock
clock.Clock.__init__.__defaults__ = (lambda: began + int((real() - began) * speed),)
import runpy
runpy.run_module("hushkeep.keys", run_name="__main__", alter_sys=True)
"""

# The thief has what code in the front has: the socket, the front's user, the rows, and pages that sign.
THIEF = """
import json, sys, time
from base64 import b64decode
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hushkeep.kernel import Error
from hushkeep.keys import evidence
from hushkeep.keys import protocol as p
from hushkeep.runtime.key_client import KeyClient
told = json.load(sys.stdin)
client, tenant, classes = KeyClient(Path(told["socket"])), UUID(told["tenant"]), told["classes"]
began, speed = told["began"], told["speed"]
now = lambda: datetime.fromtimestamp((began + (time.time_ns() - began) * speed) / 1e9, UTC)
agents = [(UUID(a["id"]), UUID(a["device"]), UUID(a["call"]),
           serialization.load_pem_private_key(a["key"].encode(), None)) for a in told["agents"]]
rows = [(UUID(r["subject"]), {k: b64decode(v) for k, v in r["wraps"].items()},
         {k: b64decode(v) for k, v in r["sealed"].items()}) for r in told["rows"]]

def proof(agent, use, subject, klass, event, call):
    identity, device, _, key = agent
    at = now()
    signed = evidence.statement(use=use, tenant=tenant, actor=identity, device=device, conversation=call,
                                subjects=[subject], classes=[klass], purpose="complaint", event=event, at=at)
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
    return p.Proof(identity, device, at, r.to_bytes(32, "big") + s.to_bytes(32, "big"))

opened, refused, tries, first = Counter(), Counter(), 0, None

def attempt(agent, other, row, klass):
    global tries, first
    subject, wraps, sealed = row
    identity, _, call, _ = agent
    event = uuid4()
    ways = {
        "live": lambda: client.ticket_live(tenant, identity, call, [klass], "complaint", event,
                                           proof(agent, "live", subject, klass, event, call)),
        "sample": lambda: client.ticket_sample(tenant, identity, subject, [klass], event, purpose="complaint",
                                               proof=proof(agent, "sample", subject, klass, event, None)),
        "unproved": lambda: client.ticket_sample(tenant, identity, subject, [klass], event),
        "four_eyes": lambda: client.ticket_four_eyes(
            tenant, identity, [subject], [klass], "complaint", event,
            [proof(one, "four_eyes", subject, klass, event, None) for one in (agent, other)]),
        "job": lambda: client.ticket_job(tenant, uuid4(), [subject], [klass], event),
    }
    for name, way in ways.items():
        tries += 1
        try:
            client.open_originals(way(), event, [(wraps[klass], "conversation", 1, sealed[klass])])
            opened[f"{subject} {klass}"] += 1
            first = first or now().isoformat()
        except Error as refusal:
            refused[f"{name}: {str(refusal)[:40]}"] += 1

until = datetime.fromisoformat(told["until"])
n = 0
while now() < until and (told["rounds"] is None or n < told["rounds"] * len(rows)):
    row = rows[n % len(rows)]
    # In one round each customer's own agent, where there is one; in the next somebody else.
    mine = (n if n // len(rows) % 2 == 0 else n * 7 + 3) % len(rows) % len(agents)
    for klass in classes:
        attempt(agents[mine], agents[(mine + 1) % len(agents)], row, klass)
    n += 1
print(json.dumps({"opened": opened, "refused": refused, "tries": tries, "first": first}))
"""


@contextmanager
def service(users, began):
    """The key service as a site starts it, under its own user, on a clock of its own."""
    root, recovery = SITE.with_name("site.rootkey"), SITE.with_name("site.recovery")
    init_site(settings().keys_dir, key_file=root, recovery_dir=recovery)
    group = users["keys"].group
    for path in (settings().keys_dir, *settings().keys_dir.rglob("*"), root):
        os.chown(path, users["keys"].user, group)
    SITE.chmod(0o711)
    folder = SITE / "run" / "keys"
    folder.mkdir(parents=True, exist_ok=True)
    (SITE / "run").chmod(0o711)
    os.chown(folder, users["keys"].user, group)
    folder.chmod(0o710)
    peers = {users["front"].user: "front", users["worker"].user: "worker", 0: "admin,worker"}
    command = [python(users), "-c", FAST, str(began), str(GIVEN.speed)]
    command += [
        "--keys-dir",
        str(settings().keys_dir),
        "--socket",
        str(settings().keys_socket),
        "--key-file",
        str(root),
    ]
    command += ["--group", str(group), *(part for uid, role in peers.items() for part in ("--peer", f"{uid}:{role}"))]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment(), cwd="/", **users["keys"].rights)
    line = process.stderr.readline()
    if not line.startswith(b"hushkeep keys: ready"):
        raise SystemExit(line + process.stderr.read())
    try:
        yield KeyClient(settings().keys_socket)
    finally:
        process.terminate()
        process.wait(30)


def environment():
    """Where another user finds this program."""
    return {"PYTHONPATH": f"{ROOT / 'src'}:{sysconfig.get_paths()['purelib']}", "PATH": "/usr/bin:/bin"}


def python(users):
    """An interpreter that the processes' users can run: a root's own lies where only root can pass."""
    user = users["front"]
    for one in (sys.executable, "/usr/bin/python3"):
        if Path(one).exists() and can_execute(Path(one), user.user, frozenset({user.group})):
            return one
    raise SystemExit("no interpreter that other users can run")


class Center:
    """Customers, agents with their devices, and the calls between the first of them."""

    def __init__(self, tenant, client, began, interpreter):
        self.tenant, self.client, self.began, self.interpreter = tenant, client, began, interpreter
        client.create_tenant(tenant)
        self.subjects = [uuid4() for _ in range(GIVEN.customers)]
        client.create_subjects(tenant, self.subjects)
        self.rows = []
        for at, subject in enumerate(self.subjects):
            talks = [(uuid4(), klass, subject, "conversation", 1, f"{klass} {at}".encode()) for klass in CLASSES]
            sealed = dict(zip(CLASSES, client.seal_originals(tenant, talks), strict=True))
            self.rows.append((subject, sealed))
        client.bind_contacts(tenant, [(s, "phone", number(at)) for at, s in enumerate(self.subjects)])
        self.connector = uuid4()
        self.secret = client.register_connector(tenant, self.connector)
        self.agents = [self.agent() for _ in range(GIVEN.live)]

    def now(self):
        return datetime.fromtimestamp((self.began + (time.time_ns() - self.began) * GIVEN.speed) / 1e9, UTC)

    def agent(self):
        key = ec.generate_private_key(ec.SECP256R1())
        agent = {"id": str(uuid4()), "device": str(uuid4()), "call": str(uuid4())}
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.client.register_device(self.tenant, UUID(agent["id"]), UUID(agent["device"]), public)
        form = serialization.PrivateFormat.PKCS8
        pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        return agent | {"key": pem.decode()}

    def tell(self, kind, at, **more):
        said = {"type": f"conversation.{kind}", "tenant": self.tenant, "conversation": f"pbx-{at}", "at": self.now()}
        body = canonical(said | more)
        return body, hmac.digest(self.secret, body, "sha256")

    def begin(self):
        for at, agent in enumerate(self.agents):
            contact = {"index": "phone", "value": number(at)}
            word = self.tell("started", at, agent=UUID(agent["id"]), contact=contact, wrap_up_seconds=WRAP_UP)
            self.client.live_start(self.tenant, self.connector, UUID(agent["call"]), *word)

    def end(self):
        for at in range(GIVEN.live):
            self.client.live_end(self.tenant, self.connector, *self.tell("ended", at))

    def robbed(self, user, *, until, rounds=None):
        """What the thief's process got."""
        told = {"socket": str(settings().keys_socket), "tenant": str(self.tenant), "classes": CLASSES}
        told |= {"began": self.began, "speed": GIVEN.speed, "until": until.isoformat(), "rounds": rounds}
        told["agents"] = self.agents
        told["rows"] = [
            {
                "subject": str(subject),
                "sealed": {klass: b64encode(pair[0]).decode() for klass, pair in sealed.items()},
                "wraps": {klass: b64encode(pair[1]).decode() for klass, pair in sealed.items()},
            }
            for subject, sealed in self.rows
        ]
        ran = subprocess.run(
            [self.interpreter, "-c", THIEF],
            input=json.dumps(told).encode(),
            capture_output=True,
            check=False,
            cwd="/",
            env=environment(),
            **user.rights,
        )
        if ran.returncode:
            raise SystemExit(ran.stderr.decode())
        return json.loads(ran.stdout)


def number(at):
    return f"+861349999{at:04}"


class Watching(threading.Thread):
    """Matches the key service's log with the ledger, as the worker does, and keeps when the first alarm rang."""

    def __init__(self, center, socket):
        super().__init__()
        self.center, self.client = center, KeyClient(socket)
        self.rang, self.stopped, self.failed = None, threading.Event(), None

    def run(self):
        try:
            while not self.stopped.wait(ROUND / GIVEN.speed):
                at = self.center.now()
                reconcile(self.center.tenant, self.client, tenants=[self.center.tenant], now=at)
                if self.rang is None and self.alarms():
                    self.rang = at
        except Exception as failure:  # noqa: BLE001 - said where the thread is joined
            self.failed = failure
        finally:
            connections.close_all()

    def alarms(self):
        with tenant_transaction(self.center.tenant):
            return Alarm.objects.filter(code=WITHOUT_EVENT, severity="red").count()


def main():
    if os.geteuid() != 0:
        raise SystemExit("as root: each process has a user of its own")
    group = system_group(COMMON_GROUP)
    users = {process: own_user(process, group) for process in ("keys", "front", "worker")}
    with local_database(settings()):
        migrate()
        tenant = tenants.create("Robbed center", demo=False, now=clock.now()).id
        began = time.time_ns()
        with service(users, began) as client:
            center = Center(tenant, client, began, python(users))
            watching = Watching(center, settings().keys_socket)
            watching.start()
            try:
                center.begin()
                start = center.now()
                during = center.robbed(users["front"], until=start + timedelta(minutes=GIVEN.minutes))
                lasted = center.now() - start
                center.end()
                time.sleep((WRAP_UP + 1) / GIVEN.speed)
                after = center.robbed(users["front"], until=center.now() + timedelta(hours=9), rounds=1)
            finally:
                watching.stopped.set()
                watching.join()
            show(center, during, after, lasted, watching)
        connections.close_all()


def show(center, during, after, lasted, watching):
    live = {str(subject) for subject in center.subjects[: GIVEN.live]}
    opened = Counter(key.split()[0] for key in during["opened"])
    heard = watching.rang and during["first"] and watching.rang - datetime.fromisoformat(during["first"])
    figures = {
        "minutes of the service's time": round(lasted / timedelta(minutes=1), 1),
        "tries": during["tries"],
        "customers": len(center.subjects),
        "customers in a call": len(live),
        "customers opened": len(opened),
        "of them not in a call": len(set(opened) - live),
        "classes opened of the most any customer": max(opened.values(), default=0),
        "openings in all": sum(during["opened"].values()),
        "red alarms": watching.alarms() if watching.failed is None else repr(watching.failed),
        "seconds from the first opening to the alarm": heard and round(heard.total_seconds(), 1),
        "tries after wrap-up": after["tries"],
        "opened after wrap-up": len(after["opened"]),
        "refused": dict(sorted(during["refused"].items(), key=lambda item: -item[1])),
    }
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
