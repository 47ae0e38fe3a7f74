"""Recordings on arrival: sealed as they come, refused when they cannot be, quarantined when not what was said."""

import threading

import pytest
from django.db import connections

from hushkeep.identity.roles import Role
from hushkeep.kernel import NotFound, Unavailable, new_id
from hushkeep.records import discarded, unused_rings
from hushkeep.records.models import DiscardedObject
from hushkeep.records.recordings import _copies, landing, scanning
from hushkeep.runtime import clock
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction
from made_calls import call, objects_on_disk

pytestmark = pytest.mark.server


def test_a_recording_lands_sealed_and_no_clear_byte_of_it_lies_anywhere(desk):
    before = set(objects_on_disk())
    data = call()
    desk.landed(data)
    [new] = set(objects_on_disk()) - before
    stored = new.read_bytes()
    assert data[1000:1064] not in stored
    assert len(stored) > len(data)
    assert not any(data[1000:1064] in path.read_bytes() for path in settings().data_dir.rglob("*.wav"))


def test_parts_of_a_recording_join_and_one_sent_twice_is_taken_once(desk, key_process):
    data = call()
    first = desk.land(data, first=100_000).json()
    assert (first["state"], first["landed_size"]) == ("landing", 100_000)
    assert desk.part(first["id"], 150_000, data[150_000:]).status_code == 409
    assert desk.part(first["id"], 100_000, data[100_000:200_000]).json()["landed_size"] == 200_000
    assert desk.part(first["id"], 100_000, data[100_000:200_000]).json()["duplicate"]
    done = desk.part(first["id"], 200_000, data[200_000:]).json()
    assert (done["state"], done["landed_size"]) == ("landed", len(data))
    assert b"".join(content for _, _, content in desk.opened(key_process)) == data
    desk.scan(first["id"])
    assert desk.state(first["id"]) == ("redacted", None)


def test_the_same_recording_again_is_known_and_another_under_its_id_refused(desk):
    data = call()
    assert desk.land(data, id="call-1").status_code == 201
    again = desk.land(data, id="call-1")
    assert (again.status_code, again.json()["duplicate"]) == (200, True)
    other = desk.land(call(seed=2), id="call-1")
    assert (other.status_code, other.json()["params"]) == (409, {"reason": "same_id_other_content"})


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"size": 0}, "recording_empty"),
        ({"size": 1 << 50}, "recording_too_large"),
        ({"size": 10}, "more_than_announced"),
        ({"suffix": "../x"}, "header_suffix"),
        ({"sha256": "zz"}, "header_sha256"),
        ({"id": ""}, "header_id"),
        ({"surprise": 1}, "header_unknown_fields"),
        ({"started_at": "2026-01-01T00:00:00"}, "header_started_at"),
        ({"pauses": [[2, 1]]}, "header_pauses"),
        ({"seconds": -1}, "header_seconds"),
        ({"channels": "2"}, "header_channels"),
    ],
)
def test_a_header_that_cannot_be_is_refused_and_leaves_nothing(desk, said, reason):
    before = set(objects_on_disk())
    answer = desk.land(call("", seconds=1), **said)
    assert (answer.status_code, answer.json()["params"]) == (422, {"reason": reason})
    assert set(objects_on_disk()) == before
    assert desk.rows("SELECT count(*) FROM records_recording") == [(0,)]


GONE = Unavailable("the database is gone")


def gone(*_, **__):
    """Whatever was to be committed is not."""
    raise GONE


def passed(monkeypatch, time):
    """From now on it is so much later."""
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + time)


def due_at_once(tenant):
    """What is noted is deleted, as after an hour."""
    with tenant_transaction(tenant):
        DiscardedObject.objects.update(at=clock.now())
    discarded.clear(tenant)


