"""Outlook messages (.msg, [MS-OXMSG]): made the e-mail that they were again, then taken like any other."""

import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.parser import HeaderParser
from email.utils import format_datetime, formataddr
from encodings import normalize_encoding

import olefile

from hushkeep.channels import encodings
from hushkeep.channels.formats import mails, rich_text
from hushkeep.channels.formats.shape import (
    MAX_DEPTH,
    MAX_FILE_BYTES,
    MAX_PARTS,
    Item,
    Reading,
    Source,
    too_large,
    whole,
)
from hushkeep.channels.lines import Reject

# [MS-OXPROPS]: the tags that hold a message's heading, body and what hangs on it.
_SUBJECT, _HEADERS, _MESSAGE_ID, _IN_REPLY_TO, _REFERENCES = 0x0037, 0x007D, 0x1035, 0x1042, 0x1039
_SENDER = ((0x0C1A, 0x0C1F, 0x5D01), (0x0042, 0x0065, 0x5D02))  # (name, address, address by SMTP)
_RECIPIENT = (0x3001, 0x3003, 0x39FE)
_SHOWN_TO, _SHOWN_CC = 0x0E04, 0x0E03
_SENT_AT, _CAME_AT = 0x0039, 0x0E06
_BODY, _HTML, _RTF = 0x1000, 0x1013, 0x1009
_DATA, _FILE_NAME, _SHORT_NAME, _MIME = 0x3701, 0x3707, 0x3704, 0x370E
_RECIPIENT_KIND, _CODE_PAGE = 0x0C15, 0x3FFD
_UNICODE, _BYTES_TEXT, _BINARY, _EMBEDDED = 0x001F, 0x001E, 0x0102, 0x000D
_CC = 2
_PROPERTIES, _RECIPIENTS, _ATTACHMENTS = "__properties_version1.0", "__recip_version1.0_#", "__attach_version1.0_#"
_HEADING_BYTES = {"message": 32, "embedded": 24, "part": 8}  # [MS-OXMSG], 2.4.1
_HEADER_BYTES = 512
_COUNTS = (40, 44, 64, 72)  # where a heading counts sectors: of the directory, the FAT, the mini FAT, the DIFAT
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_CODECS = {936: "gb18030", 54936: "gb18030", 950: "big5", 65001: "utf-8", 20127: "utf-8", 28591: "latin-1"}
# What a broken compound file makes of the library that reads it.
_BROKEN = (
    *(OSError, ValueError, IndexError, KeyError, TypeError, AttributeError),
    *(struct.error, OverflowError, RecursionError),
)


class _TooMuch(Exception):  # noqa: N818 - a finding about the input
    """More parts, or deeper ones, than may be."""


def parse(source: Source, reading: Reading) -> Iterator[Item]:
    """Yield the conversation of an Outlook message. Codes: those of ``mails.message``, and broken_document."""
    data = whole(source)
    if data is None:
        yield too_large()
        return
    if not data.strip():
        yield Reject(1, "empty_file")
        return
    if not _believable(data):
        yield Reject(1, "broken_document")
        return
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as box:  # type: ignore[no-untyped-call]
            whole_box = _Storage(box, (), box.listdir(streams=True, storages=True), "message", len(data))
            whole_box.believed(box.root.size)
            mail = _mail(whole_box, 0)
    except _TooMuch:
        yield Reject(1, "too_many_parts", {"limit": MAX_PARTS})
        return
    except _BROKEN:
        yield Reject(1, "broken_document")
        return
    yield from mails.conversation(mail, data, 1, reading)


def _believable(data: bytes) -> bool:
    """Whether a compound file's heading ([MS-CFB], 2.2) speaks of sectors as they are, and of no more than fit in it.

    The library believes it: it would make up what is not there, or follow rings of links until memory ends.
    """
    heading = data.ljust(_HEADER_BYTES, b"\0")
    sector, mini = struct.unpack_from("<HH", heading, 30)  # powers of two, in bytes
    counts = [int.from_bytes(heading[at : at + 4], "little") for at in _COUNTS]
    return sector in (9, 12) and mini == 6 and all(count << sector <= len(data) for count in counts)


@dataclass(frozen=True, slots=True)
class _Storage:
    """A folder of the compound file: a message, a recipient or an attachment."""

    box: olefile.OleFileIO
    path: tuple[str, ...]
    names: Sequence[Sequence[str]]
    kind: str
    size: int

    def believed(self, size: int) -> None:
        """Raise ValueError for a stream that says it is larger than the file, ``self.size`` bytes.

        Its links would be followed in rings, for minutes.
        """
        if size > self.size:
            raise ValueError("stream larger than its file")

    def inside(self, prefix: str) -> list["_Storage"]:
        """Return the folders in this one whose names begin with ``prefix``, in order."""
        depth = len(self.path)
        found = {
            tuple(name[: depth + 1])
            for name in self.names
            if tuple(name[:depth]) == self.path and len(name) > depth and name[depth].startswith(prefix)
        }
        return [_Storage(self.box, path, self.names, "part", self.size) for path in sorted(found)]

    def raw(self, tag: int, kind: int) -> bytes | None:
        """Return the property ``tag`` of ``kind``, None where it is not there."""
        return self._stream(f"__substg1.0_{tag:04X}{kind:04X}")

    def text(self, *tags: int) -> str:
        """Return the first text there is of ``tags``, "" without one."""
        for tag in tags:
            if (wide := self.raw(tag, _UNICODE)) is not None:
                return wide.decode("utf-16-le", "replace").rstrip("\0")
            if (narrow := self.raw(tag, _BYTES_TEXT)) is not None:
                return self._narrow(narrow).rstrip("\0")
        return ""

    def fixed(self, tag: int) -> bytes | None:
        """Return the 8 bytes of a property that has a place of its own in the list of properties."""
        listed = self._stream(_PROPERTIES) or b""
        for at in range(_HEADING_BYTES[self.kind], len(listed) - 15, 16):
            if int.from_bytes(listed[at + 2 : at + 4], "little") == tag:
                return listed[at + 8 : at + 16]
        return None

    def embedded(self) -> "_Storage | None":
        """Return the message that hangs on this attachment, if it is one."""
        path = (*self.path, f"__substg1.0_{_DATA:04X}{_EMBEDDED:04X}")
        there = any(tuple(name[: len(path)]) == path for name in self.names)
        return _Storage(self.box, path, self.names, "embedded", self.size) if there else None

    def _stream(self, name: str) -> bytes | None:
        path = [*self.path, name]
        if self.box.get_type(path) != olefile.STGTY_STREAM:  # type: ignore[no-untyped-call]
            return None
        self.believed(self.box.get_size(path))  # type: ignore[no-untyped-call]
        data: bytes = self.box.openstream(path).read()  # type: ignore[no-untyped-call]
        return data

    def _narrow(self, data: bytes) -> str:
        page = int.from_bytes((self.fixed(_CODE_PAGE) or bytes(8))[:4], "little")
        try:
            return data.decode(_CODECS.get(page, f"cp{page}"))
        except (LookupError, UnicodeDecodeError):
            return encodings.text_of(data) or data.decode("latin-1")


