"""Patterns that the scan of a batch looks for beforehand, so that a rule tries them only where they were seen."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from hushkeep.detect.patterns import Pattern


@dataclass(frozen=True, eq=False)
class Watched:
    """A rule's pattern; ``sign`` is a shorter one that matches wherever it does, if that is cheaper to see."""

    rule: Pattern
    sign: Pattern

    @classmethod
    def of(cls, pattern: str, flags: int = 0, sign: str = "") -> "Watched":
        """``pattern`` with ``flags``, as is ``sign``."""
        rule = Pattern(pattern, flags)
        return cls(rule, Pattern(sign, flags) if sign else rule)

    @cached_property
    def pattern(self) -> "re.Pattern[str]":
        """The rule's pattern, compiled."""
        return self.rule.compiled


@dataclass(slots=True)
class Seen:
    """What the scan saw in one text: the watched patterns that may match in it, and stretches in which cues begin."""

    watched: Collection[Watched] = field(default_factory=set)
    cues: list[tuple[int, int]] = field(default_factory=list)


NOTHING = Seen(frozenset())
"""What was seen in a text without a hit; never changed."""
