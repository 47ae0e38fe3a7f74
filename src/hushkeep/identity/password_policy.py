"""The password policy: NIST SP 800-63B-4, 3.1.1 (length, no composition rules, no common ones) and PCI DSS v4.0.1, 8.3.

Four checks: at least 12 characters; hard to guess (zxcvbn 3 of 4, which knows the breached and common ones); nothing
of the person's own name, login or center in it; none of the last 4.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from zxcvbn import zxcvbn

MIN_CHARACTERS = 12  # PCI DSS v4.0.1, 8.3.6
MAX_CHARACTERS = 128
MIN_SCORE = 3
HISTORY = 4  # PCI DSS v4.0.1, 8.3.7

# zxcvbn's time grows with the square of the length; what stands beyond adds nothing to its verdict.
_JUDGED_CHARACTERS = 72
_NAME_PART = 3

# zxcvbn's lists are English; these are what Chinese keyboards lead to.
_CHINESE_FAVOURITES = (
    *("woaini", "woaiwojia", "woaizhongguo", "5201314", "1314520", "520", "1314", "168", "888", "666", "a123456"),
    *(
        "mima",
        "denglu",
        "guanliyuan",
        "kefu",
        "kefuzhongxin",
        "zhongguo",
        "beijing",
        "shanghai",
        "guangzhou",
        "shenzhen",
    ),
    *("zhang", "wang", "liu", "chen", "yang", "zhao", "huang", "zhou", "xiaoming", "baobei", "nihao", "woshishui"),
)


class Weakness(StrEnum):
    """Why a password was refused: stable codes."""

    TOO_SHORT = "password_too_short"
    TOO_LONG = "password_too_long"
    GUESSABLE = "password_guessable"
    HOLDS_NAME = "password_holds_name"
    USED_BEFORE = "password_used_before"


def weaknesses(password: str, names: Iterable[str]) -> tuple[Weakness, ...]:
    """Return everything that speaks against ``password``; empty when it will do.

    ``names`` are the person's login and name, and the center's name. The history is asked separately, since only
    hashes are kept of it.
    """
    words = name_parts(names)
    found = []
    if len(password) < MIN_CHARACTERS:
        found.append(Weakness.TOO_SHORT)
    if len(password) > MAX_CHARACTERS:
        return (Weakness.TOO_LONG,)
    folded = _fold(password)
    if _holds(folded, words):
        found.append(Weakness.HOLDS_NAME)
    if (
        password
        and zxcvbn(password[:_JUDGED_CHARACTERS], user_inputs=[*sorted(words), *_CHINESE_FAVOURITES])["score"]
        < MIN_SCORE
    ):
        found.append(Weakness.GUESSABLE)
    return tuple(found)


def name_parts(names: Iterable[str]) -> frozenset[str]:
    """Return the words of ``names`` that are long enough to be recognised: 3 letters, or 2 Chinese characters."""
    words = (w for name in names for w in re.split(r"[\W_]+", _fold(name)))
    return frozenset(w for w in words if len(w) >= _NAME_PART or (len(w) == _NAME_PART - 1 and _is_chinese(w)))


def _holds(folded: str, words: frozenset[str]) -> bool:
    """A name of three letters counts as a whole word only: ``lin`` is not in ``violin``."""
    whole = set(re.split(r"[^a-z]+", folded))
    return any(w in whole if len(w) == _NAME_PART and w.isascii() else w in folded for w in words)


def _is_chinese(word: str) -> bool:
    return all("\u4e00" <= c <= "\u9fff" for c in word)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
