"""Read a sealed file: anywhere by seeking, or from front to back through a pipe."""

import io
from collections.abc import Sequence
from typing import BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidTag

from hushkeep.kernel import IntegrityError
from hushkeep.vault.datakey import DataKey
from hushkeep.vault.stream import (
    FIRST_PLAIN_BYTES,
    HEADER_BYTES,
    OUTER_BYTES,
    PLAIN_BYTES,
    SEGMENT_BYTES,
    TAG_BYTES,
    SegmentCipher,
    StreamHeader,
    last_segment,
    parse_outer,
    place_of,
    plain_size,
    sealed_size,
    start_of,
)


class BrokenSegmentError(IntegrityError):
    """Segment ``segment`` of a sealed file (from 0) was changed, moved or cut off; nothing of it left."""

    def __init__(self, message: str, segment: int) -> None:
        super().__init__(message)
        self.segment = segment


class _Segments:
    """Opens segments of one file, each IntegrityError alike; reuses its buffers."""

    def __init__(self, key: DataKey, start: bytes) -> None:
        self.cipher = SegmentCipher.of(key, start)
        self.header: StreamHeader = parse_outer(start)
        self._plain = bytearray(PLAIN_BYTES)
        self._key_id = key.id.hex()

    def open(self, number: int, sealed: bytes | memoryview, *, last: bool) -> memoryview:
        """Return the plaintext of a segment; the view is valid until the next call."""
        size = len(sealed) - TAG_BYTES
        if not 0 <= size <= PLAIN_BYTES:
            raise self.refusal(number)
        room = memoryview(self._plain)[:size]
        try:
            self.cipher.aead.decrypt_into(self.cipher.nonce(number, last=last), sealed, None, room)
        except InvalidTag:
            raise self.refusal(number) from None
        return room

    def refusal(self, segment: int = 0) -> BrokenSegmentError:
        """Return the one error of this file: where, never which check failed."""
        said = f"sealed file does not open under key {self._key_id}, or was changed or cut"
        return BrokenSegmentError(f"{said}: segment {segment}", segment)


