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


class Mode(StrEnum):
    """How much is hidden: ``balanced`` what is found, ``strict`` also what could not be understood (fail closed)."""

    BALANCED = "balanced"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch of one channel, in seconds, that holds a number.

    ``first`` and ``last`` are the times of its outer words; ``repr`` shows no words.
    """

    start: float
    end: float
    first: tuple[float, float]
    last: tuple[float, float]
    digits: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers behind the rules, measured on the development recordings (docs/benchmarks-audio.md).

    Times are seconds. ``fewest_digits`` make a run (``fewest_again`` in what was heard again alone, where a recogniser
    likes to add one); ``other_words`` may stand between two of its digits. ``halves`` of a number lie at most so far
    apart with words between them that are less probable than so much. ``shortest_number`` seconds of voice that nothing
    explains, with ``crowded`` seconds around, have room for a number; less of it is hidden ``number_near`` to one, and
    ``answer`` seconds of it after a prompt for a code. A small number is at least as probable as ``small_probability``,
    the words around it as ``small_company``.
    """

    fewest_digits: int = 3
    fewest_again: int = 4
    longest_gap: float = 2.0
    other_words: int = 1
    padding: float = 0.1
    pause: float = 0.15
    digit_pause: float = 0.15
    reach: float = 1.0
    silence_taken: float = 0.6
    silence_kept: float = 1.0
    shred: float = 0.4
    neighbours: float = 2.0
    shortest_neighbour: float = 0.12
    code_follows: float = 8.0
    code_length: float = 4.0
    code_hole: float = 0.6
    plain_probability: float = 0.5
    plain_company: float = 0.4
    asked_probability: float = 0.8
    asked_company: float = 0.7
    beside_company: float = 0.5
    halves: tuple[tuple[float, float], ...] = ((4.0, 0.8), (8.0, 0.6))
    unexplained: float = 0.8
    answer: float = 0.3
    shortest_number: float = 1.0
    crowded: float = 3.0
    number_near: float = 6.0
    small_probability: float = 0.4
    small_company: float = 0.75
    slowest_word: float = 0.5
    slowest_letter: float = 0.12


RULES = Rules(pause=0.2)
STRICT_RULES = Rules(
    fewest_again=3, padding=0.15, pause=0.25, reach=1.5, plain_probability=0.7, plain_company=0.5, unexplained=0.4
)
_MENU = re.compile(r"^(press|dial|push|select|choose|hit|option|按|请按|按下)$")
_ARTICLES = frozenset({"one", "一", "两"})
_MEASURES = frozenset("下个些样定点起直次位种般切旦")
_CODE = re.compile(
    r"(security code|verification code|one.?time (code|password)|pass ?code|password|\bpin\b|\bcvv\b|\bcvc\b"
    r"|personal identification number|验证码|校验码|安全码|动态码|密码|口令)"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word in the form that rules read, with the digits it surely and perhaps stands for."""

    word: Word
    text: str
    sure: int
    maybe: int


def tokens(words: Sequence[Word]) -> list[Token]:
    """Return ``words`` as tokens; a digit that is a menu's key counts as none."""
    made: list[Token] = []
    for word in words:
        text = plain(word.text)
        made.append(Token(word, text, digits_in(text), maybe_digits_in(text)))
    return [Token(t.word, t.text, 0, 0) if _in_menu(made, i) or _is_article(made, i) else t for i, t in enumerate(made)]


def _is_article(made: Sequence[Token], i: int) -> bool:
    """Whether this is no digit but the "one" of "one moment", the 一 of 一下: before a plain word, after no digit."""
    if made[i].text not in _ARTICLES or i + 1 == len(made) or made[i + 1].maybe:
        return False
    alone = i == 0 or not made[i - 1].sure
    return (alone or made[i + 1].text[:1] in _MEASURES) and made[i + 1].word.start - made[i].word.end < 0.3


def _in_menu(made: Sequence[Token], i: int) -> bool:
    """Whether this is a menu's key, as in "press 1": one digit after such a word, and none after it."""
    if made[i].sure != 1 or i == 0 or not _MENU.match(made[i - 1].text.strip(",.，。")):
        return False
    return i + 1 == len(made) or made[i + 1].sure == 0


def runs(said: Sequence[Token], rules: Rules = RULES, *, fewest: int | None = None) -> list[Spoken]:
    """Return the runs of digit words in ``said``, from the first digit's start to the last one's end."""
    groups: list[list[int]] = []
    for i, token in enumerate(said):
        if not token.sure:
            continue
        if groups and _together(said, groups[-1][-1], i, rules):
            groups[-1].append(i)
        else:
            groups.append([i])
    found = []
    for group in groups:
        inside = said[group[0] : group[-1] + 1]
        digits = sum(t.maybe for t in inside)
        if digits >= (fewest or rules.fewest_digits):
            first, last = inside[0].word, inside[-1].word
            text = " ".join(t.text for t in inside)
            times = (first.start, first.end), (last.start, last.end)
            found.append(Spoken(first.start, last.end, *times, digits, text))
    return found


def halves(found: Sequence[Spoken], said: Sequence[Token], rules: Rules) -> list[Spoken]:
    """Return the runs ``found`` with two joined that have no sure talk between them (``halves``).

    In noise the middle of a number is heard as other words, each of them unsure: the further apart, the less sure.
    """
    joined: list[Spoken] = []
    for run in found:
        before = joined[-1] if joined else None
        between = [t.word.probability for t in said if before and before.end <= t.word.start < run.start]
        sure = sum(between) / len(between) if between else 0.0
        if before is None or not any(run.start - before.end <= gap and sure < least for gap, least in rules.halves):
            joined.append(run)
            continue
        text = f"{before.text} {run.text}"
        joined[-1] = Spoken(before.start, run.end, before.first, run.last, before.digits + run.digits, text)
    return joined


def _together(said: Sequence[Token], last: int, this: int, rules: Rules) -> bool:
    between = [t for t in said[last + 1 : this] if not t.maybe]
    gap = said[this].word.start - said[last].word.end
    return gap <= rules.longest_gap and len(between) <= rules.other_words


def code_prompts(said: Sequence[Token]) -> list[float]:
    """Return the times, in seconds, at which a word for a code, PIN or password ends."""
    text, ends = "", []
    for token in said:
        # English words stand apart, Chinese characters do not.
        text += (" " if token.text[:1].isascii() and text else "") + token.text
        ends.append(len(text))
    return [
        next(token.word.end for token, end in zip(said, ends, strict=True) if end >= match.end())
        for match in _CODE.finditer(text)
    ]
