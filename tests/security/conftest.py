"""A center with people in every role, and browsers that sign in as they do: over the whole of Django, no short cuts."""

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client

import authenticator
from hushkeep.access.administration import founding
from hushkeep.access.models import Elevation
from hushkeep.api import limits
from hushkeep.audit import sequencer
from hushkeep.identity import tenants
from hushkeep.identity.models import Session
from hushkeep.identity.request_signing import sign
from hushkeep.identity.roles import Role, Scope
from hushkeep.kernel import PLATFORM_TENANT, TenantId, new_id
from hushkeep.keys import init_site
from hushkeep.records.recordings import _searching
from hushkeep.runtime import clock
from hushkeep.runtime.database import conninfo
from hushkeep.runtime.key_client import keys
from hushkeep.runtime.outbox import CHANNEL, announce
from hushkeep.runtime.roles import APP
from hushkeep.runtime.settings import settings
from hushkeep.runtime.site import Site, SiteTenant, write_site
from hushkeep.runtime.tenancy import tenant_transaction
from hushkeep.watch.matching import GRACE
from hushkeep.watch.reconciliation import Round, reconcile
from made_calls import Deaf, Desk

PASSWORD = "quartz otter violin 88"


_networks = ip_network("127.128.0.0/9").subnets(new_prefix=24)
_addresses = next(_networks).hosts()


@pytest.fixture(autouse=True)
def network():
    """The browsers of a test stand in one network, each at an address of its own: who moves between two is asked."""
    global _addresses  # noqa: PLW0603 - browsers are also opened outside of fixtures
    _addresses = next(_networks).hosts()


def _client(address):
    return Client(enforce_csrf_checks=True, SERVER_NAME="localhost", REMOTE_ADDR=str(address))


@dataclass
class Browser:
    """One browser: its cookies, and helpers that send what the console sends."""

    client: Client = field(default_factory=lambda: _client(next(_addresses)))

    def csrf(self):
        """The token a page would send, from its cookie."""
        if "__Host-csrf" not in self.client.cookies:
            self.client.get("/api/v1/csrf", secure=True)
        return self.client.cookies["__Host-csrf"].value

    def get(self, path, **headers):
        """Read from the API."""
        return self.client.get(f"/api/v1{path}", secure=True, headers=headers)

    def send(self, method, path, body=None, *, csrf=True, base="/api/v1", **headers):
        """Write to the API, or with ``base`` to sign-in."""
        if csrf:
            headers = {"X-CSRFToken": self.csrf(), "Origin": "https://localhost"} | headers
        return self.client.generic(
            method,
            f"{base}{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            secure=True,
            headers=headers,
        )

    def post(self, path, body=None, **kwargs):
        """POST to the API."""
        return self.send("POST", path, body, **kwargs)

    def auth(self, path, body=None, method="POST", **kwargs):
        """Speak with sign-in."""
        return self.send(method, path, body, base="/_allauth/browser/v1", **kwargs)


@dataclass
class Somebody:
    """An enrolled person, with what they know and have."""

    id: object
    tenant: TenantId
    login: str
    role: Role
    secret: str
    recovery_codes: list
    browser: Browser

    def code(self):
        """The authenticator's code of now."""
        return _code(self.secret)

    def forget_used_codes(self):
        """Let this test use the code of this half minute again."""
        cache.delete(f"allauth.mfa.totp.used?user={self.id}&code={self.code()}")

    def stay_fresh(self):
        """Have shown the second factor just now, in this person's own browser: a long table of tests outlasts it."""
        store = self.browser.client.session
        for record in store["account_authentication_methods"]:
            record["at"] = time.time()
        store.save()

    def sign_in(self, browser=None):
        """Password, then code."""
        browser = browser or self.browser
        self.forget_used_codes()
        first = browser.auth("/auth/login", {"username": self.login, "password": PASSWORD})
        assert first.status_code == 401, first.content
        second = browser.auth("/auth/2fa/authenticate", {"code": self.code()})
        assert second.status_code == 200, second.content
        return browser


@pytest.fixture(autouse=True)
def half_minute(monkeypatch):
    """Authenticators and the check of their codes stay in one half minute: no test ends in another than it began in."""
    began = time.time()
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: began))
    return int(began) // authenticator.PERIOD_SECONDS


