r"""Rich text: unpacked as Outlook packs it ([MS-OXRTFCP]), and its words alone.

>>> words(b"{\\rtf1\\ansi\\ansicpg936 \\'c4\\'e3 {\\*\\generator X}there\\par}")
'你 there\n'
"""

import re
import struct
import zlib
from typing import Final

from striprtf.striprtf import rtf_to_text

_HEADING: Final = struct.Struct("<II4sI")  # bytes after the first four, bytes unpacked, kind, checksum
_PACKED: Final = b"LZFu"
_AS_IT_IS: Final = b"MELA"
_RING: Final = 4096
# What stands in the ring at the beginning ([MS-OXRTFCP], 2.1.2.1): the words that every such text begins with.
_BEGINNING: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20"
    b"\\b\\i\\u\\tab\\tx"
)
_BEGINS: Final = b"{\\rtf"
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")


def unpacked(data: bytes, *, most: int) -> bytes:
    """Return the rich text in ``data``; raises ValueError where it is none, is damaged or has over ``most`` bytes."""
    if len(data) < _HEADING.size:
        raise ValueError("no packed rich text")
    size, whole, kind, checksum = _HEADING.unpack_from(data)
    packed = data[_HEADING.size : size + 4]
    if whole > most or kind not in (_PACKED, _AS_IT_IS):
        raise ValueError("no packed rich text")
    if kind == _AS_IT_IS:
        return packed[:whole]
    # The CRC of zlib, without turning its bits over at the beginning and the end.
    if zlib.crc32(packed, 0xFFFFFFFF) ^ 0xFFFFFFFF != checksum:
        raise ValueError("damaged rich text")
    return _unpacked(packed, whole)


def _unpacked(packed: bytes, whole: int) -> bytes:
    ring, at = bytearray(_BEGINNING.ljust(_RING, b" ")), len(_BEGINNING)
    out, place = bytearray(), 0
    while len(out) < whole:
        if place >= len(packed):
            raise ValueError("cut rich text")
        control = packed[place]
        place += 1
        for bit in range(8):
            if len(out) >= whole:
                break
            refers = control >> bit & 1
            piece = packed[place : place + 1 + refers]
            if len(piece) != 1 + refers:
                raise ValueError("cut rich text")
            place += len(piece)
            start, length = (piece[0] << 4 | piece[1] >> 4, (piece[1] & 15) + 2) if refers else (0, 1)
            if refers and start == at:  # the end's mark
                return bytes(out[:whole])
            for step in range(length):
                byte = ring[(start + step) % _RING] if refers else piece[0]
                out.append(byte)
                ring[at] = byte
                at = (at + 1) % _RING
    return bytes(out[:whole])


def words(data: bytes) -> str:
    """Return the words of rich text, without its formatting; raises ValueError where it is none."""
    if not data.lstrip().startswith(_BEGINS):
        raise ValueError("no rich text")
    # Bytes that should have been written in hexadecimal are: so they are read in the code page that the text names.
    text = _NOT_ASCII.sub(lambda found: b"\\'%02x" % found.group()[0], data).decode("ascii")
    try:
        said = rtf_to_text(text, errors="replace")  # type: ignore[no-untyped-call]
    except (LookupError, TypeError, OverflowError):
        raise ValueError("damaged rich text") from None
    return str(said).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
