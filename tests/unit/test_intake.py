"""Intake: every line is either a conversation or a named reject, and a reject never repeats what stood in it."""

import io
import json
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushkeep.channels import intake, lines
from hushkeep.channels.lines import Line, Reject
from hushkeep.kernel import AttachmentState, Channel, Conversation, Direction

CANARY = "13491234567"
GOOD = {"id": "a", "channel": "chat", "turns": [{"speaker": "customer", "text": "hello"}]}

HUNG = {"name": "a.png", "media_type": "image/png", "size": 3, "parts": ["0" * 64]}


def _receive(record):
    return intake.receive(Line(7, record if isinstance(record, str) else json.dumps(record)))


def test_a_whole_record_comes_through_with_every_field():
    taken = _receive(
        {
            "id": 12,
            "conversation": "t-1",
            "language": "zh-Hans",
            "channel": "call",
            "direction": "outbound",
            "customer": {"id": "C1", "phone": CANARY, "name": " 王芳 ", "email": "", "level": 3},
            "agent": "A01",
            "started_at": "2026-03-02T08:00:00+08:00",
            "ended_at": "2026-03-02T08:05:00+08:00",
            "turns": [
                {"speaker": "customer", "text": "喂", "at": "2026-03-02T00:00:01Z"},
                {"speaker": "agent", "text": ""},
            ],
        }
    )
    assert isinstance(taken, Conversation)
    assert (taken.source_id, taken.thread, taken.language, taken.agent) == ("12", "t-1", "zh-Hans", "A01")
    assert (taken.channel, taken.direction) == (Channel.CALL, Direction.OUTBOUND)
    assert taken.started_at == datetime(2026, 3, 2, tzinfo=UTC)
    assert taken.customer is not None
    assert taken.customer.source_id == "C1"
    assert taken.customer.values == (("level", "3"), ("name", "王芳"), ("phone", CANARY))
    assert [turn.text for turn in taken.turns] == ["喂", ""]


def test_an_attachment_comes_through_and_a_media_type_that_could_say_anything_does_not():
    read = HUNG | {"state": "read", "turn": 0, "scan": "rules", "media_type": f"image/{CANARY}"}
    taken = _receive(GOOD | {"attachments": [HUNG | {"name": CANARY}, read]})
    assert isinstance(taken, Conversation)
    first, second = taken.attachments
    assert (first.name, first.media_type, first.size, first.parts) == (CANARY, "image/png", 3, ("0" * 64,))
    assert (first.state, first.scan, first.turn) == (AttachmentState.UNREAD, None, None)
    assert (second.state, second.turn, second.media_type) == (AttachmentState.READ, 0, "application/octet-stream")
    assert CANARY not in repr(taken)


