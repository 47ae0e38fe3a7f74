"""Lists of calls: a CSV with headings, Asterisk's Master.csv, FreeSWITCH's mod_cdr_csv; which call is in which file."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from hushkeep.channels.calls.shape import Call
from hushkeep.channels.completeness import CALL_HEADINGS
from hushkeep.channels.formats.columns import plain_heading
from hushkeep.channels.formats.shape import Draft, Item
from hushkeep.channels.formats.times import time_of
from hushkeep.channels.lines import Reject
from hushkeep.kernel import InvalidInput

_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "conversation": (
            "conversation",
            "conversationid",
            "callid",
            "uniqueid",
            "uuid",
            "通话id",
            "通话编号",
            "流水号",
        ),
        "phone": (
            "phone",
            "customerphone",
            "customer",
            "calleridnumber",
            "clidnum",
            "客户号码",
            "客户电话",
            "主叫号码",
        ),
        "agent": ("agent", "agentid", "agentlogin", "坐席", "坐席工号", "座席", "座席工号", "客服", "工号"),
        "language": ("language", "语言", "語言"),
        "direction": ("direction", "呼叫方向", "方向"),
        "started_at": ("startedat", "start", "starttime", "startstamp", "calldate", "开始时间", "通话时间", "呼叫时间"),
    }
)
_DIRECTIONS: Final = MappingProxyType(
    {
        **dict.fromkeys(("inbound", "in", "incoming", "呼入", "来电"), "inbound"),
        **dict.fromkeys(("outbound", "out", "outgoing", "呼出", "外呼"), "outbound"),
    }
)
# The columns of files without headings, as docs/recordings.md names their documents.
_ASTERISK: Final = MappingProxyType({"phone": 1, "started_at": 9, "recording": 16})
_ASTERISK_DISPOSITION: Final = 14
_ASTERISK_WIDTH: Final = range(16, 20)
_FREESWITCH: Final = MappingProxyType({"phone": 1, "started_at": 4, "recording": 10})
_FREESWITCH_WIDTH: Final = 11
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UNIQUEID: Final = re.compile(r"(?:[\w.]+-)?\d{9,10}\.\d+")  # an optional system name, seconds since 1970, a count


@dataclass(frozen=True, slots=True)
class Listed:
    """A call of a list: ``line`` there, from 1, the recording that it names, and what else it says."""

    line: int
    recording: str = field(repr=False)
    call: Call


def read(items: Iterable[Item], zone: tzinfo) -> list[Listed]:
    """Return the calls of a list (rows of the parser ``list``) that need a recording; ``zone`` is that of bare times.

    Raises InvalidInput for a list that cannot be read, or in which no column names recordings.
    """
    rows: list[tuple[int, list[str]]] = []
    for item in items:
        if isinstance(item, Reject):
            raise InvalidInput(f"list_not_read: {item.code}")
        if isinstance(item, Draft):
            rows.append((item.place, json.loads(item.text)))
    if not rows:
        raise InvalidInput("list_is_empty")
    places = _bare(rows[0][1])
    if places is None:
        places, rows = _headed(rows[0][1]), rows[1:]
    listed = (_listed(line, cells, places, zone) for line, cells in rows if not _unanswered(cells, places))
    return [one for one in listed if one is not None]


def _bare(cells: Sequence[str]) -> Mapping[str, int] | None:
    """The columns of a list without headings, by the shape of its first row."""
    if len(cells) in _ASTERISK_WIDTH and _UNIQUEID.fullmatch(cells[_ASTERISK["recording"]]):
        return _ASTERISK
    if len(cells) >= _FREESWITCH_WIDTH and _UUID.fullmatch(cells[_FREESWITCH["recording"]]):
        return _FREESWITCH
    return None


def _headed(cells: Sequence[str]) -> Mapping[str, int]:
    first = [plain_heading(cell) for cell in cells]
    column = next((first.index(heading) for heading in CALL_HEADINGS if heading in first), None)
    if column is None:
        raise InvalidInput("list_without_column")
    places = {"recording": column}
    for name, headings in _HEADINGS.items():
        at = next((first.index(heading) for heading in headings if heading in first), None)
        if at is not None:
            places[name] = at
    return places


def _unanswered(cells: Sequence[str], places: Mapping[str, int]) -> bool:
    """Whether nobody answered: such a call has no recording, and none is missed."""
    if places is not _ASTERISK or len(cells) <= _ASTERISK_DISPOSITION:
        return False
    return cells[_ASTERISK_DISPOSITION].upper() != "ANSWERED"


def _listed(line: int, cells: Sequence[str], places: Mapping[str, int], zone: tzinfo) -> Listed | None:
    def cell(name: str) -> str | None:
        at = places.get(name)
        return cells[at].strip() or None if at is not None and at < len(cells) else None

    recording, phone, started = cell("recording"), cell("phone"), cell("started_at")
    if recording is None:
        return None
    call = Call(
        conversation=cell("conversation"),
        customer={"phone": phone} if phone else None,
        agent=cell("agent"),
        language=cell("language"),
        direction=_DIRECTIONS.get((cell("direction") or "").lower()),
        started_at=time_of(started, zone) if started else None,
    )
    return Listed(line, recording, call)


def compare(listed: Sequence[Listed], names: Iterable[str]) -> tuple[list[Listed], list[str]]:
    """Return the calls that have no recording among the files ``names``, and the files that no call names."""
    known, seen, unlisted = ByName(listed), set(), []
    for name in names:
        found = known.find(name)
        if found is None:
            unlisted.append(name)
        else:
            seen.add(found.line)
    return [one for one in listed if one.line not in seen], sorted(unlisted)


class ByName:
    """Finds what a list says of a file: by its whole name, without its ending, or by the call's id at its end.

    FreePBX and others write names such as ``in-100-200-20260304-101500-1772600000.12.wav``: the call's id comes last.
    """

    def __init__(self, listed: Iterable[Listed]) -> None:
        self._calls: dict[str, Listed] = {}
        for one in listed:
            for key in keys(one.recording):
                self._calls.setdefault(key, one)

    def find(self, name: str) -> Listed | None:
        """Return the list's row for the file ``name``, None when there is none."""
        for key in keys(name):
            if key in self._calls:
                return self._calls[key]
        tail = PurePosixPath(name.replace("\\", "/")).stem.lower().rpartition("-")[2]
        return self._calls.get(tail) if _UNIQUEID.fullmatch(tail) else None


def keys(name: str) -> list[str]:
    """Return what a recording's name is compared by: its last part, with and without its ending, in lower case."""
    path = PurePosixPath(name.replace("\\", "/"))
    # The count after a call's dot is no ending: 1772600000.12 stays whole.
    return [path.name.lower()] if _UNIQUEID.fullmatch(path.name) else [path.name.lower(), path.stem.lower()]