def _code(secret):
    # What ``half_minute`` has put in the place of the clock there, so that both read the same.
    return authenticator.code(secret, totp.time.time, seconds_to_type=0)


def _enrol(token, browser):
    begun = browser.post("/enrolment/begin", {"token": token})
    assert begun.status_code == 200, begun.content
    secret = begun.json()["totp"]["secret"]
    done = browser.post("/enrolment/finish", {"token": token, "password": PASSWORD, "code": _code(secret)})
    assert done.status_code == 200, done.content
    return secret, done.json()["recovery_codes"]


def elevate(who):
    """Let an administrator hold their rights in each session they have, as if they had just taken them."""
    now = clock.now()
    with tenant_transaction(who.tenant):
        for session in Session.objects.filter(person=who.id).values_list("id", flat=True):
            Elevation(
                tenant=who.tenant,
                person=who.id,
                session=session,
                reason="onboarding",
                began_at=now,
                ends_at=now + timedelta(minutes=60),
            ).save(force_insert=True)


@pytest.fixture
def take_rights():
    """A function that lets an administrator hold their rights from now on, in the sessions they have."""
    return elevate


_numbers = iter(range(10**6))


@pytest.fixture(scope="session", autouse=True)
def site(database):
    """The site's file, which says at which level of separation it runs."""
    write_site(Site("demo", (SiteTenant(PLATFORM_TENANT, "demo", True),)))


@pytest.fixture(autouse=True)
def fresh_limits(monkeypatch):
    """Each test begins with full buckets: a whole suite asks more in a second than any one address may."""
    monkeypatch.setattr(limits, "_buckets", limits.Buckets())


@pytest.fixture(autouse=True)
def cheap_passwords(request, monkeypatch):
    """Argon2id at its least cost, but in a test that asks for ``full_password_cost``: hundreds of people sign in."""
    if "full_password_cost" not in request.fixturenames:
        for name, least in (("memory_cost", 8), ("time_cost", 1), ("parallelism", 1)):
            monkeypatch.setattr(Argon2PasswordHasher, name, least)


@pytest.fixture
def full_password_cost():
    """Leave passwords at the cost that the product pays for them."""


@pytest.fixture
def invite(database):
    """A function that adds a person to a center and returns the token of their link."""

    def make(tenant, role=Role.ADMINISTRATOR, name="Somebody Else"):
        login = f"{role.value}.{next(_numbers)}"
        return founding.create_person(tenant, login=login, name=name, role=role)

    return make


@pytest.fixture
def person(invite):
    """A function that returns an enrolled person, signed in unless told otherwise; administrators with their rights."""

    def make(tenant, role=Role.ADMINISTRATOR, *, name="Somebody Else", signed_in=True, elevated=True):
        invitation = invite(tenant, role, name)
        browser = Browser()
        secret, codes = _enrol(invitation.token, browser)
        who = Somebody(invitation.person.id, tenant, invitation.person.login, role, secret, codes, browser)
        if signed_in:
            who.sign_in()
            if elevated and role is Role.ADMINISTRATOR:
                elevate(who)
        return who

    return make


@pytest.fixture
def browser(database):
    """A browser that nobody has signed in with."""
    return Browser()


@pytest.fixture
def new_browser(database):
    """A function that opens another browser."""
    return Browser


@pytest.fixture(scope="session")
def center(database):
    """A center that tests share when they change nothing in it."""
    return tenants.create("Shared center", demo=False, now=clock.now()).id


@pytest.fixture
def inside():
    """Run in a center's transaction."""
    return tenant_transaction


@pytest.fixture
def events(database):
    """A function that returns a center's events, oldest first, as dicts; keywords are columns and their values."""

    def read(tenant, **where):
        columns = "id, actor, action, outcome, reason, target, target_kind, policy, policy_set, purpose, count, request"
        columns += ", approval"
        condition = " AND ".join(f"{name} = %s" for name in where) or "true"
        with tenant_transaction(tenant), connection.cursor() as cursor:
            chosen = columns.replace("policy_set", "encode(policy_set, 'hex')")
            cursor.execute(f"SELECT {chosen} FROM event_header WHERE {condition} ORDER BY at, id", [*where.values()])
            names = columns.split(", ")
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return read


