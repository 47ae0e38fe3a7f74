"""Recordings on arrival: sealed as they come, refused when they cannot be, quarantined when not what was said."""

import pytest

from hushkeep.identity.roles import Role
from hushkeep.runtime.settings import settings
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
