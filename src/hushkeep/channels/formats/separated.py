"""CSV and its kin: comma, semicolon, tab or bar, in any encoding of ours, read twice but never held."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from hushkeep.channels import encodings
from hushkeep.channels.formats.shape import Item, Reading, Source
from hushkeep.channels.formats.tables import Row, conversations
from hushkeep.channels.lines import LINE_BYTES, Reject

_CHUNK_BYTES = 1024 * 1024
_DELIMITERS = ",;\t|"


def parse(source: Source, reading: Reading) -> Iterator[Item]:
    """Yield the conversations of a table; codes as ``tables.conversations``, and those of the encoding and of CSV."""
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


def _rows(text: io.TextIOWrapper) -> Iterator[Row]:
    csv.field_size_limit(LINE_BYTES)
    heading = text.readline(64 * 1024)
    text.seek(0)
    delimiter = max(_DELIMITERS, key=heading.count)
    reader = csv.reader(_short_lines(text), delimiter=delimiter, strict=False)
    before = 0
    for cells in reader:
        place, before = before + 1, reader.line_num
        if cells:
            yield place, cells


def _short_lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines of ``text``; raises ``csv.Error`` for one that is longer than a line may be."""
    while line := text.readline(LINE_BYTES):
        if len(line) >= LINE_BYTES:
            raise csv.Error("line too long")
        yield line.replace("\x00", "\ufffd")
