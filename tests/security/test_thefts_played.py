"""Thefts played on running sites of both levels, over the wire and as another system user: what the thief gets.

Each stands beside its line in docs/threat-model.md. The center has twenty customers; data-protection officers reveal
every conversation, an agent one in a call, a recording lands; then the calls are over.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import shutil
import subprocess
import time
import tomllib
from contextlib import closing, suppress
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from uuid import UUID, uuid4

import hyperscan
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

import authenticator
import protecting
from hushkeep import vault
from hushkeep.identity.request_signing import read_key, sign
from hushkeep.kernel import IntegrityError, TenantId, canonical, timestamp
from hushkeep.keys import rings, serving, slots, store
from hushkeep.keys.making import before_conversation
from hushkeep.keys.tree import KeyTree
from hushkeep.runtime.cluster import SUPERUSER
from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.roles import DATABASE

pytestmark = [pytest.mark.server, pytest.mark.enable_socket, pytest.mark.timeout(1200)]

PHONES = [f"1349999{number:04}" for number in range(20)]
PASSWORD = "quartz otter violin 88"
AUDIO = os.urandom(300_000)
_PATIENCE_SECONDS = 240  # nothing in the suite is timed: how soon is said by the rounds of the matching


def _talk(phone):
    turns = [{"speaker": "customer", "text": f"我的手机号是{phone}"}]
    return {"id": f"talk-{phone[-4:]}", "channel": "chat", "customer": {"phone": phone}, "turns": turns}


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Answer:
    """An answer of the site."""

    def __init__(self, answer):
        self.status, self.headers, self.content = answer.status, answer.headers, answer.read()

    def json(self):
        return json.loads(self.content)


class Person:
    """Somebody at a real browser's distance: cookies, tokens, a device key, over TLS."""

    def __init__(self, site, invited):
        self.site, self.id = site, UUID(invited["id"])
        self.cookies = SimpleCookie()
        self.key, self.device = ec.generate_private_key(ec.SECP256R1()), None
        self.get("/api/v1/csrf")
        begun = self.send("/api/v1/enrolment/begin", {"token": invited["token"]}).json()
        finish = {"token": invited["token"], "password": PASSWORD}
        for _ in range(2):  # on a busy machine a code's half minute may end on its way
            code = authenticator.code(begun["totp"]["secret"])
            done = self.send("/api/v1/enrolment/finish", finish | {"code": code})
            if done.status == 200:
                break
        assert done.status == 200, done.content
        self.send("/_allauth/browser/v1/auth/login", {"username": invited["login"], "password": PASSWORD})
        code = done.json()["recovery_codes"][0]
        signed_in = self.send("/_allauth/browser/v1/auth/2fa/authenticate", {"code": code})
        assert signed_in.status == 200, signed_in.content

    def ask(self, method, path, body=b"", **headers):
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={one.value}" for name, one in self.cookies.items())
        headers |= {"Origin": self.site.address, "X-CSRFToken": self._cookie("csrf")}
        if self.device:
            headers["Hushkeep-Proof"] = self._proved(method, path, body)
        connection = http.client.HTTPSConnection("localhost", self.site.port, timeout=120, context=self.site.trust())
        with closing(connection):
            connection.request(method, path, body, {"Content-Type": "application/json"} | headers)
            got = connection.getresponse()
            for name, value in got.getheaders():
                if name.lower() == "set-cookie":
                    self.cookies.load(value)
            return Answer(got)

    def get(self, path):
        return self.ask("GET", path)

    def send(self, path, body=None):
        return self.ask("POST", path, json.dumps(body).encode() if body is not None else b"")

    def _cookie(self, name):
        return next((one.value for key, one in self.cookies.items() if key.endswith(name)), "")

    @property
    def jwk(self):
        numbers = self.key.public_key().public_numbers()
        x, y = (_encode(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def signature(self, data):
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def _proved(self, method, path, body):
        claims = {
            "jti": uuid4().hex,
            "htm": method,
            "htu": self.site.address + path,
            "iat": int(time.time()),
            "bh": _encode(hashlib.sha256(body).digest()),
        }
        parts = ({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk}, claims)
        signed = ".".join(_encode(json.dumps(part).encode()) for part in parts)
        return f"{signed}.{_encode(self.signature(signed.encode()))}"

    def offer(self, administrator):
        """Have the device trusted."""
        offered = self.send("/api/v1/devices", {"public_key_jwk": self.jwk, "label": "Desk"})
        assert offered.status in {200, 201}, offered.content
        device = offered.json()["id"]
        assert administrator.send(f"/api/v1/devices/{device}/trust").status == 200
        self.device = UUID(device)

    def statement(self, subject, classes, purpose, event, at, conversation=None):
        return canonical(
            {
                "v": 1,
                "use": "live" if conversation else "sample",
                "tenant": self.site.tenant,
                "actor": self.id,
                "device": self.device,
                "conversation": conversation,
                "subjects": [subject],
                "classes": sorted(classes),
                "purpose": purpose,
                "event": event,
                "at": at,
            }
        )

    def evidence(self, subject, purpose, conversation=None):
        event, at = self.send("/api/v1/challenges").json()["event"], datetime.now(UTC)
        signature = self.signature(self.statement(subject, ["text"], purpose, event, at, conversation))
        return {"event": event, "at": timestamp(at), "signature": _encode(signature)}

    def reveal(self, talk, subject, purpose, conversation=None):
        proof = self.evidence(subject, purpose, conversation)
        return self.send(f"/api/v1/conversations/{talk}/reveal", {"purpose": purpose, "proof": proof})


_INVITE = """
import json, sys
from uuid import UUID
from hushkeep.runtime.boot import boot
boot()
from hushkeep.access.administration import founding
from hushkeep.identity.roles import Role, Scope
from hushkeep.kernel import TenantId
tenant = TenantId(UUID(sys.argv[1]))
told = {}
for login, role in json.loads(sys.argv[2]).items():
    made = founding.create_person(tenant, login=login, name="Somebody", role=Role(role))
    told[login] = {"id": str(made.person.id), "login": made.person.login, "token": made.token}
told["intake"] = founding.create_service_account(tenant, name="wire", scopes=(Scope.INTAKE,)).text()
told["connector"] = str(founding.create_service_account(tenant, name="pbx", scopes=(Scope.CONNECTOR,)).account)
print(json.dumps(told))
"""


class Center:
    """A running site with its people, customers and telephone system."""

    def __init__(self, site):
        self.site = site
        listed = tomllib.loads((site.data_dir / "site.toml").read_text())["tenant"]
        site.tenant = self.tenant = TenantId(UUID(listed[0]["id"]))
        # One person alone reveals five conversations in an hour: four reviewers read all twenty.
        reviewers = [f"dpo.{number}" for number in range(4)]
        people = {"admin": "administrator", "agent": "agent", **dict.fromkeys(reviewers, "dpo")}
        ran = [site.python, "-c", _INVITE, str(self.tenant), json.dumps(people)]
        said = subprocess.run(ran, env=site.environment, capture_output=True, text=True, check=False, timeout=180)
        assert said.returncode == 0, said.stderr
        told = json.loads(said.stdout.splitlines()[-1])
        self.admin, self.agent, *self.reviewers = (Person(site, told[login]) for login in people)
        taken = self.admin.send("/api/v1/elevations", {"reason": "onboarding", "minutes": 30})
        assert taken.status == 201, taken.content
        for person in (self.agent, *self.reviewers):
            person.offer(self.admin)
        self.intake, self.connector = read_key(told["intake"]), UUID(told["connector"])
        with self.keys() as client:
            self.secret = client.register_connector(self.tenant, self.connector)

    def keys(self):
        return KeyClient(self.site.data_dir / "run" / "keys" / "keys.sock")

    def program(self, path, body):
        headers = sign(self.intake, method="POST", path=path, body=body, now=datetime.now(UTC))
        connection = http.client.HTTPSConnection("localhost", self.site.port, timeout=180, context=self.site.trust())
        with closing(connection):
            connection.request("POST", path, body, {"Idempotency-Key": str(uuid4()), **headers})
            return Answer(connection.getresponse())

    def take_in(self):
        run = self.program("/api/v1/intake/runs", b"").json()["id"]
        body = "\n".join(json.dumps(_talk(phone)) for phone in PHONES).encode()
        taken = self.program(f"/api/v1/intake/batches?run={run}", body)
        assert taken.json()["taken"] == len(PHONES), taken.content

    def land(self):
        head = {"id": "rec-1", "size": len(AUDIO), "sha256": hashlib.sha256(AUDIO).hexdigest(), "suffix": "wav"}
        landed = self.program("/api/v1/recordings", json.dumps(head).encode() + b"\n" + AUDIO)
        assert landed.status == 201, landed.content

    def tell(self, kind, **said):
        event = {"type": f"conversation.{kind}", "tenant": str(self.tenant), "at": timestamp(datetime.now(UTC))}
        body = json.dumps({"conversation": "call-1"} | event | said).encode()
        signature = hmac.digest(self.secret, body, "sha256").hex()
        connection = http.client.HTTPSConnection("localhost", self.site.port, timeout=120, context=self.site.trust())
        with closing(connection):
            connection.request(
                "POST",
                f"/api/v1/live/{self.connector}/events",
                body,
                {"Hushkeep-Signature": signature, "Content-Type": "application/json"},
            )
            return Answer(connection.getresponse())

    def rows(self, query):
        password = json.loads((self.site.data_dir / "secrets" / "database").read_text())["superuser"]
        dsn = f"host={self.site.data_dir}/run/pg user={SUPERUSER} dbname={DATABASE} password={password}"
        with psycopg.connect(dsn) as own:
            done = own.execute(query)
            return done.fetchall() if done.description else []

    def talks(self):
        return self.rows(
            f"SELECT id, subject FROM records_conversation WHERE tenant = '{self.tenant}' AND turn_count > 0"
        )

    def live(self, phone, call="call-1"):
        contact = {"index": "phone", "value": "+86" + phone}
        started = self.tell("started", conversation=call, agent=str(self.agent.id), contact=contact, wrap_up_seconds=0)
        assert started.status == 200, started.content
        return started.json()

    def work_a_day(self):
        """Land a recording, reveal everything by reviewers and one talk in a call, hang up; return what was read."""
        self.take_in()
        self.land()
        clear = []
        for number, (talk, subject) in enumerate(self.talks()):
            reviewer = self.reviewers[number % len(self.reviewers)]
            clear.append(self._patiently(lambda r=reviewer, t=talk, s=subject: r.reveal(t, s, "complaint")))
        live = self.live(PHONES[3])
        talk = next(talk for talk, subject in self.talks() if str(subject) == live["subject"])
        in_call = live["conversation"], live["subject"]
        clear.append(self._patiently(lambda: self.agent.reveal(talk, in_call[1], "customer_request", in_call[0])))
        assert self.tell("ended").status == 200
        refused = self.agent.reveal(talk, in_call[1], "customer_request", in_call[0])
        assert refused.status == 403, refused.content
        return "".join(answer.content.decode() for answer in clear)

    def _patiently(self, ask):
        """Until the worker has told the key service of the devices."""
        until, refused = time.monotonic() + _PATIENCE_SECONDS, []
        while (answer := ask()).status != 200:
            refused.append((answer.status, answer.content[:200]))
            assert time.monotonic() < until, sorted(set(refused))
            time.sleep(0.5)
        return answer


def _family(pid):
    """``pid`` and everything that it started."""
    return [pid, *(inner for child in protecting.children(pid) for inner in _family(child))]


def _memory(pid):
    """All of a process's memory that is its own, as whoever may trace it copies it."""
    copied, process = [], Path(f"/proc/{pid}")
    # An examiner of files may have ended meanwhile.
    with suppress(FileNotFoundError, ProcessLookupError), (process / "mem").open("rb", buffering=0) as memory:
        for line in (process / "maps").read_text().splitlines():
            span, rights, *_ = line.split()
            start, end = (int(part, 16) for part in span.split("-"))
            if "w" not in rights or "vvar" in line:
                continue
            memory.seek(start)
            try:
                copied.append(memory.read(end - start))
            except OSError:
                continue
    return copied


def _found(copies, secrets):
    """Return the names of those ``secrets`` (bytes) that stand anywhere in ``copies``: one pass for all of them."""
    names = list(secrets)
    looking = hyperscan.Database()
    looking.compile(
        expressions=[b"".join(b"\\x%02x" % byte for byte in secrets[name]) for name in names],
        ids=list(range(len(names))),
        elements=len(names),
        flags=hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL,
    )
    found = set()
    for copy in copies:
        looking.scan(copy, match_event_handler=lambda number, *_: found.add(names[number]))
    return found


def _all_keys(center, folder):
    """Every data key that there is, from a copy of the store and the root key itself: name -> 32 bytes."""
    shutil.copytree(center.site.data_dir / "keys", folder)
    _, root = slots.open_root(folder, slots.KeyFile(center.site.data_dir.with_name("site.rootkey")))
    with closing(store.connect(folder / "store.sqlite")) as rows:
        tree = KeyTree(rows, root)
        found = {"root": root.secret, "tenant": tree.tenant(center.tenant).versions[1].secret}
        for (base,) in rows.execute("SELECT base FROM ring").fetchall():
            ring = tree.ring_of((base | 1).to_bytes(8, "big"))
            found |= {f"{ring.subject}/{klass}": ring.key(klass).secret for klass in rings.NUMBER}
        wraps = center.rows("SELECT wrapped FROM records_wrap") + center.rows(
            "SELECT unnest(ARRAY[subject_wrap, ring_wrap]) FROM records_recordingcopy"
        )
        for number, (wrap,) in enumerate(wraps):
            key_id = vault.parent_of(bytes(wrap)[16:])[0]
            ring, klass = tree.ring_of(key_id), rings.class_of(key_id)
            bound = before_conversation(ring.tenant, klass) + bytes(wrap)[:16]
            found[f"interaction {number}"] = vault.unwrap_bound(ring.key(klass), bytes(wrap)[16:], bound)
    return found


@pytest.fixture(scope="module", params=["demo", "separated"])
def center(request, tmp_path_factory):
    """A center on a running site of each level."""
    if os.geteuid() != 0:
        pytest.skip("only root copies another user's memory, and gives processes users of their own")
    if request.param == "separated":
        yield Center(request.getfixturevalue("separated_site"))
        return
    with request.getfixturevalue("started_site")() as site:
        yield Center(site)


@pytest.fixture(scope="module")
def worked(center):
    """The center after a day's work, and everything that was read in the clear."""
    return center, center.work_a_day()


def test_the_memory_of_a_front_that_revealed_and_landed_holds_no_key(worked, tmp_path):
    center, clear = worked
    assert all(phone in clear for phone in PHONES), "every conversation was revealed"
    keys = _all_keys(center, tmp_path / "keys")
    assert sum(name.startswith("interaction") for name in keys) >= len(PHONES) + 2
    front = center.site.pids()["front"]
    family = _family(front)
    assert len(family) > 1, "a front and its worker"
    copies = [copy for pid in family for copy in _memory(pid)]
    # What a front does hold is found in the copy, and the same search finds keys where they are.
    held = json.loads(_secrets_of_the_front(center.site).read_text())["hushkeep_app"]
    assert _found(copies, {"password": held.encode()}) == {"password"}
    assert _found(copies, keys) == set()
    assert {"root", "tenant"} <= _found(_memory(center.site.pids()["keys"]), keys)


def _secrets_of_the_front(site):
    user = Path(f"/proc/{site.pids()['front']}").stat().st_uid
    own = site.data_dir / "secrets" / str(user) / "database"
    return own if own.exists() else site.data_dir / "secrets" / "database"


def test_database_objects_and_key_store_hold_no_canary_and_open_nothing(worked, tmp_path):
    center, _ = worked
    loot = tmp_path / "loot"
    center.rows("CHECKPOINT")
    for name in ("pg", "objects", "keys"):
        shutil.copytree(center.site.data_dir / name, loot / name, copy_function=_copy_if_there)
    looked = 0
    for path in sorted(loot.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            looked += len(data)
            assert (path.name, [phone for phone in PHONES if phone.encode() in data]) == (path.name, [])
            assert AUDIO[:4096] not in data
    assert looked > len(AUDIO)
    guess = tmp_path / "guess"
    guess.write_bytes(os.urandom(32))
    thief = serving.Start(keys_dir=loot / "keys", socket=tmp_path / "s", provider=slots.KeyFile(guess))
    with pytest.raises(IntegrityError), serving.opened(thief):
        pass


def _copy_if_there(source, target):
    """PostgreSQL removes files of its own while they are copied."""
    with suppress(FileNotFoundError):
        shutil.copy2(source, target)


# Code of the thief's own, with the rights of the front: it asks for everybody by every way that there is. The agent's
# browser signs whatever it is shown, since the thief owns the page.
_THIEF = """
import json, sys
from base64 import b64decode
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4
from hushkeep.kernel import Error
from hushkeep.keys import protocol as p
from hushkeep.runtime.key_client import KeyClient
told = json.load(sys.stdin)
client, tenant, agent = KeyClient(Path(told["socket"])), UUID(told["tenant"]), UUID(told["agent"])
opened, refused, event = set(), set(), None

def proof(signed):
    return p.Proof(agent, UUID(told["device"]), datetime.fromisoformat(signed["at"]), b64decode(signed["signature"]))

for row in told["rows"]:
    subject = UUID(row["subject"])
    original = (b64decode(row["wrap"]), "conversation", row["version"], b64decode(row["sealed"]))
    live, sample = proof(row["live"]), proof(row["sample"])
    now, then = UUID(row["live"]["event"]), UUID(row["sample"]["event"])
    ways = (
        lambda: client.ticket_sample(tenant, agent, subject, ["text"], uuid4()),
        lambda: client.ticket_sample(tenant, agent, subject, ["text"], then, purpose="complaint", proof=sample),
        lambda: client.ticket_job(tenant, agent, [subject], ["text"], uuid4()),
        lambda: client.ticket_four_eyes(tenant, agent, [subject], ["text"], "complaint", uuid4(), [live, sample]),
        lambda: client.ticket_live(tenant, agent, UUID(told["call"]), ["text"], "complaint", now, live),
    )
    for way in ways:
        try:
            ticket = way()
            client.open_originals(ticket, now, [original])
            opened.add(row["subject"])
        except Error as refusal:
            refused.add(str(refusal)[:40])
    for key in (lambda: client.unwrap(ticket, uuid4(), [original[0]]), lambda: client.log_since(0)):
        try:
            key()
            opened.add("a key")
        except (Error, NameError) as refusal:
            refused.add(str(refusal)[:40])
print(json.dumps({"opened": sorted(opened), "refused": sorted(refused)}))
"""


def _signed(agent, subject, event, conversation):
    at = datetime.now(UTC)
    signature = agent.signature(agent.statement(subject, ["text"], "complaint", event, at, conversation))
    return {"event": str(event), "at": at.isoformat(), "signature": base64.b64encode(signature).decode()}


def _break_in(center, call):
    """Run the thief's code as the front, over all customers; return what it opened and why it was refused."""
    site, rows = center.site, []
    query = "SELECT c.subject, w.wrapped, c.version, c.sealed FROM records_conversation c"
    query += " JOIN records_wrap w ON w.conversation = c.id"
    for subject, wrap, version, sealed in center.rows(query):
        row = {"subject": str(subject), "version": version}
        row |= {"wrap": base64.b64encode(wrap).decode(), "sealed": base64.b64encode(sealed).decode()}
        row |= {
            "live": _signed(center.agent, subject, uuid4(), call),
            "sample": _signed(center.agent, subject, uuid4(), None),
        }
        rows.append(row)
    told = {"socket": str(site.data_dir / "run/keys/keys.sock"), "tenant": str(center.tenant), "call": str(call)}
    told |= {"agent": str(center.agent.id), "device": str(center.agent.device), "rows": rows}
    status = Path(f"/proc/{site.pids()['front']}/status").read_text()
    user = int(next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1])
    rights = {"user": user, "group": site.data_dir.stat().st_gid, "extra_groups": []} if user else {}
    ran = subprocess.run(
        [site.python, "-c", _THIEF],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
        cwd="/",
        env={key: site.environment[key] for key in ("PYTHONPATH", "PATH") if key in site.environment},
        **rights,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_code_in_the_front_opens_the_live_customer_alone_rings_the_alarm_and_gets_nothing_after_hang_up(worked):
    center, _ = worked
    if Path(f"/proc/{center.site.pids()['front']}").stat().st_uid == 0:
        pytest.skip("level demo: one user has the key file itself, see test_thefts")
    live = center.live(PHONES[7], call="call-2")
    during = _break_in(center, UUID(live["conversation"]))
    assert during["opened"] == [live["subject"]]
    assert {"device_proof_missing", "device_not_reviewers", "peer_not_allowed", "second_person_missing"} <= set(
        during["refused"]
    )
    assert center.tell("ended", conversation="call-2").status == 200
    assert _break_in(center, UUID(live["conversation"]))["opened"] == []
    query = (
        f"SELECT code, severity FROM access_alarm WHERE tenant = '{center.tenant}' AND code = 'opening_without_event'"
    )
    until = time.monotonic() + _PATIENCE_SECONDS
    while not (rung := center.rows(query)):
        assert time.monotonic() < until, "no alarm"
        time.sleep(1)
    assert set(rung) == {("opening_without_event", "red")}
