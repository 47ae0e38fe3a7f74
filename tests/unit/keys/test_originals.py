"""Sealed and opened inside the service: no interaction key leaves it, and what is opened is bound to all it names."""

from uuid import uuid4

import pytest

from hushkeep import vault
from hushkeep.kernel import Denied, IntegrityError, NotFound
from hushkeep.keys import protocol as p
from hushkeep.keys.tickets import Kind, Ticket

SAID = "我的手机号是13499990000".encode()
SOUND = bytes(range(256)) * 1024  # four segments and a piece


@pytest.fixture
def original(house):
    """(subject, wrap, sealed) of one sealed original in table "conversation", version 3."""
    subject, talk = house.new_subject(), uuid4()
    [(sealed, wrap)] = house.ask(
        p.SealOriginals(house.tenant, [(talk, "text", subject, "conversation", 3, SAID)]), roles={"front"}
    )
    return subject, wrap, sealed


def _open(house, ticket, wrap, sealed, table="conversation", version=3):
    return house.ask(p.OpenOriginals(ticket, uuid4(), [(wrap, table, version, sealed)]), roles={"front"})


def test_an_original_opens_for_its_ticket(house, original):
    subject, wrap, sealed = original
    assert _open(house, house.sample(subject), wrap, sealed) == [SAID]
    assert SAID not in sealed


@pytest.mark.parametrize("moved", [{"table": "other"}, {"version": 2}])
def test_an_original_moved_elsewhere_is_refused(house, original, moved):
    subject, wrap, sealed = original
    with pytest.raises(IntegrityError):
        _open(house, house.sample(subject), wrap, sealed, **moved)


def test_an_original_is_bound_to_its_conversation_and_its_wrap(house, original):
    subject, wrap, sealed = original
    other = house.ask(p.SealOriginals(house.tenant, [(uuid4(), "text", subject, "conversation", 3, b"x")]))[0]
    for mixed in ((other[1], sealed), (wrap, other[0]), (other[1][:16] + wrap[16:], sealed), (b"", sealed)):
        with pytest.raises(IntegrityError):
            _open(house, house.sample(subject), *mixed)


def test_an_original_opens_for_no_other_subjects_or_classes_ticket(house, original):
    _, wrap, sealed = original
    with pytest.raises(Denied, match="ticket_other_subject"):
        _open(house, house.sample(house.new_subject()), wrap, sealed)
    with pytest.raises(Denied, match="ticket_other_class"):
        _open(house, house.sample(original[0], ["voice"]), wrap, sealed)


def test_an_original_of_another_tenant_is_refused(house, original):
    _, wrap, sealed = original
    other, subject = uuid4(), uuid4()
    house.ask(p.CreateTenant(other))
    house.ask(p.CreateSubjects(other, [subject]))
    ticket = house.ask(p.TicketJob(other, uuid4(), [subject, original[0]], ["text"], uuid4())).id
    with pytest.raises(Denied, match="ticket_other_tenant"):
        _open(house, ticket, wrap, sealed)


@pytest.fixture
def recording(house):
    """(subject, ring, object, sealed file, wraps) of a recording's original, its key split."""
    subject, ring, object_id = house.new_subject(), uuid4(), uuid4()
    house.ask(p.CreateRings(house.tenant, [ring]))
    sealed, wraps = house.ask(p.SealFile(house.tenant, object_id, "voice", subject, ring, SOUND), roles={"front"})
    return subject, ring, object_id, sealed, wraps


def _job(house, *subjects):
    return house.ask(p.TicketJob(house.tenant, uuid4(), list(subjects), ["voice"], uuid4())).id


def _hear(house, ticket, recording, **changed):
    _, _, object_id, sealed, wraps = recording
    pieces = [(one.number, one.last, sealed[one.start : one.stop]) for one in vault.segments_between(len(sealed), 0, 9)]
    said = {"wraps": wraps, "object": object_id, "start": sealed[:104], "segments": pieces} | changed
    return house.ask(p.OpenSegments(ticket, uuid4(), *said.values()))


def test_a_job_over_both_hears_a_split_file_and_over_one_of_them_does_not(house, recording):
    subject, ring, *_ = recording
    assert _hear(house, _job(house, subject, ring), recording)[0][:9] == SOUND[:9]
    for whom in (subject, ring):
        with pytest.raises(Denied, match="ticket_other_subject"):
            _hear(house, _job(house, whom), recording)


def test_either_half_alone_opens_nothing(house, recording):
    ticket = _job(house, *recording[:2])
    for wrap in recording[4]:
        with pytest.raises(IntegrityError):
            _hear(house, ticket, recording, wraps=[wrap])


