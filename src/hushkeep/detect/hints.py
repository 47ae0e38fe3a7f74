"""Hints: for each turn of a batch, which rules can match in it at all, by one pass over all of them.

The rules' own patterns, compiled for Vectorscan in its prefilter mode: it leaves out what it cannot do (look-around),
so that it says yes where the rule does and sometimes where the rule does not. A hint is a necessary condition and
nothing more: where the engine is absent, or a batch is small, every bit is set and the rules look for themselves.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from hushkeep.detect import names_answered, names_en, names_zh, pieces, secrets, shapes, spelled
from hushkeep.detect.cues import rules
from hushkeep.detect.firsts import longest
from hushkeep.detect.patterns import Pattern
from hushkeep.detect.scan import Scan, vectorscan
from hushkeep.detect.watched import NOTHING, Seen, Watched

Bits = npt.NDArray[np.uint32]


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
    ASKS_PIECES = 512  # a question whose answer may be given in pieces
    ALL = 1023


@dataclass(frozen=True, slots=True)
class Hints:
    """For each text its bits and what was seen in it; None where the rules must look for themselves."""

    bits: Bits
    seen: list[Seen | None]


def _consuming(pattern: Pattern) -> str:
    """``pattern`` with what it looks ahead or back at read as its own: for patterns that do so at their ends alone.

    Any Han character stands for a family name: the table of them takes the engine half a second.
    """
    plain = pattern.text.replace("(?=", "(?:").replace("(?<=", "(?:")
    return plain.replace(names_zh.FAMILY, "[\u4e00-\u9fff]{1,2}")


@dataclass(frozen=True)
class Row:
    """A pattern of a scan: the bits that it sets, the rule's pattern it stands for, whether it is a cue."""

    bits: int
    pattern: str  # not compiled: what a rule itself needs of these it has compiled already
    flags: int = 0
    watched: Watched | None = None
    cue: bool = False

    @cached_property
    def reach(self) -> int:
        """The most code points that a cue takes; 0 for what is none."""
        return longest(self.pattern) if self.cue else 0

    @classmethod
    def of(cls, bits: int, pattern: "re.Pattern[str]") -> "Row":
        """The row of a pattern as it stands."""
        return cls(bits, pattern.pattern, pattern.flags)

    @classmethod
    def watching(cls, bits: int, watched: Watched) -> "Row":
        """The row of the sign of a rule's pattern."""
        return cls(bits, watched.sign.text, watched.sign.flags, watched)


RAW = (
    *(Row(Hint.NAMES_ZH, _consuming(watched.sign), watched=watched) for watched in names_zh.PATTERNS),
    Row.of(Hint.ASKS_ZH, names_zh.ASKS),
    *(Row.watching(Hint.NAMES_EN, watched) for watched in names_en.PATTERNS),
    Row.of(Hint.ASKS_EN, names_answered.ASKS),
)
_SHAPED = frozenset(shape.cue for shape in shapes.SHAPES if shape.cue)


def _cue_bits(entity: str) -> int:
    return Hint.CUE | Hint.SECRET * (entity in secrets.SPELLABLE) | Hint.SHAPED * (entity in _SHAPED)


FOLDED = (
    *(Row(_cue_bits(entity), pattern, cue=True) for entity, pattern in rules()),
    *(Row.watching(Hint.PLAIN, shape.watched) for shape in shapes.SHAPES if not shape.cue),
    Row.of(Hint.SPELLED, spelled.END),
    Row.of(Hint.SECRET, secrets.ASKS_WORD),
    Row(Hint.ASKS_EN, "spell"),
    Row(Hint.ASKS_PIECES, pieces.ASKS),
)
_SMALL = 16  # texts: below, a pass costs more than it saves
_BORDER = "\n\x1e\n"  # line breaks on both sides: ^ and $ hold there
# Where the two engines read a class or a case differently every bit is set: separators that only Python takes for
# blanks, letters whose other case is ASCII.
_ODD_ONES = "\x1c\x1d\x1e\x1f\x85\u0130\u0131\u017f\u212a"
_ODD = re.compile(f"[{_ODD_ONES}]")


