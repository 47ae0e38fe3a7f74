"""Hints: for each turn of a batch, which rules can match in it at all, by one pass over all of them.

The rules' own patterns, compiled for Vectorscan in its prefilter mode: it leaves out what it cannot do (look-around),
so that it says yes where the rule does and sometimes where the rule does not. A hint is a necessary condition and
nothing more: where the engine is absent, or a batch is small, every bit is set and the rules look for themselves.
"""

import importlib
import re
from collections.abc import Sequence
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from hushkeep.detect import names_en, names_zh, secrets, shapes, spelled
from hushkeep.detect.cues import rules

Hints = npt.NDArray[np.uint32]


class Hint:
    """What a turn may hold: bits of one number."""

    NAMES_ZH = 1
    ASKS_ZH = 2
    NAMES_EN = 4
    ASKS_EN = 8
    PLAIN = 16  # a written shape that needs no cue
    SPELLED = 32
    SECRET = 64  # a cue for a secret, or for what else is spelled; a question for a word
    SHAPED = 128  # a cue that a written shape may need
    CUE = 256  # any cue
    ALL = 511


def _consuming(pattern: "re.Pattern[str]") -> "re.Pattern[str]":
    """``pattern`` with what it looks ahead or back at read as its own: for patterns that do so at their ends alone."""
    return re.compile(pattern.pattern.replace("(?=", "(?:").replace("(?<=", "(?:"), pattern.flags)


RAW = (
    *((Hint.NAMES_ZH, _consuming(pattern)) for pattern in names_zh.PATTERNS),
    (Hint.ASKS_ZH, names_zh.ASKS),
    *((Hint.NAMES_EN, pattern) for pattern in names_en.PATTERNS),
    (Hint.ASKS_EN, names_en.ASKS),
)
_SHAPED = frozenset(shape.cue for shape in shapes.SHAPES if shape.cue)


def _cue_bits(entity: str) -> int:
    return Hint.CUE | Hint.SECRET * (entity in secrets.SPELLABLE) | Hint.SHAPED * (entity in _SHAPED)


FOLDED = (
    *((_cue_bits(entity), re.compile(pattern)) for entity, pattern in rules()),
    *((Hint.PLAIN, shape.pattern) for shape in shapes.SHAPES if not shape.cue),
    (Hint.SPELLED, spelled.END),
    (Hint.SECRET, secrets.ASKS_WORD),
    (Hint.ASKS_EN, re.compile("spell")),
)
_SMALL = 64  # texts: below, a pass costs more than it saves
_BORDER = "\n\x1e\n"  # line breaks on both sides: ^ and $ hold there
# Where the two engines read a class or a case differently every bit is set: separators that only Python takes for
# blanks, letters whose other case is ASCII.
_ODD_ONES = "\x1c\x1d\x1e\x1f\x85\u0130\u0131\u017f\u212a"
_ODD = re.compile(f"[{_ODD_ONES}]")
_LOCK = Lock()  # a Vectorscan database has one scratch space


class _Scan:
    """One database over the joined texts."""

    def __init__(self, rows: Sequence[tuple[int, "re.Pattern[str]"]]) -> None:
        hyperscan: Any = importlib.import_module("hyperscan")  # optional: the caller has looked
        mode = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_MULTILINE
        self._bits = np.array([bits for bits, _ in rows], np.uint32)
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[pattern.pattern.encode() for _, pattern in rows],
            ids=list(range(len(rows))),
            elements=len(rows),
            flags=[
                mode
                | (0 if pattern.flags & re.ASCII else hyperscan.HS_FLAG_UCP)
                | (hyperscan.HS_FLAG_CASELESS if pattern.flags & re.IGNORECASE else 0)
                for _, pattern in rows
            ],
        )

    def into(self, hints: Hints, texts: Sequence[str]) -> None:
        data = _BORDER.join(["", *texts, ""]).encode("utf-8", "replace")
        ids: list[int] = []
        ends: list[int] = []
        add_id, add_end = ids.append, ends.append

        def hit(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            add_id(number)
            add_end(end)

        with _LOCK:
            self._database.scan(data, match_event_handler=hit)
        marks = np.flatnonzero(np.frombuffer(data, np.uint8) == 0x1E)[1:]
        turns = np.searchsorted(marks, np.array(ends, np.int64) - 1)
        inside = turns < len(hints)
        np.bitwise_or.at(hints, turns[inside], self._bits[np.array(ids, np.int64)[inside]])


@cache
def _scans() -> tuple[_Scan, _Scan]:
    return _Scan(RAW), _Scan(FOLDED)


def hints_of(texts: Sequence[str], lower: Sequence[str], *, fast: bool) -> Hints:
    """For each text, and the same text folded, the rules that can match in it."""
    if not fast or len(texts) < _SMALL:
        return np.full(len(texts), Hint.ALL, np.uint32)
    hints = np.zeros(len(texts), np.uint32)
    joined = "".join(texts)
    if any(odd in joined for odd in _ODD_ONES):
        hints[[at for at, text in enumerate(texts) if _ODD.search(text)]] = Hint.ALL
        texts = [_ODD.sub(" ", text) for text in texts]
        lower = [_ODD.sub(" ", text) for text in lower]
    raw, folded = _scans()
    raw.into(hints, texts)
    folded.into(hints, lower)
    return hints