def test_segments_are_bound_to_their_place_and_their_file(house, recording):
    _, _, object_id, sealed, _ = recording
    ticket = _job(house, *recording[:2])
    one, two = vault.segments_between(len(sealed), 0, 70_000)
    first, second = sealed[one.start : one.stop], sealed[two.start : two.stop]
    for pieces in ([(1, False, first)], [(0, True, first)], [(0, False, second)], [(0, False, first[:-1])]):
        with pytest.raises(IntegrityError, match=f"object {object_id}: segment"):
            _hear(house, ticket, recording, segments=pieces)
    for changed in ({"object": uuid4()}, {"start": sealed[:40] + bytes(64)}):
        with pytest.raises(IntegrityError):
            _hear(house, ticket, recording, **changed)


def test_neither_a_reviewers_nor_an_agents_ticket_opens_the_ring_of_a_recording(house, recording):
    subject, ring, *_ = recording
    with pytest.raises(Denied, match="retention_ring"):
        house.ask(p.TicketSample(house.tenant, uuid4(), ring, ["voice"], uuid4()))
    with pytest.raises(Denied, match="retention_ring"):
        house.ask(p.BindContacts(house.tenant, [(ring, "phone", "+8613499990000")]))
    with pytest.raises(Denied, match="ticket_other_subject"):
        _hear(house, house.sample(subject, ["voice"]), recording)


@pytest.mark.parametrize("kind", ["sample", "live"])
def test_however_a_ticket_came_by_the_ring_it_opens_it_for_jobs_and_two_people_alone(house, recording, kind):
    ticket = house.service._ground.grant(
        Ticket(
            kind=Kind(kind),
            tenant=house.tenant,
            actor=uuid4(),
            subjects=frozenset(recording[:2]),
            classes=frozenset({"voice"}),
            event=uuid4(),
            expires_at=1 << 62,
            left=9,
        )
    ).id
    with pytest.raises(Denied, match="retention_ring"):
        _hear(house, ticket, recording)


def test_the_store_cannot_make_a_persons_ring_of_a_recordings(house, recording):
    _, ring, *_ = recording
    raw = house.raw_store()
    raw.execute("UPDATE ring SET classes = 63 WHERE subject = ?", (ring.bytes,))
    raw.commit()
    raw.close()
    with pytest.raises(IntegrityError):
        house.ask(p.TicketSample(house.tenant, uuid4(), ring, ["voice"], uuid4()))


def test_a_shredded_ring_of_a_recording_is_gone_whole(house, recording):
    subject, ring, *_ = recording
    request = p.Shred(
        house.tenant, ring, [], uuid4(), uuid4(), "retention_end", holds_checked=True, removed={}, proofs=[]
    )
    house.ask(request)
    with pytest.raises(NotFound):
        _hear(house, _job(house, subject, ring), recording)
    raw = house.raw_store()
    assert raw.execute("SELECT count(*) FROM ring WHERE subject = ?", (ring.bytes,)).fetchone() == (0,)
    raw.close()


def test_a_file_of_one_person_opens_by_one_wrap(house):
    subject, object_id = house.new_subject(), uuid4()
    sealed, wraps = house.ask(p.SealFile(house.tenant, object_id, "voice", subject, None, SOUND))
    assert len(wraps) == 1
    assert _hear(house, house.sample(subject, ["voice"]), (subject, None, object_id, sealed, wraps))[0][:9] == SOUND[:9]


def test_many_files_at_once_are_sealed_each_for_its_own_subject_under_a_key_of_its_own(house):
    first, second = house.new_subject(), house.new_subject()
    items = [(uuid4(), "voice", who, said) for who, said in ((first, SOUND), (second, SOUND), (first, SAID))]
    done = house.ask(p.SealFiles(house.tenant, items), roles={"front"})
    for (object_id, _, who, said), (sealed, wrap) in zip(items, done, strict=True):
        mine = (who, None, object_id, sealed, [wrap])
        assert _hear(house, house.sample(who, ["voice"]), mine)[0][:9] == said[:9]
        other = second if who is first else first
        with pytest.raises(Denied, match="ticket_other_subject"):
            _hear(house, house.sample(other, ["voice"]), mine)
    (one, one_wrap), _, (two, two_wrap) = done
    mixed = ((one, two_wrap, items[0][0]), (two, one_wrap, items[2][0]), (one, one_wrap, uuid4()))
    for sealed, wrap, object_id in mixed:
        with pytest.raises(IntegrityError):
            _hear(house, house.sample(first, ["voice"]), (first, None, object_id, sealed, [wrap]))


def test_files_of_which_one_is_of_nobody_are_refused_together(house):
    items = [(uuid4(), "voice", who, SOUND) for who in (house.new_subject(), uuid4())]
    with pytest.raises(NotFound):
        house.ask(p.SealFiles(house.tenant, items))
    with pytest.raises(Denied, match="peer_not_allowed"):
        house.ask(p.SealFiles(house.tenant, items[:1]), roles={"admin"})
