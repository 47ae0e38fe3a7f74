"""The key service as a process, through its client."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from uuid import uuid4

import pytest

from hushkeep import vault
from hushkeep.kernel import Denied, IntegrityError, NotFound, Unavailable
from hushkeep.runtime.key_client import KeyClient, Place

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def tenant(key_service):
    tenant = uuid4()
    key_service.create_tenant(tenant)
    return tenant


@pytest.fixture
def subject(key_service, tenant):
    subject = uuid4()
    key_service.create_subjects(tenant, [subject])
    return subject


def _wrapped(keys, tenant, subject, klass="text"):
    secret = os.urandom(32)
    [[wrap]] = keys.wrap_interactions(tenant, [(uuid4(), klass, secret, [subject])])
    return secret, wrap


def test_a_reviewer_with_a_ticket_opens_what_was_wrapped(key_service, tenant, subject):
    secret, wrap = _wrapped(key_service, tenant, subject)
    ticket = key_service.ticket_sample(tenant, uuid4(), subject, ["text"], uuid4())
    assert key_service.unwrap(ticket, uuid4(), [wrap]) == [secret]


def test_each_party_of_a_conversation_has_an_own_wrap(key_service, tenant, subject):
    other, secret = uuid4(), os.urandom(32)
    key_service.create_subjects(tenant, [other])
    [wraps] = key_service.wrap_interactions(tenant, [(uuid4(), "voice", secret, [subject, other])])
    for party, wrap in zip((subject, other), wraps, strict=True):
        ticket = key_service.ticket_sample(tenant, uuid4(), party, ["voice"], uuid4())
        assert key_service.unwrap(ticket, uuid4(), [wrap]) == [secret]


def test_a_capsule_opens_at_its_place_only(key_service, tenant, subject):
    row = uuid4()
    [capsule] = key_service.seal_capsules(tenant, [(subject, "contact", Place(row, version=3), b"\xa1apx")])
    ticket = key_service.ticket_sample(tenant, uuid4(), subject, ["contact"], uuid4())
    assert key_service.open_capsules(ticket, uuid4(), [(Place(row, version=3), capsule)]) == [b"\xa1apx"]
    for elsewhere in (Place(uuid4(), version=3), Place(row, version=2), Place(row, version=3, table="other")):
        with pytest.raises(IntegrityError):
            key_service.open_capsules(ticket, uuid4(), [(elsewhere, capsule)])


@pytest.mark.parametrize("fault", ["tenant", "subject", "class", "ticket"])
def test_a_ticket_opens_nothing_beyond_what_it_names(key_service, tenant, subject, fault):
    _, wrap = _wrapped(key_service, tenant, subject)
    other_tenant, other_subject = uuid4(), uuid4()
    key_service.create_tenant(other_tenant)
    key_service.create_subjects(other_tenant, [subject])
    key_service.create_subjects(tenant, [other_subject])
    ticket = {
        "tenant": lambda: key_service.ticket_sample(other_tenant, uuid4(), subject, ["text"], uuid4()),
        "subject": lambda: key_service.ticket_sample(tenant, uuid4(), other_subject, ["text"], uuid4()),
        "class": lambda: key_service.ticket_sample(tenant, uuid4(), subject, ["payment"], uuid4()),
        "ticket": lambda: _forged(key_service.ticket_sample(tenant, uuid4(), subject, ["text"], uuid4())),
    }[fault]()
    with pytest.raises(Denied):
        key_service.unwrap(ticket, uuid4(), [wrap])


def _forged(ticket):
    return type(ticket)(os.urandom(16), ticket.kind, ticket.subjects, ticket.classes, ticket.expires_at)


def test_subjects_without_keys_are_named_by_id(key_service, tenant):
    missing = uuid4()
    with pytest.raises(NotFound, match=str(missing)):
        key_service.wrap_interactions(tenant, [(uuid4(), "text", os.urandom(32), [missing])])
    with pytest.raises(NotFound):
        key_service.create_subjects(uuid4(), [missing])


def test_making_twice_keeps_the_first_keys(key_service, tenant, subject):
    secret, wrap = _wrapped(key_service, tenant, subject)
    key_service.create_tenant(tenant)
    key_service.create_subjects(tenant, [subject, subject])
    ticket = key_service.ticket_sample(tenant, uuid4(), subject, ["text"], uuid4())
    assert key_service.unwrap(ticket, uuid4(), [wrap]) == [secret]


def test_writing_and_looking_up_agree_on_the_digest_and_tenants_differ(key_service, tenant):
    [written] = key_service.index(tenant, [("phone", "+8613800138000")])
    assert len(written) == 16
    assert key_service.lookup(tenant, uuid4(), "phone", "+8613800138000", event=uuid4()) == written
    other = uuid4()
    key_service.create_tenant(other)
    assert key_service.index(other, [("phone", "+8613800138000")]) != [written]
    assert key_service.index(tenant, [("email", "+8613800138000")]) != [written]


def test_looking_up_ends_at_the_actors_limit(key_service, tenant):
    actor = uuid4()

    def look(number):
        key_service.lookup(tenant, actor, "phone", f"+86138{number:08}", event=uuid4())

    # Side by side: one after the other they might be no faster on a busy machine than the limit allows.
    with ThreadPoolExecutor(8) as pool, pytest.raises(Denied, match="rate_limited"):
        list(pool.map(look, range(600)))
    key_service.lookup(tenant, uuid4(), "phone", "+8613800138000", event=uuid4())


def test_sampling_ends_at_the_actors_limit(key_service, tenant, subject):
    actor = uuid4()

    def drain():
        for _ in range(200):
            key_service.ticket_sample(tenant, actor, subject, ["text"], uuid4())

    with pytest.raises(Denied, match="rate_limited"):
        drain()


def test_every_opening_stands_in_the_log_with_its_event(key_service, tenant, subject):
    _, wrap = _wrapped(key_service, tenant, subject)
    start = key_service.status()["log_seq"]
    given, opened, actor = uuid4(), uuid4(), uuid4()
    ticket = key_service.ticket_sample(tenant, actor, subject, ["text"], given)
    key_service.unwrap(ticket, opened, [wrap])
    records = [record for record in key_service.log_since(start) if record.op != "checkpoint"]
    assert [(record.op, record.event, record.actor, record.subject) for record in records] == [
        ("ticket", given, actor, subject),
        ("unwrap", opened, actor, subject),
    ]


def test_openings_are_listed_by_event_and_time_for_the_ledger(key_service, tenant, subject):
    _, wrap = _wrapped(key_service, tenant, subject)
    start = key_service.status()["log_seq"]
    opened, looked, refused = uuid4(), uuid4(), uuid4()
    ticket = key_service.ticket_sample(tenant, uuid4(), subject, ["text"], uuid4())
    key_service.unwrap(ticket, opened, [wrap])
    key_service.lookup(tenant, uuid4(), "phone", "+8613800138000", event=looked)
    key_service.lookup(tenant, uuid4(), "phone", "+8613800138000")
    with pytest.raises(IntegrityError):
        key_service.unwrap(ticket, refused, [wrap[:-1] + bytes([wrap[-1] ^ 1])])
    following, found = key_service.openings_since(start)
    assert [(opening.op, opening.event) for opening in found] == [
        ("unwrap", opened),
        ("lookup", looked),
        ("lookup", None),
    ]
    assert {(opening.tenant, opening.at.tzinfo) for opening in found} == {(tenant, UTC)}
    assert key_service.openings_since(following) == (following, [])


def test_originals_are_sealed_and_opened_without_a_key_coming_here(key_service, tenant, subject):
    talk = uuid4()
    [(sealed, wrap)] = key_service.seal_originals(tenant, [(talk, "text", subject, "conversation", 2, b"said")])
    ticket, event = key_service.ticket_sample(tenant, uuid4(), subject, ["text"], uuid4()), uuid4()
    start = key_service.status()["log_seq"]
    assert key_service.open_originals(ticket, event, [(wrap, "conversation", 2, sealed)]) == [b"said"]
    assert [(one.op, one.event) for one in key_service.openings_since(start)[1]] == [("open_originals", event)]


def test_a_file_of_sixteen_megabytes_is_sealed_at_once_and_opened_by_its_segments(key_service, tenant, subject):
    ring, object_id, content = uuid4(), uuid4(), os.urandom(16 << 20)
    key_service.create_rings(tenant, [ring])
    sealed, wraps = key_service.seal_file(tenant, object_id, "voice", subject, content, ring=ring)
    ticket = key_service.ticket_job(tenant, uuid4(), [subject, ring], ["voice"], uuid4())
    for start, end in ((0, 1), (len(content) - 200_000, len(content)), (65_400, 65_700)):
        wanted = vault.segments_between(len(sealed), start, end)
        pieces = [(one.number, one.last, sealed[one.start : one.stop]) for one in wanted]
        opened = key_service.open_segments(ticket, uuid4(), wraps, object_id, sealed[:104], pieces)
        within = vault.place_of(start)[1]
        assert b"".join(opened)[within : within + end - start] == content[start:end]


def test_a_refusal_stands_in_the_log_too(key_service, tenant, subject):
    _, wrap = _wrapped(key_service, tenant, subject)
    ticket = key_service.ticket_sample(tenant, uuid4(), subject, ["payment"], uuid4())
    event = uuid4()
    with pytest.raises(Denied):
        key_service.unwrap(ticket, event, [wrap])
    last = key_service.log_since(key_service.status()["log_seq"] - 2)
    assert ("denied", event, "ticket_other_class") in [(r.outcome, r.event, r.reason) for r in last]


def test_threads_share_one_client(key_service, tenant, subject):
    before = threading.active_count()
    pairs = [_wrapped(key_service, tenant, subject) for _ in range(40)]
    ticket = key_service.ticket_sample(tenant, uuid4(), subject, ["text"], uuid4())
    with ThreadPoolExecutor(8) as pool:
        opened = pool.map(lambda pair: key_service.unwrap(ticket, uuid4(), [pair[1]]), pairs)
        assert [key for [key] in opened] == [secret for secret, _ in pairs]
    assert threading.active_count() <= before


def test_a_forked_process_gets_its_own_connections(key_service, tenant, subject):
    secret, wrap = _wrapped(key_service, tenant, subject)
    ticket = key_service.ticket_sample(tenant, uuid4(), subject, ["text"], uuid4())
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = int(not all(key_service.unwrap(ticket, uuid4(), [wrap]) == [secret] for _ in range(50)))
        finally:
            os._exit(code)  # whatever happened: or a second run of the tests would go on from here
    assert all(key_service.unwrap(ticket, uuid4(), [wrap]) == [secret] for _ in range(50))
    assert os.waitpid(child, 0)[1] == 0


def test_no_service_is_one_clear_error(tmp_path):
    with pytest.raises(Unavailable, match="key service does not answer"):
        KeyClient(tmp_path / "nobody").status()


def test_nothing_secret_prints(key_service, tenant, subject):
    ticket = key_service.ticket_sample(tenant, uuid4(), subject, ["text"], uuid4())
    assert ticket.id.hex() not in repr(ticket)
    assert repr(ticket.id) not in repr(ticket)
