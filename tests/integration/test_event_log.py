"""Events are appended with the act, put in order once, and proved; the tables refuse everything else."""

import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, connections, transaction
from django.test.utils import CaptureQueriesContext

from hushkeep.audit import log, sequencer, trail
from hushkeep.audit import services as _registered  # noqa: F401 - the import registers them
from hushkeep.audit.entries import entry_of
from hushkeep.audit.log_key import own_keys
from hushkeep.kernel import (
    Action,
    ActorId,
    ActorKind,
    ConversationId,
    Denied,
    Event,
    EventId,
    IntegrityError,
    InvalidInput,
    NotFound,
    Outcome,
    Permit,
    SubjectId,
    new_id,
)
from hushkeep.runtime.clock import now
from hushkeep.runtime.cluster import SUPERUSER
from hushkeep.runtime.database import PASSWORDS, SUPERUSER_KEY, conninfo
from hushkeep.runtime.roles import DATABASE
from hushkeep.runtime.secret_files import role_passwords
from hushkeep.runtime.services import services
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server


def event(tenant, **changes):
    values = {
        "id": EventId(new_id()),
        "tenant": tenant,
        "at": now(),
        "actor": ActorId(uuid4()),
        "actor_kind": ActorKind.PERSON,
        "action": Action.CONVERSATION_VIEW,
        "outcome": Outcome.ALLOWED,
        "reason": "all_rules_passed",
    }
    return Event(**(values | changes))


def full_event(tenant):
    ids = ("target", "session", "device", "conversation", "subject", "approval", "request")
    return event(
        tenant,
        **{name: new_id() for name in ids},
        target_kind="conversation",
        policy="permit-qa,permit-purpose",
        policy_set="a" * 64,
        purpose="quality_review",
        count=200,
        at=datetime(2026, 3, 4, 8, tzinfo=UTC),
    )


def permit(tenant, action=Action.AUDIT_READ, target=None):
    return Permit(
        decision=new_id(),
        tenant=tenant,
        actor=ActorId(uuid4()),
        action=action,
        target=target,
        expires_at=now() + timedelta(seconds=30),
    )


def appended(tenant, *events, **kwargs):
    with tenant_transaction(tenant):
        log.append_many(events, **kwargs)
    return list(events)


def query(alias, sql, values=()):
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def test_an_event_is_found_again_with_its_place_and_verified(tenant):
    written = appended(tenant, full_event(tenant), event(tenant), event(tenant, actor=None))
    assert sequencer.run(tenant) == 3
    page = trail.search(permit(tenant), trail.Filter())
    assert {row.event.id: row.event for row in page.items} == {e.id: e for e in written}
    assert sorted(row.seq for row in page.items) == [0, 1, 2]
    assert all(row.verified for row in page.items)


def test_an_event_that_waits_for_its_place_is_shown_as_not_verified(tenant):
    appended(tenant, event(tenant))
    (row,) = trail.search(permit(tenant), trail.Filter()).items
    assert (row.seq, row.verified) == (None, False)


def test_an_event_is_gone_when_its_act_is_rolled_back(tenant):
    with pytest.raises(InvalidInput), tenant_transaction(tenant):  # noqa: PT012
        log.append(event(tenant))
        raise InvalidInput("the act failed")
    assert sequencer.run(tenant) == 0
    assert trail.search(permit(tenant), trail.Filter()).items == ()


def test_an_event_outside_a_transaction_is_refused(tenant):
    with pytest.raises(Denied):
        log.append(event(tenant))


def test_an_event_of_another_tenant_is_refused(two_tenants):
    mine, theirs = two_tenants
    with pytest.raises(Denied), tenant_transaction(mine):
        log.append(event(theirs))


@pytest.mark.parametrize("field", ["reason", "policy", "policy_set", "purpose", "target_kind"])
@pytest.mark.parametrize("text", ["card 4111 1111", 'x","subject":"y', "", "张伟", "a" * 201])
def test_free_text_is_refused_where_a_code_belongs(tenant, field, text):
    with pytest.raises(InvalidInput) as refusal, tenant_transaction(tenant):
        log.append(event(tenant, **{field: text}))
    assert not text or text not in str(refusal.value)