class _Watch:
    """The scan of ``rows`` in prefilter mode, kept under ``name``."""

    def __init__(self, name: str, rows: Sequence[Row]) -> None:
        hyperscan = vectorscan()
        mode = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_MULTILINE
        flags = [
            mode
            | (0 if row.flags & re.ASCII else hyperscan.HS_FLAG_UCP)
            | (hyperscan.HS_FLAG_CASELESS if row.flags & re.IGNORECASE else 0)
            for row in rows
        ]
        self._rows = rows
        self._bits = np.array([row.bits for row in rows], np.uint32)
        self._scan = Scan(name, [row.pattern for row in rows], flags)

    def one(self, watched: set[Watched], cues: list[tuple[int, int]], text: str) -> int:
        """Write down what matches in ``text``; the bits that it sets."""
        data = f"{_BORDER}{text}{_BORDER}".encode("utf-8", "replace")
        bits, last = 0, len(data) - len(_BORDER)
        for number, end in self._scan.pairs(data):
            if not len(_BORDER) < end <= last:
                continue
            row = self._rows[number]
            bits |= row.bits
            if row.watched:
                watched.add(row.watched)
            elif row.reach:
                at = end - len(_BORDER) if text.isascii() else len(data[len(_BORDER) : end].decode("utf-8", "replace"))
                cues.append((max(0, at - row.reach), at))
        return bits

    def into(self, hints: Hints, texts: Sequence[str]) -> None:
        """Write down what matches in ``texts``."""
        data = _BORDER.join(["", *texts, ""]).encode("utf-8", "replace")
        numbers, ends = self._scan.hits(data)
        if not len(numbers):
            return
        codes = np.frombuffer(data, np.uint8)
        marks = np.flatnonzero(codes == 0x1E)
        turns = np.searchsorted(marks, ends - 1) - 1
        points = np.cumsum((codes & 0xC0) != 0x80)  # code points up to and with each byte
        ends = points[ends - 1] - points[marks[turns]] - 1  # behind the mark and its line break
        inside = (turns >= 0) & (turns < len(texts))  # not on a border
        turns, numbers, ends = turns[inside], numbers[inside], ends[inside]
        np.bitwise_or.at(hints.bits, turns, self._bits[numbers])
        seen, rows = hints.seen, self._rows
        for turn, number, end in zip(turns.tolist(), numbers.tolist(), ends.tolist(), strict=True):
            if (here := seen[turn]) is NOTHING:
                here = seen[turn] = Seen()
            row = rows[number]
            if here is None:
                continue
            if row.watched:
                here.watched.add(row.watched)
            elif row.reach:
                here.cues.append((max(0, end - row.reach), end))


@cache
def _watches() -> tuple[_Watch, _Watch]:
    return _Watch("hints-raw", RAW), _Watch("hints-folded", FOLDED)


def hints_of(texts: Sequence[str], lower: Sequence[str], *, fast: bool) -> Hints:
    """For each text, and the same text folded, the rules that can match in it."""
    if not fast or len(texts) < _SMALL:
        return Hints(np.full(len(texts), Hint.ALL, np.uint32), [None] * len(texts))
    hints = Hints(np.zeros(len(texts), np.uint32), [NOTHING] * len(texts))
    joined = "".join(texts)
    if any(odd in joined for odd in _ODD_ONES):
        for at, text in enumerate(texts):
            if _ODD.search(text):
                hints.bits[at], hints.seen[at] = Hint.ALL, None
        texts = [_ODD.sub(" ", text) for text in texts]
        lower = [_ODD.sub(" ", text) for text in lower]
    raw, folded = _watches()
    raw.into(hints, texts)
    folded.into(hints, lower)
    return hints


_LONG = 400  # code points of a single text: above, the places in it are counted by arrays


def hint_of(text: str, lower: str, *, fast: bool) -> tuple[int, Seen | None]:
    """As ``hints_of`` for a single text."""
    if not fast or _ODD.search(text) or len(text) > _LONG:
        return Hint.ALL, None
    raw, folded = _watches()
    watched: set[Watched] = set()
    cues: list[tuple[int, int]] = []
    bits = raw.one(watched, cues, text) | folded.one(watched, cues, lower)
    return bits, Seen(watched, cues)
