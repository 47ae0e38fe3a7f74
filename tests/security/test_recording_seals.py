"""Recordings changed behind our back: flipped, cut, swapped, exchanged or gone, and named by segment and second."""

import pytest

from hushkeep import vault
from hushkeep.access.models import Alarm
from hushkeep.identity.roles import Role
from hushkeep.kernel import new_id
from hushkeep.records.recordings import _copies, checking
from hushkeep.runtime import jobs
from hushkeep.runtime.tenancy import tenant_transaction
from made_calls import LOUD, Player, call, objects_on_disk

pytestmark = pytest.mark.server


def _object(desk, recording, role="playback"):
    with tenant_transaction(desk.tenant):
        [copy] = _copies.rows(recording, role)
    return next(path for path in objects_on_disk() if path.name == str(copy.id))


def _flip(path, _other):
    content = bytearray(path.read_bytes())
    content[70_000] ^= 1
    path.write_bytes(content)


def _cut(path, _other):
    path.write_bytes(path.read_bytes()[:-5000])


def _swap(path, _other):
    content = path.read_bytes()
    one, two = slice(64 + 65_536, 64 + 2 * 65_536), slice(64 + 2 * 65_536, 64 + 3 * 65_536)
    path.write_bytes(content[: one.start] + content[two] + content[one] + content[two.stop :])


def _exchange(path, other):
    path.write_bytes(other.read_bytes())


HARMS = {_flip: {1}, _cut: {-1}, _swap: {1, 2}, _exchange: None}
"""What is done to an object -> the segments that it harms: -1 is the last, None all of them."""


def _segments(path):
    return range(-(-(path.stat().st_size - 64) // 65_536))


def test_a_changed_copy_plays_nothing_of_what_was_changed_and_says_where(desk, person, sample):
    recording, other = (desk.redacted(call(seconds=14, noise=LOUD, seed=seed)) for seed in (1, 5))
    player = Player(person(desk.tenant, Role.QA).browser, recording)
    ends = player.detail().json()["pieces"]
    second = next(n for n, end in enumerate(ends) if end > 66_000 + 70_000)
    place = next(n for n, end in enumerate(ends) if end > 66_000) - 1
    path, others = _object(desk, recording), _object(desk, other)
    whole, last = path.read_bytes(), _segments(path)[-1]
    assert last >= 4
    for harm, harmed in HARMS.items():
        assert player.seconds(second, second + 1).status_code == 206
        harm(path, others)
        answer = player.seconds(place, place + 4)
        assert (harm, answer.status_code, answer.json()["code"]) == (harm, 500, "integrity")
        said = answer.json()["params"]
        assert said["segment"] in ({0, last} if harmed is None else {last if n == -1 else n for n in harmed})
        assert ends[said["second"]] <= vault.segment_bounds(said["segment"])[1]
        path.write_bytes(whole)


@pytest.mark.parametrize("role", ["playback", "redacted", "opus", "original"])
def test_the_check_of_the_seals_names_copy_segment_and_second(desk, role, events):
    length = 30
    recording, another = (desk.redacted(call(seconds=length, noise=LOUD, seed=seed)) for seed in (1, 5))
    path, other = _object(desk, recording, role), _object(desk, another, role)
    whole, segments = path.read_bytes(), _segments(path)
    assert len(segments) >= 3
    assert checking.checked(desk.tenant, recording) == []
    for harm, harmed in HARMS.items():
        harm(path, other)
        found = checking.checked(desk.tenant, recording)
        expected = set(segments) if harmed is None else {n % len(segments) for n in harmed}
        assert {(broken.role, broken.segment) for broken in found} == {(role, n) for n in expected}, harm
        for broken in found:
            about = length * broken.segment / len(segments)
            assert about - length / 10 < broken.start < broken.end <= length + 0.01, (harm, broken)
            assert broken.start < about + length / 10
        kept = desk.rows("SELECT jsonb_array_length(harms) FROM records_recording WHERE id = %s", recording)
        assert kept == [(len(found),)]
        path.write_bytes(whole)
    assert checking.checked(desk.tenant, recording) == []
    assert {e["outcome"] for e in events(desk.tenant, action="recording:verify")} == {"allowed"}
    with tenant_transaction(desk.tenant):
        alarms = Alarm.objects.filter(tenant=desk.tenant).values_list("code", "severity", "count")
        assert list(alarms) == [("seal_broken", "red", len(HARMS))]


def test_an_original_that_was_changed_before_its_search_is_quarantined_as_such(desk):
    recording = desk.landed(call())
    _flip(_object(desk, recording, "original"), None)
    desk.scan(recording)
    assert desk.state(recording) == ("quarantined", "seal_broken")


def test_a_copy_that_is_gone_is_named_whole(desk):
    recording = desk.redacted(call(seconds=12))
    _object(desk, recording, "redacted").unlink()
    assert {broken.role for broken in checking.checked(desk.tenant, recording)} == {"redacted"}


def test_a_check_of_the_seals_is_asked_for_by_who_may(desk, person, sample):
    recording = desk.redacted(call(seconds=12))
    assert person(desk.tenant, Role.QA).browser.post(f"/recordings/{recording}/verify", {}).status_code == 403
    auditor = person(desk.tenant, Role.AUDITOR).browser
    assert auditor.post(f"/recordings/{recording}/verify", {}).status_code == 202
    assert auditor.post(f"/recordings/{new_id()}/verify", {}).status_code == 404
    jobs.run(checking.CHECK.name, str(desk.tenant), {"recording": f"urn:uuid:{recording}"})
    detail = person(desk.tenant, Role.DPO).browser.get(f"/recordings/{recording}").json()
    assert (detail["harms"], detail["checked_at"] is None) == ([], False)
