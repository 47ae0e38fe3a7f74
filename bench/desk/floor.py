"""Everybody at work on a floor: what they ask, how it is sent, and what came of it."""

import base64
import hashlib
import hmac
import http.client
import json
import random
import ssl
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from hushkeep.kernel import canonical, timestamp

CLIENTS = 400
"""How many requests may be on their way at once: more than the front lets wait before it sheds reveals (160)."""
CSRF = "C" * 32


DESK = 0.59
"""The share of arrivals that are steps of agents at their desks: calls begun, cards, reveals, ends."""


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Desk:
    """One person at their browser: cookie, key, and the call that is on."""

    person: str
    tenant: UUID
    cookie: str = ""
    device: UUID | None = None
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    call: dict | None = None
    talk: str | None = None
    number: int = 0

    def __post_init__(self):
        numbers = self.key.public_key().public_numbers()
        x, y = (b64(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
        self.jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def sign(self, data):
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(SHA256())))
        return b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def proof(self, method, address, body):
        claims = {"jti": str(uuid4()), "htm": method, "htu": address, "iat": int(time.time())}
        claims["bh"] = b64(hashlib.sha256(body).digest())
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk}
        signed = ".".join(b64(json.dumps(part).encode()) for part in (head, claims))
        return f"{signed}.{self.sign(signed.encode())}"


class Front:
    """The site's front, from as many connections as there are threads."""

    def __init__(self, port, authority):
        self.port, self.here = port, threading.local()
        self.tls = ssl.create_default_context(cafile=authority)
        self.tls.minimum_version = ssl.TLSVersion.TLSv1_3

    def ask(self, method, path, body=None, who=None, **headers):
        """Return (status, JSON)."""
        sent = json.dumps(body).encode() if isinstance(body, dict) else body or b""
        headers |= {"Content-Type": "application/json", "Host": "localhost"}
        if who is not None:
            address = f"https://localhost{path}"
            headers |= {"Cookie": f"__Host-session={who.cookie}; __Host-csrf={CSRF}", "X-CSRFToken": CSRF}
            headers |= {"Origin": "https://localhost", "Hushkeep-Proof": who.proof(method, address, sent)}
        for last in (False, True):
            connection = getattr(self.here, "connection", None)
            if connection is None:
                connection = http.client.HTTPSConnection("localhost", self.port, timeout=60, context=self.tls)
                self.here.connection = connection
            try:
                connection.request(method, path, sent, headers)
                answer = connection.getresponse()
                text = answer.read()
                return answer.status, json.loads(text) if text[:1] in (b"{", b"[") else {}
            except (http.client.HTTPException, OSError):
                connection.close()
                self.here.connection = None
                if last:
                    return 0, {}
        return 0, {}