@pytest.mark.parametrize("first", [None, 100_000])
def test_a_part_whose_commit_never_came_is_deleted_after_an_hour(desk, monkeypatch, first):
    data = call()
    landed = desk.land(data, id="call-1", first=first).json()["id"] if first else None
    before = set(objects_on_disk())

    def rest():
        return desk.part(landed, first, data[first:]) if first else desk.land(data, id="call-1")

    with monkeypatch.context() as patch:
        patch.setattr(landing, "enqueue", gone)
        assert rest().status_code == 503
    [left] = set(objects_on_disk()) - before
    assert rest().status_code in {200, 201}
    [kept] = set(objects_on_disk()) - before - {left}
    assert discarded.clear(desk.tenant) == 0, "its commit may still be on the way"
    passed(monkeypatch, discarded.UNCLAIMED)
    assert discarded.clear(desk.tenant) == 1
    assert set(objects_on_disk()) - before == {kept}


def opens(keys, tenant, ring):
    """Whether there is a ring under this id to wrap anything with."""
    try:
        keys.wrap_interactions(tenant, [(new_id(), _copies.KLASS, bytes(32), [ring])])
    except NotFound:
        return False
    return True


def noted_rings(desk):
    return [ring for (ring,) in desk.rows("SELECT id FROM records_discardedobject WHERE made = 'ring'")]


def test_keys_of_a_landing_that_was_undone_are_shredded_after_an_hour(desk, key_process, monkeypatch, events):
    with monkeypatch.context() as patch:
        patch.setattr(landing, "enqueue", gone)
        assert desk.land(call(), id="call-1").status_code == 503
    rings = noted_rings(desk)
    assert [opens(key_process, desk.tenant, ring) for ring in rings] == [True, True], "the ring, and the customer's"
    assert unused_rings.clear(desk.tenant) == 0, "its commit may still be on the way"
    landed = desk.landed(call(), id="call-1")
    passed(monkeypatch, discarded.UNCLAIMED)
    assert unused_rings.clear(desk.tenant) == 2
    assert [opens(key_process, desk.tenant, ring) for ring in rings] == [False, False]
    assert noted_rings(desk) == []
    told = events(desk.tenant, action="key:shred")
    assert {(event["outcome"], event["target"]) for event in told} == {("allowed", ring) for ring in rings}
    [used] = desk.rows("SELECT subject, ring FROM records_recording WHERE id = %s", landed)
    assert [opens(key_process, desk.tenant, ring) for ring in used] == [True, True], "what landed keeps its keys"


def test_a_place_in_which_no_key_was_made_is_forgotten_without_an_event(desk, monkeypatch, events):
    assert desk.land(call(), size=0).status_code == 422
    assert len(noted_rings(desk)) == 2
    passed(monkeypatch, discarded.UNCLAIMED)
    assert unused_rings.clear(desk.tenant) == 0
    assert (noted_rings(desk), events(desk.tenant, action="key:shred")) == ([], [])


@pytest.mark.parametrize("column", ["subject", "ring"])
def test_no_note_destroys_a_key_that_is_in_use(desk, key_process, monkeypatch, events, column):
    recording = desk.landed(call())
    [(ring,)] = desk.rows(f"SELECT {column} FROM records_recording WHERE id = %s", recording)
    with tenant_transaction(desk.tenant):
        DiscardedObject(id=ring, at=clock.now(), made="ring").save(force_insert=True)
    assert unused_rings.clear(desk.tenant) == 0
    assert opens(key_process, desk.tenant, ring)
    assert (noted_rings(desk), events(desk.tenant, action="key:shred")) == ([], [])


def test_a_ring_that_is_being_claimed_is_left_alone(desk, key_process, monkeypatch):
    ring = discarded.reserve(desk.tenant, discarded.Made.RING)
    key_process.create_rings(desk.tenant, [ring])
    passed(monkeypatch, discarded.UNCLAIMED)
    answers = []
    with tenant_transaction(desk.tenant):
        discarded.claim([ring])
        other = threading.Thread(target=lambda: answers.append(cleared_elsewhere(desk.tenant)))
        other.start()
        other.join(60)
    assert answers == [0]
    assert opens(key_process, desk.tenant, ring)


def cleared_elsewhere(tenant):
    """What clearing says on a connection of its own."""
    try:
        return unused_rings.clear(tenant)
    finally:
        connections["default"].close()