def test_the_database_refuses_free_text_too(tenant):
    with pytest.raises(DatabaseError, match="codes_only"), tenant_transaction(tenant):
        query(
            "default",
            "INSERT INTO event_header (tenant, at, id, version, actor_kind, action, outcome, reason) "
            "VALUES (%s, now(), %s, 1, 'person', 'audit:read', 'allowed', %s)",
            [tenant, new_id(), 'x","subject":"y'],
        )


def test_a_tenants_events_are_its_own(two_tenants):
    mine, theirs = two_tenants
    appended(mine, event(mine))
    appended(theirs, event(theirs), event(theirs))
    assert (sequencer.run(mine), sequencer.run(theirs)) == (1, 2)
    assert len(trail.search(permit(mine), trail.Filter()).items) == 1


@pytest.mark.parametrize("place", [sequencer.run, sequencer.keep_up])
def test_a_late_commit_gets_a_place_after_later_ones(tenant, database, place):
    early, later = event(tenant, at=now() - timedelta(seconds=5)), event(tenant)
    late = psycopg.connect(conninfo("hushkeep_app"))
    try:
        late.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
        late.execute(
            "INSERT INTO event_header (tenant, at, id, version, actor_kind, action, outcome, reason) "
            "VALUES (%s, %s, %s, 1, 'person', 'audit:read', 'allowed', 'x')",
            [tenant, early.at, early.id],
        )
        appended(tenant, later)
        assert place(tenant) == 1
        appended(tenant, event(tenant))
        assert place(tenant) == 1
        assert place(tenant) == 0
        late.commit()
    finally:
        late.close()
    assert place(tenant) == 1
    places = {row.event.id: row.seq for row in trail.search(permit(tenant), trail.Filter()).items}
    assert (places[later.id], places[early.id]) == (0, 2)


def test_where_no_transaction_has_ended_a_round_is_one_statement(tenant):
    appended(tenant, event(tenant))
    assert sequencer.keep_up(tenant) == 1
    assert _quiet_round(tenant) == 1
    appended(tenant, event(tenant))
    assert sequencer.keep_up(tenant) == 1


def _quiet_round(tenant):
    """Count the statements of a round from before which to after which no transaction of the database has ended.

    The database's own housekeeping ends many, one after the other, whenever it likes.
    """

    def look():
        return query(sequencer.ALIAS, "SELECT pg_current_snapshot()::text")

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        before = look()
        assert sequencer.keep_up(tenant) == 0
        with CaptureQueriesContext(connections[sequencer.ALIAS]) as asked:
            assert sequencer.keep_up(tenant) == 0
        if look() == before:
            return len(asked)
        time.sleep(0.1)
    raise AssertionError("transactions have ended all the time for a minute")


def test_a_round_that_another_sequencer_kept_out_does_not_count_as_one_that_found_nothing(tenant, database):
    appended(tenant, event(tenant))
    with psycopg.connect(conninfo("hushkeep_sequencer"), autocommit=True) as other:
        held = "(hashtextextended('hushkeep.audit/' || %s, 0))"
        other.execute(f"SELECT pg_advisory_lock{held}", [str(tenant)])
        assert sequencer.keep_up(tenant) == 0
        # A closed connection gives its lock back some time after.
        other.execute(f"SELECT pg_advisory_unlock{held}", [str(tenant)])
    assert sequencer.keep_up(tenant) == 1


def test_the_worker_gives_places_several_times_a_second(tenant):
    found = {service.name: service for service in services()}
    assert found["audit.sequencer"].every <= 0.1
    appended(tenant, event(tenant))
    found["audit.sequencer"].work(tenant)
    assert trail.search(permit(tenant), trail.Filter()).items[0].seq == 0


