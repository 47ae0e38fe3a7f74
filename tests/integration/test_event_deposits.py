"""Checkpoints leave the house: into a write-once folder, by mail over TLS, under a stamp; and bind whoever stays."""

import shutil
import socket
import ssl
import subprocess
import threading
from datetime import timedelta
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

import psycopg
import pytest
from django.db import connections

from hushkeep.audit import deposits, health, log, outside, pack, sequencer, stamping, tiles
from hushkeep.audit.outside import Mail, Outside
from hushkeep.audit.stamping import Stamper
from hushkeep.kernel import (
    Action,
    ActorKind,
    Event,
    EventId,
    IntegrityError,
    InvalidInput,
    Outcome,
    Unavailable,
    new_id,
)
from hushkeep.ledger import packverify
from hushkeep.runtime.clock import now
from hushkeep.runtime.cluster import SUPERUSER
from hushkeep.runtime.database import PASSWORDS, SUPERUSER_KEY
from hushkeep.runtime.roles import DATABASE
from hushkeep.runtime.secret_files import role_passwords
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction
from hushkeep.watch import log_health

pytestmark = pytest.mark.server


def event(tenant, **changes):
    values = {
        "id": EventId(new_id()),
        "tenant": tenant,
        "at": now(),
        "actor": uuid4(),
        "actor_kind": ActorKind.PERSON,
        "action": Action.SESSION_LIST,
        "outcome": Outcome.ALLOWED,
        "reason": "all_rules_passed",
    }
    return Event(**(values | changes))


def write(tenant, count=3):
    with tenant_transaction(tenant):
        log.append_many([event(tenant) for _ in range(count)])
    return sequencer.run(tenant)


def query(alias, sql, values=()):
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def admin(database):
    """The database's superuser with all triggers off: an operator who holds the disk."""
    password = role_passwords(PASSWORDS)[SUPERUSER_KEY]
    with psycopg.connect(database.dsn(SUPERUSER, password, DATABASE), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def openssl(*words, **more):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, **more).stdout


TSA = """
[tsa]
default_tsa = here
[here]
dir = {folder}
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
[stamping]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
"""


def stamper_files(folder):
    """Make an authority and a stamper's certificate of its own, as openssl's own stamping service takes them."""
    folder.mkdir()
    (folder / "tsa.cnf").write_text(TSA.format(folder=folder))
    (folder / "serial").write_text("01\n")
    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(*new, "-x509", "-subj", "/CN=ca", "-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.pem")
    openssl(*new, "-subj", "/CN=stamper", "-keyout", f"{folder}/tsa.key", "-out", f"{folder}/tsa.csr")
    signing = ("-CA", f"{folder}/ca.pem", "-CAkey", f"{folder}/ca.key", "-CAcreateserial")
    extensions = ("-extfile", f"{folder}/tsa.cnf", "-extensions", "stamping")
    openssl("x509", "-req", "-in", f"{folder}/tsa.csr", *signing, *extensions, "-out", f"{folder}/tsa.pem")
    return folder


class Stamping:
    """A stamper on this machine: openssl ts behind HTTP; ``alter`` changes its answers."""

    def __init__(self, folder):
        self.folder, self.alter = folder, lambda question, answer: answer
        own = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                question = self.rfile.read(int(self.headers["Content-Length"]))
                answer = own.alter(question, own.answer(question))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *words):
                pass

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        self.client = Stamper(f"http://127.0.0.1:{self.http.server_port}", folder / "ca.pem")

    def answer(self, question):
        (self.folder / "question").write_bytes(question)
        given = ("-queryfile", f"{self.folder}/question", "-config", f"{self.folder}/tsa.cnf")
        openssl("ts", "-reply", *given, "-out", f"{self.folder}/answer")
        return (self.folder / "answer").read_bytes()


