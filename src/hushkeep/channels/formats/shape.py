"""What every parser gives and is held to: drafts, rejects, limits."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from hashlib import sha256
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import BinaryIO

from hushkeep.channels.formats.speakers import SPEAKERS
from hushkeep.channels.lines import LINE_BYTES, Reject
from hushkeep.kernel import ATTACHMENT_PART_BYTES

MAX_FILE_BYTES = 64 * 1024 * 1024
"""The largest file of a format that must be held whole: a mail, a transcript, a document, a member of an archive."""
MAX_UNPACKED_BYTES = 4 * 1024 * 1024 * 1024
"""So much may come out of one archive, whatever it says of itself."""
MAX_RATIO = 200
"""An archive that unpacks to more than this many times its size, past the first 64 MiB, is a bomb."""
BATCH_ATTACHED_BYTES = 16 * 1024 * 1024
"""So much may hang on the conversations of a batch before it is sent: what unpacks must not fill the memory."""
NO_BYTES = "attachment_without_bytes"
"""The code of an attachment that a record names and whose bytes nobody has."""
MAX_PARTS = 200
MAX_MEMBERS = 100_000
MAX_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """An intake record as one line of JSON in UTF-8; ``place`` is the line, row or part where it began, from 1.

    ``attached`` are the bytes of its attachments, in the order in which the record names them.
    """

    place: int
    text: bytes = field(repr=False)
    attached: tuple[bytes, ...] = field(default=(), repr=False)


MAX_HEADINGS, HEADING_LENGTH = 200, 200
SAMPLE_ROWS, SAMPLE_LENGTH = 10, 100


@dataclass(frozen=True, slots=True)
class Note:
    """How a table is read, for a person to confirm: ``columns`` maps our field to the column's number from 1.

    ``headings`` are the file's own, the first ``MAX_HEADINGS`` of them, and ``rows`` the cells below them, for as many
    columns and the first ``SAMPLE_ROWS`` rows: in the clear and cut, for ``layouts.described`` to show what may be.
    """

    columns: Mapping[str, int]
    zone: str
    headings: tuple[str, ...] = field(default=(), repr=False)
    rows: tuple[tuple[str, ...], ...] = field(default=(), repr=False)

    @property
    def layout(self) -> tuple[object, ...]:
        """What makes two tables alike for whoever is asked about them: the same headings, read the same way."""
        return tuple(sorted(self.columns.items())), self.headings


@dataclass(frozen=True, slots=True)
class Within:
    """What came out of the member ``name`` of an archive; the name is made harmless already."""

    name: str
    item: "Draft | Reject | Note"


Item = Draft | Reject | Note | Within
Parser = Callable[["Source", "Reading"], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Source:
    """A file to parse: ``name`` is its place in the folder, with ``/``; ``size`` in bytes."""

    stream: BinaryIO
    name: str = field(repr=False)
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMap:
    """How a table is to be read: our field -> heading (or number from 1), and headings that are left out on purpose."""

    columns: Mapping[str, str | int] = field(default_factory=dict)
    ignore: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the operator said about the folder.

    ``zone`` is that of times without one; ``own_domains`` are the center's own mail domains, lower case; ``speakers``
    maps a source's words for speakers to ours; ``parsers`` are those for what lies in archives, ``depth`` how many
    archives we are in; ``dangerous`` names the rule that bytes meet which must not be opened; ``scan`` is the word for
    who looks at files for malware.
    """

    columns: ColumnMap | None = None
    channel: str | None = None
    zone: tzinfo = UTC
    own_domains: frozenset[str] = frozenset()
    speakers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(SPEAKERS))
    depth: int = 0
    parsers: "Mapping[str, Parser]" = field(default_factory=dict)
    dangerous: Callable[[bytes], str | None] = field(default=lambda _: None)
    scan: str = "rules"

    def speaker(self, word: str) -> str:
        """Return our word for the speaker ``word``; the source's own where there is none (it is sealed, not shown)."""
        return self.speakers.get(word.strip().lower(), word.strip()) or "other"


def id_of(source: Source, content: bytes) -> str:
    """Return the id of ``content``, a conversation whose source gives it none: by what it says and its file's own name.

    Where the file lies is no part of it: taken in by another root, out of an archive or moved, it is the same one.
    """
    name = PurePosixPath(source.name).name.encode("utf-8", "surrogatepass")
    return f"file:{sha256(name + bytes(1) + content).hexdigest()}"


def draft(place: int, record: Mapping[str, object], attached: tuple[bytes, ...] = ()) -> Draft | Reject:
    """Return ``record`` as a draft; a Reject when it is longer than a line may be."""
    kept = {name: value for name, value in record.items() if value not in (None, "", {})}
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return (
        Draft(place, text, attached)
        if len(text) <= LINE_BYTES
        else Reject(place, "line_too_long", {"limit": LINE_BYTES})
    )


def piece(attached: Sequence[bytes], attachment: int, part: int) -> bytes | None:
    """Return the piece ``part`` of what hangs on a draft as its ``attachment``-th; None where there is no such."""
    at = part * ATTACHMENT_PART_BYTES
    return attached[attachment][at : at + ATTACHMENT_PART_BYTES] if attachment < len(attached) else None


def whole(source: Source) -> bytes | None:
    """Return the bytes of ``source``; None when it is larger than may be held."""
    data = source.stream.read(MAX_FILE_BYTES + 1)
    return data if len(data) <= MAX_FILE_BYTES else None


def malware(place: int, rule: str, **params: str | int) -> Reject:
    """Return the reject of what met ``rule``."""
    return Reject(place, "malware", {"rule": rule, **params})


def too_large() -> Reject:
    """Return the reject of a file that cannot be held whole."""
    return Reject(1, "file_too_large", {"limit": MAX_FILE_BYTES})
