"""Folding: full-width forms as ASCII, digits of other scripts as ASCII digits, lower case; never another length."""

from collections.abc import Mapping

_FOLD: Mapping[int, int | str] = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys((0x3000, 0xA0, 0x2002, 0x2003, 0x2007, 0x2009, 0x202F), " ")
    | dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212), "-")
    | dict.fromkeys((0x2018, 0x2019, 0x2032), "'")
    | {0x3001: ",", 0x201C: '"', 0x201D: '"'}
    | {base + value: str(value) for base in (0x660, 0x6F0, 0x966) for value in range(10)}
)


def folded(text: str) -> str:
    """``text`` folded, code point for code point: ``len(folded(text)) == len(text)``."""
    if text.isascii():
        return text.lower()
    plain = text.translate(_FOLD)
    lower = plain.lower()
    if len(lower) == len(plain):
        return lower
    return "".join(low if len(low := char.lower()) == 1 else char for char in plain)
