"""What the fuzzing of parsers begins with, and how bytes become a mail on which files hang."""

import base64
import email
import importlib
import io
import sys
import zipfile
from pathlib import Path

LARGEST = 64 * 1024
"""Bytes of the largest input."""
_TOO_DEEP = 200
_BETWEEN = b"\n--part--\n"
_BODY, _SHEET = "word/document.xml", "xl/worksheets/sheet1.xml"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The last but one of a Word file and of a workbook are what stands in them, without the zip that no byte may change.
_TYPES = (
    *("application/pdf", "text/html", "text/csv", "application/rtf", "image/png", "message/rfc822", "text/calendar"),
    *(_DOCX, _BODY, _XLSX, _SHEET, "text/plain", "", "application/octet-stream"),
)
_WORDS = """
Content-Type:|multipart/mixed; boundary=B|multipart/alternative; boundary=B|message/rfc822|--B|text/plain; charset=
charset*=|filename=|filename*=utf-8''%e6|filename*0*=|name=|; |=?utf-8?b?|Content-Disposition: attachment;
Content-Transfer-Encoding: base64|quoted-printable|x-uuencode|8bit|Message-ID: <|References: <|Date:
idna|utf-7|gb2312|unknown-8bit|From x Wed Mar  4 2026
"""
WORDS = [word for line in _WORDS.split("\n") for word in line.split("|") if word]
"""What headings are made of: a fuzzer would have to hit upon them."""


def made_files():
    """The tests' files by name."""
    sys.path.append(str(Path(__file__).parents[2] / "tests"))
    module = importlib.import_module("made_files")
    return {name: made.data for name, made in (module.good() | module.bad()).items() if len(made.data) <= LARGEST}


def workbook():
    """A workbook without its sheet."""
    made_files()  # the path to its module
    out = io.BytesIO()
    made = importlib.import_module("made_files").workbook([["message"]])
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.infolist():
            if member.filename != _SHEET:
                new.writestr(member, old.read(member))
    return out.getvalue()


def pdfs():
    """The tests' PDFs."""
    return [data for _, _, data in _hung() if data.startswith(b"%PDF")]


def attached():
    """Inputs for ``mail_of``: all that hangs on the tests' mails, one by one, by twos, and four together."""
    body = (
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
        b"<w:p><w:r><w:t>Call 13812345678</w:t></w:r></w:p></w:body></w:document>"
    )
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:B2"/>'
        b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>message</t></is></c><c r="B1"><v>1.5</v></c></row>'
        b"</sheetData></worksheet>"
    )
    hung = [*_hung(), (_BODY, "b.docx", body), (_SHEET, "s.xlsx", sheet)]
    hung.append(("message/rfc822", "", made_files()["picture.eml"]))
    pieces = [
        bytes([_TYPES.index(kind if kind in _TYPES else "")]) + name.encode() + b"\n" + data
        for kind, name, data in hung
    ]
    pairs = [_BETWEEN.join(pieces[at : at + 2]) for at in range(len(pieces) - 1)]
    return [*pieces, *pairs, _BETWEEN.join(pieces[:4])]


def _hung():
    """(type, name, bytes) of each file that hangs on one of the tests' mails."""
    mails = [data for name, data in made_files().items() if name.endswith(".eml")]
    parts = [
        part for data in mails if data.count(b"multipart") < _TOO_DEEP for part in email.message_from_bytes(data).walk()
    ]
    by_name = {"docx": _DOCX, "xlsx": _XLSX}
    named = [(part, part.get_filename()) for part in parts if part.get_filename()]
    return [
        (by_name.get(name.rpartition(".")[2], part.get_content_type()), name, part.get_payload(decode=True))
        for part, name in named
    ]


def mail_of(data, empty_workbook):
    """A mail on which hang the parts that ``data`` tells.

    Each is the number of its type in one byte, its name to the end of the line, and its bytes.
    """
    out = [b"From: a@example.org\r\nMessage-ID: <1@x>\r\nContent-Type: multipart/mixed; boundary=B=\r\n\r\n"]
    for piece in data.split(_BETWEEN)[:20]:
        name, _, body = piece[1:].partition(b"\n")
        kind = _TYPES[(piece[0] if piece else 0) % len(_TYPES)]
        if kind in (_BODY, _SHEET):
            box = io.BytesIO(empty_workbook if kind == _SHEET else b"")
            with zipfile.ZipFile(box, "a") as archive:
                archive.writestr(kind, body)
            body, kind = box.getvalue(), _XLSX if kind == _SHEET else _DOCX
        as_it_is = kind == "message/rfc822"  # the library finds a message within only where it stands as it is
        out += [b"--B=\r\n", b"Content-Type: %s\r\n" % kind.encode() if kind else b""]
        out += [b"Content-Disposition: attachment; filename=%s\r\n" % name if name else b""]
        out += [b"" if as_it_is else b"Content-Transfer-Encoding: base64\r\n", b"\r\n"]
        out += [body if as_it_is else base64.encodebytes(body), b"\r\n"]
    return b"".join([*out, b"--B=--\r\n"])
