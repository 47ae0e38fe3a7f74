"""Several pieces of attachments in one body: what is joined comes apart again, and anything else is refused."""

import json
from itertools import chain
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushkeep.channels import attached
from hushkeep.kernel import InvalidInput

ONE, TWO = UUID(int=1), UUID(int=2)


@given(st.dictionaries(st.uuids(), st.binary(max_size=50), min_size=1, max_size=20))
def test_what_is_joined_comes_apart_again(pieces):
    assert attached.split(attached.join(list(pieces.items()))) == pieces


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ([], b""),
        ([[str(ONE), 3]], b"on"),
        ([[str(ONE), 3]], b"ones"),
        ([[str(ONE), 1], [str(ONE), 2]], b"one"),
        ([[str(ONE), 4], [str(TWO), -1]], b"one"),
        ([[str(ONE), True]], b"o"),
        ([[str(ONE), 1.0]], b"o"),
        ([["one", 3]], b"one"),
        ([[7, 3]], b"one"),
        ([str(ONE)], b""),
        ({str(ONE): 3}, b"one"),
        (7, b"one"),
        (None, b""),
    ],
)
def test_a_line_that_does_not_tell_what_follows_is_refused(line, rest):
    with pytest.raises(InvalidInput, match=r"^pieces_malformed$"):
        attached.split(json.dumps(line).encode() + b"\n" + rest)


@pytest.mark.parametrize("line", [b"", b"\xff", b"{", b"[" * 60_000])
def test_a_line_that_is_no_json_is_refused(line):
    with pytest.raises(InvalidInput, match=r"^pieces_malformed$"):
        attached.split(line + b"\n")


def test_a_body_without_a_line_too_many_pieces_and_too_many_bytes_are_refused():
    for body in (b"", b"[]", b" " * 70_000 + b"\n"):
        with pytest.raises(InvalidInput, match=r"^no_header_line$"):
            attached.split(body)
    many = [(UUID(int=n), b"") for n in range(attached.MAX_PIECES + 1)]
    with pytest.raises(InvalidInput, match=r"^pieces_too_many$"):
        attached.split(attached.join(many))
    with pytest.raises(InvalidInput, match=r"^pieces_too_large$"):
        attached.split(json.dumps([[str(ONE), attached.MAX_BYTES + 1]]).encode() + b"\n")
    assert len(attached.split(attached.join(many[1:]))) == attached.MAX_PIECES


def test_groups_keep_the_order_and_are_what_one_request_takes():
    half = bytes(attached.MAX_BYTES // 2)
    pieces = list(enumerate([half, half, b"x", bytes(attached.MAX_BYTES), b"", *[b"y"] * 250]))
    groups = list(attached.grouped(pieces))
    assert list(chain.from_iterable(groups)) == pieces
    assert [len(group) for group in groups] == [2, 1, 2, 200, 50]
    assert list(attached.grouped([])) == []
