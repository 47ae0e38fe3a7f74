"""Rows of an export as bytes: CSV (RFC 4180, UTF-8), JSON Lines or pages, each time marked."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from hushkeep.records._export_pdf import pages, text_of
from hushkeep.records.export_marks import marked, visible

FIELDS = ("id", "channel", "language", "direction", "at", "ended_at", "turn_count", "level", "entities", "masked")
"""The columns read from the database, in the order of a row."""

COLUMNS = (*("id", "channel", "language", "direction", "at", "ended_at"), *("turn_count", "level", "found", "turns"))
"""The columns that leave; ``turns`` is the masked text, ``found`` the kinds of data masked in it, counted."""

# A spreadsheet takes a cell that begins with one of these for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Row = tuple[Any, ...]


class Format(StrEnum):
    """How rows are written."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    PDF = "pdf"
    TAR = "tar"  # of recordings, and nothing else


def lines(rows: Iterable[Row], how: Format, *, key: bytes, words: str) -> Iterator[bytes]:
    """Yield the export's lines: the visible one ``words``, the rows, the visible one again; of a PDF, its bytes."""
    if how is Format.PDF:
        yield from pages(rows, key=key, words=words)
        return
    write = _csv(key) if how is Format.CSV else _json(key)
    yield _visible(words, how)
    if how is Format.CSV:
        yield (",".join(COLUMNS) + "\r\n").encode()
    for row in rows:
        yield write(row)
    yield _visible(words, how)


def shown(rows: Iterable[Row], how: Format, *, words: str) -> list[str]:
    """Return what the first rows of an export read, line by line, marked as nobody's: for whoever decides."""
    key = bytes(16)
    if how is Format.PDF:
        return [f"{begins}{text}\n" for row in rows for _, begins, text in text_of(row, key)]
    return [line.decode() for line in lines(rows, how, key=key, words=words)]


def words_of(export: UUID, person: UUID, at: datetime, count: int, *, clear: bool) -> str:
    """Return the words of the visible line; what is clear says so."""
    return visible(export, person, at, count) + (" CLEAR VALUES" if clear else "")


def _visible(words: str, how: Format) -> bytes:
    if how is Format.CSV:
        return f"# {words}\r\n".encode()
    return json.dumps({"watermark": words}).encode() + b"\n"


def _json(key: bytes) -> Callable[[Row], bytes]:
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def write(row: Row) -> bytes:
        *head, at, ended, count, level, entities, turns = row
        said = [[speaker, text, _turn_time(key, when)] for speaker, text, when in turns]
        values = (str(head[0]), *head[1:], marked(key, at), _time(key, ended), count, level, entities, said)
        return encode(dict(zip(COLUMNS, values, strict=True))).encode() + b"\n"

    return write


def _csv(key: bytes) -> Callable[[Row], bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)

    def write(row: Row) -> bytes:
        *head, at, ended, count, level, entities, turns = row
        found = " ".join(f"{name}:{number}" for name, number in sorted(entities.items()))
        said = "\n".join(f"{speaker}: {text}" for speaker, text, _ in turns)
        texts = [_cell(value) for value in head[1:]]
        writer.writerow(
            (head[0], *texts, marked(key, at), _time(key, ended) or "", count, level, _cell(found), _cell(said))
        )
        line = buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
        return line

    return write


def _cell(text: str | None) -> str:
    if not text:
        return ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _time(key: bytes, at: datetime | None) -> str | None:
    return marked(key, at) if at else None


def _turn_time(key: bytes, at: str | None) -> str | None:
    return marked(key, datetime.fromisoformat(at)) if at else None
