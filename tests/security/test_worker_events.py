"""What the worker does by itself: each act has exactly one event, written in the act's own transaction.

Every registered service and job stands below, either with a scene of acts or among those that act on nothing of the
center's own; one that is in neither is a failure.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.utils.module_loading import autodiscover_modules

from hushkeep.access.models import Approval, Emergency
from hushkeep.audit import deposits, log, outside, sequencer
from hushkeep.identity.models import Session, User
from hushkeep.identity.roles import Role
from hushkeep.kernel import PLATFORM_TENANT, Action, ActorKind, Event, EventId, IntegrityError, Outcome, new_id
from hushkeep.records.models import Change, Export, Recording, Subject
from hushkeep.runtime import clock, jobs
from hushkeep.runtime.services import services
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server

autodiscover_modules("jobs", "services")  # as the worker does

SECOND = timedelta(seconds=1)
LONG = timedelta(days=100)


def saved(model, tenant, times=2, /, **columns):
    """Rows of a center; return their ids."""
    with tenant_transaction(tenant):
        rows = [
            model(**{name: made() if callable(made) else made for name, made in columns.items()}) for _ in range(times)
        ]
        for row in rows:
            row.save(force_insert=True)
    return [row.id for row in rows]


def approvals_overdue(tenant, _):
    now = clock.now()
    columns = {"action": "key:rotate", "scope": {}, "digest": bytes(32), "count": 1, "clear": False, "large": False}
    columns |= {"purpose": "complaint", "requester": uuid4, "requester_human": uuid4, "requested_at": now}
    saved(Approval, tenant, **columns, state="requested", expires_at=now - SECOND)
    return "access_approval", [("approval:decide", "denied", "approval_expired")] * 2


def emergencies_of_each_kind(tenant, _):
    past = clock.now() - LONG
    columns = {"holder": uuid4, "role": "agent", "subject": uuid4, "reason": "life_at_risk", "reference": "INC-1"}
    columns |= {"minutes": 5, "requested_at": past}
    opened = {"decided_by": uuid4, "opened_at": past, "ends_at": past}
    saved(Emergency, tenant, **columns, state="requested")
    saved(Emergency, tenant, 1, **columns, **opened, state="open")
    saved(Emergency, tenant, 1, **columns, **opened, state="closed", review_due=past)
    return "access_emergency", [
        *[("emergency:decide", "denied", "approval_expired")] * 2,
        ("emergency:close", "allowed", "minutes_over"),
        ("emergency:review", "failed", "emergency_unreviewed"),
    ]


def a_quarter_without_review(tenant, person):
    person(tenant, Role.SECURITY, signed_in=False)
    return "access_review", [("review:open", "allowed", "system")]


def accounts_that_nobody_uses(tenant, person):
    person(tenant)
    away = [person(tenant, Role.AGENT).id for _ in range(2)]
    with tenant_transaction(tenant):
        Session.objects.filter(person__in=away).update(seen_at=clock.now() - LONG)
        User.objects.filter(id__in=away).update(enrolled_at=clock.now() - LONG)
    return "identity_user", [("user:remove", "allowed", "system")] * 2


def changes_past_their_window(tenant, _):
    columns = {"subject": uuid4, "klass": "contact", "capsule": uuid4, "actor": uuid4, "event": uuid4}
    columns |= {"at": clock.now(), "undo_until": clock.now() - SECOND, "before": {}, "after": {}}
    saved(Change, tenant, **columns, kind="change", state="stands")
    return "records_change", [("customer:change", "allowed", "window_over")] * 2


def exported(tenant, times=2, /, **columns):
    known = {"approval": uuid4, "object": uuid4, "person": uuid4, "requester": uuid4, "approver": uuid4}
    known |= {"slot": {}, "count": 3, "began_at": clock.now() - LONG, "expires_at": clock.now() - SECOND}
    return saved(Export, tenant, times, **known, **columns)


def archives_that_are_over(tenant, _):
    exported(tenant, state="ready")
    exported(tenant, state="queued")
    return "records_export", [
        *[("export:execute", "allowed", "export_gone")] * 2,
        *[("export:execute", "failed", "export_stalled")] * 2,
    ]


def recorded(tenant, times=2, /, **columns):
    [subject] = saved(Subject, tenant, 1, created_at=clock.now())
    known = {"subject": subject, "source_digest": lambda: uuid4().bytes, "landed_at": clock.now(), "suffix": "wav"}
    return saved(Recording, tenant, times, **known, size=1, sha256=bytes(32), **columns)


def originals_not_searched_in_time(tenant, _):
    recorded(tenant, state="landed", expires_at=clock.now() - SECOND)
    return "records_recording", [("recording:redact", "allowed", "system")] * 2


SERVICES = {
    "access.approvals_expiry": approvals_overdue,
    "access.emergencies": emergencies_of_each_kind,
    "access.reviews": a_quarter_without_review,
    "access.unused": accounts_that_nobody_uses,
    "records.changes": changes_past_their_window,
    "records.exports": archives_that_are_over,
    "recordings_expire": originals_not_searched_in_time,
}
"""Service -> the scene of its acts: returns the table they change, and the event of each."""

WITHOUT_ACTS = {
    "access.forgetting": "counts past every window",
    "access.refused_proofs": "events of refusals that were held back for a minute",
    "access.screen_marks": "marks past every trace",
    "audit.deposits": "copies of a signed checkpoint; a refusal is an event, below",
    "audit.feed": "copies of events",
    "audit.months": "an event of the platform a month, below",
    "audit.sequencer": "places of events",
    "audit.witnesses": "signatures under a checkpoint; a refusal is an event, below",
    "identity.forgetting": "expired cookies and answers",
    "records.discarded": "objects whose rows went under an event of their own, or never came",
    "records.unused_rings": "keys that nothing hangs on, each with its event: see the landing of recordings",
    "recordings_resume": "jobs that died, queued again",
    "tenant_keys": "the key service's own log has it",
    "watch.log": "alarms",
    "watch.reconciliation": "alarms",
}
"""Service -> what it does instead of acting on a center's people, rights or data."""


