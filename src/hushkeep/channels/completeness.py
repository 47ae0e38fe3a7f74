"""Is all there? Tickets are held against conversations, and calls (channels.calls) against recordings."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from hushkeep.channels.formats.columns import plain_heading
from hushkeep.channels.formats.shape import Draft, Item
from hushkeep.channels.lines import Reject
from hushkeep.kernel import InvalidInput

CALL_HEADINGS = (
    *("recording", "recordingfile", "file", "filename", "audio", "录音", "录音文件", "录音文件名", "文件名", "錄音檔"),
    *("callid", "call", "uniqueid", "id", "通话id", "通话编号", "话单号", "流水号"),
)
_TICKET_HEADINGS = (
    *("ticketid", "ticketno", "ticketnumber", "ticket", "caseid", "caseno", "case", "id"),
    *("工单号", "工单编号", "工单id", "工单", "编号", "工單號"),
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a list says there should be: ``line`` in the list, from 1, and the name or number there."""

    line: int
    name: str = field(repr=False)


def listed(items: Iterable[Item], headings: Sequence[str]) -> list[Expected]:
    """Return what a list (rows of the parser ``list``) expects, by the first of ``headings`` that it has.

    Raises InvalidInput for a list that cannot be read or has none of them.
    """
    rows: list[tuple[int, list[str]]] = []
    for item in items:
        if isinstance(item, Reject):
            raise InvalidInput(f"list_not_read: {item.code}")
        if isinstance(item, Draft):
            rows.append((item.place, json.loads(item.text)))
    if not rows:
        raise InvalidInput("list_is_empty")
    first = [plain_heading(cell) for cell in rows[0][1]]
    column = next((first.index(heading) for heading in headings if heading in first), None)
    if column is None:
        raise InvalidInput("list_without_column")
    return [Expected(line, cells[column]) for line, cells in rows[1:] if len(cells) > column and cells[column]]


def tickets(items: Iterable[Item]) -> list[Expected]:
    """Return the tickets that a list expects."""
    return listed(items, _TICKET_HEADINGS)


class SeenIds:
    """The ids of the conversations that came by, as short digests: eight bytes each, and none can be read."""

    def __init__(self) -> None:
        self._digests: set[bytes] = set()

    def add(self, record: bytes) -> None:
        """Note the ids of an intake record; a record that cannot be read names none."""
        try:
            said = json.loads(record)
        except ValueError:
            return
        if isinstance(said, dict):
            self._digests.update(_digest(str(said[name])) for name in ("id", "conversation") if said.get(name))

    def without(self, expected: Iterable[Expected]) -> list[Expected]:
        """Return those of ``expected`` that never came by."""
        return [one for one in expected if _digest(one.name) not in self._digests]


def _digest(name: str) -> bytes:
    return blake2b(name.strip().encode("utf-8", "replace"), digest_size=8).digest()
