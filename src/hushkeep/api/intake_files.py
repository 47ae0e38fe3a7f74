"""Intake of one file as it is, dropped on the console or sent by a program: parsed confined, then taken in batches."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from io import BytesIO
from typing import Annotated, Any
from urllib.parse import unquote
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest
from ninja import Header, Query, Router, Schema

from hushkeep.access.actors import Actor, Target, may_at_best
from hushkeep.access.gate import guarded
from hushkeep.api.actors import actor_of
from hushkeep.api.intake import KIND, BatchOut, RejectOut, noted, taken_lines
from hushkeep.api.intake_attachments import landed, landed_together
from hushkeep.channels import attached, clamav
from hushkeep.channels import intake as received
from hushkeep.channels.folders import RECORDS
from hushkeep.channels.formats import kinds
from hushkeep.channels.formats.archives import unsafe
from hushkeep.channels.formats.shape import BATCH_ATTACHED_BYTES, NO_BYTES, Draft, Item, Note, Within, piece
from hushkeep.channels.layouts import Cells, Column, described
from hushkeep.channels.lines import Line, Reject, read
from hushkeep.channels.reading import ConfinedReader
from hushkeep.kernel import Action, Conversation, Error, InvalidInput
from hushkeep.records import runs
from hushkeep.records.runs import BatchAnswer, Totals

router = Router(tags=["intake"])

BATCH = 400
MAX_REJECTS = 1_000
"""So many rejects are listed; the totals count all."""

RunId = Annotated[UUID, Query(...)]
Repeat = Annotated[str, Header(..., alias="Idempotency-Key", min_length=16, max_length=100)]
FileName = Annotated[str, Header(..., alias="Hushkeep-File-Name", min_length=1, max_length=3000)]
Look = Annotated[bool, Query(...)]
Zone = Annotated[str, Header(alias="Hushkeep-Time-Zone", max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")]


class FileRejectOut(RejectOut):
    """A part of the file that was not taken; ``member`` names the file within an archive, "" for the file itself."""

    member: str


class ColumnOut(Schema):
    """A column of a table, from 1: its heading through the masks, and ``field``, what it is read as (null: left out).

    ``cells`` is the look of its first cells (empty, time, number, code, text), ``entities`` the kinds of personal data
    found in them: no cell is shown.
    """

    number: int
    heading: str
    field: str | None
    cells: Cells
    entities: list[str]


class FileOut(BatchOut):
    """What became of a file; ``columns`` says how a table was read: our field -> column from 1.

    ``layout`` shows every column of it, for a look alone.
    """

    rejected: list[FileRejectOut]  # type: ignore[assignment]
    refused: int
    columns: dict[str, int]
    layout: list[ColumnOut]


Taken = tuple[int, Conversation] | Reject


@dataclass(slots=True)
class _File:
    """A file as it is taken: its rejects with the member they stand in, and what was guessed of it."""

    rejects: list[tuple[str, Reject]] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    layout: tuple[Column, ...] = ()
    totals: Totals = field(default_factory=Totals)
    places: list[tuple[str, int]] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)
    attached: dict[int, tuple[bytes, ...]] = field(default_factory=dict)

    def conversations(self, items: Iterator[Item]) -> Iterator[tuple[int, Conversation]]:
        """Yield (number, conversation), ``places`` holding where each number stands, ``attached`` what hangs on it."""
        for item in items:
            member = ""
            while isinstance(item, Within):
                member, item = f"{member}/{item.name}".lstrip("/"), item.item  # noqa: PLW2901 - unwrapped
            match item:
                case Draft(place=place, text=text, attached=attached):
                    seen = received.receive(Line(place, text.decode("utf-8", "replace")))
                    if isinstance(seen, Reject):
                        self._refuse(member, seen)
                    else:
                        self.places.append((member, place))
                        if attached:
                            self.attached[len(self.places)] = attached
                        yield len(self.places), seen
                case Reject():
                    self._refuse(member, item)
                case Note(columns=columns):
                    self.columns = dict(columns)

    def _refuse(self, member: str, reject: Reject) -> None:
        self.rejects.append((member, reject))
        self.unread[reject.code] += 1

    def add(self, answer: BatchAnswer) -> None:
        """Add the answer to a batch, whose rejects name conversations by their numbers."""
        self.totals += answer.totals
        for number, code, params in answer.rejects:
            member, place = self.places[number - 1]
            self.rejects.append((member, Reject(place, code, params)))

    def not_landed(self, number: int, code: str) -> None:
        """Name an attachment of the conversation ``number`` that did not come."""
        member, place = self.places[number - 1]
        self._refuse(member, Reject(place, code))

    def attached_bytes(self) -> int:
        """Return how much hangs on the conversations that were not sent yet."""
        return sum(map(len, (one for some in self.attached.values() for one in some)))


@router.post("/intake/files", response=FileOut)
def take_file(  # noqa: PLR0913, RUF100 - headers
    request: HttpRequest, run: RunId, key: Repeat, name: FileName, *, zone: Zone = "UTC", look: Look = False
) -> FileOut:
    """Take in one file (the body, at most 16 MiB) of any format that ``hushkeep protect`` takes.

    Its name comes percent-encoded in the header Hushkeep-File-Name. Sent again, it is taken once. 422 for a name that
    leads elsewhere or an unknown time zone; what the file holds that cannot be taken is named in the answer. With
    ``look`` nothing is taken: the answer says by which columns a table would be read, and shows its headings masked.
    """
    actor = actor_of(request)
    guarded(
        actor,
        Action.CONVERSATION_STORE,
        Target(kind=KIND, id=run),
        act=lambda permit: runs.demand_open(permit, run),
        count=lambda _: 0,
    )
    called = unquote(name)
    if unsafe(called):
        raise InvalidInput("unsafe_name")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput("unknown_zone") from None
    if look:
        return _out(run, _guessed(_items(request.body, called, zone)))
    replace = may_at_best(actor, Action.CONVERSATION_REVISE)
    file = _File()
    batch: list[Taken] = []
    part = 0

    def send() -> None:
        nonlocal part
        part += 1
        lines, repeat = list(batch), f"{key}:{part}"
        batch.clear()
        answer = guarded(
            actor,
            Action.CONVERSATION_STORE,
            Target(kind=KIND),
            act=lambda permit: taken_lines(permit, run, repeat, lines, replace=replace),
            count=lambda result: result.totals.taken + result.totals.changed,
        )
        file.add(answer)
        attached.landed_in_groups(_wanted(file, answer), partial(_land, actor, run, file), partial(_refused, file))
        file.attached.clear()

    for one in file.conversations(_items(request.body, called, zone)):
        batch.append(one)
        if len(batch) == BATCH or file.attached_bytes() > BATCH_ATTACHED_BYTES:
            send()
    if batch:
        send()
    seen = Totals(files=1, bytes=len(request.body), rejected=file.unread.total(), reasons=dict(file.unread))
    guarded(
        actor,
        Action.CONVERSATION_STORE,
        Target(kind=KIND),
        act=lambda permit: noted(permit, run, f"{key}:0", seen),
        count=lambda _: 0,
    )
    return _out(run, file)


_Hung = tuple[tuple[int, UUID], bytes]
"""A piece of what hangs on a conversation: ((the conversation's number, the piece's id), its bytes)."""


def _land(actor: Actor, run: UUID, file: _File, group: list[_Hung]) -> None:
    """Seal ``group`` at once."""
    if len(group) == 1:
        [((_number, part), content)] = group
        done = landed(actor, run, part, content)
    else:
        done = landed_together(actor, run, lambda: {part: content for (_number, part), content in group})
    file.totals += Totals(attachments=done.states)


def _refused(file: _File, place: tuple[int, UUID], fault: Error) -> None:
    number, _part = place
    file.not_landed(number, str(fault) if isinstance(fault, InvalidInput) else fault.code)


def _wanted(file: _File, answer: BatchAnswer) -> Iterator[_Hung]:
    """Yield ((number of the conversation, id), bytes) of each piece that has not come; name those that nobody has."""
    for number, attachment, part, id_ in answer.wanted:
        content = piece(file.attached.get(number, ()), attachment, part)
        if content is None:
            file.not_landed(number, NO_BYTES)
        else:
            yield (number, id_), content


def _guessed(items: Iterator[Item]) -> _File:
    """Return a file of which nothing is taken: how its table would be read, which its parser says first of all."""
    first = next(items, None)
    return _File(columns=dict(first.columns), layout=described(first)) if isinstance(first, Note) else _File()


def _items(body: bytes, name: str, zone: str) -> Iterator[Item]:
    """Yield what is in ``body``; a parser of its own looks at it, without network or files."""
    kind = kinds.kind_of(name)
    if kind is None:
        yield Reject(1, kinds.why_not(name))
    elif kind == RECORDS:
        for line in read(BytesIO(body)):
            yield Draft(line.number, line.text.encode()) if isinstance(line, Line) else line
    else:
        # In memory, under no name: nothing of it ever lies on a disk in the clear.
        descriptor = os.memfd_create("intake")
        try:
            with open(descriptor, "wb", closefd=False) as stream:
                stream.write(body)
            with ConfinedReader({"zone": zone}, scanner=clamav.present()) as reader:
                yield from reader.read_open(descriptor, name, len(body), kind)
        finally:
            os.close(descriptor)


def _out(run: UUID, file: _File) -> FileOut:
    totals = file.totals
    rejected = [
        {"member": member, "line": one.line, "code": one.code, "params": dict(one.params)}
        for member, one in file.rejects[:MAX_REJECTS]
    ]
    values: dict[str, Any] = {
        **{name: getattr(totals, name) for name in ("taken", "duplicates", "changed", "messages", "secrets_cut")},
        **{name: dict(getattr(totals, name)) for name in ("entities", "channels", "days", "attachments")},
        "wanted": [],
    }
    layout = [asdict(column) for column in file.layout]
    read_as = {"columns": file.columns, "layout": layout}
    return FileOut.model_validate({**values, **read_as, "run": run, "rejected": rejected, "refused": len(file.rejects)})
