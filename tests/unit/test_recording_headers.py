"""The line that comes before a recording: what it may say, and what it may not."""

import json

import pytest

from hushkeep.channels import recordings
from hushkeep.kernel import InvalidInput

WHOLE = {
    "id": "call-7",
    "suffix": "wav",
    "size": 44,
    "sha256": "ab" * 32,
    "conversation": "talk-7",
    "customer": {"id": "c-1", "phone": "13900001111", "name": ""},
    "agent": "li.na",
    "language": "zh",
    "direction": "inbound",
    "started_at": "2026-03-04T16:05:00+08:00",
}


def test_a_whole_line_is_read_and_the_bytes_after_it_stay_as_they_are():
    arrival, rest = recordings.split(json.dumps(WHOLE).encode() + b"\nRIFF\n\x00\xff")
    assert rest == b"RIFF\n\x00\xff"
    assert (arrival.source_id, arrival.size, arrival.sha256) == ("call-7", 44, b"\xab" * 32)
    assert arrival.customer.source_id == "c-1"
    assert arrival.customer.values == (("phone", "13900001111"),)
    assert arrival.started_at.isoformat() == "2026-03-04T08:05:00+00:00"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"id": None}, "header_id"),
        ({"id": "x" * 201}, "header_id"),
        ({"suffix": "WAV"}, "header_suffix"),
        ({"suffix": "a/b"}, "header_suffix"),
        ({"size": "44"}, "header_size"),
        ({"size": True}, "header_size"),
        ({"sha256": "AB" * 32}, "header_sha256"),
        ({"customer": ["x"]}, "header_customer"),
        ({"customer": {"phone": 1}}, "header_customer"),
        ({"direction": "sideways"}, "header_direction"),
        ({"started_at": "yesterday"}, "header_started_at"),
        ({"more": 1}, "header_unknown_fields"),
    ],
)
def test_what_a_line_may_not_say_is_named_and_not_quoted(changed, code):
    with pytest.raises(InvalidInput) as refused:
        recordings.parse(json.dumps(WHOLE | changed).encode())
    assert str(refused.value) == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "no_header_line"),
        (b"RIFF" * 40_000, "no_header_line"),
        (b"{\n", "header_not_json"),
        (b"[]\n", "header_unknown_fields"),
        (b"\xff\n", "header_not_json"),
        (b"[" * 60_000 + b"\n", "header_not_json"),
    ],
)
def test_what_is_no_line_is_refused(body, code):
    with pytest.raises(InvalidInput) as refused:
        recordings.split(body)
    assert str(refused.value) == code