def test_the_rounds_of_witnesses_months_and_collector_write_nothing_while_none_is_due(tenant):
    found = {service.name: service for service in services()}
    appended(tenant, event(tenant))
    for name in ("audit.sequencer", "audit.witnesses", "audit.months", "audit.feed"):
        found[name].work(tenant)
    assert len(trail.search(permit(tenant), trail.Filter()).items) == 1


_UNCOUNTED = "UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname LIKE 'event_header%' AND relkind = 'r'"


@pytest.mark.parametrize("counted", [False, True], ids=["before its rows were ever counted", "after"])
def test_the_look_for_new_events_goes_by_transaction_and_through_nothing_old(tenant, database, counted):
    """Behind row-level security an index serves leakproof comparisons alone.

    What the planner takes for a month without a row is left to it, once the database has counted that there is none.
    """
    events = [event(tenant) for _ in range(300)]
    appended(tenant, *events)
    sequencer.run(tenant)
    look = sequencer._READ.format(new=sequencer._FRESH, run=1024)
    values = {"$1": f"'{tenant}'", "$2": "0::smallint", "$3": "5", "$4": "5", "$5": "'5:5:'", "$6": "9", "$7": "'9:9:'"}
    for holder, value in values.items():
        look = look.replace(holder, value)
    password = role_passwords(PASSWORDS)[SUPERUSER_KEY]
    with psycopg.connect(database.dsn(SUPERUSER, password, DATABASE)) as connection:
        connection.execute("ANALYZE event_header" if counted else _UNCOUNTED)
        connection.execute("SET LOCAL ROLE hushkeep_sequencer")
        connection.execute("SELECT set_config('enable_seqscan', 'off', true)")
        connection.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
        ((plan,),) = connection.execute(f"EXPLAIN (FORMAT JSON) {look}")
        connection.rollback()
    month = f"event_header_{events[0].at:%Y_%m}" if counted else "event_header_"
    looks = [node for node in _nodes(plan[0]["Plan"]) if node.get("Relation Name", "").startswith(month)]
    by_index = [node for node in _nodes(plan[0]["Plan"]) if node.get("Index Name", "").startswith(month)]
    assert looks
    assert len(by_index) == len(looks)
    for node in by_index:
        assert node["Index Name"].endswith("_tenant_era_xid_idx")
        assert "xid >=" in node["Index Cond"]


def _nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def sizes(tenant):
    with tenant_transaction(tenant):
        return [size for (size,) in query("default", "SELECT size FROM event_checkpoint ORDER BY size")]


def test_more_events_than_a_round_takes_are_placed_by_whole_transactions(tenant, monkeypatch):
    monkeypatch.setattr(sequencer, "BATCH", 10)
    monkeypatch.setattr(sequencer, "RUN", 5)
    written = [appended(tenant, *(event(tenant) for _ in range(4))) for _ in range(5)]
    assert sequencer.run(tenant) == 20
    assert sizes(tenant) == [12, 20]
    assert sequencer.run(tenant) == 0
    page = trail.search(permit(tenant), trail.Filter())
    assert {row.seq for row in page.items} == set(range(20))
    assert {row.event.id for row in page.items} == {e.id for one in written for e in one}


def test_a_transaction_larger_than_a_round_is_placed_as_a_whole(tenant, monkeypatch):
    monkeypatch.setattr(sequencer, "BATCH", 10)
    appended(tenant, *(event(tenant) for _ in range(30)))
    appended(tenant, event(tenant))
    assert sequencer.run(tenant) == 31
    assert sizes(tenant) == [30, 31]