class Floor:
    """Everybody at work, and what came of what they asked."""

    def __init__(self, front, agents, supervisors, connector, customers):
        self.front, self.agents, self.supervisors = front, agents, supervisors
        self.connector, self.customers = connector, customers
        self.rng, self.lock = random.Random("hushkeep floor"), threading.Lock()
        self.took, self.came = defaultdict(list), Counter()
        self.reveals, self.words = [], Counter()
        self.counting = self.open = True
        self.mix = ((0.06, self.list), (0.04, self.search), (0.2, self.live), (0.1, self.me), (0.01, self.sign_in))

    def timed(self, kind, due, method, path, body=None, who=None, **headers):  # noqa: PLR0913, PLR0917
        status, said = self.front.ask(method, path, body, who, **headers)
        with self.lock:
            self.came[kind, status] += 1
            if self.counting and status == 200:
                self.took[kind].append(time.perf_counter() - due)
        return status, said

    def tell(self, due, kind, who, **said):
        """A connector's word: turned away, it is told again until it is taken."""
        event = {
            "type": f"conversation.{kind}",
            "tenant": str(who.tenant),
            "conversation": f"{who.person}-{who.number}",
        }
        while self.open:
            body = json.dumps(event | said | {"at": timestamp(datetime.now(UTC))}).encode()
            connector, secret = self.connector
            signature = hmac.digest(secret, body, "sha256").hex()
            path = f"/api/v1/live/{connector}/events"
            status, answer = self.timed("word", due, "POST", path, body, **{"Hushkeep-Signature": signature})
            if status not in {0, 429, 503}:
                with self.lock:
                    self.words[kind, status] += 1
                return status, answer
            time.sleep(0.5 + random.random())
            due = time.perf_counter()
        return 0, {}

    def start(self, due, who):
        who.number += 1
        contact = {"index": "source_id", "value": self.rng.choice(self.customers)}
        status, live = self.tell(due, "started", who, agent=who.person, contact=contact, wrap_up_seconds=0)
        who.call = live if status == 200 else None

    def end(self, due, who):
        who.call, who.talk = None, None
        self.tell(due, "ended", who)

    def reveal(self, due, who, kind, path, classes, body):  # noqa: PLR0913, PLR0917
        call = who.call
        status, challenge = self.timed("challenge", due, "POST", "/api/v1/challenges", who=who)
        if status != 200 or call is None:
            return
        at = datetime.now(UTC)
        said = {
            "v": 1, "use": "live", "tenant": who.tenant, "actor": UUID(who.person), "device": who.device,
            "conversation": call["conversation"], "subjects": [call["subject"]], "classes": classes,
            "purpose": "customer_request", "event": challenge["event"], "at": at,
        }  # fmt: skip
        proof = {"event": challenge["event"], "at": timestamp(at), "signature": who.sign(canonical(said))}
        status, shown = self.timed(kind, time.perf_counter(), "POST", path, body | {
            "purpose": "customer_request", "proof": proof}, who=who)  # fmt: skip
        if status == 200:
            with self.lock:
                self.reveals.append(shown["event"])

    def act(self, due):
        """One arrival: somebody does the next thing that the mix holds for them."""
        draw = self.rng.random()
        for share, doing in self.mix:
            if draw < share:
                doing(due)
                return
            draw -= share
        self.at_the_desk(due, draw / DESK)

    def list(self, due):
        self.timed("list", due, "GET", "/api/v1/conversations", who=self.rng.choice(self.supervisors))

    def search(self, due):
        body = {"index": "phone", "value": f"139{self.rng.randrange(10**8):08d}"}
        self.timed("search", due, "POST", "/api/v1/conversations/search", body, self.rng.choice(self.supervisors))

    def live(self, due):
        self.timed("live", due, "GET", "/api/v1/live", who=self.rng.choice(self.agents))

    def me(self, due):
        self.timed("me", due, "GET", "/api/v1/me", who=self.rng.choice(self.agents))

    def sign_in(self, due):
        """A wrong password costs what a right one costs, and leaves no session behind."""
        body = {"username": f"agent.{self.rng.randrange(len(self.agents))}", "password": "wrong on purpose 1"}
        headers = {"Cookie": f"__Host-csrf={CSRF}", "X-CSRFToken": CSRF, "Origin": "https://localhost"}
        self.timed("sign-in", due, "POST", "/_allauth/browser/v1/auth/login", body, **headers)

    def at_the_desk(self, due, draw):
        """An agent's next step in a call, or the next call."""
        who = self.rng.choice(self.agents)
        if who.call is None:
            self.start(due, who)
        elif draw < 0.42:
            path = f"/api/v1/customers/{who.call['subject']}"
            status, card = self.timed("card", due, "GET", path, who=who)
            if status == 200 and card["conversations"]:
                who.talk = card["conversations"][0]["id"]
        elif draw < 0.62:
            path = f"/api/v1/customers/{who.call['subject']}/reveal"
            self.reveal(due, who, "reveal card", path, ["contact"], {"fields": ["phone"]})
        elif draw < 0.79 and who.talk:
            self.timed("conversation", due, "GET", f"/api/v1/conversations/{who.talk}", who=who)
        elif draw < 0.86 and who.talk:
            self.reveal(due, who, "reveal text", f"/api/v1/conversations/{who.talk}/reveal", ["text"], {})
        else:
            self.end(due, who)

    def play(self, seconds, rate):
        """Let arrivals come for ``seconds`` at ``rate`` a second; return how many could not even be sent in time."""
        began, due, dropped = time.perf_counter(), time.perf_counter(), 0
        waiting = threading.BoundedSemaphore(CLIENTS)
        with ThreadPoolExecutor(CLIENTS) as pool:
            while (due := due + self.rng.expovariate(rate)) < began + seconds:
                time.sleep(max(0.0, due - time.perf_counter()))
                if not waiting.acquire(blocking=False):
                    dropped += 1
                    continue
                pool.submit(self._one, due, waiting)
        return dropped

    def _one(self, due, waiting):
        try:
            self.act(due)
        except Exception as failure:  # noqa: BLE001 - a client that stumbles is counted, not hidden
            with self.lock:
                self.came[f"client {type(failure).__name__}", 0] += 1
        finally:
            waiting.release()


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def table(floor):
    print("| request | answered | p50 ms | p99 ms | turned away (429, 503) | errors |")
    print("|---|---|---|---|---|---|")
    everything = [t for took in floor.took.values() for t in took]
    for kind in sorted({kind for kind, _ in floor.came}):
        came = {status: n for (of, status), n in floor.came.items() if of == kind}
        away = came.get(429, 0) + came.get(503, 0)
        wrong = sum(n for status, n in came.items() if status == 0 or (status >= 500 and status != 503))
        took = floor.took[kind]
        others = ", ".join(
            f"{status}: {n}" for status, n in sorted(came.items()) if status in {400, 403, 404, 409, 422}
        )
        print(f"| {kind}{f' ({others})' if others else ''} | {came.get(200, 0)} | {quantile(took, .5) * 1e3:.0f} "
              f"| {quantile(took, .99) * 1e3:.0f} | {away} | {wrong} |")  # fmt: skip
    print(f"\nall: {len(everything)} answered, p50 {quantile(everything, .5) * 1e3:.0f} ms, "
          f"p99 {quantile(everything, .99) * 1e3:.0f} ms\n")  # fmt: skip