def test_a_part_that_comes_too_late_for_its_place_is_asked_for_again(desk, monkeypatch):
    reserve = discarded.reserve_each

    def late(tenant, made):
        place = reserve(tenant, made)
        due_at_once(tenant)
        return place

    with monkeypatch.context() as patch:
        patch.setattr(discarded, "reserve_each", late)
        assert desk.land(call(), id="call-1").status_code == 503
    assert desk.land(call(), id="call-1").status_code == 201


def test_a_part_that_was_there_already_leaves_nothing_to_delete(desk, monkeypatch):
    desk.landed(call(), id="call-1")
    assert desk.land(call(), id="call-1").json()["duplicate"]
    passed(monkeypatch, discarded.UNCLAIMED)
    assert discarded.clear(desk.tenant) == 0


def test_no_id_is_reserved_in_a_transaction_that_may_be_undone(desk):
    with tenant_transaction(desk.tenant), pytest.raises(RuntimeError):
        discarded.reserve(desk.tenant)


def test_a_scan_that_died_before_publishing_leaves_no_copy_behind(desk, monkeypatch):
    recording, before = desk.landed(call()), set(objects_on_disk())
    with monkeypatch.context() as patch:
        patch.setattr(scanning, "_publish", gone)
        with pytest.raises(Unavailable):
            desk.scan(recording)
    assert len(set(objects_on_disk()) - before) > 2
    assert discarded.clear(desk.tenant) == 0, "a scan may still be about to publish them"
    passed(monkeypatch, discarded.UNCLAIMED)
    assert discarded.clear(desk.tenant) > 2
    assert set(objects_on_disk()) == before


def test_a_scan_that_slept_too_long_publishes_nothing_that_is_gone(desk, monkeypatch):
    recording, publish = desk.landed(call()), scanning._publish

    def late(*given):
        due_at_once(desk.tenant)
        publish(*given)

    monkeypatch.setattr(scanning, "_publish", late)
    with pytest.raises(Unavailable):
        desk.scan(recording)
    assert desk.rows("SELECT count(*) FROM records_recordingcopy WHERE role <> 'original'") == [(0,)]


def test_what_a_new_search_replaced_goes_though_nobody_came_to_delete_it(desk, monkeypatch):
    before, recording = set(objects_on_disk()), desk.redacted(call())
    monkeypatch.setattr(_copies, "delete_objects", lambda _: None)
    desk.scan(recording)
    assert discarded.clear(desk.tenant) > 2
    rows = desk.rows("SELECT id::text FROM records_recordingcopy")
    assert {path.name for path in set(objects_on_disk()) - before} == {name for (name,) in rows}
    passed(monkeypatch, discarded.UNCLAIMED)
    assert discarded.clear(desk.tenant) == 0, "what has a row is nobody's to delete"


def test_people_land_nothing(desk, person):
    answer = person(desk.tenant, Role.SUPERVISOR).browser.post("/recordings", {})
    assert answer.status_code == 403


@pytest.mark.parametrize("said", [{"channels": 1}, {"seconds": 99.0}])
def test_a_sidecar_that_contradicts_the_sound_quarantines(desk, said):
    assert desk.state(desk.redacted(call(), **said)) == ("quarantined", "sidecar_contradicts")
    assert desk.state(desk.redacted(call(seed=2), channels=2, seconds=12.5)) == ("redacted", None)


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"not audio at all" * 100, "not_audio"), (call()[:200_000], "cut_short"), (call()[:44], "not_audio")],
)
def test_what_is_no_whole_recording_says_so_and_others_go_on(desk, data, reason):
    recording = desk.redacted(data)
    assert desk.state(recording) == ("quarantined", reason)
    assert desk.state(desk.redacted(call())) == ("redacted", None)


def test_a_recording_that_is_not_what_was_announced_is_quarantined(desk):
    recording = desk.landed(call(), sha256="0" * 64)
    desk.scan(recording)
    assert desk.state(recording) == ("quarantined", "digest_differs")
