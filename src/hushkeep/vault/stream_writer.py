"""Write a sealed file segment by segment, while its content is still being made."""

import io
from types import TracebackType
from typing import BinaryIO, Final, Self
from uuid import UUID

from hushkeep.vault.datakey import DataKey
from hushkeep.vault.stream import FIRST_PLAIN_BYTES, PLAIN_BYTES, TAG_BYTES, SegmentCipher

_COPY_BYTES: Final = 1 << 20


class SealedWriter:
    """Writes to ``out``; only :meth:`close` marks the last segment, so a file that was cut off shows as such.

    As a context manager it closes the file, or leaves it unfinished when the block raises. ``out`` stays open.
    """

    def __init__(self, out: BinaryIO, key: DataKey, object_id: UUID) -> None:
        self._out = out
        self._cipher = SegmentCipher.fresh(key, object_id)
        self._plain = bytearray(PLAIN_BYTES)
        self._sealed = bytearray(PLAIN_BYTES + TAG_BYTES)
        self._filled = 0
        self._capacity = FIRST_PLAIN_BYTES
        self._number = 0
        self.closed = False
        out.write(self._cipher.header)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Take all of ``data`` and return its length in bytes; raises ValueError once closed."""
        if self.closed:
            raise ValueError("write to a sealed file that is closed")
        rest = memoryview(data).cast("B")
        total = len(rest)
        while rest:
            if self._filled == self._capacity:
                self._flush(last=False)
            # A whole segment is sealed from where it lies; only odd pieces are gathered first.
            if not self._filled and len(rest) > self._capacity:
                piece = rest[: self._capacity]
                self._put(piece, last=False)
            else:
                piece = rest[: self._capacity - self._filled]
                self._plain[self._filled : self._filled + len(piece)] = piece
                self._filled += len(piece)
            rest = rest[len(piece) :]
        return total

    def close(self) -> None:
        """Write the last segment; a second call does nothing."""
        if not self.closed:
            self._flush(last=True)
            self._plain[:] = bytes(len(self._plain))
            self.closed = True

    def _flush(self, *, last: bool) -> None:
        self._put(memoryview(self._plain)[: self._filled], last=last)
        self._filled = 0

    def _put(self, plain: memoryview, *, last: bool) -> None:
        size = len(plain) + TAG_BYTES
        room = memoryview(self._sealed)[:size]
        self._cipher.aead.encrypt_into(self._cipher.nonce(self._number, last=last), plain, None, room)
        self._out.write(room)
        self._number += 1
        self._capacity = PLAIN_BYTES

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.close()


def seal_stream(source: BinaryIO, out: BinaryIO, key: DataKey, object_id: UUID) -> int:
    """Seal all of ``source`` into ``out``; return the number of plaintext bytes."""
    total = 0
    buffer = memoryview(bytearray(_COPY_BYTES))
    read_into = source.readinto if isinstance(source, io.RawIOBase | io.BufferedIOBase) else None
    with SealedWriter(out, key, object_id) as writer:
        while True:
            piece = buffer[: read_into(buffer) or 0] if read_into else memoryview(source.read(_COPY_BYTES))
            if not piece:
                return total
            total += writer.write(piece)
