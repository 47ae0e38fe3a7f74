"""Values the caller knows: this customer's own name, numbers and address, and a tenant's own words and patterns."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from hushkeep.detect.context import Context
from hushkeep.detect.finding import Finding, Known
from hushkeep.detect.folding import folded
from hushkeep.kernel import InvalidInput

_DIGITS = 6  # a known number of at least so many digits is found however it is written or said
_SIGNS = re.compile(r"[^0-9xX]")


@dataclass(frozen=True, slots=True)
class Custom:
    """A tenant's own kind of value: literal ``words`` of two code points or more, ``patterns`` of the common subset."""

    entity: str
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{1,39}", self.entity):
            raise InvalidInput("custom entity: names are lower-case words joined by underscores")
        if any(len(word) < 2 for word in self.words):
            raise InvalidInput(f"custom entity {self.entity}: a word needs two characters")
        for pattern in self.patterns:
            _checked(self.entity, pattern)


@cache
def _checked(entity: str, pattern: str) -> "re.Pattern[str]":
    """``pattern`` compiled, if it keeps to bounded repeats (so that no text makes it slow)."""
    if re.search(r"[*+]|\{[0-9]*,\}|\\[0-9]|\(\?P|\\[dwsDWSb]", re.sub(r"\\[*+.]|\[[^\]]*\]", "", pattern)):
        raise InvalidInput(f"custom entity {entity}: explicit classes and bounded repeats only")
    try:
        compiled = re.compile(pattern, re.ASCII)
    except re.error:
        raise InvalidInput(f"custom entity {entity}: not a pattern") from None
    if compiled.match(""):
        raise InvalidInput(f"custom entity {entity}: the pattern matches nothing at all")
    return compiled


class _Wanted(NamedTuple):
    """A known value as it is looked for: ``literal`` as it is written (folded), ``digits`` however they are said."""

    entity: str
    literal: str
    digits: str  # empty where it is no long number


def _wanted(known: Sequence[Known]) -> list[_Wanted]:
    wanted = []
    for value in known:
        literal = folded(value.value.strip())
        if len(literal) < 2:
            continue
        digits = _SIGNS.sub("", value.value).upper()
        number = len(digits) >= _DIGITS and len(digits) * 2 >= len(literal)
        wanted.append(_Wanted(value.entity, literal, digits if number else ""))
    return wanted


def known_values(context: Context, known: Sequence[Known]) -> Iterator[Finding]:
    """The known values in a conversation: letter for letter (folded), and numbers by their digits."""
    wanted = _wanted(known)
    numbers = [value for value in wanted if value.digits]
    for turn in range(len(context.turns)):
        plain = context.lower(turn)
        for value in wanted:
            for start in _places(value.literal, plain):
                yield Finding(turn, start, start + len(value.literal), value.entity, 1.0, "known")
        for run in context.rows(turn) if numbers else ():
            said = "".join([group.digits for group in run])
            for value in numbers:
                if (at := said.find(value.digits)) >= 0:
                    starts = [start for group in run for start in group.starts]
                    ends = [end for group in run for end in group.ends]
                    yield Finding(turn, starts[at], ends[at + len(value.digits) - 1], value.entity, 1.0, "known")


def _places(literal: str, plain: str) -> Iterator[int]:
    """Where ``literal`` stands in ``plain``, without overlap."""
    at = plain.find(literal)
    while at >= 0:
        yield at
        at = plain.find(literal, at + len(literal))


def custom_values(turn: int, text: str, custom: Sequence[Custom]) -> Iterator[Finding]:
    """The tenant's own values in a turn."""
    plain = folded(text)
    for own in custom:
        for word in own.words:
            literal = folded(word)
            for start in _places(literal, plain):
                yield Finding(turn, start, start + len(literal), own.entity, 1.0, "custom.word")
        for pattern in own.patterns:
            for match in _checked(own.entity, pattern).finditer(plain):
                if match.end() > match.start():
                    yield Finding(turn, match.start(), match.end(), own.entity, 0.9, "custom.pattern")
