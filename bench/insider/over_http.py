"""The thieves of thieves.py against a really running site, over TLS: what they obtain until they are stopped.

    python bench/insider/over_http.py [--level separated|demo] [--customers 8] [--part 1/3]

Level ``separated`` needs root: database, keys, front and worker run under users of their own. Nothing is lifted: a
thief that is told to wait (429) waits. Everything the thieves were ever answered is searched for the customers' known
values; the alarms and events are read afterwards in the site's own database. An hour's allowances are spent within
seconds; what several hours or days would add is what rules.py plays.
"""

import argparse
import hmac
import http.client
import json
import ssl
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from uuid import UUID, uuid4

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "bench" / "desk"), str(Path(__file__).parent)]

import thieves  # noqa: E402
from floor import CSRF, Desk  # noqa: E402
from running_site import running  # noqa: E402

from hushkeep.identity.request_signing import sign as sign_program  # noqa: E402
from hushkeep.kernel import canonical, timestamp  # noqa: E402
from hushkeep.runtime.boot import boot  # noqa: E402

HERE, FAR = "127.0.0.1", "127.77.0.1"  # two networks of loopback
PATIENCE = 20  # answers of 429 in a row


@dataclass
class Answer:
    """What came back."""

    status_code: int
    content: bytes
    request_id: str | None

    def json(self):
        """Return the body as JSON."""
        return json.loads(self.content)


@dataclass
class Site:
    """Where the thieves go, and what is known of it."""

    port: int
    authority: str
    tenant: UUID
    connector: str
    secret: bytes
    world: thieves.World
    tls: ssl.SSLContext = field(init=False)

    def __post_init__(self):
        self.tls = ssl.create_default_context(cafile=self.authority)

    def ask(self, method, path, body, headers, source=HERE):
        """Send one request over a connection of its own; return the Answer."""
        connection = http.client.HTTPSConnection(
            "localhost", self.port, timeout=60, context=self.tls, source_address=(source, 0)
        )
        with closing(connection):
            connection.request(method, path, body or None, {"Host": "localhost"} | headers)
            came = connection.getresponse()
            return Answer(came.status, came.read(), came.headers.get("X-Request-Id"))

    def tell(self, kind, call, *, secret=None, **said):
        """A connector's word; with another ``secret`` a forged one."""
        event = {"type": f"conversation.{kind}", "tenant": str(self.tenant), "conversation": call}
        body = json.dumps(event | {"at": timestamp(datetime.now(UTC))} | said).encode()
        return self.word(body, hmac.digest(secret or self.secret, body, "sha256").hex())

    def word(self, body, signature):
        """Bytes to the connectors' ingress, under whatever signature."""
        headers = {"Hushkeep-Signature": signature, "Content-Type": "application/json"}
        return self.ask("POST", f"/api/v1/live/{self.connector}/events", body, headers)


