"""Patterns that are compiled when they are first tried: most processes try few of them, and many none.

For large ones and for sets of many, where reading the text tells beforehand whether any of them can match.
"""

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, eq=False)
class Pattern:
    """A regular expression as it is written, with the flags that it is compiled with."""

    text: str
    flags: int = 0

    @cached_property
    def compiled(self) -> "re.Pattern[str]":
        """What ``re`` makes of it, made once."""
        return re.compile(self.text, self.flags)