def _mail(storage: _Storage, depth: int) -> Message:
    if depth > MAX_DEPTH:
        raise _TooMuch
    attachments = storage.inside(_ATTACHMENTS)
    if len(attachments) > MAX_PARTS:
        raise _TooMuch
    mail = MIMEMultipart("mixed")
    for name, value in _headings(storage).items():
        if value:
            mail[name] = " ".join(value.split())
    for part in _bodies(storage):
        mail.attach(part)
    for attachment in attachments:
        mail.attach(_attached(attachment, depth))
    return mail


def _headings(storage: _Storage) -> dict[str, str]:
    """Return the heading: as it came over the wire where Outlook kept that, else as Outlook has it."""
    wire = HeaderParser().parsestr(storage.text(_HEADERS))
    headings = {
        "From": next((said for tags in _SENDER if (said := _address(storage, tags))), ""),
        "To": _recipients(storage, cc=False) or storage.text(_SHOWN_TO),
        "Cc": _recipients(storage, cc=True) or storage.text(_SHOWN_CC),
        "Subject": storage.text(_SUBJECT),
        "Date": _time(storage),
        "Message-ID": storage.text(_MESSAGE_ID),
        "In-Reply-To": storage.text(_IN_REPLY_TO),
        "References": storage.text(_REFERENCES),
    }
    return {name: str(wire.get(name) or own) for name, own in headings.items()} | {
        "Reply-To": str(wire.get("Reply-To") or "")
    }


def _address(storage: _Storage, tags: tuple[int, int, int]) -> str:
    name, address, smtp = (storage.text(tag) for tag in tags)
    # An address of Exchange's own (/o=…/cn=…) is none that a mail could carry.
    address = smtp or (address if "@" in address else "")
    return formataddr((name if name != address else "", address)) if address and _plain(address) else name


def _plain(address: str) -> bool:
    return address.isascii()


def _recipients(storage: _Storage, *, cc: bool) -> str:
    kinds = [(one, int.from_bytes((one.fixed(_RECIPIENT_KIND) or b"\1")[:1])) for one in storage.inside(_RECIPIENTS)]
    return ", ".join(_address(one, _RECIPIENT) for one, kind in kinds if (kind == _CC) == cc)


def _time(storage: _Storage) -> str:
    for tag in (_SENT_AT, _CAME_AT):
        if ticks := int.from_bytes(storage.fixed(tag) or b"", "little"):
            try:
                return format_datetime(_EPOCH + timedelta(microseconds=ticks // 10))
            except OverflowError:
                return ""
    return ""


def _bodies(storage: _Storage) -> Iterator[Message]:
    """Yield the body: its plain text, else its HTML, else the words of its rich text; damaged, that is a part alone."""
    text = storage.text(_BODY)
    html = storage.raw(_HTML, _BINARY)
    if text.strip():
        yield MIMEText(_whole_characters(text), "plain", "utf-8")
    elif html or (text := storage.text(_HTML)).strip():
        yield MIMEText(_whole_characters((encodings.text_of(html) or "") if html else text), "html", "utf-8")
    elif packed := storage.raw(_RTF, _BINARY):
        try:
            yield MIMEText(rich_text.words(rich_text.unpacked(packed, most=MAX_FILE_BYTES)), "plain", "utf-8")
        except ValueError:
            yield _object("application/rtf", packed, "body.rtf")  # named by whoever tries to read it


def _whole_characters(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _attached(storage: _Storage, depth: int) -> Message:
    if (inner := storage.embedded()) is not None:
        return MIMEMessage(_mail(inner, depth + 1))
    kind = storage.text(_MIME).lower()
    name = storage.text(_FILE_NAME, _SHORT_NAME) or "attachment"
    return _object(kind, storage.raw(_DATA, _BINARY) or b"", name)


def _object(kind: str, data: bytes, name: str) -> Message:
    main, _, sub = kind.partition("/")
    known = main.isalpha() and normalize_encoding(sub) and main not in ("multipart", "message")
    part = MIMENonMultipart(main, sub) if known else MIMENonMultipart("application", "octet-stream")
    part.set_payload(data)
    part.add_header("Content-Disposition", "attachment", filename=_whole_characters(name))
    return part
