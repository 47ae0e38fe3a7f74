"""The site's log and a witness that is another process, over HTTP; and the months that only a witness lets go."""

import re
import subprocess
import sys
import threading
import urllib.request
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, connections

from hushkeep.audit import log, months, sequencer, tiles, witnessing
from hushkeep.audit.log_key import log_key, origin
from hushkeep.audit.retention import month_after, month_of
from hushkeep.cli.ledger_witness import Witness, read_witness_key, server
from hushkeep.kernel import (
    PLATFORM_TENANT,
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
from hushkeep.ledger import Note, opened
from hushkeep.runtime.clock import now
from hushkeep.runtime.cluster import SUPERUSER
from hushkeep.runtime.database import PASSWORDS, SUPERUSER_KEY
from hushkeep.runtime.roles import DATABASE
from hushkeep.runtime.secret_files import role_passwords
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction

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


def write(tenant, count=3, **changes):
    with tenant_transaction(tenant):
        log.append_many([event(tenant, **changes) for _ in range(count)])
    sequencer.run(tenant)


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


class Standing:
    """A witness that can be stopped and started again with the same key and memory."""

    def __init__(self, tenant, folder):
        write(tenant, 1)
        key = read_witness_key(folder / "witness.key", "witness.example/w1")
        self.own = Witness(key, (log_key(tenant).verifier,), folder / "memory")
        self.start()

    def start(self):
        self.http = server(self.own, ("127.0.0.1", 0))
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        self.client = witnessing.Witness(self.own.signer.verifier, f"http://127.0.0.1:{self.http.server_port}")

    def stop(self):
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def standing(socket_enabled, tenant, tmp_path):
    witness = Standing(tenant, tmp_path)
    yield witness
    witness.stop()


def cosigned(tenant):
    with tenant_transaction(tenant):
        return tiles.checkpoint(tenant)


def test_a_witness_cosigns_each_checkpoint_once(tenant, standing):
    assert witnessing.submit(tenant, standing.client, now())
    assert not witnessing.submit(tenant, standing.client, now())
    write(tenant, 500)
    assert witnessing.submit(tenant, standing.client, now())
    signed, note = cosigned(tenant)
    assert signed.size == 501
    assert Note.parse(note).verified_by([standing.own.signer.verifier])


def test_a_witness_shows_what_it_cosigned_last(tenant, standing):
    witnessing.submit(tenant, standing.client, now())
    name = sha256(origin(tenant).encode()).hexdigest()
    with urllib.request.urlopen(f"{standing.client.url}/{name}/checkpoint", timeout=60) as answer:  # noqa: S310
        note = answer.read().decode()
    assert opened(note, [log_key(tenant).verifier]).size == 1
    assert Note.parse(note).verified_by([standing.own.signer.verifier])


@pytest.mark.parametrize("path", ["", "x/checkpoint", f"{'0' * 64}/checkpoint", "../witness.key"])
def test_a_witness_shows_nothing_else(standing, path):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"{standing.client.url}/{path}", timeout=60)  # noqa: S310
    refusal.value.close()
    assert refusal.value.code == 404


def test_a_witness_that_was_away_goes_on_from_what_it_remembers(tenant, standing):
    witnessing.submit(tenant, standing.client, now())
    standing.stop()
    write(tenant, 300)
    with pytest.raises(Unavailable):
        witnessing.submit(tenant, standing.client, now())
    write(tenant, 10)
    standing.start()  # at another port: the one before may be somebody else's by now
    assert witnessing.submit(tenant, standing.client, now())
    assert opened(standing.own.remembered(origin(tenant)), [log_key(tenant).verifier]).size == 311


def test_an_answer_that_was_lost_is_made_good(tenant, standing, admin):
    witnessing.submit(tenant, standing.client, now())
    admin.execute("DELETE FROM event_cosignature WHERE tenant = %s", [tenant])
    write(tenant, 5)
    assert witnessing.submit(tenant, standing.client, now())


def last_reason(tenant):
    with tenant_transaction(tenant):
        return query("default", "SELECT outcome, reason FROM event_header ORDER BY at DESC LIMIT 1")[0]


def cut(admin, tenant, size):
    for table in ("event_checkpoint", "event_cosignature"):
        admin.execute(f"DELETE FROM {table} WHERE tenant = %s AND size > %s", [tenant, size])
    gone = "(SELECT unnest(events) FROM event_leaf WHERE tenant = %s AND first >= %s)"
    admin.execute(f"DELETE FROM event_header WHERE id IN {gone}", [tenant, size])
    admin.execute("DELETE FROM event_leaf WHERE tenant = %s AND first >= %s", [tenant, size])


def test_a_restored_older_log_is_told_by_the_witness_and_the_telling_is_an_event(tenant, standing, admin):
    write(tenant, 4)
    write(tenant, 5)
    witnessing.submit(tenant, standing.client, now())
    cut(admin, tenant, 5)
    write(tenant, 2)
    with pytest.raises(IntegrityError, match="witness_saw_more"):
        witnessing.submit(tenant, standing.client, now())
    assert last_reason(tenant) == ("failed", "witness_saw_more")


