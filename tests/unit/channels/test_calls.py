"""What telephone systems tell of recordings: sidecars, lists of calls, pauses."""

import json
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from hushkeep.channels.calls import events, lists, sidecars
from hushkeep.channels.calls.shape import Call
from hushkeep.channels.formats.shape import Draft
from hushkeep.channels.lines import Reject
from hushkeep.kernel import InvalidInput

# Rows in the order of Asterisk's cdr_csv (accountcode, src, dst, … start, answer, end, duration, billsec, disposition,
# amaflags, uniqueid, userfield).
ASTERISK = [
    *("", "13812340004", "600", "from-trunk", "", "PJSIP/trunk-1", "PJSIP/100-2", "Dial", "PJSIP/100"),
    *("2026-03-04 16:00:00", "2026-03-04 16:00:05", "2026-03-04 16:01:00", "60", "55"),
]
FREESWITCH = [
    *("Jo", "13812340004", "1000", "default", "2026-03-04 16:00:00", "2026-03-04 16:00:02", "2026-03-04 16:01:00"),
    *("60", "58", "NORMAL_CLEARING", "3f1b2c4d-0000-4000-8000-000000000001", "", ""),
]


def rows(*cells):
    return [Draft(n, json.dumps(row, ensure_ascii=False).encode()) for n, row in enumerate(cells, 1)]


def test_a_list_with_headings_names_recordings_and_tells_of_their_calls():
    heads = ["录音文件", "坐席工号", "客户号码", "呼叫方向", "开始时间"]
    [one] = lists.read(
        rows(heads, ["a.wav", "8001", "13812340004", "呼入", "2026-03-04 16:00"]), ZoneInfo("Asia/Shanghai")
    )
    assert (one.line, one.recording) == (2, "a.wav")
    assert one.call == Call(
        agent="8001", customer={"phone": "13812340004"}, direction="inbound", started_at="2026-03-04T08:00:00+00:00"
    )
    assert "13812340004" not in repr(one)


def test_asterisks_master_csv_is_known_without_headings_and_unanswered_calls_are_not_missed():
    answered = [*ASTERISK, "ANSWERED", "3", "1772611200.12", ""]
    silent = [*ASTERISK, "NO ANSWER", "3", "1772611260.14", ""]
    listed = lists.read(rows(answered, silent), UTC)
    assert [(one.recording, one.call.customer) for one in listed] == [("1772611200.12", {"phone": "13812340004"})]
    missing, unlisted = lists.compare(listed, ["monitor/in-600-13812340004-20260304-160000-1772611200.12.wav"])
    assert (missing, unlisted) == ([], [])


def test_freeswitchs_csv_is_known_without_headings():
    [one] = lists.read(rows(FREESWITCH), UTC)
    assert one.recording == "3f1b2c4d-0000-4000-8000-000000000001"
    assert lists.ByName([one]).find(f"rec/{one.recording}.wav") is one


def test_what_is_missing_and_what_no_list_names_is_told():
    listed = lists.read(rows(["file"], ["a.wav"], ["B"], ["gone.wav"]), UTC)
    missing, unlisted = lists.compare(listed, ["x/A.WAV", "b.mp3", "more.wav"])
    assert ([one.recording for one in missing], unlisted) == (["gone.wav"], ["more.wav"])


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([], "list_is_empty"),
        (rows(["name", "size"]), "list_without_column"),
        ([Reject(1, "bad_encoding")], "list_not_read: bad_encoding"),
    ],
)
def test_a_list_that_tells_nothing_is_refused(items, code):
    with pytest.raises(InvalidInput, match=code):
        lists.read(items, UTC)


def test_our_own_sidecar_is_read():
    said = {"id": "c1", "agent": "wang", "customer": {"phone": "1"}, "pauses": [[1, 2.5]], "seconds": 9, "channels": 2}
    call = sidecars.parse(json.dumps(said).encode())
    assert (call.pauses, call.seconds, call.channels) == (((1.0, 2.5),), 9, 2)
    assert call.header() == said | {"pauses": [[1.0, 2.5]]}


