"""The log goes out to a collector over TLS: all of it, in order, over restarts of either side, to nobody else."""

import ipaddress
import json
import os
import random
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hushkeep.audit import feed, log, sequencer
from hushkeep.audit.log_key import own_keys
from hushkeep.kernel import Action, ActorKind, Event, EventId, InvalidInput, Outcome, Unavailable, new_id
from hushkeep.ledger import opened
from hushkeep.runtime.clock import now
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("socket_enabled")]


def write(tenant, count):
    with tenant_transaction(tenant):
        log.append_many(
            [
                Event(
                    id=EventId(new_id()),
                    tenant=tenant,
                    at=now(),
                    actor=uuid4(),
                    actor_kind=ActorKind.PERSON,
                    action=Action.CONVERSATION_VIEW,
                    outcome=Outcome.ALLOWED,
                    reason="ok",
                )
                for _ in range(count)
            ]
        )
    sequencer.run(tenant)


def certificates(folder, name="localhost"):
    """Write an authority and a leaf for this machine; return (authority, leaf, key)."""
    day = timedelta(days=1)
    start = datetime.now(UTC) - day

    def made(subject, issuer, key, signer, extensions):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        builder = (
            builder.serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(start + 9 * day)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256())

    ca_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name, leaf_name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in ("test authority", name))
    ski = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    ca = made(
        ca_name,
        ca_name,
        ca_key,
        ca_key,
        [
            (x509.BasicConstraints(ca=True, path_length=0), True),
            (ski, False),
            (x509.KeyUsage(**usage, digital_signature=True, key_cert_sign=True, crl_sign=True), True),
        ],
    )
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    aki = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski)
    leaf = made(leaf_name, ca_name, leaf_key, ca_key, [(names, False), (aki, False)])
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "leaf.pem").write_bytes(leaf.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "leaf.key").write_bytes(leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return folder / "ca.pem", folder / "leaf.pem", folder / "leaf.key"


class Collector:
    """A collector of our own: reads octet-counted messages; drops the connection after ``drop_after`` bytes."""

    def __init__(self, folder):
        self.authority, leaf, key = certificates(folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(leaf, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.messages, self.drop_after, self.failed = [], None, []
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(plain, server_side=True) as connection:
                    self.read(connection)
            except OSError as failure:
                self.failed.append(failure)
                plain.close()

    def read(self, connection):
        raw = b""
        while part := connection.recv(65536):
            raw += part
            if self.drop_after is not None and len(raw) > self.drop_after:
                self.drop_after = None
                connection.close()
                return
        while raw:
            length, _, rest = raw.partition(b" ")
            self.messages.append(rest[: int(length)].decode())
            raw = rest[int(length) :]
        connection.unwrap().close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)  # or its thread would wait for connections for ever
        self.listener.close()
        self.thread.join()


@pytest.fixture
def collector(tmp_path):
    standing = Collector(tmp_path)
    yield standing
    standing.close()


def to(collector):
    return feed.Destination("localhost", collector.port, collector.authority)


def bodies(messages, kind):
    found = [m.split(" - ", 2) for m in messages]
    return [json.loads(text.lstrip("\ufeff")) for _, name, text in found if name == kind]


def sequences(messages):
    return [body["metadata"]["sequence"] for body in bodies(messages, "event")]


def settled(collector, count):
    until = time.monotonic() + 60
    while len(collector.messages) < count and time.monotonic() < until:
        time.sleep(0.01)
    return collector.messages


def test_every_event_goes_out_once_in_order_and_the_checkpoint_after_it(tenant, collector):
    write(tenant, 7)
    assert feed.send_new(tenant, to(collector), now()) == 7
    write(tenant, 5)
    assert feed.send_new(tenant, to(collector), now()) == 5
    messages = settled(collector, 14)
    assert sequences(messages) == list(range(12))
    beats = bodies(messages, "checkpoint")
    assert [beat["size"] for beat in beats] == [7, 12]
    assert opened(beats[-1]["checkpoint"], own_keys(tenant)).size == 12


def test_without_events_a_heartbeat_goes_each_minute(tenant, collector):
    write(tenant, 1)
    start = now()
    feed.send_new(tenant, to(collector), start)
    assert feed.send_new(tenant, to(collector), start + timedelta(seconds=30)) == 0
    assert len(settled(collector, 2)) == 2
    feed.send_new(tenant, to(collector), start + timedelta(seconds=61))
    assert [beat["size"] for beat in bodies(settled(collector, 3), "checkpoint")] == [1, 1]


def test_what_a_collector_lost_goes_out_again(tenant, collector, monkeypatch):
    monkeypatch.setattr(feed, "BATCH", 100)
    write(tenant, 1000)
    collector.drop_after = 30_000
    with pytest.raises(Unavailable):
        feed.send_new(tenant, to(collector), now())
    feed.send_new(tenant, to(collector), now())
    settled(collector, 1010)
    assert sorted(set(sequences(collector.messages))) == list(range(1000))


def test_what_we_could_not_note_as_sent_goes_out_again(tenant, collector, monkeypatch):
    write(tenant, 5)
    with monkeypatch.context() as dying:
        dying.setattr(feed, "write_private", lambda *_, **__: sys.exit("killed"))
        with pytest.raises(SystemExit):
            feed.send_new(tenant, to(collector), now())
    assert feed.send_new(tenant, to(collector), now()) == 5
    assert sequences(settled(collector, 12)) == [*range(5), *range(5)]


def test_a_collector_that_is_away_is_said_and_nothing_is_lost(tenant, collector):
    write(tenant, 3)
    away = feed.Destination("localhost", 1, collector.authority)
    with pytest.raises(Unavailable):
        feed.send_new(tenant, away, now())
    assert feed.send_new(tenant, to(collector), now()) == 3


def test_a_collector_that_the_authority_does_not_vouch_for_gets_nothing(tenant, collector, tmp_path):
    (tmp_path / "other").mkdir()
    foreign, _, _ = certificates(tmp_path / "other")
    write(tenant, 3)
    with pytest.raises(Unavailable):
        feed.send_new(tenant, feed.Destination("localhost", collector.port, foreign), now())
    assert collector.messages == []


def test_a_collector_under_another_name_gets_nothing(tenant, tmp_path):
    write(tenant, 3)
    (tmp_path / "x").mkdir()
    standing = Collector(tmp_path / "x")
    _, leaf, key = certificates(tmp_path, name="elsewhere.example")
    standing.context.load_cert_chain(leaf, key)
    try:
        with pytest.raises(Unavailable):
            feed.send_new(tenant, feed.Destination("localhost", standing.port, tmp_path / "ca.pem"), now())
    finally:
        standing.close()
    assert standing.messages == []


@pytest.mark.parametrize("text", ["", "host = 'x'", "host = 'x'\nport = 'y'\nauthority = 'z'", "host="])
def test_a_malformed_destination_is_refused(tenant, text):
    path = settings().data_dir / "audit" / "collector.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    try:
        with pytest.raises(InvalidInput):
            feed.destination()
        path.write_text("host = 'c.example'\nport = 6514\nauthority = '/x/ca.pem'\n")
        assert feed.destination() == feed.Destination("c.example", 6514, Path("/x/ca.pem"))
    finally:
        path.unlink()


# Debian's rsyslog


def free_port():
    """A free port of those that the kernel gives to nobody who does not ask for it: it is bound later, and again."""
    first, _ = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    for port in random.sample(range(1024, first), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError("no port is free")


class Rsyslog:
    """rsyslogd over TLS on a free port, writing what it gets to a file."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.authority, leaf, key = certificates(folder)
        self.out = folder / "received"
        (folder / "rsyslog.conf").write_text(f"""
global(workDirectory="{folder}" maxMessageSize="64k" defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile="{self.authority}" defaultNetstreamDriverCertFile="{leaf}"
  defaultNetstreamDriverKeyFile="{key}")
main_queue(queue.timeoutShutdown="60000")
module(load="imtcp"
  streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon" gnutlsPriorityString="NORMAL")
template(name="raw" type="list") {{
  property(name="msgid") constant(value=" ") property(name="msg") constant(value="\\n")
}}
input(type="imtcp" port="{self.port}" address="127.0.0.1")
action(type="omfile" file="{self.out}" template="raw")
""")
        self.start()

    def start(self):
        command = ["rsyslogd", "-n", "-f", str(self.folder / "rsyslog.conf"), "-i", str(self.folder / "pid")]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("rsyslogd did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

    def sequences(self):
        lines = self.out.read_text(encoding="utf-8").splitlines() if self.out.exists() else []
        found = [line.partition(" ")[2].lstrip("\ufeff ") for line in lines if line.startswith("event ")]
        return [json.loads(text)["metadata"]["sequence"] for text in found]


SENDER = """
import sys, time
from pathlib import Path
from uuid import UUID
from hushkeep.runtime.boot import boot
boot()
from hushkeep.audit import feed
from hushkeep.kernel import TenantId, Unavailable
from hushkeep.runtime.clock import now
feed.BATCH = int(sys.argv[4])
to = feed.Destination("localhost", int(sys.argv[2]), Path(sys.argv[3]))
print("up", flush=True)
while True:
    try:
        feed.send_new(TenantId(UUID(sys.argv[1])), to, now())
    except Unavailable:
        pass
    time.sleep(0.05)
"""
# The long run: FEED_EVENTS=100000 (no HUSHKEEP_…: those are settings, and dropped before the tests begin)
COUNT = int(os.environ.get("FEED_EVENTS", "3000"))


@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("rsyslogd") is None, reason="rsyslogd is not installed: apt install rsyslog-gnutls")
def test_rsyslog_gets_every_event_over_a_restart_of_either_side(tenant, tmp_path):
    for _ in range(0, COUNT, 1000):
        write(tenant, 1000)
    rsyslog = Rsyslog(tmp_path)

    def sender():
        words = (str(tenant), str(rsyslog.port), str(rsyslog.authority), str(COUNT // 30))
        process = subprocess.Popen([sys.executable, "-c", SENDER, *words], stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "up\n"
        return process

    def until(places):
        end = time.monotonic() + 500
        while feed.sent_so_far(tenant).next < places:
            assert time.monotonic() < end, feed.sent_so_far(tenant)
            time.sleep(0.01)

    sending = sender()
    try:
        until(COUNT // 5)
        sending.kill()  # in the middle of a batch, as likely as not
        sending.communicate()
        sending = sender()
        until(2 * COUNT // 5)
        rsyslog.stop()
        time.sleep(0.3)
        rsyslog.start()
        until(3 * COUNT // 5)
        sending.kill()
        sending.communicate()
        rsyslog.stop()
        rsyslog.start()
        sending = sender()
        until(COUNT)
    finally:
        sending.kill()
        sending.communicate()
        rsyslog.stop()
    assert sorted(set(rsyslog.sequences())) == list(range(COUNT))
