"""Pieces of attachments on their way to the site, several in one request: a line of JSON, then their bytes.

The line lists ``[id, size]`` of each piece, in the order in which the bytes follow.

>>> from uuid import UUID
>>> from hushkeep.channels import attached
>>> body = attached.join([(UUID(int=1), b"one"), (UUID(int=2), b"")])
>>> attached.split(body) == {UUID(int=1): b"one", UUID(int=2): b""}
True
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar
from uuid import UUID

from hushkeep.kernel import ATTACHMENT_PART_BYTES, Error, InvalidInput, NotFound

MAX_BYTES: Final = ATTACHMENT_PART_BYTES
"""So much comes in one request, be it one piece or many."""
MAX_PIECES: Final = 200
_MAX_LINE_BYTES: Final = 64 * 1024

Place = TypeVar("Place")


def join(pieces: Sequence[tuple[UUID, bytes]]) -> bytes:
    """Return the request's body of (id, content) pieces, which ``grouped`` has measured."""
    line = json.dumps([[str(part), len(content)] for part, content in pieces], separators=(",", ":"))
    return b"".join([line.encode(), b"\n", *(content for _, content in pieces)])


def split(body: bytes) -> dict[UUID, bytes]:
    """Return the pieces in a request's ``body`` by their ids.

    Raises InvalidInput: no_header_line, pieces_malformed (what the line says is no list of pieces, names one twice, or
    is not what follows), pieces_too_many, pieces_too_large.
    """
    end = body.find(b"\n", 0, _MAX_LINE_BYTES)
    if end < 0:
        raise InvalidInput("no_header_line")
    listed = _listed(body[:end])
    if len(listed) > MAX_PIECES:
        raise InvalidInput("pieces_too_many")
    whole = sum(size for _, size in listed)
    if whole > MAX_BYTES:
        raise InvalidInput("pieces_too_large")
    pieces: dict[UUID, bytes] = {}
    at = end + 1
    for part, size in listed:
        pieces[part] = body[at : at + size]
        at += size
    if not pieces or len(pieces) != len(listed) or at != len(body):
        raise InvalidInput("pieces_malformed")
    return pieces


def _listed(line: bytes) -> list[tuple[UUID, int]]:
    try:
        return [(UUID(part), _size(size)) for part, size in json.loads(line)]
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise InvalidInput("pieces_malformed") from None


def _size(said: object) -> int:
    if not isinstance(said, int) or isinstance(said, bool) or said < 0:
        raise ValueError
    return said


def grouped(pieces: Iterable[tuple[Place, bytes]]) -> Iterator[list[tuple[Place, bytes]]]:
    """Yield (place, content) ``pieces``, in order, in groups as one request takes them."""
    group: list[tuple[Place, bytes]] = []
    size = 0
    for place, content in pieces:
        if group and (len(group) == MAX_PIECES or size + len(content) > MAX_BYTES):
            yield group
            group, size = [], 0
        group.append((place, content))
        size += len(content)
    if group:
        yield group


def landed_in_groups(
    pieces: Iterable[tuple[Place, bytes]],
    land: Callable[[list[tuple[Place, bytes]]], None],
    refused: Callable[[Place, Error], None],
) -> None:
    """Hand ``pieces`` to ``land`` in groups; where one of a group is refused, and so all, each by itself.

    ``refused`` is told of each piece that raises InvalidInput or NotFound alone; any other error ends it.
    """
    for group in grouped(pieces):
        try:
            land(group)
        except (InvalidInput, NotFound) as fault:
            if len(group) == 1:
                refused(group[0][0], fault)
                continue
            for one in group:
                landed_in_groups([one], land, refused)
