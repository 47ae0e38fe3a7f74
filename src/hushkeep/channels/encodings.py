r"""Which encoding a file is in: UTF-8, UTF-16 with mark, GB18030 or Big5; a mixture is named, never guessed away.

>>> recognise("您好，请问有什么可以帮您".encode("gb18030"))
'gb18030'
>>> recognise("您好，請問有什麼可以幫您".encode("big5"))
'big5'
>>> recognise("您好，请问有什么可以帮您\n".encode() + "我的订单还没有发货".encode("gb18030"))
"""

import codecs
from collections.abc import Iterator

_COMMON_ENOUGH = 0.7
"""Simplified text has more than 0.9 of its characters in the first level of GB 2312, text in Big5 read so below 0.5."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def recognise(data: bytes, *, final: bool = True) -> str | None:
    """Return the codec for ``data``: utf-8-sig, utf-16, gb18030 or big5; None when no one encoding holds all of it.

    ``final`` says that ``data`` ends where the file ends; else it may stop inside a character.
    """
    if data.startswith(_UTF16):
        return "utf-16" if _decodes(data, "utf-16", final=final) else None
    if _decodes(data, "utf-8", final=final):
        return "utf-8-sig"
    if _has_utf8_lines(data):
        return None
    pairs = list(_pairs(data))
    for codec, levels in (("gb18030", _GB_LEVEL_1), ("big5", _BIG5_LEVEL_1)):
        if _decodes(data, codec, final=final) and _share(pairs, levels) >= _COMMON_ENOUGH:
            return codec
    return "gb18030" if _decodes(data, "gb18030", final=final) else None


def mixed(data: bytes) -> bool:
    """Whether each line of ``data`` is in some encoding of ours, though no one encoding holds all."""
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    return all(any(_decodes(line, codec) for codec in ("utf-8", "gb18030", "big5")) for line in lines)


def text_of(data: bytes) -> str | None:
    """Return the text of ``data`` without a byte order mark; None when no one encoding holds all of it."""
    codec = recognise(data)
    return data.decode(codec) if codec else None


def why_not(data: bytes) -> str:
    """Return the code for data that is in no one encoding."""
    return "mixed_encodings" if not data.startswith(_UTF16) and mixed(data) else "bad_encoding"


def _decodes(data: bytes, codec: str, *, final: bool = True) -> bool:
    try:
        codecs.getincrementaldecoder(codec)("strict").decode(data, final=final)
    except UnicodeDecodeError:
        return False
    return True


def _has_utf8_lines(data: bytes) -> bool:
    """Whether a line is surely UTF-8: it decodes and holds a three-byte character, which GB 2312 hardly imitates."""
    return any(
        any(0xE0 <= byte <= 0xEF for byte in line) and _decodes(line, "utf-8")
        for line in data.split(b"\n")
        if not line.isascii()
    )


def _pairs(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the double bytes of ``data``, read as GB and Big5 alike: a lead from 0x81, then any byte."""
    at, end = 0, len(data) - 1
    while at < end:
        if data[at] < 0x81:
            at += 1
            continue
        yield data[at], data[at + 1]
        at += 2


_Levels = tuple[tuple[int, int, bool], ...]
_GB_LEVEL_1: _Levels = ((0xA1, 0xA3, True), (0xB0, 0xD7, True))
_BIG5_LEVEL_1: _Levels = ((0xA1, 0xA3, False), (0xA4, 0xC6, False))
"""(first lead, last lead, whether the second byte must be 0xA1 or more)."""


def _share(pairs: list[tuple[int, int]], levels: _Levels) -> float:
    """Return the share of ``pairs`` that lie among the everyday characters, in [0, 1]."""
    if not pairs:
        return 0.0
    common = sum(
        any(low <= lead <= high and (trail >= 0xA1 or not strict) for low, high, strict in levels)
        for lead, trail in pairs
    )
    return common / len(pairs)