@pytest.fixture
def stamper(socket_enabled, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command: apt install openssl")
    own = Stamping(stamper_files(tmp_path / "stamper"))
    yield own
    own.http.shutdown()
    own.http.server_close()


def test_a_stamp_attests_the_time_of_a_checkpoint_and_openssl_agrees(tenant, stamper, tmp_path):
    write(tenant)
    moment = now()
    assert deposits.deposit(tenant, Outside(stamper=stamper.client), moment) == ("stamp",)
    pack.export(tenant, tmp_path / "pack")
    (token,) = (tmp_path / "pack/stamps").iterdir()
    note = tmp_path / f"pack/checkpoints/{token.stem}.stamped"
    stamp = stamping.verified(token.read_bytes(), note.read_bytes(), stamper.client)
    assert moment - timedelta(seconds=1) <= stamp.at <= now()  # the stamper names whole seconds
    judge = ("ts", "-verify", "-in", str(token), "-CAfile", str(stamper.client.authority))
    openssl(*judge, "-data", str(note))
    note.write_bytes(note.read_bytes().replace(b"3\n", b"4\n", 1))
    with pytest.raises(subprocess.CalledProcessError):
        openssl(*judge, "-data", str(note))
    with pytest.raises(packverify.BadPackError):
        packverify.verify(tmp_path / "pack", None, None, 0, [])


def test_a_stamp_over_other_bytes_is_refused(stamper):
    stamp = stamping.stamped(b"one", stamper.client)
    assert stamping.verified(stamp.token, b"one", stamper.client) == stamp
    with pytest.raises(IntegrityError):
        stamping.verified(stamp.token, b"two", stamper.client)


def test_a_stamp_under_another_authority_is_refused(stamper, tmp_path):
    stranger = Stamper(stamper.client.url, stamper_files(tmp_path / "stranger") / "ca.pem")
    with pytest.raises(IntegrityError):
        stamping.stamped(b"one", stranger)


def test_an_earlier_answer_to_the_same_question_is_refused(stamper):
    kept = []
    stamper.alter = lambda question, answer: kept.append(answer) or kept[0]
    stamping.stamped(b"one", stamper.client)
    with pytest.raises(IntegrityError):
        stamping.stamped(b"one", stamper.client)


@pytest.mark.parametrize("answer", [b"", b"no stamp", b"0" * 70000])
def test_what_is_no_stamp_is_refused(stamper, answer):
    stamper.alter = lambda *_: answer
    with pytest.raises(IntegrityError):
        stamping.stamped(b"one", stamper.client)


def test_a_stamper_that_is_away_does_not_keep_the_folder_waiting(tenant, socket_enabled, tmp_path):
    write(tenant)
    away = Stamper("http://127.0.0.1:1", tmp_path / "none.pem")
    with pytest.raises(Unavailable, match="stamp"):
        deposits.deposit(tenant, Outside(folder=tmp_path / "worm", stamper=away), now())
    assert len(list(deposits.in_folder(tmp_path / "worm", tenant).iterdir())) == 1


def test_the_folder_gets_a_checkpoint_an_hour_and_is_never_written_over(tenant, tmp_path):
    where, moment = Outside(folder=tmp_path / "worm"), now()
    assert deposits.deposit(tenant, where, moment) == ()
    write(tenant)
    assert deposits.deposit(tenant, where, moment) == ("folder",)
    write(tenant)
    assert deposits.deposit(tenant, where, moment + timedelta(minutes=59)) == ()
    assert deposits.deposit(tenant, where, moment + timedelta(minutes=60)) == ("folder",)
    files = sorted(deposits.in_folder(tmp_path / "worm", tenant).iterdir())
    assert [int(file.name) for file in files] == [3, 6]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o444}
    with tenant_transaction(tenant):
        assert files[-1].read_text() == tiles.checkpoint(tenant)[1]


def last_reason(tenant):
    with tenant_transaction(tenant):
        return query("default", "SELECT outcome, reason FROM event_header WHERE action = 'audit:checkpoint'")[0]