class Thief:
    """Somebody with a cookie, perhaps a device's key, perhaps somewhere else; every answer goes to the loot."""

    def __init__(self, site, who, *, cookie=True, key="own", source=HERE):
        self.site, self.who, self.source, self.cookie = site, who, source, cookie
        self.key = {"own": who, "none": None, "other": Desk(who.person, who.tenant)}[key]
        self.loot = thieves.Loot(site.world.values)
        self.statuses, self.asked, self.lock = Counter(), [], threading.Lock()
        self.began, self.first_outside = time.time(), None

    def send(self, method, path, body=None):
        """Ask, waiting as told; return the Answer."""
        sent = json.dumps(body).encode() if body is not None else b""
        path = f"/api/v1{path}"
        for _ in range(PATIENCE):
            headers = {"Content-Type": "application/json", "Origin": "https://localhost"}
            if self.cookie:
                headers |= {"Cookie": f"__Host-session={self.who.cookie}; __Host-csrf={CSRF}", "X-CSRFToken": CSRF}
            if self.key:
                headers["Hushkeep-Proof"] = self.key.proof(method, f"https://localhost{path}", sent)
            answer = self.site.ask(method, path, sent, headers, self.source)
            if answer.status_code != 429:
                return self.take(answer)
            time.sleep(0.5)
        return self.take(answer)

    def take(self, answer):
        """Count what an answer carried."""
        with self.lock:
            self.loot.take(answer, answer.request_id)
            self.statuses[answer.status_code] += 1
            if answer.request_id:
                self.asked.append(answer.request_id)
            if self.loot.outside and self.first_outside is None:
                self.first_outside = time.time()
        return answer

    def get(self, path):
        """Read."""
        return self.send("GET", path)

    def post(self, path, body=None):
        """Write."""
        return self.send("POST", path, body)

    def reveal(self, talk, subject, purpose, call=None):
        """Ask for one conversation and its customer's card in the clear, signed as the console signs."""
        why = {"purpose": purpose}
        self.post(f"/conversations/{talk}/reveal", why | self._proof(["text"], subject, purpose, call))
        proof = self._proof(["contact"], subject, purpose, call)
        self.post(f"/customers/{subject}/reveal", why | {"fields": ["phone", "email"]} | proof)

    def _proof(self, classes, subject, purpose, call):
        if self.key is None:
            return {}
        challenge = self.post("/challenges")
        event = challenge.json()["event"] if challenge.status_code == 200 else str(uuid4())
        at = datetime.now(UTC)
        said = {
            "v": 1, "use": "live" if call else "sample", "tenant": self.who.tenant, "actor": UUID(self.who.person),
            "device": self.who.device, "conversation": call, "subjects": [subject], "classes": classes,
            "purpose": purpose, "event": event, "at": at,
        }  # fmt: skip
        return {"proof": {"event": event, "at": timestamp(at), "signature": self.key.sign(canonical(said))}}

    def everything(self, purpose, call=None):
        """All lists, searches, ids and unsigned reveals; then a signed reveal of everybody."""
        thieves.everything(self.site.world, self.get, self.post)
        for talk, subject in zip(self.site.world.conversations, self.site.world.customers, strict=True):
            self.reveal(talk, subject, purpose, call)


def in_a_call(site, thief, customer, call, **more):
    """Begin a call of the thief's with ``customer``; return what the site says of it."""
    contact = {"index": "source_id", "value": customer}
    said = {"agent": thief.who.person, "contact": contact, "wrap_up_seconds": 0} | more
    return site.tell("started", call, **said).json()


def agent_in_and_out(site, people):
    thief = Thief(site, people["agent"][0])
    thief.everything("customer_request", str(uuid4()))
    live = in_a_call(site, thief, "C-0", "one")
    thief.loot.live = {"C-0"}
    thief.everything("customer_request", live["conversation"])
    site.tell("ended", "one")
    return thief


def agent_afterwards(site, people):
    thief = Thief(site, people["agent"][1])
    live = in_a_call(site, thief, "C-1", "two")
    site.tell("ended", "two")
    time.sleep(1)
    thief.everything("customer_request", live["conversation"])
    return thief


def agent_who_fabricates(site, people):
    thief = Thief(site, people["agent"][2])
    thieves.forged_calls(
        site.world, lambda body, signature: thief.take(site.word(body, signature)), str(site.tenant),
        thief.who.person, site.connector,
    )  # fmt: skip
    for number, (talk, subject) in enumerate(zip(site.world.conversations, site.world.customers, strict=True)):
        # Dialled, rung once, put down: nobody was on the line.
        call = f"out-{number}"
        contact = {"index": "source_id", "value": f"C-{number}"}
        began = site.tell("started", call, agent=thief.who.person, contact=contact, direction="outbound")
        if began.status_code == 200:
            site.tell("answered", call)
            thief.reveal(talk, subject, "customer_request", began.json()["conversation"])
            thief.get(f"/customers/{subject}")
            site.tell("ended", call)
            thief.reveal(talk, subject, "customer_request", began.json()["conversation"])
    return thief


