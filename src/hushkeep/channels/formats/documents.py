"""The text of documents that hang on messages: txt, csv, html, rtf, pdf, docx, xlsx. Others are named, not read."""

import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from xml.etree import ElementTree as ET

import openpyxl
import pypdf
import pypdf.errors
from openpyxl.utils.exceptions import InvalidFileException

from hushkeep.channels import encodings
from hushkeep.channels.formats import rich_text
from hushkeep.channels.formats.markup import text_of_html
from hushkeep.channels.formats.shape import MAX_FILE_BYTES, MAX_MEMBERS

MAX_TEXT = 200_000
"""Characters taken of one document: as many as a turn holds."""
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_TEXT = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


# What a broken zip, or the XML in it, makes of the libraries that read it.
_BROKEN_ZIP = (
    *(ET.ParseError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(NotImplementedError, RuntimeError, KeyError, ValueError, TypeError, InvalidFileException),
)
# pypdf answers broken files with whatever its own code stumbled over.
_BROKEN_PDF = (
    *(pypdf.errors.PyPdfError, zlib.error, NotImplementedError, RecursionError, OverflowError, OSError),
    *(ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError, ArithmeticError),
)


class Unreadable(Exception):  # noqa: N818 - not an error of the program: a finding about the input
    """Why a document's text was not taken: a stable code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def text_of(data: bytes, suffix: str) -> str:
    """Return the text of the document ``data`` whose name ends in ``suffix`` (with its point, lower case).

    Raises Unreadable: attachment_not_read (a kind that holds no text of ours), encrypted, broken_document,
    mixed_encodings, bad_encoding, too_long, unpacks_too_large.
    """
    read = _READERS.get(suffix)
    if read is None:
        raise Unreadable("attachment_not_read")
    text = read(data)
    if len(text) > MAX_TEXT:
        raise Unreadable("too_long")
    return text


def _plain(data: bytes) -> str:
    text = encodings.text_of(data)
    if text is None:
        raise Unreadable(encodings.why_not(data))
    return text


def _html(data: bytes) -> str:
    return text_of_html(_plain(data))


def _rich(data: bytes) -> str:
    try:
        return rich_text.words(data)
    except ValueError:
        raise Unreadable("broken_document") from None


def _pdf(data: bytes) -> str:
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            raise Unreadable("encrypted")
        return _joined(page.extract_text() for page in reader.pages)
    except _BROKEN_PDF:
        raise Unreadable("broken_document") from None


def _docx(data: bytes) -> str:
    return _joined(_paragraphs(data))


def _paragraphs(data: bytes) -> Iterator[str]:
    with _unzipped(data) as archive:
        names = [name for name in archive.namelist() if name.startswith("word/") and name.endswith(".xml")]
        wanted = ("document", "header", "footer", "footnotes", "endnotes", "comments")
        for name in sorted(names, key=lambda n: (not n.startswith("word/document"), n)):
            if name.removeprefix("word/").startswith(wanted):
                for _, element in ET.iterparse(archive.open(name)):  # noqa: S314 - confined, and expat bounds entities
                    if element.tag == f"{_TEXT}p":
                        yield "".join(_runs(element))
                        element.clear()


def _runs(paragraph: ET.Element) -> Iterator[str]:
    for element in paragraph.iter():
        if element.tag in (f"{_TEXT}t", f"{_TEXT}delText", f"{_TEXT}instrText"):
            yield element.text or ""
        elif element.tag in (f"{_TEXT}tab", f"{_TEXT}br"):
            yield " "


def _xlsx(data: bytes) -> str:
    return _joined("\t".join(cells) for cells in sheets(data))


def sheets(data: bytes) -> Iterator[list[str]]:
    """Yield the rows of every sheet as texts. Raises Unreadable."""
    _unzipped(data).close()
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for sheet in book.worksheets:
            for row in sheet.iter_rows(values_only=True):
                yield [_cell(value) for value in row]
    except _BROKEN_ZIP:
        raise Unreadable("broken_document") from None


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a workbook holds every number as a float; a phone number has no decimals
    return str(value)


def _unzipped(data: bytes) -> zipfile.ZipFile:
    if data.startswith(_OLD_OFFICE):
        raise Unreadable("encrypted")  # an encrypted OOXML file is such a container, as old office files are
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN_ZIP:
        raise Unreadable("broken_document") from None
    members = archive.infolist()
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > 4 * MAX_FILE_BYTES:
        archive.close()
        raise Unreadable("unpacks_too_large")
    return archive


def _joined(parts: Iterator[str]) -> str:
    """Return ``parts`` as lines; stop where a turn is full, so that no document fills the memory."""
    kept: list[str] = []
    size = 0
    try:
        for part in parts:
            kept.append(part)
            size += len(part) + 1
            if size > MAX_TEXT + 1:
                break
    except _BROKEN_ZIP:
        raise Unreadable("broken_document") from None
    return "\n".join(line for line in kept if line.strip())


_READERS: dict[str, Callable[[bytes], str]] = {
    ".txt": _plain,
    ".log": _plain,
    ".csv": _plain,
    ".ics": _plain,
    ".vcf": _plain,
    ".json": _plain,
    ".xml": _plain,
    ".html": _html,
    ".htm": _html,
    ".rtf": _rich,
    ".pdf": _pdf,
    ".docx": _docx,
    ".xlsx": _xlsx,
}