def test_a_log_shorter_than_the_folder_is_told_and_the_telling_is_an_alarm(tenant, tmp_path, admin):
    where, moment = Outside(folder=tmp_path / "worm"), now()
    write(tenant)
    write(tenant)
    deposits.deposit(tenant, where, moment)
    admin.execute("DELETE FROM event_checkpoint WHERE tenant = %s AND size > 3", [tenant])
    admin.execute("DELETE FROM event_leaf WHERE tenant = %s AND first >= 3", [tenant])
    admin.execute("DELETE FROM event_deposit WHERE tenant = %s", [tenant])
    with pytest.raises(IntegrityError, match="folder_holds_more"):
        deposits.deposit(tenant, where, moment)
    assert last_reason(tenant) == ("failed", "folder_holds_more")
    assert "log_disagrees" in log_health.look(tenant, now())


def test_another_history_than_the_folder_holds_is_told(tenant, two_tenants, tmp_path):
    where, moment = Outside(folder=tmp_path / "worm"), now()
    write(tenant)
    deposits.deposit(tenant, where, moment)
    (file,) = deposits.in_folder(tmp_path / "worm", tenant).iterdir()
    other = two_tenants[0]
    write(other)
    with tenant_transaction(other):
        forged = tiles.checkpoint(other)[1]
    file.chmod(0o600)
    file.write_text(forged)
    write(tenant)
    with pytest.raises(IntegrityError, match="folder_differs"):
        deposits.deposit(tenant, where, moment + timedelta(hours=2))
    file.write_text("not a note")
    with pytest.raises(IntegrityError, match="folder_unreadable"):
        deposits.deposit(tenant, where, moment + timedelta(hours=2))


class Post:
    """A mail server that takes one connection at a time over TLS and keeps what it is given."""

    def __init__(self, folder):
        new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-x509")
        names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
        openssl(*new, *names, "-keyout", f"{folder}/post.key", "-out", f"{folder}/post.pem")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "post.pem", folder / "post.key")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.letters = self.listener.getsockname()[1], []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        plain, _ = self.listener.accept()
        with self.context.wrap_socket(plain, server_side=True) as line, line.makefile("rwb") as talk:

            def say(words):
                talk.write(words + b"\r\n")
                talk.flush()

            say(b"220 here")
            while words := talk.readline():
                if words.upper().startswith(b"DATA"):
                    say(b"354 go on")
                    self.letters.append(b"".join(iter(talk.readline, b".\r\n")))
                say(b"221 bye" if words.upper().startswith(b"QUIT") else b"250 ok")


def test_the_auditor_gets_the_checkpoint_by_mail_once_a_day(tenant, socket_enabled, tmp_path):
    post = Post(tmp_path)
    mail = Mail("localhost", post.port, "hushkeep@center.example", ("auditor@example.org",), tmp_path / "post.pem")
    write(tenant)
    moment = now()
    assert deposits.deposit(tenant, Outside(mail=mail), moment) == ("mail",)
    (letter,) = post.letters
    (_, kept) = message_from_bytes(letter).get_payload()
    with tenant_transaction(tenant):
        assert kept.get_payload(decode=True).decode() == tiles.checkpoint(tenant)[1]
    write(tenant)
    assert deposits.deposit(tenant, Outside(mail=mail), moment + timedelta(hours=23)) == ()
    post.listener.close()
    with pytest.raises(Unavailable, match="mail"):
        deposits.deposit(tenant, Outside(mail=mail), moment + timedelta(hours=24))


@pytest.mark.parametrize("text", ["x = 1", "[folder]\n", "[stamper]\nurl = 'x'\n", "[mail]\nhost = 'x'\n", "["])
def test_a_malformed_file_of_places_is_refused(database, text):
    path = settings().data_dir / "audit" / "outside.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    try:
        with pytest.raises(InvalidInput):
            outside.outside()
    finally:
        path.unlink()


def test_a_well_log_sounds_no_alarm(tenant):
    write(tenant)
    assert log_health.look(tenant, now()) == ()


