"""Patterns that the scan of a batch looks for beforehand, so that a rule tries them only where they were seen."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """A rule's pattern; ``sign`` is a shorter one that matches wherever ``pattern`` does, if that is cheaper to see."""

    pattern: "re.Pattern[str]"
    sign: "re.Pattern[str]"

    @classmethod
    def of(cls, pattern: str, flags: int = 0, sign: str = "") -> "Watched":
        """``pattern`` compiled with ``flags``, as is ``sign``."""
        compiled = re.compile(pattern, flags)
        return cls(compiled, re.compile(sign, flags) if sign else compiled)


@dataclass(slots=True)
class Seen:
    """What the scan saw in one text: the watched patterns that may match in it, and stretches in which cues begin."""

    watched: Collection[Watched] = field(default_factory=set)
    cues: list[tuple[int, int]] = field(default_factory=list)


NOTHING = Seen(frozenset())
"""What was seen in a text without a hit; never changed."""