def test_events_of_one_transaction_that_differ_in_every_field_are_kept_apart(tenant):
    written = [full_event(tenant), event(tenant), full_event(tenant), event(tenant, actor=None, count=7)]
    appended(tenant, *written)
    found = {row.event.id: row.event for row in trail.search(permit(tenant), trail.Filter()).items}
    assert found == {e.id: e for e in written}


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 700])
def test_the_tree_grown_in_batches_proves_each_event(tenant, size):
    written = []
    for step in (size // 2, size - size // 2):
        written += appended(tenant, *(event(tenant) for _ in range(step)))
        assert sequencer.run(tenant) == step
    for wanted in {0, size // 3, size - 1}:
        chosen = written[wanted]
        proof = trail.proof(permit(tenant, Action.AUDIT_VERIFY, chosen.id), chosen.id)
        assert proof.file.verify(entry_of(chosen, None), own_keys(tenant)).size == size
        assert (proof.row.event, proof.row.verified) == (chosen, True)


def test_pages_follow_each_other_without_gap_or_double(tenant):
    written = appended(tenant, *(event(tenant) for _ in range(25)))
    seen, cursor = [], None
    while True:
        page = trail.search(permit(tenant), trail.Filter(), cursor, limit=10)
        seen += [row.event.id for row in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [e.id for e in sorted(written, key=lambda e: (e.at, e.id), reverse=True)]


@pytest.mark.parametrize("part", ["actor", "action", "outcome", "conversation", "subject", "since", "until"])
def test_a_search_finds_what_it_asks_for_alone(tenant, part):
    moment = now()
    fields = {
        "actor": ActorId(uuid4()),
        "action": Action.AUDIT_EXPORT,
        "outcome": Outcome.DENIED,
        "conversation": ConversationId(uuid4()),
        "subject": SubjectId(uuid4()),
    }
    wanted = event(tenant, **(fields if part in fields else {}), at=moment)
    other = event(tenant, at=moment + timedelta(hours=1 if part == "until" else -1))
    appended(tenant, wanted, other)
    given = {"since": moment, "until": moment + timedelta(microseconds=1)} | fields
    page = trail.search(permit(tenant), trail.Filter(**{part: given[part]}))
    assert [row.event.id for row in page.items] == [wanted.id]


def test_a_conversations_trail_holds_its_events_alone(tenant):
    conversation = ConversationId(uuid4())
    mine, _ = appended(tenant, event(tenant, conversation=conversation), event(tenant))
    page = trail.of_conversation(permit(tenant, target=conversation), trail.Filter(conversation=conversation))
    assert [row.event.id for row in page.items] == [mine.id]


@pytest.mark.parametrize("wrong", [Action.AUDIT_VERIFY, Action.CONVERSATION_VIEW])
def test_reading_without_a_permit_to_read_is_refused(tenant, wrong):
    with pytest.raises(Denied):
        trail.search(permit(tenant, wrong), trail.Filter())


def test_a_permit_for_one_conversations_trail_does_not_open_another(tenant):
    with pytest.raises(Denied):
        trail.of_conversation(permit(tenant, target=uuid4()), trail.Filter(conversation=ConversationId(uuid4())))


def test_a_permit_to_verify_one_event_does_not_prove_another(tenant):
    with pytest.raises(Denied):
        trail.proof(permit(tenant, Action.AUDIT_VERIFY, uuid4()), EventId(uuid4()))


def test_an_event_of_another_tenant_has_no_proof(two_tenants):
    mine, theirs = two_tenants
    (foreign,) = appended(theirs, event(theirs))
    sequencer.run(theirs)
    with pytest.raises(NotFound):
        trail.proof(permit(mine, Action.AUDIT_VERIFY, foreign.id), foreign.id)


@pytest.mark.parametrize("cursor", ["x", "AAAA", "fHw=", "é"])
def test_a_foreign_cursor_is_refused(tenant, cursor):
    with pytest.raises(InvalidInput):
        trail.search(permit(tenant), trail.Filter(), cursor)


CHANGES = {
    "event_header": ("UPDATE event_header SET reason = 'x'", "DELETE FROM event_header", "TRUNCATE event_header"),
    "event_payload": ("UPDATE event_payload SET body = ''", "DELETE FROM event_payload", "TRUNCATE event_payload"),
    "event_leaf": ("UPDATE event_leaf SET first = 9", "DELETE FROM event_leaf", "TRUNCATE event_leaf"),
    "event_node": ("UPDATE event_node SET level = 9", "DELETE FROM event_node", "TRUNCATE event_node"),
    "event_checkpoint": (
        "UPDATE event_checkpoint SET note = ''",
        "DELETE FROM event_checkpoint",
        "TRUNCATE event_checkpoint",
    ),
}


@pytest.mark.parametrize("alias", ["default", "sequencer", "owner"])
@pytest.mark.parametrize("change", [change for changes in CHANGES.values() for change in changes])
def test_no_role_changes_what_is_written(tenant, alias, change):
    appended(tenant, *(event(tenant) for _ in range(300)))
    with tenant_transaction(tenant):
        log.append(event(tenant), {"fields": ["phone"]})
    sequencer.run(tenant)
    with pytest.raises(DatabaseError), tenant_transaction(tenant, using=alias):
        query(alias, change)


def test_no_partition_can_be_emptied(database):
    found = query(
        "owner",
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE c.relkind = 'r' AND c.relname ~ '^event_'",
    )
    assert len(found) >= 2 * 15
    for (table,) in found:
        with pytest.raises(DatabaseError, match="refused"), transaction.atomic(using="owner"):
            query("owner", f"TRUNCATE {table}")


def test_the_transactions_number_cannot_be_forged(tenant):
    with pytest.raises(DatabaseError, match="permission denied"), tenant_transaction(tenant):
        query(
            "default",
            "INSERT INTO event_header (tenant, at, id, version, actor_kind, action, outcome, reason, xid) "
            "VALUES (%s, now(), %s, 1, 'person', 'audit:read', 'allowed', 'x', 5)",
            [tenant, new_id()],
        )


@pytest.mark.parametrize("table", ["event_leaf", "event_node", "event_checkpoint", "event_cosignature", "event_key"])
def test_the_application_cannot_write_what_the_sequencer_writes(tenant, table):
    with pytest.raises(DatabaseError, match="permission denied"), tenant_transaction(tenant):
        query("default", f"INSERT INTO {table} SELECT * FROM {table}")


def test_the_sequencer_reads_no_payload(tenant):
    with pytest.raises(DatabaseError, match="permission denied"), tenant_transaction(tenant, using="sequencer"):
        query("sequencer", "SELECT body FROM event_payload")


def test_a_payload_is_committed_to_and_stays_out_of_the_header(tenant):
    written = event(tenant)
    appended(tenant, written, payloads={written.id: {"fields": ["phone"]}})
    sequencer.run(tenant)
    (row,) = trail.search(permit(tenant), trail.Filter()).items
    assert row.verified
    entry = trail.proof(permit(tenant, Action.AUDIT_VERIFY, written.id), written.id).file.extra
    assert b"phone" not in entry
    assert b'"payload":"' in entry


def test_a_payload_of_no_event_is_refused(tenant):
    with pytest.raises(InvalidInput), tenant_transaction(tenant):
        log.append_many([event(tenant)], {EventId(uuid4()): {"a": 1}})


def test_the_database_and_the_library_write_the_same_entry(tenant):
    written = [full_event(tenant), event(tenant, count=0), event(tenant, at=datetime(2026, 1, 1, tzinfo=UTC))]
    appended(tenant, *written, payloads={written[1].id: [1]})
    with tenant_transaction(tenant):
        found = query("default", "SELECT id, hushkeep_entry(h), commitment FROM event_header h")
    for identity, entry, commitment in found:
        (expected,) = [e for e in written if e.id == identity]
        assert bytes(entry) == entry_of(expected, commitment and bytes(commitment))


def test_a_checkpoint_signed_by_a_foreign_key_is_not_built_upon(tenant, monkeypatch):
    appended(tenant, event(tenant))
    sequencer.run(tenant)
    monkeypatch.setattr(sequencer, "own_keys", lambda _: ())
    appended(tenant, event(tenant))
    with pytest.raises(IntegrityError, match="not signed by the log's key"):
        sequencer.run(tenant)