def test_an_event_without_a_place_after_a_minute_is_an_alarm(tenant):
    with tenant_transaction(tenant):
        log.append(event(tenant))
    assert health.UNPLACED not in log_health.look(tenant, now())
    assert health.UNPLACED in log_health.look(tenant, now() + timedelta(seconds=61))
    sequencer.run(tenant)
    assert health.UNPLACED not in log_health.look(tenant, now() + timedelta(seconds=61))


def test_a_clock_that_went_back_is_an_alarm(tenant):
    write(tenant)
    assert log_health.look(tenant, now() - timedelta(hours=1)) == (health.CLOCK_BACK,)


@pytest.mark.parametrize(
    ("offset", "found"), [(900, ()), (1100, (health.CLOCK_OFFSET,)), (-2000, (health.CLOCK_OFFSET,))]
)
def test_a_witness_whose_clock_is_more_than_a_second_off_is_an_alarm(tenant, admin, offset, found):
    write(tenant)
    admin.execute("INSERT INTO event_cosignature VALUES (%s, 3, 'w', now(), 'x', %s)", [tenant, offset])
    assert log_health.look(tenant, now()) == found


def test_a_database_whose_clock_is_off_is_an_alarm(tenant, monkeypatch):
    write(tenant)
    monkeypatch.setattr(health, "clock_now", lambda: now() - timedelta(seconds=3))
    assert health.CLOCK_OFFSET in log_health.look(tenant, now())


@pytest.fixture
def era(database):
    """Back to the era of the other tests, which share this database."""
    yield
    query("owner", "ALTER TABLE event_header ALTER era SET DEFAULT 0")


# A restored database: what was appended and not placed before, and what is appended after, has one place each.
def restored(admin, tenant, shift, seen):
    """Shift the numbers of the tenant's transactions, as if they had been given in another database."""
    admin.execute("UPDATE event_header SET xid = xid + %s WHERE tenant = %s", [shift, tenant])
    admin.execute("UPDATE event_checkpoint SET seen = %s::pg_snapshot WHERE tenant = %s", [seen, tenant])


def all_placed_once(tenant, count):
    with tenant_transaction(tenant):
        places = "SELECT count(*), count(DISTINCT event) FROM event_leaf, unnest(events) event"
        headers = query("default", "SELECT count(*) FROM event_header")[0][0]
        assert query("default", places) == [(count, count)]
        assert headers == count


def test_a_restore_whose_transactions_count_lower_places_each_event_once(tenant, two_tenants, admin, era):
    write(tenant, 3)
    with tenant_transaction(tenant):
        log.append(event(tenant))
    top = 10**15
    restored(admin, tenant, top, f"{top}:{top}:")
    assert sequencer.run(tenant) == 1
    assert write(tenant, 2) == 2
    # The new numbers come to where the old ones were: what was placed stays placed.
    (soon,) = admin.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
    admin.execute("UPDATE event_header SET xid = %s WHERE tenant = %s AND era = 0", [soon + 3, tenant])
    for _ in range(4):
        assert write(tenant, 1) == 1
    all_placed_once(tenant, 10)
    assert write(two_tenants[1], 2) == 2  # a tenant that had no log then
    all_placed_once(two_tenants[1], 2)


def test_a_restore_whose_transactions_count_higher_places_each_event_once(tenant, admin):
    write(tenant, 3)
    with tenant_transaction(tenant):
        log.append(event(tenant))
    (placed, waiting) = [
        row[0] for row in admin.execute("SELECT DISTINCT xid FROM event_header WHERE tenant = %s ORDER BY 1", [tenant])
    ]
    shift = 5 - placed
    restored(admin, tenant, shift, f"{placed + shift + 1}:{placed + shift + 1}:")
    assert waiting + shift > placed + shift
    assert sequencer.run(tenant) == 1
    assert write(tenant, 2) == 2
    all_placed_once(tenant, 6)
