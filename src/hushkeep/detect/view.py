"""The class view: one byte for each code point, so that every offset in the view is an offset in the text.

ASCII is kept in lower case and full-width forms fold onto it; Chinese digits, units and fillers have bytes of their
own; what a reader does not see (zero-width and bidirectional marks, combining marks) becomes IGNORED; every other
letter is OTHER. Digits of other scripts fold onto ASCII digits.
"""

import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

IGNORED = 0x01
ZH_ZERO = 0x80  # 0x80 + value: the digit as spoken or written in Chinese
ZH_LAST = 0x8E
UNIT = 0x8F  # ten, hundred, thousand, …: an amount, not a row of digits
FILLER = 0x90
PIECES = 0x91  # 个, as in 三个八
DOUBLE = 0x92  # 双, as in 双八
WIDE = 0xFE  # a letter of another script
OTHER = 0xFF  # a Han character without a class of its own

_ZH = {
    "零〇○": 0x80, "一壹弌": 0x81, "二贰貳": 0x82, "三叁參": 0x83, "四肆": 0x84, "五伍": 0x85, "六陆陸": 0x86,
    "七柒": 0x87, "八捌": 0x88, "九玖": 0x89, "幺": 0x8A, "两兩": 0x8B, "洞": 0x8C, "拐": 0x8D, "勾": 0x8E,
    "十百千万亿拾佰仟萬億": UNIT, "嗯呃哦啊额唔诶欸哎噢喔嘛呢": FILLER, "个個": PIECES, "双雙": DOUBLE,
    "，、": 0x2C, "；。": 0x3B, "：": 0x3A, "—–−‐‑‒―－﹣杠": 0x2D, "叉": 0x78,
    "“”„‟″": 0x22, "‘’‚‛′`": 0x27, "（": 0x28, "）": 0x29,
    "·•・": 0x2E, "\u3000\u00a0\u2002\u2003\u2007\u2009\u202f\t": 0x20, "～": 0x7E,
}  # fmt: skip

_VALUE = (
    {0x30 + v: v for v in range(10)}
    | {ZH_ZERO + v: v for v in range(10)}
    | dict(zip(range(0x8A, 0x8F), (1, 2, 0, 7, 9), strict=True))
)
DIGIT_OF = bytes(_VALUE.get(b, 0xFF) for b in range(256))
TO_ASCII = bytes(0x30 + d if d <= 9 else b for b, d in enumerate(DIGIT_OF))


def _plain(code: int) -> int:
    char = chr(code)
    category = unicodedata.category(char)
    if category == "Nd":
        return 0x30 + unicodedata.decimal(char)
    if category in {"Mn", "Me", "Cf"}:
        return IGNORED
    if category == "Zs":
        return 0x20
    if "CJK" in unicodedata.name(char, ""):
        return OTHER
    return WIDE if category.startswith("L") else OTHER


def _table() -> npt.NDArray[np.uint8]:
    table = np.full(0x110000, OTHER, np.uint8)
    table[:0x80] = np.frombuffer(bytes(range(0x80)).lower(), np.uint8)
    table[:0x20] = IGNORED
    for control in "\n\r\x0b\x0c":
        table[ord(control)] = 0x0A
    for code in (*range(0x80, 0x3000), *range(0xA000, 0xAC00), *range(0xFB00, 0xFF00)):
        table[code] = _plain(code)
    for code in (*range(0x1D7CE, 0x1D800), *range(0x1FBF0, 0x1FBFA)):  # mathematical and segmented digits
        table[code] = _plain(code)
    table[0xE0000:0xE0200] = IGNORED  # tags and variation selectors
    table[0xFF01:0xFF5F] = table[0x21:0x7F]
    for circled in (0x2460, 0x2474, 0x2488, 0x2776):
        table[circled : circled + 9] = range(0x31, 0x3A)
    for chars, code in _ZH.items():
        for char in chars:
            table[ord(char)] = code
    return table


_TABLE = _table()


def view_of(text: str) -> bytes:
    """The class view of ``text``: ``len(view) == len(text)``; lone surrogates are allowed."""
    return _TABLE[np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)].tobytes()


def views_of(texts: Sequence[str]) -> list[bytes]:
    """The class view of each of ``texts``, by one look-up over all of them."""
    whole = view_of("".join(texts)) if texts else b""
    views, at = [], 0
    for text in texts:
        views.append(whole[at : at + len(text)])
        at += len(text)
    return views
