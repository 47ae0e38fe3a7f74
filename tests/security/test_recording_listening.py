"""Recordings heard: by whom they may be, second by second in the log, and by nobody else."""

import io

import pytest
import soundfile

from hushkeep.identity.roles import Role
from hushkeep.kernel import new_id
from hushkeep.records.recordings import _copies, _searching
from made_calls import LOUD, RATE, Player, call

pytestmark = pytest.mark.server


def test_the_right_people_hear_whole_seconds_and_each_is_in_the_log(desk, person, sample, events):
    recording = desk.redacted(call(seconds=20))
    listener = person(desk.tenant, Role.QA)
    player = Player(listener.browser, recording)
    detail = player.detail().json()
    assert (detail["state"], detail["hidden"], len(detail["pieces"])) == ("redacted", {"keypad": 1}, 21)
    assert len(detail["peaks"]) == 2
    [span] = detail["spans"]
    assert span["start"] < 8.0
    assert span["end"] > 8.8
    for first, end in ((0, 5), (5, 6), (12, 14)):
        answer = player.seconds(first, end)
        assert (answer.status_code, answer["Content-Type"]) == (206, "audio/flac"), answer.content
        assert "Content-Disposition" not in answer
        assert answer["Cache-Control"] == "no-store"
        frames = soundfile.info(io.BytesIO(answer.content)).frames
        assert frames == RATE
    heard = person(desk.tenant, Role.DPO).browser.get(f"/recordings/{recording}/listening").json()["items"]
    assert [(h["first"], h["end"], h["seek"]) for h in heard] == [(12, 14, True), (5, 6, False), (0, 5, False)]
    assert {h["actor"] for h in heard} == {str(listener.id)}
    played = events(desk.tenant, action="recording:play")
    assert [(e["outcome"], e["count"], e["purpose"]) for e in played] == [
        ("allowed", count, "quality_review") for count in (5, 1, 2)
    ]
    assert {h["event"] for h in heard} == {str(e["id"]) for e in played}


def test_nobody_listened_to_what_there_never_was(desk, person):
    browser = person(desk.tenant, Role.DPO).browser
    recording = desk.redacted(call())
    assert browser.get(f"/recordings/{recording}/listening").json() == {"items": []}
    assert browser.get(f"/recordings/{new_id()}/listening").status_code == 404


def test_nobody_gets_more_than_five_seconds_at_once(desk, person, sample):
    player = Player(person(desk.tenant, Role.QA).browser, desk.redacted(call()))
    ends = player.detail().json()["pieces"]
    answer = player.get(f"bytes=0-{ends[-1] - 1}")
    assert answer["Content-Range"] == f"bytes 0-{ends[5] - 1}/{ends[-1]}"
    assert len(answer.content) == ends[5]
    assert player.get("").status_code == 422
    assert player.get(f"bytes={ends[-1]}-{ends[-1] + 9}").status_code == 422


def test_only_the_segments_asked_for_are_read(desk, person, sample, monkeypatch):
    player = Player(person(desk.tenant, Role.QA).browser, desk.redacted(call(seconds=30, noise=LOUD)))
    read = []
    real = _copies.objects.read_range
    monkeypatch.setattr(_copies.objects, "read_range", lambda i, a, b: read.append((a, b)) or real(i, a, b))
    assert player.seconds(14, 16).status_code == 206
    ends = player.detail().json()["pieces"]
    asked = ends[16] - ends[14]
    # The header, the last segment (a cut file is refused at once) and those around what was asked for.
    assert sum(b - a for a, b in read) <= asked + 3 * 65_536 + 104 < ends[-1]


def test_an_agent_hears_the_own_call_and_no_other(desk, person, invite):
    mine, other = person(desk.tenant, Role.AGENT), person(desk.tenant, Role.AGENT)
    recording = desk.redacted(call(), agent=mine.login)
    assert Player(mine.browser, recording).seconds(0, 1).status_code == 206
    assert [r["id"] for r in mine.browser.get("/recordings").json()["items"]] == [recording]
    refused = Player(other.browser, recording)
    assert (refused.detail().status_code, refused.get("bytes=0-9").status_code) == (403, 403)
    assert other.browser.get("/recordings").json()["items"] == []


def test_quality_assurance_hears_what_was_drawn_and_nothing_else(desk, person, monkeypatch):
    monkeypatch.setattr(_searching, "drawn", lambda: False)
    recording = desk.redacted(call())
    answer = Player(person(desk.tenant, Role.QA).browser, recording).seconds(0, 1)
    assert (answer.status_code, answer.json()["code"]) == (403, "denied")


def test_no_purpose_no_sound(desk, person, sample):
    browser, recording = person(desk.tenant, Role.QA).browser, desk.redacted(call())
    for purpose in ("", "curiosity", "data_subject_request"):
        assert (purpose, Player(browser, recording, purpose).seconds(0, 1).status_code) == (purpose, 403)
    assert Player(browser, recording).seconds(0, 1).status_code == 206


def test_who_watches_machines_hears_no_customer(desk, person, sample):
    recording = desk.redacted(call())
    for role in (Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR):
        browser = person(desk.tenant, role).browser
        assert (role, browser.get(f"/recordings/{recording}").status_code) == (role, 403)
        assert (role, Player(browser, recording, "complaint").get("bytes=0-9").status_code) == (role, 403)


def test_the_original_asks_for_two_people(desk, person, sample):
    recording = desk.redacted(call())
    browser = person(desk.tenant, Role.DPO).browser
    answer = browser.get(f"/recordings/{recording}/audio?purpose=complaint&original=true", Range="bytes=0-9")
    assert (answer.status_code, answer.json()["code"]) == (403, "approval_required")


def test_another_center_finds_nothing(desk, person, new_program, two_tenants, sample):
    recording = desk.redacted(call())
    stranger = person(two_tenants[0], Role.SUPERVISOR).browser
    assert stranger.get(f"/recordings/{recording}").status_code == 404
    assert Player(stranger, recording, "complaint").get("bytes=0-9").status_code == 404
    assert stranger.get("/recordings").json()["items"] == []
    assert new_program(two_tenants[0]).send("POST", f"/recordings/{recording}/parts?at=0", b"x").status_code == 404
