"""mbox (RFC 4155): messages one after another, each begun by a ``From `` line; one is held at a time."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from hushkeep.channels.formats.mails import message
from hushkeep.channels.formats.shape import MAX_FILE_BYTES, Item, Reading, Source, too_large
from hushkeep.channels.lines import Reject

_FROM = re.compile(rb"From .{1,500}\d{4}")
_QUOTED = re.compile(rb">+From ")


def parse(source: Source, reading: Reading) -> Iterator[Item]:
    """Yield the conversations of a mail box; places are lines of ``From``. Codes: as ``mails.message``, empty_file."""
    empty = True
    for place, data in _messages(source.stream):
        empty = False
        if data is None:
            yield Reject(place, "file_too_large", dict(too_large().params))
        else:
            yield from message(data, place, reading)
    if empty:
        yield Reject(1, "empty_file")


def _messages(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield (line, message); None for one that is longer than may be held."""
    held: list[bytes] = []
    place, size, blank = 0, 0, True
    number = 0
    while line := stream.readline(MAX_FILE_BYTES):
        number += 1
        if blank and _FROM.match(line):
            if place:
                yield place, b"".join(held) if size <= MAX_FILE_BYTES else None
            held, size, place = [], 0, number
        elif not place and not line.isspace():
            yield number, b""  # what precedes the first message belongs to none: it becomes a reject
            place = number
        else:
            size += len(line)
            if size <= MAX_FILE_BYTES:
                held.append(line[1:] if line.startswith(b">") and _QUOTED.match(line) else line)
            else:
                held = []
        blank = line.isspace()
    if place:
        yield place, b"".join(held) if size <= MAX_FILE_BYTES else None