@pytest.fixture(scope="session")
def key_process(database, tmp_path_factory):
    """The site's own key service, as a process, where the application looks for it; yields its client."""
    place = settings()
    if not place.keys_dir.exists():
        init_site(place.keys_dir, key_file=place.root_key_file, recovery_dir=tmp_path_factory.mktemp("recovery"))
    place.run_dir.mkdir(exist_ok=True)
    words = {"--keys-dir": place.keys_dir, "--socket": place.keys_socket, "--key-file": place.root_key_file}
    command = [
        sys.executable,
        "-m",
        "hushkeep.keys",
        "--unproved-samples",
        *(str(word) for pair in words.items() for word in pair),
    ]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2] / "src"), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr.readline().startswith("hushkeep keys: ready")
        yield keys()
        keys().close()
        process.terminate()
        assert process.wait(timeout=60) == 0


class Program:
    """A program of a center with the scope of intake; it signs what it sends."""

    def __init__(self, tenant):
        self.key = founding.create_service_account(tenant, name="intake", scopes=(Scope.INTAKE,))
        self.client = Client(SERVER_NAME="localhost")

    def send(self, method, path, body=b"", **headers):
        """Send a signed request to the API."""
        path = f"/api/v1{path}"
        headers |= sign(self.key, method=method, path=path, body=body, now=clock.now())
        return self.client.generic(method, path, body, content_type="application/jsonl", secure=True, headers=headers)

    def batch(self, run, *talks, key=None):
        """Send a batch: records, or lines as they are."""
        body = "\n".join(talk if isinstance(talk, str) else json.dumps(talk) for talk in talks).encode()
        return self.send("POST", f"/intake/batches?run={run}", body, **{"Idempotency-Key": key or str(new_id())})


@pytest.fixture
def new_program(key_process):
    """A function that makes an intake program of a center."""
    return Program


@pytest.fixture
def program(tenant, key_process):
    """The intake program of a center whose keys are made."""
    key_process.create_tenant(tenant)
    return Program(tenant)


@pytest.fixture
def run(program):
    """The id of an open intake run of ``program``."""
    opened = program.send("POST", "/intake/runs")
    assert opened.status_code == 201, opened.content
    return opened.json()["id"]


@pytest.fixture
def notices(database):
    """A context manager that yields a list and fills it, at its end, with (topic, id) of what was announced."""

    @contextmanager
    def listen():
        heard = []
        with psycopg.connect(conninfo(APP), autocommit=True) as listener:
            listener.execute(f"LISTEN {CHANNEL}")
            yield heard
            with tenant_transaction(PLATFORM_TENANT):
                announce(PLATFORM_TENANT, "test_end", PLATFORM_TENANT)
            for notice in listener.notifies():
                parts = json.loads(notice.payload)
                if parts["topic"] == "test_end":  # notices come in the order of their commits
                    break
                heard.append((parts["topic"], parts["id"]))

    return listen


@pytest.fixture
def recogniser(monkeypatch):
    """A function that chooses what hears speech in recordings; at first one that hears no word."""

    def choose(engine):
        monkeypatch.setattr(_searching, "recogniser", lambda *_: engine)

    choose(Deaf())
    return choose


@pytest.fixture
def sample(monkeypatch):
    """Every recording is drawn for quality assurance."""
    monkeypatch.setattr(_searching, "drawn", lambda: True)


@pytest.fixture
def desk(program, recogniser):
    """A center that takes recordings in and scans them as the worker does."""
    return Desk(program)


@pytest.fixture
def matched(tenant, key_process):
    """What the matching of the key log with the ledger finds, after the time that an opening may wait."""

    def rounds():
        sequencer.run(tenant)
        first = reconcile(tenant, key_process, tenants=[tenant], now=clock.now())
        later = reconcile(tenant, key_process, tenants=[tenant], now=clock.now() + GRACE + timedelta(seconds=1))
        return Round(first.without_event + later.without_event, first.without_opening + later.without_opening)

    return rounds
