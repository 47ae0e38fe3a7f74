"""How many digits a heard word stands for, in English and Mandarin."""

import re
import unicodedata

from hushkeep.audio.script import simplified

_UNITS = dict.fromkeys("zero one two three four five six seven eight nine".split(), 1)  # noqa: SIM905
_TEENS = dict.fromkeys("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 2)  # noqa: SIM905
_TENS = dict.fromkeys("twenty thirty forty fourty fifty sixty seventy eighty ninety".split(), 2)  # noqa: SIM905
_LARGER = {"hundred": 2, "thousand": 3, "double": 1, "triple": 2, "treble": 2}
_ENGLISH = _UNITS | _TEENS | _TENS | _LARGER
_BETWEEN_DIGITS = {
    "oh": 1,
    "o": 1,
    "ow": 1,
    "nought": 1,
    "null": 1,
    "for": 1,
    "to": 1,
    "too": 1,
    "ate": 1,
    "won": 1,
    "tree": 1,
    "fife": 1,
    "niner": 1,
    "sex": 1,
    "free": 1,
}
"""Words that are digits only beside digits: ways to say zero, and what digits are misheard as."""

_CHINESE = "零〇一二三四五六七八九幺两"
_CHINESE_LARGER = "十百千万"
_BOTH = re.compile(rf"\d|[{_CHINESE}]")
_WORDS = re.compile(r"[a-z]+")


def plain(text: str) -> str:
    """Return ``text`` in the form that the rules read: NFKC, lower case, simplified script, no spaces around."""
    return simplified(unicodedata.normalize("NFKC", text)).casefold().strip()


def digits_in(text: str) -> int:
    """Return the number of digits that ``text``, as of :func:`plain`, surely stands for: 0 for a plain word.

    >>> [digits_in(plain(word)) for word in ("four", "４1-7", "double", "三八", "十分", "hello")]
    [1, 3, 1, 2, 0, 0]
    """
    count = len(_BOTH.findall(text))
    words = _WORDS.findall(text)
    if count == 1 and not words and text[0] in "一两" and len(text) > 1 and text[1].isalpha():
        return 0  # 一下, 两个: no digit
    if count and not words:
        return count + (sum(text.count(c) for c in _CHINESE_LARGER) if _only_number(text) else 0)
    return count + sum(_ENGLISH.get(word, 0) for word in words)


def maybe_digits_in(text: str) -> int:
    """Return the digits that ``text`` may stand for when digits stand beside it.

    >>> [maybe_digits_in(word) for word in ("oh", "for", "hello", "7")]
    [1, 1, 0, 1]
    """
    return digits_in(text) or sum(_BETWEEN_DIGITS.get(word, 0) for word in _WORDS.findall(text))


def _only_number(text: str) -> bool:
    return all(char in _CHINESE + _CHINESE_LARGER or not char.isalnum() for char in text)
