"""A key service inside the test's own process, with a clock that the test moves."""

import sqlite3
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from shutil import copytree
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from hushkeep.keys import evidence, frames, init_site
from hushkeep.keys import protocol as p
from hushkeep.keys.clock import Clock
from hushkeep.keys.limits import Limits, Rate
from hushkeep.keys.service import ALL_ROLES, Peer
from hushkeep.keys.serving import Start, opened
from hushkeep.keys.slots import KeyFile

DAY_SECONDS = 86_400
YEARS_DAYS = 3 * 366


class House:
    """A site and its running service; ``ask`` goes through encoding, handling and commit like a real request."""

    def __init__(self, folder, **start):
        self.folder = folder
        self.keys_dir = folder / "keys"
        # Eight in the morning, years ahead of the real clock that a site's files are made by, whenever that is.
        self.at = ((int(time.time()) // DAY_SECONDS + YEARS_DAYS) * 24 + 8) * 3600 * 1_000_000_000
        self._start = start
        self._stack = ExitStack()
        self.tenant = uuid4()

    def open(self):
        start = Start(
            keys_dir=self.keys_dir,
            socket=self.folder / "socket",
            provider=KeyFile(self.folder / "root.key"),
            **self._start,
        )
        self.service = self._stack.enter_context(opened(start, Clock(lambda: self.at)))
        return self

    def close(self):
        self._stack.close()

    def raw_store(self):
        """The store's file, past the service."""
        return sqlite3.connect(self.keys_dir / "store.sqlite")

    def again(self):
        """Stop and start."""
        self.close()
        return self.open()

    def ask(self, request, roles=ALL_ROLES):
        result = self.service.handle(frames.decode_request(frames.encoder.encode(request)), Peer(0, frozenset(roles)))
        self.service.commit()
        return result

    def pass_seconds(self, seconds):
        self.at += int(seconds * 1_000_000_000)

    @property
    def now(self):
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=self.at // 1000)

    def work(self):
        while self.service.busy:
            self.service.work()
            self.service.commit()

    def log(self):
        return self.ask(p.LogSince(0, 10_000))

    def new_subject(self):
        subject = uuid4()
        self.ask(p.CreateSubjects(self.tenant, [subject]))
        return subject

    def wrap(self, subject, klass="text", secret=b"s" * 32):
        return self.ask(p.WrapInteractions(self.tenant, [(uuid4(), klass, secret, [subject])]))[0][0]

    def sample(self, subject, classes=("text",), actor=None):
        return self.ask(p.TicketSample(self.tenant, actor or uuid4(), subject, list(classes), uuid4())).id


class Device:
    """An agent's browser key."""

    def __init__(self, actor):
        self.actor = actor
        self.id = uuid4()
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public_key(self):
        return self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, **said) -> p.Proof:
        signed = evidence.statement(actor=self.actor, device=self.id, **said)
        r, s = decode_dss_signature(self._key.sign(signed, ec.ECDSA(hashes.SHA256())))
        return p.Proof(self.actor, self.id, said["at"], r.to_bytes(32, "big") + s.to_bytes(32, "big"))


@pytest.fixture(scope="session")
def fresh_site(tmp_path_factory):
    """A site as init makes it, to be copied."""
    folder = tmp_path_factory.mktemp("fresh")
    init_site(folder / "keys", key_file=folder / "root.key", recovery_dir=folder / "recovery")
    return folder


def _house(fresh_site, folder, **start):
    copytree(fresh_site, folder, dirs_exist_ok=True)
    house = House(folder, **start).open()
    house.ask(p.CreateTenant(house.tenant))
    return house


@pytest.fixture
def house(fresh_site, tmp_path):
    """A running service with one tenant."""
    house = _house(fresh_site, tmp_path, demand_proof=False)
    yield house
    house.close()


@pytest.fixture
def strict_house(fresh_site, tmp_path):
    """The same under dual control, with small limits."""
    house = _house(
        fresh_site,
        tmp_path,
        dual_control=True,
        demand_proof=True,
        limits=Limits(unwraps_per_ticket=3, index_tenant=Rate(10, 1, 10)),
    )
    yield house
    house.close()


@pytest.fixture
def device_of(house):
    """Make and register a device for an actor."""

    def make(actor: UUID, *, reviewer: bool = False) -> Device:
        device = Device(actor)
        house.ask(p.RegisterDevice(house.tenant, actor, device.id, device.public_key, reviewer))
        return device

    return make


@pytest.fixture
def unregistered_device():
    """Make a device that nobody registered."""
    return Device