def agent_in_parallel(site, people):
    """Eight at once, for everybody, in a call with one customer."""
    thief = Thief(site, people["agent"][3])
    live = in_a_call(site, thief, "C-2", "three")
    thief.loot.live = {"C-2"}
    pairs = list(zip(site.world.conversations, site.world.customers, strict=True))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda p: thief.reveal(*p, "customer_request", live["conversation"]), pairs * 2))
    site.tell("ended", "three")
    return thief


def stolen(role, index, **how):
    """A thief who holds part of what somebody of ``role`` holds."""

    def play(site, people):
        victim = people[role][index]
        assert Thief(site, victim).get("/sessions?mine=true").status_code == 200  # their browser's key is theirs now
        if role == "agent":
            in_a_call(site, Thief(site, victim), "C-3", f"stolen-{index}")
        thief = Thief(site, victim, **how)
        thief.everything("customer_request")
        return thief

    return play


def inside_job(role, purpose, index=0):
    """Somebody of ``role`` who takes all that they can."""

    def play(site, people):
        thief = Thief(site, people[role][index])
        thief.everything(purpose)
        return thief

    return play


def in_a_race(site, people):
    """A reviewer who sends sixteen signed reveals at once, to be quicker than the counting."""
    thief = Thief(site, people["supervisor"][1])
    pairs = list(zip(site.world.conversations, site.world.customers, strict=True))
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda p: thief.reveal(*p, "customer_request"), pairs * 2))
    return thief


def vendor(site, people):
    thief = Thief(site, people["agent"][0], cookie=False, key="none")
    program = people["vendor"]

    def send(method, path, body=None):
        sent = json.dumps(body).encode() if body is not None else b""
        headers = sign_program(program, method=method, path=f"/api/v1{path}", body=sent, now=datetime.now(UTC))
        return thief.take(site.ask(method, f"/api/v1{path}", sent, headers | {"Content-Type": "application/json"}))

    thieves.everything(site.world, lambda path: send("GET", path), lambda path, body: send("POST", path, body))
    return thief


def replays(site, people):
    """Whoever listens in on a call's begin, and on the agent's own requests, and sends them again."""
    victim = people["agent"][4]
    thief = Thief(site, victim, cookie=False, key="none")
    contact = {"index": "source_id", "value": "C-4"}
    event = {"type": "conversation.started", "tenant": str(site.tenant), "conversation": "again", "wrap_up_seconds": 0}
    event |= {"agent": victim.person, "contact": contact, "at": timestamp(datetime.now(UTC))}
    body = json.dumps(event).encode()
    signature = hmac.digest(site.secret, body, "sha256").hex()
    began = site.word(body, signature)
    assert began.status_code == 200, began.content
    path = f"/api/v1/customers/{began.json()['subject']}"
    headers = {"Cookie": f"__Host-session={victim.cookie}"}
    headers["Hushkeep-Proof"] = victim.proof("GET", f"https://localhost{path}", b"")
    assert site.ask("GET", path, b"", headers).status_code == 200
    site.tell("ended", "again")
    for _ in range(20):
        thief.take(site.word(body, signature))
        thief.take(site.ask("GET", path, b"", headers))
    return thief


