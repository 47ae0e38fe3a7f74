"""The plan of a batch: which rules are run at which turn, decided for all turns at once.

A gate says what a turn may hold, the gates of the turns before it what it may answer, and a hint whether a rule can
match at all. Most turns of a call or chat have nothing planned and cost no more than their place in these arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hushkeep.detect import gate
from hushkeep.detect.folding import folded_all
from hushkeep.detect.gate import RULES, Gate, flags_of
from hushkeep.detect.hints import Hint, hints_of
from hushkeep.kernel import Turn

Bits = npt.NDArray[np.uint32]
_WINDOW = 5  # turns back that a cue reaches
_ASKED = 2  # turns back that an answer looks for its question


class Work:
    """What is to be done at a turn: bits of one number."""

    ACTIVE = 1  # the turn, or one shortly before it, opened a gate: an open number may go on here
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
    RULES = PLAIN | SHAPED | SPELLED | WORDS | NAMES_ZH | PLACE_ZH | NAMES_EN | PLACE_EN | DIGITS


@dataclass(frozen=True, slots=True)
class Plan:
    """One row a turn of the batch; ``works[i]`` says whether anything is planned in conversation ``i``."""

    work: list[int]
    lower: list[str]
    cued: list[bool]
    starts: list[int]
    works: list[bool]


def plan(conversations: Sequence[Sequence[Turn]], known: Sequence[Sequence[object]], *, names: bool) -> Plan:
    """The plan of a batch of conversations; one of a ``known`` customer is read more closely."""
    texts = [turn.text for turns in conversations for turn in turns]
    sizes = np.array([len(turns) for turns in conversations], np.int64)
    starts = np.concatenate(([0], np.cumsum(sizes)))
    flags = flags_of(texts).astype(np.uint32)
    opened = _union(flags, starts, sizes)
    digits = np.diff(np.concatenate(([0], np.cumsum(flags & Gate.DIGIT != 0)))[starts])
    worth = (opened & (RULES | Gate.MODEL_ZH if names else RULES) != 0) | ((sizes > 2) & (digits > 2))
    if known:
        worth |= np.array([bool(values) for values in known])
    if not worth.any():  # most single messages
        return Plan([], [], [], starts.tolist(), worth.tolist())
    lower = folded_all(texts)
    hints = hints_of(texts, lower, fast=gate.has_vectorscan())
    place = np.arange(len(texts)) - np.repeat(starts[:-1], sizes)
    whole = np.repeat(np.where(sizes > 1, opened, 0).astype(np.uint32), sizes)
    work = _work(flags, hints, place, whole)
    if not names:
        work &= ~np.uint32(Work.MODEL)
    work[~np.repeat(worth, sizes)] = 0
    planned = _union(work & np.uint32(Work.RULES | Work.MODEL), starts, sizes)
    return Plan(
        work.tolist(), lower, (hints & Hint.CUE != 0).tolist(), starts.tolist(), (worth & (planned != 0)).tolist()
    )


def _union(bits: Bits, starts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> Bits:
    """For each conversation the union of the bits of its turns."""
    union = np.zeros(len(sizes), np.uint32)
    filled = sizes > 0
    if filled.any():
        union[filled] = np.bitwise_or.reduceat(bits, starts[:-1][filled])
    return union


def _before(bits: Bits, place: npt.NDArray[np.int64], reach: int) -> Bits:
    """For each turn the union of the bits of up to ``reach`` turns before it in its conversation."""
    union = np.zeros_like(bits)
    for back in range(1, min(reach, int(place.max(initial=0))) + 1):
        union[back:] |= np.where(place[back:] >= back, bits[:-back], np.uint32(0))
    return union


def _work(flags: Bits, hints: Bits, place: npt.NDArray[np.int64], whole: Bits) -> Bits:
    recent = _before(flags, place, _WINDOW)
    asked = _before(flags, place, _ASKED)
    asks = _before(hints, place, _ASKED)
    cues = hints | _before(hints, place, _WINDOW)
    near = flags | recent
    work = np.zeros_like(flags)

    def add(bit: int, *conditions: npt.NDArray[np.bool_]) -> None:
        work[np.logical_and.reduce(conditions)] |= np.uint32(bit)

    active = near != 0
    written = (near & Gate.CUED | flags & (Gate.LONG | Gate.MAIL | Gate.SHAPE)) != 0
    word = near & Gate.WORD != 0
    add(Work.ACTIVE, active)
    add(Work.PLAIN, written, hints & Hint.PLAIN != 0)
    add(Work.SHAPED, near & Gate.CUED != 0, cues & Hint.SHAPED != 0)
    add(Work.SPELLED, flags & Gate.MAIL != 0, hints & Hint.SPELLED != 0)
    add(Work.WORDS, word, cues & Hint.SECRET != 0)
    add(Work.NAMES_ZH, (flags | asked) & Gate.NAME_ZH != 0, (hints & Hint.NAMES_ZH | asks & Hint.ASKS_ZH) != 0)
    add(Work.PLACE_ZH, flags & Gate.PLACE_ZH != 0)
    add(Work.NAMES_EN, (flags | asked) & Gate.NAME_EN != 0, (hints & Hint.NAMES_EN | asks & Hint.ASKS_EN) != 0)
    add(Work.PLACE_EN, flags & Gate.PLACE_EN != 0, flags & Gate.DIGIT != 0)
    # The digits of a turn are worth reading: a long row, a short one that a word speaks of, a part of more.
    part = (flags & Gate.DIGIT != 0) & (whole & (Gate.NUMBER | Gate.WORD) != 0)
    add(Work.DIGITS, active, (flags & Gate.LONG != 0) | ((flags & Gate.NUMBER != 0) & word) | part)
    add(Work.PLATES, flags & Gate.SHAPE != 0)
    add(Work.MODEL, active, (flags & (Gate.NAME_ZH | Gate.MODEL_ZH) | asked & Gate.NAME_ZH) != 0)
    return work