BAD = [
    ("", "not_json"),
    ("{", "not_json"),
    ('{"id": NaN}', "not_json"),
    ("[1]", "not_an_object"),
    ('"text"', "not_an_object"),
    ("[" * 100_000, "too_deep"),
    ('{"id": "a", "id": "b"}', "duplicate_key"),
    (GOOD | {"id": None}, "missing"),
    (GOOD | {"id": "  "}, "missing"),
    (GOOD | {"id": ["a"]}, "wrong_type"),
    (GOOD | {"id": True}, "wrong_type"),
    (GOOD | {"id": "x" * 201}, "too_long"),
    ({"id": "a", "turns": GOOD["turns"]}, "missing"),
    (GOOD | {"channel": CANARY}, "unknown_channel"),
    (GOOD | {"channel": []}, "unknown_channel"),
    (GOOD | {"direction": CANARY}, "unknown_direction"),
    (GOOD | {"language": CANARY}, "unknown_language"),
    (GOOD | {"turns": None}, "missing"),
    (GOOD | {"turns": []}, "no_turns"),
    (GOOD | {"turns": {}}, "wrong_type"),
    (GOOD | {"turns": [CANARY]}, "wrong_type"),
    (GOOD | {"turns": [{"speaker": "customer"}]}, "missing"),
    (GOOD | {"turns": [{"text": CANARY}]}, "missing"),
    (GOOD | {"turns": [{"speaker": "customer", "text": 5}]}, "wrong_type"),
    (GOOD | {"turns": [{"speaker": "customer", "text": "x" * 200_001}]}, "too_long"),
    (GOOD | {"turns": [GOOD["turns"][0]] * 5_001}, "too_many"),
    (GOOD | {"turns": [{"speaker": "customer", "text": "a", "words": []}]}, "unknown_field"),
    ('{"id": "a", "channel": "chat", "turns": [{"speaker": "customer", "text": "\\ud800"}]}', "lone_surrogate"),
    (GOOD | {"started_at": "yesterday"}, "bad_time"),
    (GOOD | {"started_at": "0001-01-01T00:00:00+14:00"}, "bad_time"),
    (GOOD | {"started_at": "1969-12-31T00:00:00Z"}, "bad_time"),
    (GOOD | {"started_at": 5}, "wrong_type"),
    (GOOD | {"started_at": "2026-03-02T08:00:00"}, "time_without_zone"),
    (GOOD | {"started_at": "2026-03-02T08:00:00Z", "ended_at": "2026-03-02T07:00:00Z"}, "ends_before_it_starts"),
    (GOOD | {"customer": CANARY}, "wrong_type"),
    (GOOD | {"customer": {"phone": [CANARY]}}, "wrong_type"),
    (GOOD | {"customer": {CANARY: "phone"}}, "bad_field_name"),
    (GOOD | {"customer": {f"f{number}": "x" for number in range(33)}}, "too_many"),
    (GOOD | {"spans": []}, "unknown_field"),
    (GOOD | {"attachments": CANARY}, "wrong_type"),
    (GOOD | {"attachments": [CANARY]}, "wrong_type"),
    (GOOD | {"attachments": [HUNG] * 201}, "too_many"),
    (GOOD | {"attachments": [HUNG | {CANARY: 1}]}, "unknown_field"),
    (GOOD | {"attachments": [HUNG | {"name": CANARY * 20}]}, "too_long"),
    (GOOD | {"attachments": [HUNG | {"name": 1}]}, "wrong_type"),
    (GOOD | {"attachments": [HUNG | {"size": -1}]}, "wrong_type"),
    (GOOD | {"attachments": [HUNG | {"size": True}]}, "wrong_type"),
    (GOOD | {"attachments": [HUNG | {"size": 2**40}]}, "wrong_type"),
    (GOOD | {"attachments": [HUNG | {"size": 9 * 2**20}]}, "wrong_type"),
    (GOOD | {"attachments": [HUNG | {"parts": [CANARY]}]}, "wrong_type"),
    (GOOD | {"attachments": [HUNG | {"parts": []}]}, "wrong_type"),
    (GOOD | {"attachments": [HUNG | {"state": CANARY}]}, "unknown_state"),
    (GOOD | {"attachments": [HUNG | {"state": "withheld"}]}, "unknown_state"),
    (GOOD | {"attachments": [HUNG | {"state": "read"}]}, "unknown_state"),
    (GOOD | {"attachments": [HUNG | {"turn": 0}]}, "unknown_state"),
    (GOOD | {"attachments": [HUNG | {"state": "read", "turn": 1}]}, "wrong_type"),
    (GOOD | {"attachments": [HUNG | {"scan": CANARY}]}, "wrong_type"),
    (GOOD | {"attachments": [HUNG | {"reason": CANARY}]}, "wrong_type"),
    (GOOD | {CANARY: 1}, "unknown_field"),
]


@pytest.mark.parametrize(("record", "code"), BAD, ids=[f"{number}-{code}" for number, (_, code) in enumerate(BAD)])
def test_a_bad_record_is_named_and_its_content_stays_out_of_the_report(record, code):
    taken = _receive(record)
    assert isinstance(taken, Reject)
    assert (taken.line, taken.code) == (7, code)
    assert CANARY not in repr(taken)