def interrupted_archive(tenant):
    [export] = exported(tenant, 1, state="writing")
    return "records_export", {"export": export}, [("export:execute", "failed", "export_cut_off")]


def recording_without_original(tenant):
    [recording] = recorded(tenant, 1, state="landed")
    begun, ended = [("recording:redact", "allowed", "system")] * 2
    return "records_recording", {"recording": recording}, [begun, ended]


def recording_to_check(tenant):
    [recording] = recorded(tenant, 1, state="landed")
    return "records_recording", {"recording": recording}, [("recording:verify", "allowed", "system")]


JOBS = {
    "records.export": interrupted_archive,
    "recording_check": recording_to_check,
    "recording_scan": recording_without_original,
}
FOLLOWING = {
    "access.deliver_alarm": "sends an alarm that has its event",
    "access.end_tickets": "follows the event of a leaver; the key service's own log has it",
    "access.tell_device": "follows the event of a device; the key service's own log has it",
}
"""Job -> the act, with its event, that queued it."""


def test_every_service_and_job_stands_in_this_crawl():
    assert ours(services()) == {*SERVICES, *WITHOUT_ACTS}
    assert ours(jobs._jobs.values()) == {*JOBS, *FOLLOWING}


def ours(registered):
    """The names of what the product registers: other tests register some of their own."""
    return {one.name for one in registered if one.work.__module__.startswith("hushkeep.")}


class Watch:
    """What transactions did, from now on, to a table of a center and to its log."""

    def __init__(self, tenant, table):
        self.tenant, self.table = tenant, table
        [(self.start,)] = self.rows("SELECT pg_current_xact_id()::text::bigint")

    def rows(self, query, values=()):
        with tenant_transaction(self.tenant), connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    def events(self):
        query = "SELECT action, outcome, reason FROM event_header WHERE tenant = %s AND xid > %s ORDER BY id"
        return self.rows(query, [self.tenant, self.start])

    def acts(self):
        """Transaction -> how many rows it changed last."""
        query = f"""
        SELECT xid, count(*) FROM (
            SELECT xmin::text::bigint + ((%s::bigint >> 32) << 32) AS xid FROM {self.table} WHERE tenant = %s) changed
        WHERE xid > %s GROUP BY 1"""
        return dict(self.rows(query, [self.start, self.tenant, self.start]))

    def told(self):
        """Transaction -> how many events it wrote."""
        query = "SELECT xid, count(*) FROM event_header WHERE tenant = %s AND xid > %s GROUP BY 1"
        return dict(self.rows(query, [self.tenant, self.start]))


