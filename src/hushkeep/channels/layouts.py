"""How a table would be read, as a person may see it: its headings through the masks, its cells by their kind alone.

Headings may hold anything that the rest of a file may: a number in one is hidden as it is in any other text.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum

from hushkeep import detect
from hushkeep.channels.formats.archives import harmless
from hushkeep.channels.formats.shape import Note
from hushkeep.channels.formats.times import time_of
from hushkeep.kernel import Turn

_ENTITIES = 3
"""So many kinds of personal data are named of a column, those met most often."""
_NUMBER = re.compile(r"[+-]?[\d.,]*\d[\d.,]*")
_CODE = re.compile(r"(?=.*\d)[\w./#:-]{1,64}")


class Cells(StrEnum):
    """What the cells of a column look like."""

    EMPTY = "empty"
    TIME = "time"
    NUMBER = "number"
    CODE = "code"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Column:
    """A column, ``number`` from 1: its masked ``heading``, the ``field`` of ours that it is read as (None: left out).

    ``entities`` are kinds of personal data found in its first cells, most frequent first.
    """

    number: int
    heading: str
    field: str | None
    cells: Cells
    entities: tuple[str, ...]


def described(note: Note) -> tuple[Column, ...]:
    """Return the columns of a table in their order; nothing of a cell is in them."""
    fields = {number: name for name, number in note.columns.items()}
    headings = [_whole_characters(heading) for heading in note.headings]
    columns = [[_whole_characters(row[n]) for row in note.rows if n < len(row)] for n in range(len(headings))]
    shown = _masked(headings)
    found = _found(headings, columns)
    return tuple(Column(n + 1, shown[n], fields.get(n + 1), _cells(columns[n]), found[n]) for n in range(len(headings)))


def _masked(headings: Sequence[str]) -> list[str]:
    talks = [[Turn("system", heading)] for heading in headings]
    found = detect.find_batch(talks)
    return [
        harmless(detect.mask(detect.cut_secrets(talk, findings), findings)[0].text)
        for talk, findings in zip(talks, found, strict=True)
    ]


def _found(headings: Sequence[str], columns: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Return for each column the kinds of personal data in its cells, each read beside its heading."""
    places = [(n, cell) for n, cells in enumerate(columns) for cell in cells if cell]
    found = detect.find_batch([[Turn("customer", f"{headings[n]}: {cell}")] for n, cell in places])
    counts = [Counter[str]() for _ in headings]
    for (n, _), findings in zip(places, found, strict=True):
        counts[n].update({finding.entity for finding in findings if finding.start > len(headings[n])})
    return [tuple(entity for entity, _ in count.most_common(_ENTITIES)) for count in counts]


def _cells(cells: Sequence[str]) -> Cells:
    """Return what all filled cells look like.

    >>> [_cells(some).value for some in (["", " "], ["2026-03-04 08:00"], ["12", "1.5"], ["web-1"], ["hello", "12"])]
    ['empty', 'time', 'number', 'code', 'text']
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return Cells.EMPTY
    if all(time_of(cell, UTC) for cell in filled):
        return Cells.TIME
    if all(_NUMBER.fullmatch(cell) for cell in filled):
        return Cells.NUMBER
    return Cells.CODE if all(_CODE.fullmatch(cell) for cell in filled) else Cells.TEXT


def _whole_characters(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
