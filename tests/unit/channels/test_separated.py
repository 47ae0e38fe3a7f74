"""Tables as text: what cannot be read is one reject with its line, and costs none of the others."""

import csv
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hushkeep.channels.formats import separated
from hushkeep.channels.formats.shape import Draft, Reading, Source
from hushkeep.channels.lines import LINE_BYTES, Reject

HEAD = b"session id,message\n"


@pytest.fixture(autouse=True)
def _field_limit():
    before = csv.field_size_limit()
    yield
    csv.field_size_limit(before)


@pytest.fixture
def short(monkeypatch):
    """Lines and rows of at most 40 characters."""
    monkeypatch.setattr(separated, "LINE_BYTES", 40)


def rows(text):
    """The rows of ``text`` as they come: (line, cells), or (line, code, params) of what could not be read."""
    read = separated._rows(io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", newline=""))
    return [(one.line, one.code, dict(one.params)) if isinstance(one, Reject) else one for one in read]


def refused(data):
    """(ids of the conversations, rejects as (line, code)) of a table."""
    items = list(separated.parse(Source(data, "a.csv", 0), Reading()))
    ids = [item.text.split(b'"', 4)[3].decode() for item in items if isinstance(item, Draft)]
    return ids, [(item.line, item.code) for item in items if isinstance(item, Reject)]


class Endless(io.RawIOBase):
    """A table whose third line is ``size`` long, made as it is read: nothing of it lies in memory."""

    def __init__(self, size):
        self.before, self.after = HEAD + b"a,hi\nb,", b"\nc,there\n"
        self.size, self.at = len(self.before) + size + len(self.after), 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, at, whence=0):
        self.at = (0, self.at, self.size)[whence] + at
        return self.at

    def readinto(self, buffer):
        end = self.size - len(self.after)
        if self.at < len(self.before):
            data = self.before[self.at :]
        elif self.at < end:
            data = b"x" * min(len(buffer), end - self.at)
        else:
            data = self.after[self.at - end :]
        data = data[: len(buffer)]
        buffer[: len(data)] = data
        self.at += len(data)
        return len(data)


def test_a_line_of_any_length_is_one_reject_and_the_rest_is_taken_in_bounded_memory():
    tracemalloc.start()
    try:
        assert refused(io.BufferedReader(Endless(12 * LINE_BYTES))) == (["a", "c"], [(3, "line_too_long")])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5 * LINE_BYTES


def test_long_lines_are_named_by_their_own_numbers_wherever_they_stand(short):
    long = "y" * 100
    limit = {"limit": 40}
    assert rows(f"h\n{long}\r\na\n\n{long}\r{long}\nb\n{long}") == [
        (1, ["h"]),
        (2, "line_too_long", limit),
        (3, ["a"]),
        (5, "line_too_long", limit),
        (6, "line_too_long", limit),
        (7, ["b"]),
        (8, "line_too_long", limit),
    ]
    for length in range(38, 84):
        assert [one[0] for one in rows(f"h\n{'y' * length}\r\na\r{'z' * length}\rb")] == [1, 2, 3, 4, 5]
    assert rows(f'h\n"one\n{long}\nthree"\nfour\n') == [
        (1, ["h"]),
        (3, "line_too_long", limit),
        (4, ['three"']),
        (5, ["four"]),
    ]


def test_a_table_without_headings_that_can_be_read_is_refused_whole():
    assert refused(io.BytesIO(b"x" * (LINE_BYTES + 1) + b"\n1,hi\n")) == ([], [(1, "line_too_long")])


def test_a_quote_that_is_never_closed_costs_its_own_line_alone(short):
    assert rows('h,m\na,"oh\nb,x\nc,y\n') == [
        (1, ["h", "m"]),
        (2, "quote_not_closed", {"lines": 1}),
        (3, ["b", "x"]),
        (4, ["c", "y"]),
    ]
    many = "".join(f"{n},x\n" for n in range(30))
    read = rows(f'h,m\na,"oh\n{many}')
    assert read[1] == (2, "quote_not_closed", {"lines": 1})
    assert [cells[0] for _, cells in read[2:]] == [str(n) for n in range(30)]


def test_a_row_over_several_lines_is_one_row(short):
    assert rows('h,m\na,"one\ntwo ""x"""\nb,y\n') == [(1, ["h", "m"]), (2, ["a", 'one\ntwo "x"']), (4, ["b", "y"])]


def test_lines_made_to_be_read_for_ever_are_left_out_with_their_number(short):
    lines = 'a"b,"c\n' * 3000
    read = rows(f"h,m\n{lines}z,end\n")
    assert read[0] == (1, ["h", "m"])
    rejects = [one for one in read[1:] if len(one) == 3]
    assert max(params["lines"] for *_, params in rejects) > 1
    assert sum(params["lines"] for *_, params in rejects) + len(read) - len(rejects) == 3002


@given(st.text(alphabet='a,;"\n\r', max_size=200))
def test_whatever_is_read_its_lines_rise_and_a_whole_table_is_as_the_library_reads_it(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(separated, "LINE_BYTES", 40)
        read = rows(text)
    assert [one[0] for one in read] == sorted({one[0] for one in read})
    if all(len(one) == 2 for one in read):
        heading = io.StringIO(text, newline="").readline()
        delimiter = max(",;\t|", key=heading.count)
        assert [cells for _, cells in read] == [
            cells for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if cells
        ]
