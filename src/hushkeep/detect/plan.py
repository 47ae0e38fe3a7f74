"""The plan of a batch: which rules are run at which turn, decided for all turns at once.

A gate says what a turn may hold, the gates of the turns before it what it may answer, and a hint whether a rule can
match at all. Most turns of a call or chat have nothing planned and cost no more than their place in these arrays.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hushkeep.detect import scan
from hushkeep.detect.folding import folded, folded_all
from hushkeep.detect.gate import RULES, Gate, flag_of, flags_of
from hushkeep.detect.hints import Hint, hint_of, hints_of
from hushkeep.detect.view import views_of
from hushkeep.detect.watched import Seen
from hushkeep.kernel import Turn

Bits = npt.NDArray[np.uint32]
_WINDOW = 5  # turns back that a cue reaches
_ASKED = 2  # turns back that an answer looks for its question
_WORTH = RULES | Gate.MODEL_ZH  # gates that lead to a rule


class Work:
    """What is to be done at a turn: bits of one number."""

    PLAIN = 2
    SHAPED = 4
    SPELLED = 8
    WORDS = 16
    NAMES_ZH = 32
    PLACE_ZH = 64
    NAMES_EN = 128
    PLACE_EN = 256
    DIGITS = 512
    PLATES = 1024
    MODEL = 2048
    ASKS = 4096
    RULES = PLAIN | SHAPED | SPELLED | WORDS | NAMES_ZH | PLACE_ZH | NAMES_EN | PLACE_EN | DIGITS


class Task(NamedTuple):
    """What is to be done at a conversation: for each turn its work, its view where its digits are to be read.

    With it go the folded texts and what a scan saw in each.
    """

    conversation: int
    work: list[int]
    views: list[bytes | None]
    lower: list[str]
    seen: list[Seen | None]


def plan(conversations: Sequence[Sequence[Turn]], known: Sequence[Sequence[object]], *, names: bool) -> list[Task]:
    """The conversations of a batch at which there is work; one of a ``known`` customer is read more closely."""
    if len(conversations) == 1 and len(conversations[0]) == 1:
        return _plan_one(conversations[0][0].text, known=any(known), names=names)
    texts = [turn.text for turns in conversations for turn in turns]
    sizes = np.array([len(turns) for turns in conversations], np.int64)
    flags = flags_of(texts, names=names)
    worth = _worth(flags, sizes, known)
    numbers = np.flatnonzero(worth)
    if not len(numbers):  # most single messages
        return []
    if len(numbers) < len(sizes):  # go on with these alone
        turns = np.flatnonzero(worth if len(texts) == len(sizes) else np.repeat(worth, sizes))
        texts = [texts[at] for at in turns.tolist()]
        flags, sizes = flags[turns], sizes[numbers]
    lower = folded_all(texts)
    hints = hints_of(texts, lower, fast=scan.has_vectorscan())
    starts = np.cumsum(sizes) - sizes
    bits = _work(flags, hints.bits, starts, sizes)
    if not names:
        bits &= ~np.uint32(Work.MODEL)
    work, bounds = bits.tolist(), [*starts.tolist(), len(texts)]
    views: list[bytes | None] = [None] * len(texts)
    with_digits = np.flatnonzero(bits & np.uint32(Work.DIGITS)).tolist()
    for at, view in zip(with_digits, views_of([texts[at] for at in with_digits]), strict=True):
        views[at] = view
    tasks = []
    for number, a, b in zip(numbers.tolist(), bounds[:-1], bounds[1:], strict=True):
        todo = work[a:b]
        if any(todo):
            tasks.append(Task(number, todo, views[a:b], lower[a:b], hints.seen[a:b]))
    return tasks


def _worth(flags: Bits, sizes: npt.NDArray[np.int64], known: Sequence[Sequence[object]]) -> npt.NDArray[np.bool_]:
    """For each conversation whether it opened a gate that leads to a rule, or may hold a number in parts."""
    starts = np.cumsum(sizes) - sizes
    worth: npt.NDArray[np.bool_] = _union(flags, starts, sizes) & np.uint32(_WORTH) != 0
    if len(flags) > len(sizes):
        digits = np.concatenate(([0], np.cumsum(flags & Gate.DIGIT != 0)))
        worth |= (sizes > 2) & (digits[starts + sizes] - digits[starts] > 2)
    if known:
        worth |= np.array([bool(values) for values in known])
    return worth


def _union(bits: Bits, starts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> Bits:
    """For each conversation the union of the bits of its turns."""
    if len(bits) == len(sizes) and sizes.all():
        return bits
    union = np.zeros(len(sizes), np.uint32)
    filled = sizes > 0
    if filled.any():
        union[filled] = np.bitwise_or.reduceat(bits, starts[filled])
    return union


def _before(bits: Bits, place: npt.NDArray[np.int64], reach: int) -> Bits:
    """For each turn the union of the bits of up to ``reach`` turns before it in its conversation."""
    union = np.zeros_like(bits)
    for back in range(1, min(reach, int(place.max(initial=0))) + 1):
        union[back:] |= np.where(place[back:] >= back, bits[:-back], np.uint32(0))
    return union


def _work(flags: Bits, hints: Bits, starts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> Bits:
    asked = asks = recent = heard = whole = np.zeros_like(flags)
    if len(flags) > len(sizes):
        place = np.arange(len(flags)) - np.repeat(starts, sizes)
        recent, asked = _before(flags, place, _WINDOW), _before(flags, place, _ASKED)
        heard, asks = _before(hints, place, _WINDOW), _before(hints, place, _ASKED)
        whole = np.repeat(np.where(sizes > 1, _union(flags, starts, sizes), np.uint32(0)), sizes)
    several: Any = np.repeat(sizes, sizes) > 1 if len(flags) > len(sizes) else False
    bits: Bits = _bits(flags, hints, flags | recent, asked, hints | heard, asks, whole, several).astype(np.uint32)
    return bits


def _bits(  # noqa: PLR0913, PLR0917 - the sources of a decision, each a number or an array
    flags: Any, hints: Any, near: Any, asked: Any, cues: Any, asks: Any, whole: Any, several: Any
) -> Any:
    """The work that gates and hints ask for: arrays with a number a turn, or the plain numbers of a single one.

    ``near`` and ``cues`` are gates and hints with those of the turns before, ``asked`` and ``asks`` those of the two
    turns before alone, ``whole`` the gates of the conversation.
    """
    word = near & Gate.WORD != 0
    cued = near & Gate.CUED != 0
    names_zh = (flags | asked) & Gate.NAME_ZH != 0
    names_en = (flags | asked) & Gate.NAME_EN != 0
    # The digits of a turn are worth reading: a long row, a short one that a word speaks of, a part of more.
    part = (flags & Gate.DIGIT != 0) & (whole & (Gate.NUMBER | Gate.WORD) != 0)
    return (
        Work.PLAIN * ((cued | (flags & (Gate.LONG | Gate.MAIL | Gate.SHAPE) != 0)) & (hints & Hint.PLAIN != 0))
        | Work.SHAPED * (cued & (cues & Hint.SHAPED != 0))
        | Work.SPELLED * ((flags & Gate.MAIL != 0) & (hints & Hint.SPELLED != 0))
        | Work.WORDS * (word & (cues & Hint.SECRET != 0))
        | Work.NAMES_ZH * (names_zh & (hints & Hint.NAMES_ZH | asks & Hint.ASKS_ZH != 0))
        | Work.PLACE_ZH * (flags & Gate.PLACE_ZH != 0)
        | Work.NAMES_EN * (names_en & (hints & Hint.NAMES_EN | asks & Hint.ASKS_EN != 0))
        | Work.PLACE_EN * (((flags | asked) & Gate.PLACE_EN != 0) & (flags & Gate.DIGIT != 0))
        | Work.DIGITS * ((flags & Gate.LONG != 0) | ((flags & Gate.NUMBER != 0) & word) | part)
        | Work.PLATES * (flags & Gate.SHAPE != 0)
        | Work.ASKS * (several & (hints & Hint.ASKS_PIECES != 0))
        | Work.MODEL * (names_zh | (flags & Gate.MODEL_ZH != 0))
    )


def _plan_one(text: str, *, known: bool, names: bool) -> list[Task]:
    """The plan of a single turn, in plain numbers: arrays cost more than a message is worth."""
    flags = flag_of(text, names=names)
    if not (flags & _WORTH or known):
        return []
    lower = folded(text)
    hints, seen = hint_of(text, lower, fast=scan.has_vectorscan())
    work = int(_bits(flags, hints, flags, 0, hints, 0, 0, several=False))
    if not names:
        work &= ~Work.MODEL
    return [Task(0, [work], [None], [lower], [seen])] if work else []
