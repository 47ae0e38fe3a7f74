"""Rows of an export as pages to read: A4, each with the visible line above and below. Kept in memory, so not many.

Chinese is set in the reader's own font of the Adobe-GB1 collection, which PDF readers bring along. Times, ids and the
visible line are set in Courier: any tool reads them back out.
"""

import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from hushkeep.records.export_marks import marked

MOST_ROWS: Final = 1_000
"""How many conversations one PDF holds at most."""

_CHINESE, _PLAIN, _MONO, _HEAD = "STSong-Light", "Helvetica", "Courier", "Courier-Bold"
_SIZE, _SMALL, _LEADING, _MARGIN = 9.0, 6.0, 13.0, 48.0
_WIDTH, _HEIGHT = A4
_UNPRINTED: Final = "\u25a1"
_CHUNK: Final = 256 * 1024

pdfmetrics.registerFont(UnicodeCIDFont(_CHINESE))


def pages(rows: Iterable[tuple[object, ...]], *, key: bytes, words: str) -> Iterator[bytes]:
    """Yield the file's bytes; nothing comes before the last row was read."""
    out = io.BytesIO()
    book = _Book(out, words)
    for row in rows:
        for font, begins, text in text_of(row, key):
            book.paragraph(begins, text, font)
        book.gap()
    book.close()
    whole = out.getbuffer()
    for start in range(0, len(whole), _CHUNK):
        yield bytes(whole[start : start + _CHUNK])


def text_of(row: tuple[object, ...], key: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield (font of its beginning, beginning, rest) of each paragraph of a conversation, its times marked."""
    number, channel, language, direction, at, ended, count, level, found, turns = row
    assert isinstance(at, datetime)  # noqa: S101 - the row's own shape
    assert isinstance(found, dict)  # noqa: S101
    kinds = " ".join(f"{name}:{times}" for name, times in sorted(found.items()))
    yield _HEAD, f"{number} {marked(key, at)} level {level} turns {count}", ""
    about = [str(each) for each in (channel, language, direction, kinds) if each]
    if isinstance(ended, datetime):
        about.append(f"until {marked(key, ended)}")
    yield _MONO, " ".join(about), ""
    for speaker, text, when in turns:  # type: ignore[attr-defined]  # a list of three
        time = f"{marked(key, datetime.fromisoformat(when))} " if when else ""
        yield _MONO, time, f"{speaker}: {text}"


class _Book:
    """Pages that fill from the top; each bears the visible line twice."""

    def __init__(self, out: io.BytesIO, words: str) -> None:
        self._canvas = Canvas(out, pagesize=A4, pageCompression=1)
        self._canvas.setTitle(words)
        self._canvas.setCreator("Hushkeep")
        self._words, self._number, self._lost = words, 0, 0
        self._begin()

    def paragraph(self, begins: str, text: str, font: str) -> None:
        for line in text.splitlines() or [""]:
            signs = [(font, char) for char in self._printable(begins)]
            signs += [(_PLAIN, char) for char in self._printable(line)]
            begins = ""
            for piece in _wrapped(signs):
                self._line(piece)

    def gap(self) -> None:
        self._at -= _LEADING / 2

    def close(self) -> None:
        if self._lost:
            self._line([(_MONO, f"{self._lost} characters have no sign in this font: {self._words.split()[1]}")])
        self._canvas.showPage()
        self._canvas.save()

    def _printable(self, text: str) -> str:
        shown = "".join(char if _has_sign(char) else _UNPRINTED for char in text.expandtabs(4))
        self._lost += shown.count(_UNPRINTED) - text.count(_UNPRINTED)
        return shown

    def _line(self, runs: list[tuple[str, str]]) -> None:
        if self._at < _MARGIN + _LEADING:
            self._canvas.showPage()
            self._begin()
        drawn = self._canvas.beginText(_MARGIN, self._at)
        for font, text in runs:
            drawn.setFont(font, _SIZE)
            drawn.textOut(text)
        self._canvas.drawText(drawn)
        self._at -= _LEADING

    def _begin(self) -> None:
        self._number += 1
        self._at = _HEIGHT - _MARGIN - _LEADING
        self._canvas.setFont(_MONO, _SMALL)
        for height in (_HEIGHT - _MARGIN / 2, _MARGIN / 2):
            self._canvas.drawString(_MARGIN / 2, height, self._words)
            self._canvas.drawRightString(_WIDTH - _MARGIN / 2, height - _SMALL - 1, str(self._number))


def _wrapped(signs: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Yield the lines of ``signs`` (font, character), each as runs of (font, text) that together fit the page's width.

    A line breaks where it is full: Chinese has no spaces, and what is broken stays whole to a reader of its text.
    """
    room = _WIDTH - 2 * _MARGIN
    line: list[tuple[str, str]] = []
    used = 0.0
    for latin, char in signs:
        font = latin if char <= "~" else _CHINESE
        width = pdfmetrics.stringWidth(char, font, _SIZE)
        if line and used + width > room:
            yield _runs(line)
            line, used = [], 0.0
        line.append((font, char))
        used += width
    yield _runs(line)


def _runs(line: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(font, "".join(char for _, char in run)) for font, run in groupby(line, key=lambda each: each[0])]


def _has_sign(char: str) -> bool:
    """Whether the collection holds ``char``: printable ASCII, or in GBK."""
    if char < "\x7f":
        return char >= " "
    try:
        return len(char.encode("gbk")) == 2
    except UnicodeEncodeError:
        return False
