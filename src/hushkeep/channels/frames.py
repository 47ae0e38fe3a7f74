"""What passes between a reader and its confined parser: short frames, judged on arrival like any input.

A frame is ``kind 1 | length 4, big endian | JSON``; a draft is ``D | length | place 8 | record``.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import BinaryIO

from hushkeep.channels.formats.archives import harmless
from hushkeep.channels.formats.shape import Draft, Item, Note, Within
from hushkeep.channels.lines import LINE_BYTES, Reject

MAX_FRAME = LINE_BYTES + 64 * 1024
READY, DONE, DRAFT, REJECT, NOTE = b"R", b"E", b"D", b"X", b"N"
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
        case Draft(place=place, text=text):
            name = within.encode("utf-8", "replace")
            put(stream, DRAFT, place.to_bytes(8, "big") + len(name).to_bytes(2, "big") + name + text)
        case Reject(line=place, code=code, params=params):
            put(stream, REJECT, _json({"place": place, "within": within, "code": code, "params": dict(params)}))
        case Note(columns=columns, zone=zone):
            put(stream, NOTE, _json({"within": within, "columns": dict(columns), "zone": zone}))


def get(read: Callable[[int], bytes]) -> tuple[bytes, bytes]:
    """Return the next frame (kind, body) by ``read``, which returns so many bytes as asked. Raises BadFrame."""
    head = read(5)
    size = int.from_bytes(head[1:], "big")
    if size > MAX_FRAME:
        raise BadFrame
    return head[:1], read(size)


def item_of(kind: bytes, body: bytes) -> Item:
    """Return what a frame says. Raises BadFrame for anything but an item of ours."""
    if kind == DRAFT:
        end = 10 + int.from_bytes(body[8:10], "big")
        if len(body) < end or b"\n" in body[end:]:
            raise BadFrame  # a draft is one line: two would be two records under one place
        draft = Draft(int.from_bytes(body[:8], "big"), body[end:])
        return _within(body[10:end].decode("utf-8", "replace"), draft)
    try:
        said = json.loads(body)
        if kind == REJECT:
            reject = Reject(int(said["place"]), _code(said["code"]), _params(said["params"]))
            return _within(str(said["within"]), reject)
        if kind == NOTE:
            columns = {_code(name.replace(".", "_")) and name: int(n) for name, n in said["columns"].items()}
            return _within(str(said["within"]), Note(columns, _param(said["zone"])))
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


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()
