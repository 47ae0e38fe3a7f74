"""The dictionary of health: illnesses, treatments and medicines, handed in where a center wants that class found."""

import re
from functools import cache

from hushkeep.detect.gazetteer import words
from hushkeep.detect.known import Custom


@cache
def health() -> Custom:
    """The kind ``health`` for ``find(custom=…)``: Chinese words anywhere, English ones as whole words."""
    latin = [re.escape(word.replace("-", " ").lower()) for word in sorted(words("health.txt", "en"))]
    chinese = tuple(sorted(words("health.txt", "zh")))
    return Custom("health", words=chinese, patterns=tuple(f"(?<![a-z])(?:{word})(?![a-z])" for word in latin))
