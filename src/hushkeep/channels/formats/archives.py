"""zip and tar of all these: members are read one by one, never unpacked to disk; bombs and odd names are named."""

import io
import lzma
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from hushkeep.channels.formats import kinds
from hushkeep.channels.formats.shape import (
    MAX_DEPTH,
    MAX_FILE_BYTES,
    MAX_MEMBERS,
    MAX_RATIO,
    MAX_UNPACKED_BYTES,
    Item,
    Reading,
    Source,
    Within,
    malware,
)
from hushkeep.channels.lines import Reject

_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
    ValueError,
    OverflowError,
    RuntimeError,
)
_Member = tuple[str, "BinaryIO | str"]
"""A member: its name, and its bytes or the code of why they are not read."""


def parse(source: Source, reading: Reading) -> Iterator[Item]:
    """Yield what is in the archive, each within its member.

    Codes: broken_archive, too_deep, too_many_members (limit), unpacks_too_large, and of a member: encrypted,
    unsafe_name, leads_out_of_the_folder, not_a_file, format_not_taken_yet, file_too_large.
    """
    if reading.depth >= MAX_DEPTH:
        yield Reject(1, "too_deep", {"limit": MAX_DEPTH})
        return
    budget = _Budget(max(MAX_RATIO * source.size, MAX_FILE_BYTES))
    inner = replace(reading, depth=reading.depth + 1)
    try:
        for count, (name, member) in enumerate(_members(source, budget), start=1):
            if count > MAX_MEMBERS:
                yield Reject(1, "too_many_members", {"limit": MAX_MEMBERS})
                return
            yield from _member(source, name, member, inner)
    except _TooMuch:
        yield Reject(1, "unpacks_too_large", {"limit": budget.limit})
    except _BROKEN:
        yield Reject(1, "broken_archive")


def _member(source: Source, name: str, member: BinaryIO | str, reading: Reading) -> Iterator[Item]:
    shown = harmless(name) or "?"  # a member without a name is one all the same
    if isinstance(member, str):
        yield Within(shown, Reject(1, member))
        return
    kind = kinds.kind_of(name)
    if kind is None:
        yield Within(shown, Reject(1, kinds.why_not(name)))
        return
    data = member.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        yield Within(shown, Reject(1, "file_too_large", {"limit": MAX_FILE_BYTES}))
        return
    if rule := reading.dangerous(data):
        yield Within(shown, malware(1, rule))
        return
    inside = Source(io.BytesIO(data), f"{source.name}/{name}", len(data))
    for item in reading.parsers[kind](inside, reading):
        yield Within(f"{shown}/{item.name}", item.item) if isinstance(item, Within) else Within(shown, item)


class _TooMuch(Exception):  # noqa: N818 - a finding about the input
    """More came out than may."""


class _Budget:
    """What may still come out of an archive, in bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = min(limit, MAX_UNPACKED_BYTES)
        self._left = self.limit

    def spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise _TooMuch


class _Counted(io.RawIOBase):
    """A member's bytes, counted as they come out: what the archive says of its size is not believed."""

    def __init__(self, stream: BinaryIO, budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._budget.spend(len(data))
        return data


def _members(source: Source, budget: _Budget) -> Iterator[_Member]:
    if zipfile.is_zipfile(source.stream):
        source.stream.seek(0)
        yield from _zipped(source.stream, budget)
    else:
        source.stream.seek(0)
        yield from _tarred(source.stream, budget)


def _zipped(stream: BinaryIO, budget: _Budget) -> Iterator[_Member]:
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            if member.filename.endswith("/"):
                continue
            if unsafe(member.filename):
                yield member.filename, "unsafe_name"
            elif (member.external_attr >> 16) & 0o170000 == 0o120000:
                yield member.filename, "leads_out_of_the_folder"
            elif member.flag_bits & 0x1:
                yield member.filename, "encrypted"
            else:
                with archive.open(member) as opened:
                    yield member.filename, _Counted(opened, budget)  # type: ignore[misc,arg-type]  # only read() is used


def _tarred(stream: BinaryIO, budget: _Budget) -> Iterator[_Member]:
    with tarfile.open(fileobj=stream, mode="r:*") as archive:
        for member in archive:
            if member.size < 0:  # the next member would be looked for before this one, and its size given to the budget
                raise tarfile.ReadError("negative size")
            if member.isdir():
                continue
            budget.spend(member.size)  # a member that is passed over must be unpacked all the same
            if unsafe(member.name):
                yield member.name, "unsafe_name"
            elif member.issym() or member.islnk():
                yield member.name, "leads_out_of_the_folder"
            elif not member.isfile():
                yield member.name, "not_a_file"
            elif (opened := archive.extractfile(member)) is not None:
                yield member.name, opened  # type: ignore[misc]  # only read() is used


def unsafe(name: str) -> bool:
    """Whether a name leads elsewhere or hides what it is: ``..``, a root, control or bidirectional characters."""
    parts = name.replace("\\", "/").split("/")
    odd = any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in name)
    return (
        odd or ".." in parts or name.startswith(("/", "\\")) or (len(name) > 1 and name[1] == ":") or len(name) > 1000
    )


def harmless(name: str) -> str:
    r"""Return ``name`` as it may stand in a report: what hides or moves text is written out, what is long cut.

    >>> harmless("a\u202egpj.exe")
    'a\\u202egpj.exe'
    """
    odd = ("Cc", "Cf", "Cs", "Zl", "Zp")
    shown = "".join(f"\\u{ord(c):04x}" if unicodedata.category(c) in odd else c for c in name)
    return shown if len(shown) <= 200 else f"{shown[:199]}…"