def test_freeswitchs_json_record_is_a_sidecar():
    said = {
        "uuid": "3f1b",
        "direction": "outbound",
        "destination_number": "13812340004",
        "caller_id_number": "8001",
        "start_epoch": "1772611200",
        "answer_epoch": "0",
        "RECORD_STEREO": "true",
    }
    call = sidecars.parse(json.dumps({"core-uuid": "x", "variables": said, "callflow": []}).encode())
    assert (call.id, call.direction, call.channels, call.customer) == ("3f1b", "outbound", 2, {"phone": "13812340004"})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "sidecar_not_json"),
        (b"[]", "sidecar_not_json"),
        (b"[" * 100_000, "sidecar_not_json"),
        (b'{"surprise": 1}', "sidecar_unknown_fields"),
        (b'{"agent": 1}', "sidecar_wrong_type"),
        (b'{"pauses": [[1]]}', "sidecar_wrong_type"),
        (b'{"seconds": true}', "sidecar_wrong_type"),
        (b" " * (sidecars.MAX_BYTES + 1), "sidecar_too_large"),
    ],
)
def test_a_sidecar_that_cannot_be_believed_is_refused_with_its_code(data, code):
    with pytest.raises(InvalidInput, match=code):
        sidecars.parse(data)


def test_two_sources_that_contradict_each_other_are_not_believed():
    assert Call(agent="a", id="1").joined(Call(language="en", id="2")) == Call(agent="a", language="en", id="1")
    with pytest.raises(InvalidInput, match="metadata_contradicts"):
        Call(agent="a").joined(Call(agent="b"))


def test_pauses_of_two_sources_add_up():
    assert Call(pauses=((1.0, 2.0),)).joined(Call(pauses=((0.0, 0.5), (1.0, 2.0)))).pauses == ((0.0, 0.5), (1.0, 2.0))


def ami(name, at, **more):
    fields = {"Event": name, "Timestamp": f"{at:.6f}", "Uniqueid": "1772611200.12"} | more
    return "".join(f"{key}: {value}\r\n" for key, value in fields.items()) + "\r\n"


def test_asterisks_mute_events_are_pauses_of_the_recording():
    said = (
        ami("MixMonitorStart", 1000.0)
        + ami("Hangup", 1001.0)
        + ami("MixMonitorMute", 1012.5, Direction="both", State=1)
        + ami("MixMonitorMute", 1020.0, Direction="both", State=0)
        + ami("MixMonitorMute", 1030.0, Direction="read", State=1)
        + ami("MixMonitorStop", 1040.0)
    )
    assert events.pauses(said.encode()) == {"1772611200.12": ((12.5, 20.0), (30.0, 40.0))}


def test_a_mute_that_nobody_took_off_lasts_to_the_end():
    said = ami("MixMonitorStart", 1000.0) + ami("MixMonitorMute", 1005.0, Direction="both", State=1)
    [(start, end)] = events.pauses(said.encode())["1772611200.12"]
    assert (start, end > 86_400) == (5.0, True)


def esl(name, at, **more):
    fields = {"Event-Name": name, "Event-Date-Timestamp": str(round(at * 1e6))}
    return fields | {key.replace("_", "-"): value for key, value in more.items()}


def test_freeswitchs_mask_commands_are_pauses_by_file_and_by_call():
    path, uuid = "/rec/3f1b.wav", "3f1b"
    told = [
        esl("RECORD_START", 1000, Unique_ID=uuid, Record_File_Path=path),
        esl("API", 1010, API_Command="uuid_record", API_Command_Argument=f"{uuid} mask {path}"),
        esl("API", 1015, API_Command="uuid_kill", API_Command_Argument=uuid),
        esl("API", 1019, API_Command="uuid_record", API_Command_Argument=f"{uuid} unmask {path}"),
        esl("RECORD_STOP", 1060, Unique_ID=uuid, Record_File_Path=path),
    ]
    found = events.pauses("\n".join(map(json.dumps, told)).encode())
    assert found == {"3f1b.wav": ((10.0, 19.0),), "3f1b": ((10.0, 19.0),)}
    plain = "".join("".join(f"{k}: {v}\n" for k, v in event.items()) + "\n" for event in told)
    assert events.pauses(plain.encode()) == found


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "events_not_read"),
        (b'{"Event": "MixMonitorStart"}\n[]', "events_without_time|events_not_read"),
        (b"Event: MixMonitorStart\nUniqueid: 1\n\n", "events_without_time"),
    ],
)
def test_events_that_cannot_be_placed_are_refused(data, code):
    with pytest.raises(InvalidInput, match=code):
        events.pauses(data)
