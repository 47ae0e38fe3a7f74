"""Lines of a file of unknown size and encoding: bounded memory, and each bad line named.

UTF-8 (with or without mark), UTF-16 with mark, GB18030 and Big5 are recognised from the beginning of the file. Nothing
is guessed beyond it: a line that is not in the file's encoding becomes a ``Reject``, the lines around it are read.
"""

import codecs
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from hushkeep.channels import encodings

LINE_BYTES = 4 * 1024 * 1024
"""Longer lines are rejected unread; they are never held in memory."""

_CHUNK_BYTES = 256 * 1024
_SAMPLE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that was not taken in: its number from 1, a stable code, and parameters that hold no personal data."""

    line: int
    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank, as text, without its end; ``number`` counts from 1."""

    number: int
    text: str = field(repr=False)


def encoding_of(sample: bytes) -> str:
    """Return the codec name for a file that begins with ``sample``: ``utf-8-sig``, ``utf-16``, ``gb18030`` or ``big5``.

    Where no one encoding holds the sample it is UTF-8, and lines that are not are named.
    """
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return encodings.recognise(sample, final=False) or "utf-8-sig"


def _chunks(first: bytes, stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    """Yield the file's bytes; UTF-16 comes out as UTF-8, since its line ends cannot be found bytewise."""
    decoder = codecs.getincrementaldecoder("utf-16")("replace") if encoding == "utf-16" else None
    chunk = first
    while chunk:
        yield decoder.decode(chunk).encode("utf-8", "replace") if decoder else chunk
        chunk = stream.read(_CHUNK_BYTES)
    if decoder:
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _split(chunks: Iterator[bytes], limit: int) -> Iterator[bytes | None]:
    """Yield each line without its end; None for a line longer than ``limit`` bytes."""
    held, skipping = bytearray(), False
    for chunk in chunks:
        *whole, rest = chunk.split(b"\n")
        for piece in whole:
            yield None if skipping or len(held) + len(piece) > limit else bytes(held) + piece
            held.clear()
            skipping = False
        if not skipping:
            held += rest
        if len(held) > limit:
            held.clear()
            skipping = True
    if skipping or held:
        yield None if skipping else bytes(held)


def read(stream: BinaryIO, *, limit: int = LINE_BYTES, encoding: str | None = None) -> Iterator[Line | Reject]:
    """Yield every line of ``stream`` that is not blank, in order: its text, or why it cannot be one.

    ``encoding`` is ``utf-8-sig``, ``utf-16``, ``gb18030`` or ``big5``; recognised when None.
    Codes: ``line_too_long`` (limit, in bytes), ``bad_encoding`` (encoding). Raises OSError as ``stream`` does.
    """
    first = stream.read(_SAMPLE_BYTES)
    encoding = encoding or encoding_of(first)
    codec = "utf-8" if encoding in ("utf-16", "utf-8-sig") else encoding
    for number, raw in enumerate(_split(_chunks(first, stream, encoding), limit), start=1):
        if raw is None:
            yield Reject(number, "line_too_long", {"limit": limit})
            continue
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            yield Reject(number, "bad_encoding", {"encoding": codec})
            continue
        if encoding == "utf-16" and "\ufffd" in text:
            yield Reject(number, "bad_encoding", {"encoding": "utf-16"})
        elif text := text.removeprefix("\ufeff" if number == 1 else "").strip():
            yield Line(number, text)
