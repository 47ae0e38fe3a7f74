"""Folding: full-width forms as ASCII, digits of other scripts as ASCII digits, lower case; never another length."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

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


_TABLED = 0x20000  # beyond it no character folds
_SIGMA = "\u03a3"  # its lower case depends on what stands around it


@cache
def _table() -> npt.NDArray[np.uint32]:
    return np.array([ord(folded(chr(code))) for code in range(_TABLED)], np.uint32)


def folded_all(texts: Sequence[str]) -> list[str]:
    """Each of ``texts`` folded: for a batch, by one table over all of them."""
    joined = "".join(texts)
    if len(texts) < 64 or _SIGMA in joined:
        return [folded(text) for text in texts]
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    known = codes < _TABLED
    plain = np.where(known, _table()[np.where(known, codes, 0)], codes)
    whole = plain.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    found, at = [], 0
    for text in texts:
        found.append(whole[at : at + len(text)])
        at += len(text)
    return found
