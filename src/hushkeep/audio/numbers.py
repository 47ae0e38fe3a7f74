"""Spoken numbers in a timeline of words: which seconds must not be heard.

What a recogniser writes for a number is often wrong (digits merged, dropped, or heard as other words), so nothing
here asks for a valid number: a run of digit words is enough.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hushkeep.audio.digits import digits_in, maybe_digits_in, plain
from hushkeep.audio.recogniser import Word
from hushkeep.audio.voice import Voice


class Mode(StrEnum):
    """How much is hidden: ``balanced`` what is found, ``strict`` also what could not be understood (fail closed)."""

    BALANCED = "balanced"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch of one channel, in seconds, to be hidden, with the words heard in it (``repr`` shows none)."""

    start: float
    end: float
    digits: int
    text: str = field(repr=False)
    rule: str = "run"


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers behind the rules, each measured on the development recordings (docs/benchmarks-audio.md)."""

    fewest_digits: int = 3
    longest_gap: float = 2.0
    other_words: int = 1
    padding: float = 0.15
    pause: float = 0.15
    reach: float = 1.0
    plain_probability: float = 0.5
    unexplained: float = 1.0


RULES = Rules()
_MENU = re.compile(r"^(press|dial|push|select|choose|enter|hit|option|按|请按)$")


@dataclass(frozen=True, slots=True)
class _Token:
    word: Word
    text: str
    sure: int
    maybe: int


def _tokens(words: Sequence[Word]) -> list[_Token]:
    tokens: list[_Token] = []
    for word in words:
        text = plain(word.text)
        tokens.append(_Token(word, text, digits_in(text), maybe_digits_in(text)))
    return [t if not _in_menu(tokens, i) else _Token(t.word, t.text, 0, 0) for i, t in enumerate(tokens)]


def _in_menu(tokens: Sequence[_Token], i: int) -> bool:
    """"Press 1": one digit after such a word, and no digit after it, is a key of a menu and no part of a number."""
    if tokens[i].sure != 1 or i == 0 or not _MENU.match(tokens[i - 1].text.strip(",.")):
        return False
    return i + 1 == len(tokens) or tokens[i + 1].sure == 0


def runs(words: Sequence[Word], rules: Rules = RULES) -> list[Spoken]:
    """Return the runs of digit words in ``words``, from the first digit's start to the last one's end."""
    tokens = _tokens(words)
    found: list[list[int]] = []
    for i, token in enumerate(tokens):
        if not token.sure:
            continue
        if found and _together(tokens, found[-1][-1], i, rules):
            found[-1].append(i)
        else:
            found.append([i])
    spoken = []
    for group in found:
        inside = tokens[group[0] : group[-1] + 1]
        digits = sum(t.maybe for t in inside)
        if digits >= rules.fewest_digits:
            text = " ".join(t.text for t in inside)
            spoken.append(Spoken(inside[0].word.start, inside[-1].word.end, digits, text))
    return spoken


def _together(tokens: Sequence[_Token], last: int, this: int, rules: Rules) -> bool:
    between = [t for t in tokens[last + 1 : this] if not t.maybe]
    gap = tokens[this].word.start - tokens[last].word.end
    return gap <= rules.longest_gap and len(between) <= rules.other_words


def grown(spoken: Spoken, voice: Voice, rules: Rules = RULES) -> tuple[float, float]:
    """Return ``spoken``'s seconds with padding, then grown on both sides to the next pause (at most ``reach``)."""
    start, end = spoken.start - rules.padding, spoken.end + rules.padding
    return _pause(voice, start, -1, rules), _pause(voice, end, 1, rules)


def _pause(voice: Voice, at: float, way: int, rules: Rules) -> float:
    """The nearest time from ``at`` on, in direction ``way``, where a silence of ``pause`` seconds begins."""
    silent = 0
    step = round(at * 100)
    for moved in range(round(rules.reach * 100)):
        here = step + way * moved
        if not 0 <= here < len(voice.active):
            return min(max(0.0, at), voice.seconds)
        silent = 0 if voice.active[here] else silent + 1
        if silent >= rules.pause * 100:
            return (here - way * silent) / 100
    return min(max(0.0, at + way * rules.reach), voice.seconds)