def work_of(name):
    return next(one.work for one in services() if one.name == name)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_each_act_of_a_service_has_one_event_in_its_own_transaction(name, tenant, person, key_process):
    key_process.create_tenant(tenant)
    table, expected = SERVICES[name](tenant, person)
    watch = Watch(tenant, table)
    work_of(name)(tenant)
    assert sorted(watch.events()) == sorted(expected)
    assert watch.acts()
    assert watch.acts() == watch.told()
    again = Watch(tenant, table)
    work_of(name)(tenant)
    assert (again.events(), again.acts()) == ([], {})


@pytest.mark.parametrize("name", sorted(JOBS))
def test_each_act_of_a_job_has_one_event_in_its_own_transaction(name, tenant, key_process):
    key_process.create_tenant(tenant)
    table, ids, expected = JOBS[name](tenant)
    watch = Watch(tenant, table)
    jobs.run(name, str(tenant), {key: value.urn for key, value in ids.items()})
    assert watch.events() == expected
    told = watch.told()
    assert set(told.values()) == {1}
    assert watch.acts().keys() <= told.keys()
    assert watch.acts()


@pytest.mark.parametrize("name", sorted({*SERVICES, *WITHOUT_ACTS}))
def test_where_there_is_nothing_to_do_nothing_is_told(name, tenant, key_process):
    key_process.create_tenant(tenant)
    watch = Watch(tenant, "event_header")
    work_of(name)(tenant)
    assert watch.events() == []


def placed(tenant):
    event = Event(
        id=EventId(new_id()),
        tenant=tenant,
        at=clock.now(),
        actor=None,
        actor_kind=ActorKind.SYSTEM,
        action=Action.SYSTEM_STATUS,
        outcome=Outcome.ALLOWED,
        reason="ok",
    )
    with tenant_transaction(tenant):
        log.append(event)
    sequencer.run(tenant)


def test_a_month_that_is_dropped_or_held_has_one_event_of_the_platform():
    past = clock.now() - timedelta(days=3000)
    with connections["sequencer"].cursor() as cursor:
        cursor.execute("SELECT hushkeep_audit_month(%s)", [past])
    watch = Watch(PLATFORM_TENANT, "event_header")
    work_of("audit.months")(PLATFORM_TENANT)
    assert [told[0] for told in watch.events()].count("audit:purge") == len(watch.events()) >= 1
    assert ("audit:purge", "allowed", "retention") in watch.events()
    again = Watch(PLATFORM_TENANT, "event_header")
    work_of("audit.months")(PLATFORM_TENANT)
    assert ("audit:purge", "allowed", "retention") not in again.events()


def test_a_folder_that_holds_another_history_has_one_event(tenant, tmp_path):
    placed(tenant)
    config = settings().data_dir / "audit" / "outside.toml"
    config.write_text(f'[folder]\npath = "{tmp_path}"\n')
    try:
        work_of("audit.deposits")(tenant)
        [kept] = [file for file in tmp_path.rglob("*") if file.is_file()]
        kept.chmod(0o600)
        kept.write_text("not ours")
        placed(tenant)
        with tenant_transaction(tenant), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM event_deposit WHERE tenant = %s", [tenant])
            assert cursor.fetchone() == (1,)
        watch = Watch(tenant, "event_header")
        with pytest.raises(IntegrityError, match="folder_unreadable"):
            deposits.deposit(tenant, outside.outside(), clock.now() + timedelta(hours=2))
        assert watch.events() == [("audit:checkpoint", "failed", "folder_unreadable")]
    finally:
        config.unlink()