def test_a_forked_log_is_refused_by_the_witness_and_the_refusal_is_an_event(tenant, standing, admin):
    write(tenant, 4)
    write(tenant, 5)
    witnessing.submit(tenant, standing.client, now())
    cut(admin, tenant, 5)
    write(tenant, 20)
    with pytest.raises(IntegrityError, match="witness_refused_422"):
        witnessing.submit(tenant, standing.client, now())
    assert last_reason(tenant) == ("failed", "witness_refused_422")


def test_a_rotated_key_signs_on_and_the_old_checkpoints_stay_valid(tenant, standing):
    witnessing.submit(tenant, standing.client, now())
    old = log_key(tenant).verifier
    path = settings().data_dir / "audit" / "log.key"
    path.rename(path.with_name(f"{new_id()}.key"))
    write(tenant, 3)
    new = log_key(tenant).verifier
    assert new != old
    assert opened(cosigned(tenant)[1], [new]).size == 4
    with pytest.raises(IntegrityError, match="witness_refused_403"):
        witnessing.submit(tenant, standing.client, now())


@pytest.mark.parametrize("line", ["x", "http://elsewhere.example/"])
def test_a_line_that_is_no_witness_is_refused(tenant, standing, line):
    path = settings().data_dir / "audit" / "witnesses"
    path.write_text(f"# ours\n{standing.own.signer.verifier} {line}\n")
    try:
        with pytest.raises(InvalidInput):
            witnessing.witnesses()
        path.write_text(f"# ours\n\n{standing.own.signer.verifier} https://w.example/a/\n")
        assert [w.url for w in witnessing.witnesses()] == ["https://w.example/a"]
    finally:
        path.unlink()


def test_the_witness_command_needs_no_site(tmp_path):
    (tmp_path / "logs").write_text("")
    command = [sys.executable, "-c", "import hushkeep.cli.ledger_witness, sys; sys.exit('django' in sys.modules)"]
    assert subprocess.run(command, check=False, cwd="src", env={"HUSHKEEP_DATA_DIR": str(tmp_path)}).returncode == 0


# The months


LONG_AGO = datetime.fromisoformat("2021-05-03T08:00:00+00:00")


@pytest.fixture
def old_month(tenant, standing):
    """A month long past, with events of this tenant that have their places but no witness yet."""
    others = months.present(now())
    query("sequencer", "SELECT hushkeep_audit_month(%s)", [LONG_AGO])
    write(tenant, 3, at=LONG_AGO)
    yield month_of(LONG_AGO)
    with connections["owner"].cursor() as cursor:
        for table in ("event_header", "event_payload"):
            cursor.execute(f"DROP TABLE IF EXISTS {table}_2021_05")
    for month in others:  # those that were due as well: other tests share this database
        query("sequencer", "SELECT hushkeep_audit_month(%s)", [month])


def drop(month):
    query("sequencer", "SELECT hushkeep_audit_drop(%s)", [month])


def test_a_month_is_dropped_once_its_end_is_witnessed_and_its_proofs_go_on(tenant, standing, old_month):
    with pytest.raises(DatabaseError, match="not witnessed"):
        drop(old_month)
    witnessing.submit(tenant, standing.client, now())
    assert old_month in months.drop_due(now(), timedelta(days=183))
    assert old_month not in months.present(now())
    with tenant_transaction(tenant):
        assert query("default", "SELECT cardinality(events) FROM event_leaf WHERE latest < '2022-01-01'")[0][0] == 3
    write(tenant, 300)
    assert witnessing.submit(tenant, standing.client, now())
    with tenant_transaction(PLATFORM_TENANT):
        found = query("default", "SELECT outcome, target_kind FROM event_header WHERE action = 'audit:purge'")
    assert ("allowed", "month:2021-05") in found


def test_a_month_with_an_event_that_waits_for_its_place_is_held(tenant, standing, old_month):
    with tenant_transaction(tenant):
        log.append(event(tenant, at=LONG_AGO))
    witnessing.submit(tenant, standing.client, now())
    with pytest.raises(DatabaseError, match="without a leaf"):
        drop(old_month)


@pytest.mark.parametrize(
    ("action", "days"),
    [
        (Action.SESSION_LIST, 183),
        (Action.CONVERSATION_VIEW, 366),
        (Action.KEY_UNWRAP, 731),
        (Action.POLICY_CHANGE, 1096),
    ],
)
def test_the_database_refuses_to_drop_a_month_below_the_floor_of_its_actions(tenant, standing, action, days):
    """The month whose end is just younger than the floor: whoever asks, it stays."""
    young = month_of(now() - timedelta(days=days))
    query("sequencer", "SELECT hushkeep_audit_month(%s)", [young])
    write(tenant, 1, at=young + timedelta(hours=1), action=action)
    witnessing.submit(tenant, standing.client, now())
    with pytest.raises(DatabaseError) as refused:
        drop(young)
    kept = re.search(r"is kept for (\d+) days", str(refused.value))
    assert kept, refused.value
    assert int(kept[1]) >= days  # more where an event of another test in that month is to be kept for longer


def test_the_application_cannot_drop_or_make_a_month(tenant):
    for function in ("hushkeep_audit_drop", "hushkeep_audit_month", "hushkeep_audit_guard"):
        with pytest.raises(DatabaseError, match="permission denied"):
            query("default", f"SELECT {function}('2021-05-01')")


def test_the_coming_months_are_there(database):
    months.make_ahead(now())
    there = months.present(now())
    assert all(month_after(month_of(now()), ahead) in there for ahead in range(months.AHEAD + 1))
