"""Values the caller knows: this customer's own name, numbers and address, and a tenant's own words and patterns."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from hushkeep.detect.finding import Finding, Known
from hushkeep.detect.folding import folded
from hushkeep.detect.numbers import runs
from hushkeep.detect.view import view_of
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


def known_values(turn: int, text: str, known: Sequence[Known]) -> Iterator[Finding]:
    """The known values in a turn: letter for letter (folded), and numbers by their digits."""
    plain = folded(text)
    rows = None
    for value in known:
        literal = folded(value.value.strip())
        if len(literal) < 2:
            continue
        for match in re.finditer(re.escape(literal), plain):
            yield Finding(turn, match.start(), match.end(), value.entity, 1.0, "known")
        digits = _SIGNS.sub("", value.value).upper()
        if len(digits) < _DIGITS or len(digits) * 2 < len(literal):
            continue
        rows = runs(text, view_of(text)) if rows is None else rows
        for run in rows:
            at = "".join(g.digits for g in run).find(digits)
            if at >= 0:
                starts = [s for g in run for s in g.starts]
                ends = [e for g in run for e in g.ends]
                yield Finding(turn, starts[at], ends[at + len(digits) - 1], value.entity, 1.0, "known")


def custom_values(turn: int, text: str, custom: Sequence[Custom]) -> Iterator[Finding]:
    """The tenant's own values in a turn."""
    plain = folded(text)
    for own in custom:
        for word in own.words:
            for match in re.finditer(re.escape(folded(word)), plain):
                yield Finding(turn, match.start(), match.end(), own.entity, 1.0, "custom.word")
        for pattern in own.patterns:
            for match in _checked(own.entity, pattern).finditer(plain):
                if match.end() > match.start():
                    yield Finding(turn, match.start(), match.end(), own.entity, 0.9, "custom.pattern")