THIEVES = (
    # what the thief is, how it plays, customers outside of real conversations at most
    ("agent with a login, before, in and after one call", agent_in_and_out, 0),
    ("agent after the wrap-up", agent_afterwards, 0),
    ("agent in a call, eight requests at once", agent_in_parallel, 0),
    ("agent who fabricates outbound calls and events", agent_who_fabricates, 1),
    ("stolen cookie of a supervisor", stolen("supervisor", 2, key="none"), 0),
    ("stolen cookie of an agent in a call, key of one's own", stolen("agent", 5, key="other"), 0),
    ("stolen device key without the cookie", stolen("supervisor", 3, cookie=False), 0),
    ("copied profile of an agent in a call, from another network", stolen("agent", 6, source=FAR), 0),
    ("a call's begin and an agent's requests sent again", replays, 0),
    ("supervisor", inside_job("supervisor", "customer_request"), 5),
    ("supervisor, sixteen requests at once", in_a_race, 5),
    ("QA", inside_job("qa", "quality_review"), 5),
    ("data-protection officer", inside_job("dpo", "legal_duty"), 5),
    ("administrator with rights taken", inside_job("administrator", "customer_request"), 0),
    ("auditor", inside_job("auditor", "quality_review"), 0),
    ("security officer", inside_job("security", "fraud_check"), 0),
    ("vendor: an intake program's key", vendor, 0),
)


def center(count):
    """Return (records, customer -> known values) of ``count`` customers."""
    records, values = [], {}
    for number in range(count):
        phone, mail, card = f"1349{number:07d}", f"canary{number:04d}@example.com", f"400000{number:010d}"
        text = f"my number is {phone}, write to {mail}, card {card}"
        record = {"id": f"talk-{number}", "channel": "chat", "language": "en"}
        record["customer"] = {"id": f"C-{number}", "phone": phone, "email": mail}
        records.append(record | {"turns": [{"speaker": "customer", "text": text}]})
        values[f"C-{number}"] = (phone, mail, card)
    return records, values


def staged(site, count):
    """Return (Site, people) of a running site that holds ``count`` customers."""
    records, values = center(count)
    site.take_in(records)
    tenant, connector, secret = site.connector()
    boot()
    rows = import_module("rows")
    rows.demand_devices(tenant)
    roles = ("administrator", "agent", "auditor", "dpo", "qa", "security", "supervisor")
    people = {role: rows.staff(tenant, 7, role) for role in roles}
    rows.elevate(people["administrator"][0])
    people["vendor"] = rows.program(tenant, "vendor")
    talks, subjects = rows.talks(tenant)
    world = thieves.World(subjects, talks, values, [str(uuid4()) for _ in range(4)])
    return Site(site.port, site.authority, tenant, connector, secret, world), people


def main():
    """Let every thief loose, print the table; exit code 1 when one got more than its ceiling."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--level", choices=["separated", "demo"], default="separated")
    parser.add_argument("--customers", type=int, default=8)
    parser.add_argument("--thief", default="", help="only those whose name holds this")
    parser.add_argument("--part", default="1/1", help="of so many parts one, as 2/3: each on a site of its own")
    options = parser.parse_args()
    part, parts = map(int, options.part.split("/"))
    sys.stdout.reconfigure(line_buffering=True)
    over = []
    with running(options.level) as started:
        site, people = staged(started, options.customers)
        rows = import_module("rows")
        print("| thief | tries | refused | customers inside | outside | bytes inside | outside | without a reason "
              "| events | tries these count | session ended | first alarm after | alarms |")  # fmt: skip
        print("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
        for name, play, ceiling in [one for one in THIEVES if options.thief in one[0]][part - 1 :: parts]:
            thief = play(site, people)
            told = rows.told(site.tenant, thief)
            loot = thief.loot
            first = f"{told.first_alarm:.1f} s" if told.first_alarm is not None else "none"
            cells = (name, loot.tries, loot.refused, len(loot.inside), len(loot.outside), loot.bytes_inside,
                     loot.bytes_outside, told.without_reason, told.events, told.counted, told.ended,
                     first, ", ".join(told.alarms))  # fmt: skip
            print("| " + " | ".join(map(str, cells)) + " |")
            if len(loot.outside) > ceiling or told.without_reason:
                over.append(name)
            if thief.statuses[500] or thief.statuses[502]:
                over.append(f"{name}: the server's own fault")
    print(f"level {options.level}, {options.customers} customers; over their ceiling: {over or 'nobody'}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
