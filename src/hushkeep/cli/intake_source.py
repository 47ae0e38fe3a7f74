"""The folder's side of an intake: files in order, each line or parsed conversation with its place, batches of them."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hushkeep.channels.completeness import Expected, SeenIds
from hushkeep.channels.folders import RECORDS, Found, LeftOut
from hushkeep.channels.formats.kinds import RECORDING
from hushkeep.channels.formats.shape import BATCH_ATTACHED_BYTES, Draft, Item, Note, Within
from hushkeep.channels.lines import Line, Reject, read
from hushkeep.channels.reading import ConfinedReader, changed
from hushkeep.cli.intake_report import Report

BATCH_LINES = 400
BATCH_BYTES = 4 * 1024 * 1024
WORTH_LINES = 100
"""So many conversations are worth a request: what one costs beside them is a twentieth of what they cost."""


Piece = tuple[str, int, bytes, tuple[bytes, ...]]
"""A conversation on its way: its file, its place there, its record in UTF-8, the bytes of what hangs on it."""
_Status = tuple[int, int]


@dataclass(slots=True)
class Folder:
    """The files of an intake as they are read; what cannot be read goes to ``report``.

    ``done_bytes`` counts source bytes behind us; ``taken_whole`` are files of which nothing was refused so far, with
    (size, mtime in ns) as they were read, kept when ``remember``; ``expected`` are tickets that should come by.
    ``confirm`` is asked once for each way in which tables are guessed to be laid out: (file, note) -> whether to
    take them so. ``senders`` take batches side by side.
    """

    files: Sequence[Found]
    reader: ConfinedReader
    report: Report
    remember: bool = False
    senders: int = 1
    done_bytes: int = 0
    taken_whole: dict[str, tuple[Path, _Status]] = field(default_factory=dict)
    expected: list[Expected] = field(default_factory=list)
    seen: SeenIds = field(default_factory=SeenIds)
    confirm: Callable[[str, Note], bool] | None = None
    _layouts: dict[tuple[object, ...], bool] = field(default_factory=dict)
    _turned_down: str = ""

    @property
    def recordings(self) -> list[Found]:
        """The files that are recordings."""
        return [file for file in self.files if file.kind == RECORDING]

    def name_missing(self) -> None:
        """Name in the report the tickets that were expected and did not come by."""
        self.report.missing += [("conversation", one.line, one.name) for one in self.seen.without(self.expected)]

    def pieces(self) -> Iterator[Piece]:
        """Yield every conversation of the folder, in the order of names."""
        for file in self.files:
            if file.kind == RECORDING:
                continue  # they land sealed as they are: intake_recordings
            before = self.done_bytes
            yield from self._records(file) if file.kind == RECORDS else self._parsed(file)
            self.done_bytes = before + file.size

    def batches(self) -> Iterator[list[Piece]]:
        """Yield the folder in batches as the API takes them: smaller at the end, so that all senders end together."""
        batch: list[Piece] = []
        size = hung = 0
        whole = sum(file.size for file in self.files if file.kind != RECORDING)
        share = whole // self.senders
        for piece in self.pieces():
            more = sum(map(len, piece[3]))
            full = size + len(piece[2]) > BATCH_BYTES or hung + more > BATCH_ATTACHED_BYTES
            enough = len(batch) >= BATCH_LINES or (len(batch) >= WORTH_LINES and size >= share)
            if batch and (full or enough):
                yield batch
                batch, size, hung = [], 0, 0
                share = (whole - self.done_bytes + len(piece[2]) + 1) // self.senders  # the piece at hand is read
            hung += more
            batch.append(piece)
            if self.expected:
                self.seen.add(piece[2])
            size += len(piece[2]) + 1
        if batch:
            yield batch

    def _records(self, file: Found) -> Iterator[Piece]:
        try:
            with file.path.open("rb") as stream:
                before = os.fstat(stream.fileno())
                for line in read(stream):
                    match line:
                        case Line(number=number, text=text):
                            # A line ends at LF here and there; a CR within it must not become a line of its own.
                            record = text.encode()
                            self.done_bytes += len(record) + 1
                            yield file.name, number, record, ()
                        case Reject():
                            self._refuse(file.name, line)
                after = os.fstat(stream.fileno())
        except FileNotFoundError:
            self.report.left_out.append(LeftOut(file.name, "gone"))
        except OSError:
            self.report.left_out.append(LeftOut(file.name, "unreadable"))
        else:
            if changed(before, after):
                self._refuse(file.name, Reject(1, "changed_while_read"))
            self._whole(file, after)

    def _parsed(self, file: Found) -> Iterator[Piece]:
        refused = False
        self._turned_down = ""
        for item in self.reader.read(file, file.kind):
            piece = self._piece(file.name, item)
            refused = refused or isinstance(item.item if isinstance(item, Within) else item, Reject)
            if piece and piece[0] != self._turned_down:
                yield piece
            elif piece:
                refused = True
        if not refused and file.path.exists():
            self._whole(file, file.path.stat())

    def _piece(self, name: str, item: Item) -> Piece | None:
        """Return the conversation in ``item``; a member's is placed at ``archive/member``."""
        if isinstance(item, Within):
            return self._piece(f"{name}/{item.name}", item.item)
        match item:
            case Draft(place=place, text=text, attached=attached):
                return name, place, text, attached
            case Note():
                self.report.note(name, item)
                if not self._confirmed(name, item):
                    self._turned_down = name
                    self._refuse(name, Reject(1, "columns_not_confirmed"))
            case Reject():
                self._refuse(name, item)
        return None

    def _confirmed(self, name: str, note: Note) -> bool:
        layout = note.layout
        if self.confirm is not None and layout not in self._layouts:
            self._layouts[layout] = self.confirm(name, note)
        return self._layouts.get(layout, True)

    def _refuse(self, name: str, reject: Reject) -> None:
        self.report.reject(name, reject.line, reject.code, dict(reject.params))

    def took_whole(self, file: Found, status: os.stat_result) -> None:
        """Note that nothing of ``file``, as it stood at ``status``, was refused."""
        self._whole(file, status)

    def _whole(self, file: Found, status: os.stat_result) -> None:
        if self.remember:
            self.taken_whole[file.name] = (file.path, (status.st_size, status.st_mtime_ns))