def test_repr_of_what_was_read_shows_no_text():
    assert CANARY not in repr(Line(1, CANARY))
    taken = _receive(GOOD | {"customer": {"phone": CANARY}, "turns": [{"speaker": "customer", "text": CANARY}]})
    assert isinstance(taken, Conversation)
    assert CANARY not in repr(taken)


@given(st.text(max_size=300) | st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), st.lists))
def test_anything_is_a_conversation_or_a_reject(value):
    text = value if isinstance(value, str) else json.dumps(value)
    assert isinstance(_receive(text), Reject)


@given(
    st.dictionaries(
        st.sampled_from(sorted(intake.FIELDS)),
        st.none()
        | st.text(max_size=9)
        | st.integers()
        | st.just(GOOD["turns"])
        | st.dictionaries(st.text(max_size=4), st.text()),
    )
)
def test_any_record_is_a_conversation_or_a_reject(record):
    assert isinstance(_receive(json.dumps(record)), Conversation | Reject)


def _read(data, limit=lines.LINE_BYTES):
    return list(lines.read(io.BytesIO(data), limit=limit))


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_an_encoding_is_recognised_and_line_numbers_hold(codec):
    text = "第一行\n\n第三行，您好\r\n最后一行"
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(codec, b"")
    assert _read(mark + text.encode(codec)) == [Line(1, "第一行"), Line(3, "第三行，您好"), Line(4, "最后一行")]


def test_a_character_cut_by_the_sample_does_not_change_the_encoding():
    text = "x" + "好" * 40_000
    assert _read(text.encode()) == [Line(1, text)]


def test_a_line_in_another_encoding_is_rejected_and_its_neighbours_are_read():
    data = "好\n".encode() * 30_000 + "坏了".encode("gb18030") + "\n后".encode()
    taken = _read(data)
    assert [item for item in taken if isinstance(item, Reject)] == [
        Reject(30_001, "bad_encoding", {"encoding": "utf-8"})
    ]
    assert taken[-1] == Line(30_002, "后")


def test_a_broken_surrogate_in_utf_16_is_rejected():
    data = b"\xff\xfe" + "好\n".encode("utf-16-le") + b"\x00\xd8x\x00\n\x00" + "尾".encode("utf-16-le")
    assert _read(data) == [Line(1, "好"), Reject(2, "bad_encoding", {"encoding": "utf-16"}), Line(3, "尾")]


class _Endless(io.RawIOBase):
    """A line of 200 MB that is never held."""

    def __init__(self, size):
        self.left = size

    def read(self, size=-1):
        size = min(size, self.left)
        self.left -= size
        return b"x" * size


def test_a_line_of_200_mb_is_rejected_in_bounded_memory():
    tracemalloc.start()
    taken = list(lines.read(_Endless(200_000_000), limit=1_000_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken == [Reject(1, "line_too_long", {"limit": 1_000_000})]
    assert peak < 4_000_000


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 262_143, 262_144, 262_145])
def test_a_line_is_refused_exactly_above_the_limit(size):
    taken = _read(b"a\n" + b"b" * size + b"\nc", limit=100)
    expected = (
        [Line(2, "b" * size)] if 0 < size <= 100 else [] if not size else [Reject(2, "line_too_long", {"limit": 100})]
    )
    assert taken == [Line(1, "a"), *expected, Line(3, "c")]


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data):
    for item in _read(data, limit=50):
        assert isinstance(item, Line | Reject)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Zl", "Zp", "Cc"]), max_size=20), max_size=20))
def test_every_line_that_is_not_blank_is_read_once(texts):
    taken = _read("\n".join(texts).encode())
    assert [item.number for item in taken] == [
        number
        for number, text in enumerate(texts, start=1)
        if text.removeprefix("\ufeff" if number == 1 else "").strip()
    ]
