"""Rows of a chat export into conversations: one row a message, or, without a column of conversations, one row each.

Rows without a conversation's id that are alike in every cell are one: they come in once and count as duplicates.

Rows of one conversation may stand apart, as far as memory allows: a window of open conversations is kept, and a row
that comes after its conversation had to be closed is a reject, never a second half under the same id.
"""

import csv
import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain, islice

from hushkeep.channels.formats.columns import Layout, layout
from hushkeep.channels.formats.documents import Unreadable
from hushkeep.channels.formats.shape import (
    HEADING_LENGTH,
    MAX_HEADINGS,
    SAMPLE_LENGTH,
    SAMPLE_ROWS,
    Draft,
    Item,
    Note,
    Reading,
    Source,
    draft,
    id_of,
)
from hushkeep.channels.formats.times import time_of
from hushkeep.channels.lines import LINE_BYTES, Reject

OPEN_CHARACTERS = 8 * 1024 * 1024
"""So much text of unfinished conversations is held at a time."""
_CHANNELS = {
    "chat": "chat im webchat online web 在线 在线聊天 网页 聊天 微信 wechat app内 在線",
    "email": "email mail 邮件 电子邮件 郵件",
    "call": "call phone voice telephone 电话 热线 通话 呼入 呼出 電話",
    "ticket": "ticket case 工单 案件 工單",
    "form": "form 表单 留言 表單",
    "app": "app mobile 应用 手机应用",
    "social": "social weibo facebook twitter x instagram 微博 社交 抖音 小红书",
}
_CHANNEL = {word: ours for ours, words in _CHANNELS.items() for word in words.split()}
_DIRECTION = {
    "呼入": "inbound",
    "来电": "inbound",
    "in": "inbound",
    "呼出": "outbound",
    "去电": "outbound",
    "out": "outbound",
}

Row = tuple[int, Sequence[str]]
"""A row: the line where it begins, from 1, and its cells."""


@dataclass(slots=True)
class _Open:
    """A conversation whose rows are being gathered."""

    place: int
    record: dict[str, object]
    turns: list[dict[str, str]] = field(default_factory=list)
    size: int = 0

    def closed(self) -> Draft | Reject:
        return draft(self.place, self.record | {"turns": self.turns})


def conversations(rows: Iterable[Row | Reject], source: Source, reading: Reading) -> Iterator[Item]:
    """Yield the conversations of a table whose first row holds the headings; ``source`` is its file.

    A row that could not be read is its reject, which is handed on; without headings nothing else can be read.

    Codes: empty_table, no_text_column, no_such_column, columns_not_taken (columns, by number), wrong_columns
    (expected, found), bad_time (column), rows_too_far_apart; the note tells what was guessed.
    """
    iterator = iter(rows)
    first = next(iterator, (0, ()))
    if isinstance(first, Reject):
        yield first
        return
    _, headings = first
    if not headings:
        yield Reject(1, "empty_table")
        return
    laid = layout(headings, reading.columns)
    if isinstance(laid, Reject):
        yield laid
        return
    sample, following = _peeked(iterator)
    yield Note(
        {field_: place + 1 for field_, place in laid.places.items()},
        str(reading.zone),
        _cut(headings, HEADING_LENGTH),
        tuple(_cut(cells, SAMPLE_LENGTH) for cells in _cells(sample) if len(cells) == len(headings)),
    )
    if laid.left:
        yield Reject(1, "columns_not_taken", {"columns": ",".join(str(n + 1) for n in laid.left)[:200]})
    yield from _gathered(following, len(headings), laid, source, reading)


def _peeked(rows: Iterator[Row | Reject]) -> tuple[list[Row | Reject], Iterator[Row | Reject]]:
    """Return the first rows, and all of them again; what ends the file among the first is raised in its place."""
    first: list[Row | Reject] = []
    try:
        first.extend(islice(rows, SAMPLE_ROWS))
    except (csv.Error, Unreadable) as fault:
        return first, chain(first, _ending(fault))
    return first, chain(first, rows)


def _ending(fault: Exception) -> Iterator[Row]:
    yield from ()
    raise fault


def _cells(rows: Iterable[Row | Reject]) -> Iterator[Sequence[str]]:
    return (row[1] for row in rows if not isinstance(row, Reject))


def _cut(cells: Sequence[str], length: int) -> tuple[str, ...]:
    return tuple(cell.strip()[:length] for cell in cells[:MAX_HEADINGS])


def _gathered(
    rows: Iterator[Row | Reject], width: int, laid: Layout, source: Source, reading: Reading
) -> Iterator[Item]:
    window = _Window()
    for read in rows:
        if isinstance(read, Reject):
            yield read
            continue
        place, cells = read
        if len(cells) != width:
            if any(cell.strip() for cell in cells):
                yield Reject(place, "wrong_columns", {"expected": width, "found": len(cells)})
            continue
        row = {field_: cells[column].strip() for field_, column in laid.places.items()}
        turn = {"speaker": reading.speaker(row.get("speaker", "") or "other"), "text": cells[laid.places["text"]]}
        if row.get("at"):
            at = time_of(row["at"], reading.zone)
            if at is None:
                yield Reject(place, "bad_time", {"column": laid.places["at"] + 1})
                continue
            turn["at"] = at
        if "conversation" not in laid.places:
            yield _opened(place, id_of(source, json.dumps(cells).encode()), row, reading, turn).closed()
        elif not row["conversation"]:
            yield Reject(place, "missing", {"field": "conversation"})
        else:
            yield from window.put(place, row, reading, turn)
    yield from window.rest()


class _Window:
    """Conversations whose rows are still coming, the least recently touched first."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._closed: set[bytes] = set()
        self._held = 0

    def put(self, place: int, row: dict[str, str], reading: Reading, turn: dict[str, str]) -> Iterator[Item]:
        """Add a row to its conversation; yield those that must be closed for it."""
        key = row["conversation"]
        one = self._open.get(key)
        if one is None:
            if _mark(key) in self._closed:
                yield Reject(place, "rows_too_far_apart")
                return
            one = self._open[key] = _opened(place, key, row, reading, turn)
        else:
            one.turns.append(turn)
            self._open.move_to_end(key)
        size = len(turn["text"]) + 100
        one.size += size
        self._held += size
        if one.size > LINE_BYTES:
            yield self._close(key)
        while self._held > OPEN_CHARACTERS:
            yield self._close(next(iter(self._open)))

    def rest(self) -> Iterator[Item]:
        """Yield all that is still open."""
        while self._open:
            yield self._close(next(iter(self._open)))

    def _close(self, key: str) -> Item:
        one = self._open.pop(key)
        self._held -= one.size
        self._closed.add(_mark(key))
        return one.closed()


def _mark(key: str) -> bytes:
    """Return a short digest: it costs memory alike for every id, and holds none."""
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _opened(place: int, key: str, row: dict[str, str], reading: Reading, turn: dict[str, str]) -> _Open:
    word = row.get("channel", "").lower()
    direction = row.get("direction", "").lower()
    customer = {name.partition(".")[2]: value for name, value in row.items() if name.startswith("customer.") and value}
    record: dict[str, object] = {
        "id": key,
        "channel": _CHANNEL.get(word, word) or reading.channel or "chat",
        "language": row.get("language"),
        "direction": _DIRECTION.get(direction, direction),
        "agent": row.get("agent"),
        "customer": customer,
    }
    if "at" in turn:
        record["started_at"] = turn["at"]
    return _Open(place, record, [turn])
