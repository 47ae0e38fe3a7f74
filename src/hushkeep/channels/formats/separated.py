"""CSV and its kin: comma, semicolon, tab or bar, in any encoding of ours, read twice but never held."""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, Self

from hushkeep.channels import encodings
from hushkeep.channels.formats.shape import Item, Reading, Source
from hushkeep.channels.formats.tables import Row, conversations
from hushkeep.channels.lines import LINE_BYTES, Reject

_CHUNK_BYTES = 1024 * 1024
_DELIMITERS = ",;\t|"
_MOST_AGAIN = 4
"""So many times the characters of a table are read anew for quotes that stay open, all in all."""


def parse(source: Source, reading: Reading) -> Iterator[Item]:
    """Yield the conversations of a table. Codes: those of ``tables.conversations``; of the file mixed_encodings,
    bad_encoding, not_a_table; of a line line_too_long (limit); of a row quote_not_closed (lines left out).
    """  # noqa: D205 - a list of codes
    codec = _codec(source.stream)
    if codec in ("mixed_encodings", "bad_encoding"):
        yield Reject(1, codec)
        return
    source.stream.seek(0)
    text = io.TextIOWrapper(source.stream, encoding=codec, errors="strict", newline="")
    try:
        yield from conversations(_rows(text), source, reading)
    except csv.Error:
        yield Reject(1, "not_a_table")
    finally:
        text.detach()


def _codec(stream: BinaryIO) -> str:
    """Return the codec of the whole stream, or the code of why there is none; one pass, in bounded memory."""
    first = stream.read(_CHUNK_BYTES)
    final = len(first) < _CHUNK_BYTES
    codec = encodings.recognise(first, final=final)
    if codec is None:
        return encodings.why_not(first)
    # A first part of ASCII says nothing: what comes later decides.
    decoder = codecs.getincrementaldecoder(codec)("strict")
    chunk = first
    while chunk:
        following = stream.read(_CHUNK_BYTES)
        try:
            decoder.decode(chunk, final=not following)
        except UnicodeDecodeError:
            if first.isascii():
                return encodings.recognise(chunk, final=not following) or encodings.why_not(chunk)
            return "mixed_encodings" if encodings.recognise(chunk, final=False) else encodings.why_not(chunk)
        chunk = following
    return codec


def _rows(text: io.TextIOWrapper) -> Iterator[Row | Reject]:
    """Yield the filled rows; of one that cannot be read its reject, and then the rows after it."""
    csv.field_size_limit(LINE_BYTES + 1)  # no row is longer: _Lines sees to it
    heading = text.readline(64 * 1024)
    text.seek(0)
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=max(_DELIMITERS, key=heading.count), strict=False)
    while True:
        place = lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _TooLong:
            yield Reject(lines.number, "line_too_long", {"limit": LINE_BYTES})
        except _Open:
            yield Reject(place, "quote_not_closed", {"lines": lines.leave()})
        else:
            if cells:
                yield place, cells


class _TooLong(Exception):  # noqa: N818 - a finding about the input
    """The last line is longer than a line may be; it was skipped."""


class _Open(Exception):  # noqa: N818
    """A quote is open at the end of the file, or for longer than a row may be."""


class _Lines:
    """The lines of ``text`` for a reader that takes as many as a row needs; one row's are held, no more.

    ``number`` is that of the last line handed out, from 1. Raises _TooLong and _Open, and goes on after either.
    """

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.number = 0
        self._text = text
        self._row: list[str] = []
        self._size = 0
        self._again: deque[str] = deque()
        self._read = self._read_again = 0

    def begin(self) -> int:
        """Begin a row; return the number of its first line."""
        self._row.clear()
        self._size = 0
        return self.number + 1

    def leave(self) -> int:
        """Give up the first line of the row, whose quote stays open; what follows it is read anew, as rows of its own.

        Return how many lines are left out: one, or the whole row where so much was read anew before that lines made
        for it could keep us for ever.
        """
        following = self._row[1:]
        size = self._size - len(self._row[0])
        if self._read_again + size > _MOST_AGAIN * self._read:
            return len(self._row)
        self._read_again += size
        self._again.extendleft(reversed(following))
        self.number -= len(following)
        return 1

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._fresh()
        if not line:
            if self._row:
                raise _Open
            raise StopIteration
        self.number += 1
        if len(line) >= LINE_BYTES:
            self._skip(line)
            raise _TooLong
        self._row.append(line)
        self._size += len(line)
        if self._size > LINE_BYTES:
            raise _Open
        return line.replace("\x00", "\ufffd")

    def _fresh(self) -> str:
        line = self._text.readline(LINE_BYTES)
        self._read += len(line)
        return line

    def _skip(self, line: str) -> None:
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(LINE_BYTES)
        if line.endswith("\r"):  # the limit may have cut it from its other half
            following = self._text.readline(LINE_BYTES)
            if following not in ("", "\n"):
                self._again.append(following)