class SealedReader(io.RawIOBase):
    """The plaintext of a sealed file, readable and seekable; each segment is verified before a byte of it leaves.

    The last segment is verified at once, so that a cut file is refused before anything is played.
    ``object_id``, when given, must be the file's own. ``unfinished=True`` reads a file that is still being written:
    whole segments only, and no promise about its end. Raises IntegrityError.
    """

    def __init__(
        self, source: BinaryIO, key: DataKey, *, object_id: UUID | None = None, unfinished: bool = False
    ) -> None:
        super().__init__()
        self._source = source
        source.seek(0)
        self._segments = _Segments(key, source.read(HEADER_BYTES))
        if object_id is not None and object_id != self._segments.header.object_id:
            raise self._segments.refusal()
        end = source.seek(0, io.SEEK_END)
        self._last, self.size = self._measure(end, unfinished=unfinished)
        self._unfinished = unfinished
        self._end = end
        self._at = 0
        self._loaded = -1
        self._view = memoryview(b"")
        if not unfinished:
            self._load(self._last)

    @property
    def header(self) -> StreamHeader:
        """The file's key id and object id, authenticated."""
        return self._segments.header

    def _measure(self, end: int, *, unfinished: bool) -> tuple[int, int]:
        """Return (number of the last segment, plaintext length in bytes)."""
        if unfinished:
            # A whole segment may still turn out to be the last one: it is left alone until another follows.
            count = max(-(-(end - OUTER_BYTES) // SEGMENT_BYTES) - 1, 0)
            return count - 1, max(count * PLAIN_BYTES - (HEADER_BYTES - OUTER_BYTES), 0)
        try:
            return last_segment(end), plain_size(end)
        except IntegrityError:
            raise self._segments.refusal(max(0, (end - OUTER_BYTES) // SEGMENT_BYTES)) from None

    def _load(self, number: int) -> None:
        start = start_of(number)
        stop = min(start_of(number + 1), self._end)
        self._source.seek(start)
        sealed = self._source.read(stop - start)
        self._loaded = -1
        last = number == self._last and not self._unfinished
        self._view = self._segments.open(number, sealed, last=last)
        self._loaded = number

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position in plaintext bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to ``offset`` plaintext bytes from the start, the position or the end; return the position."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("seek before the start of a sealed file")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed: WriteableBuffer
        """Fill ``buffer`` from the position on; return the number of bytes (0 at the end)."""
        wanted = memoryview(buffer).cast("B")
        done = 0
        while done < len(wanted) and self._at < self.size:
            number, within = place_of(self._at)
            if number != self._loaded:
                self._load(number)
            piece = self._view[within : within + len(wanted) - done]
            wanted[done : done + len(piece)] = piece
            done += len(piece)
            self._at += len(piece)
        return done


def broken_segments(
    source: BinaryIO, key: DataKey, size: int, *, object_id: UUID | None = None
) -> list[tuple[int, int, int]]:
    """Return (segment, first plaintext byte, end) of every segment of ``source`` that does not open; empty when whole.

    ``size`` is the plaintext's length as it was sealed, so that what was cut off is named too; what was put on after
    it is named as one more. A file that is another's is one broken segment for each of its own.
    """
    last = place_of(max(size - 1, 0))[0]
    spans = [_span(number, size) for number in range(last + 1)]
    try:
        source.seek(0)
        segments = _Segments(key, source.read(HEADER_BYTES))
    except IntegrityError:
        return spans
    if object_id is not None and object_id != segments.header.object_id:
        return spans
    broken = [span for span in spans if not _opens(segments, source, span[0], last=span[0] == last)]
    if source.seek(0, io.SEEK_END) > sealed_size(size):
        broken.append((last + 1, size, size))
    return broken


def segment_bounds(number: int) -> tuple[int, int]:
    """Return the plaintext bytes [start, end) that segment ``number`` of a sealed file holds when it is full."""
    start = 0 if number == 0 else FIRST_PLAIN_BYTES + (number - 1) * PLAIN_BYTES
    return start, FIRST_PLAIN_BYTES + number * PLAIN_BYTES


def _span(number: int, size: int) -> tuple[int, int, int]:
    start, end = segment_bounds(number)
    return number, start, min(size, end)


def _opens(segments: _Segments, source: BinaryIO, number: int, *, last: bool) -> bool:
    source.seek(start_of(number))
    sealed = source.read(start_of(number + 1) - start_of(number))
    try:
        segments.open(number, sealed, last=last)
    except BrokenSegmentError:
        return False
    return True


def open_segments(
    key: DataKey, start: bytes, object_id: UUID, segments: Sequence[tuple[int, bool, bytes]]
) -> list[bytes]:
    """Return the plaintexts of (number, whether it is the last, sealed segment) of the file that begins with ``start``.

    ``start`` is the file's first 104 bytes, ``object_id`` must be its own. Raises IntegrityError naming the segment.
    """
    opener = _Segments(key, start)
    if object_id != opener.header.object_id:
        raise opener.refusal()
    opened = []
    for number, last, sealed in segments:
        try:
            opened.append(bytes(opener.open(number, sealed, last=last)))
        except IntegrityError:
            raise IntegrityError(f"object {object_id}: segment {number} does not open, or was changed") from None
    return opened


def open_stream(source: BinaryIO, out: BinaryIO, key: DataKey, *, object_id: UUID | None = None) -> int:
    """Write the plaintext of ``source`` (read once, front to back) to ``out``; return its length in bytes.

    What was written before an IntegrityError is verified but cut: the caller throws it away.
    """
    segments = _Segments(key, _exactly(source, HEADER_BYTES))
    if object_id is not None and object_id != segments.header.object_id:
        raise segments.refusal()
    number, total = 0, 0
    sealed = _exactly(source, FIRST_PLAIN_BYTES + TAG_BYTES)
    while True:
        following = _exactly(source, SEGMENT_BYTES)
        plain = segments.open(number, sealed, last=not following)
        out.write(plain)
        total += len(plain)
        if not following:
            return total
        sealed = following
        number += 1


def _exactly(source: BinaryIO, size: int) -> bytes:
    """Return ``size`` bytes, or fewer at the end; a pipe may hand out less at a time."""
    piece = source.read(size)
    if len(piece) == size or not piece:
        return piece
    parts = [piece]
    missing = size - len(piece)
    while missing and (piece := source.read(missing)):
        parts.append(piece)
        missing -= len(piece)
    return b"".join(parts)
