"""What passes between a reader and its confined parser: short frames, judged on arrival like any input.

A frame is ``kind 1 | length 4, big endian | JSON``; a draft is ``D | length | place 8 | record``, after a frame
``A | length | bytes`` for each file that hangs on it.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

from hushkeep.channels.formats.archives import harmless
from hushkeep.channels.formats.shape import (
    HEADING_LENGTH,
    MAX_FILE_BYTES,
    MAX_HEADINGS,
    MAX_PARTS,
    SAMPLE_LENGTH,
    SAMPLE_ROWS,
    Draft,
    Item,
    Note,
    Within,
)
from hushkeep.channels.lines import LINE_BYTES, Reject

MAX_FRAME = LINE_BYTES + 64 * 1024
READY, DONE, DRAFT, REJECT, NOTE, ATTACHED = b"R", b"E", b"D", b"X", b"N", b"A"
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PARAM = re.compile(r"[A-Za-z0-9_.,:+/ -]{0,200}")


class BadFrame(Exception):  # noqa: N818 - a finding about the other side
    """What came is no frame of ours: the parser is not to be believed."""


def put(stream: BinaryIO, kind: bytes, body: bytes) -> None:
    """Write one frame."""
    stream.write(kind + len(body).to_bytes(4, "big") + body)


def put_item(stream: BinaryIO, item: Item) -> None:
    """Write ``item`` as a frame."""
    within = ""
    if isinstance(item, Within):
        within, item = item.name, item.item
    match item:
        case Draft(place=place, text=text, attached=attached):
            for data in attached:
                put(stream, ATTACHED, data)
            name = within.encode("utf-8", "replace")
            put(stream, DRAFT, place.to_bytes(8, "big") + len(name).to_bytes(2, "big") + name + text)
        case Reject(line=place, code=code, params=params):
            put(stream, REJECT, _json({"place": place, "within": within, "code": code, "params": dict(params)}))
        case Note(columns=columns, zone=zone, headings=headings, rows=rows):
            told = {"within": within, "columns": dict(columns), "zone": zone, "headings": headings, "rows": rows}
            put(stream, NOTE, _json(told))


def get(read: Callable[[int], bytes]) -> tuple[bytes, bytes]:
    """Return the next frame (kind, body) by ``read``, which returns so many bytes as asked. Raises BadFrame."""
    head = read(5)
    size = int.from_bytes(head[1:], "big")
    if size > (MAX_FILE_BYTES if head[:1] == ATTACHED else MAX_FRAME):
        raise BadFrame
    return head[:1], read(size)


def items(read: Callable[[int], bytes]) -> Iterator[Item]:
    """Yield the items up to the end of a file, by ``read`` as for ``get``. Raises BadFrame.

    What hangs on one message was in one file: together it is no larger than a file that is held whole may be.
    """
    attached: list[bytes] = []
    while True:
        kind, body = get(read)
        if kind == ATTACHED:
            attached.append(body)
            if sum(map(len, attached)) > MAX_FILE_BYTES or len(attached) > MAX_PARTS:
                raise BadFrame
            continue
        if kind == DONE:
            return
        yield item_of(kind, body, tuple(attached))
        attached.clear()


def item_of(kind: bytes, body: bytes, attached: tuple[bytes, ...] = ()) -> Item:
    """Return what a frame says, and of a draft what hangs on it. Raises BadFrame for anything but an item of ours."""
    if attached and kind != DRAFT:
        raise BadFrame
    if kind == DRAFT:
        end = 10 + int.from_bytes(body[8:10], "big")
        if len(body) < end or b"\n" in body[end:]:
            raise BadFrame  # a draft is one line: two would be two records under one place
        draft = Draft(int.from_bytes(body[:8], "big"), body[end:], attached)
        return _within(body[10:end].decode("utf-8", "replace"), draft)
    try:
        said = json.loads(body)
        if kind == REJECT:
            reject = Reject(int(said["place"]), _code(said["code"]), _params(said["params"]))
            return _within(str(said["within"]), reject)
        if kind == NOTE:
            columns = {_code(name.replace(".", "_")) and name: int(n) for name, n in said["columns"].items()}
            headings = _cells(said["headings"], HEADING_LENGTH)
            rows = tuple(_cells(row, SAMPLE_LENGTH) for row in said["rows"][:SAMPLE_ROWS])
            return _within(str(said["within"]), Note(columns, _param(said["zone"]), headings, rows))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadFrame from None
    raise BadFrame


def _within(name: str, item: Draft | Reject | Note) -> Item:
    return Within(harmless(name), item) if name else item


def _code(value: object) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise BadFrame
    return value


def _params(value: Mapping[str, object]) -> dict[str, str | int]:
    return {_code(name): item if isinstance(item, int) else _param(item) for name, item in value.items()}


def _param(value: object) -> str:
    if not isinstance(value, str) or not _PARAM.fullmatch(value):
        raise BadFrame
    return value


def _cells(value: object, length: int) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_HEADINGS:
        raise BadFrame
    if not all(isinstance(cell, str) and len(cell) <= length for cell in value):
        raise BadFrame
    return tuple(value)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()
