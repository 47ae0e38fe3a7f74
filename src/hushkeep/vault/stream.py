"""The file format's header and segments (docs/crypto-spec.md, section 5).

Layout, in bytes::

    "HKSF" 4 | version 1 | suite 1 | flags 2 | key id 8 | object id 16 | commitment 32 | Tink header 40 | segments

The body from byte 64 on is bit for bit a Tink AES-GCM-HKDF-STREAMING ciphertext (HKDF-SHA-256, 32-byte derived key,
64 KiB segments) with the first 64 bytes as associated data. Tink header: 0x28 | salt 32 | nonce prefix 7.
Segment nonce: prefix 7 | number, unsigned 32-bit big-endian | 1 when last, else 0.
"""

import hmac
import os
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hushkeep.kernel import IntegrityError
from hushkeep.vault.datakey import DataKey, derive

MAGIC: Final = b"HKSF"
VERSION: Final = 1
SUITE_TINK_AES_256_GCM_HKDF: Final = 0x01
OUTER_BYTES: Final = 64
TINK_HEADER_BYTES: Final = 40
HEADER_BYTES: Final = OUTER_BYTES + TINK_HEADER_BYTES
SALT_BYTES: Final = 32
PREFIX_BYTES: Final = 7
TAG_BYTES: Final = 16
SEGMENT_BYTES: Final = 64 * 1024
"""Size of a whole ciphertext segment; the first one counts the Tink header in."""
PLAIN_BYTES: Final = SEGMENT_BYTES - TAG_BYTES
FIRST_PLAIN_BYTES: Final = PLAIN_BYTES - TINK_HEADER_BYTES
MAX_SEGMENTS: Final = 1 << 32

_START: Final = MAGIC + bytes((VERSION, SUITE_TINK_AES_256_GCM_HKDF, 0, 0))
_COMMITMENT_INFO: Final = b"hushkeep file commitment v1"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a sealed file: its number, its bytes [start, stop) of the file, and whether it is the last."""

    number: int
    start: int
    stop: int
    last: bool


def place_of(offset: int) -> tuple[int, int]:
    """Return (segment, byte within it) of the plaintext ``offset``."""
    if offset < FIRST_PLAIN_BYTES:
        return 0, offset
    number, within = divmod(offset - FIRST_PLAIN_BYTES, PLAIN_BYTES)
    return number + 1, within


def plain_size(sealed_bytes: int) -> int:
    """Return the plaintext length of a whole sealed file of ``sealed_bytes``; raises IntegrityError for one cut."""
    last = last_segment(sealed_bytes)
    return sealed_bytes - HEADER_BYTES - (last + 1) * TAG_BYTES


def sealed_size(size: int) -> int:
    """Return the length of the sealed file of ``size`` plaintext bytes."""
    return HEADER_BYTES + size + (place_of(max(size - 1, 0))[0] + 1) * TAG_BYTES


def last_segment(sealed_bytes: int) -> int:
    """Return the number of the last segment of a whole sealed file; raises IntegrityError when it was cut."""
    last = -(-(sealed_bytes - OUTER_BYTES) // SEGMENT_BYTES) - 1
    if last < 0 or sealed_bytes - start_of(last) < TAG_BYTES:
        raise IntegrityError("sealed file was cut")
    return last


def start_of(number: int) -> int:
    """Return where the ciphertext of segment ``number`` begins in the file."""
    return HEADER_BYTES if number == 0 else OUTER_BYTES + number * SEGMENT_BYTES


def segments_between(sealed_bytes: int, start: int, end: int) -> list[Segment]:
    """Return the segments that hold the plaintext [start, end) of a whole sealed file of ``sealed_bytes``, in order.

    Raises IntegrityError when the file was cut, ValueError for a stretch outside of it, or an empty one.
    """
    if not 0 <= start < end <= plain_size(sealed_bytes):
        raise ValueError("no such stretch of the sealed file")
    final = last_segment(sealed_bytes)
    return [
        Segment(number, start_of(number), min(start_of(number + 1), sealed_bytes), number == final)
        for number in range(place_of(start)[0], place_of(end - 1)[0] + 1)
    ]


@dataclass(frozen=True, slots=True)
class StreamHeader:
    """What a sealed file says of itself: the id of its key (8 bytes) and of the object; both authenticated on open."""

    key_id: bytes
    object_id: UUID


def parse_outer(outer: bytes) -> StreamHeader:
    """Return what the first 64 bytes say; raises IntegrityError for an unknown format, version, suite or flag."""
    if len(outer) < OUTER_BYTES or outer[:8] != _START:
        raise IntegrityError("not a sealed file of a known format, version and suite")
    return StreamHeader(outer[8:16], UUID(bytes=outer[16:32]))


def read_header(start: bytes) -> StreamHeader:
    """Return what the first 104 bytes of a sealed file say, not yet authenticated; raises IntegrityError."""
    if len(start) < HEADER_BYTES or start[OUTER_BYTES] != TINK_HEADER_BYTES:
        raise IntegrityError("not a sealed file of a known format, version and suite")
    return parse_outer(start)


def _commitment(key: DataKey, before: bytes) -> bytes:
    return derive(key.secret, _COMMITMENT_INFO + before)


class SegmentCipher:
    """The key and nonces of one file's segments; its repr shows nothing."""

    __slots__ = ("_prefix", "aead", "header")

    def __init__(self, key: DataKey, outer: bytes, tink_header: bytes) -> None:
        salt, self._prefix = tink_header[1 : 1 + SALT_BYTES], tink_header[1 + SALT_BYTES :]
        hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=outer)
        self.aead = AESGCM(hkdf.derive(key.secret))
        self.header = outer + tink_header

    @classmethod
    def fresh(cls, key: DataKey, object_id: UUID) -> "SegmentCipher":
        """Return the cipher of a new file."""
        before = _START + key.id + object_id.bytes
        outer = before + _commitment(key, before)
        return cls(key, outer, bytes((TINK_HEADER_BYTES,)) + os.urandom(SALT_BYTES + PREFIX_BYTES))

    @classmethod
    def of(cls, key: DataKey, start: bytes) -> "SegmentCipher":
        """Return the cipher of the file that begins with ``start`` (104 bytes); raises IntegrityError."""
        header = read_header(start)
        committed = hmac.compare_digest(start[32:OUTER_BYTES], _commitment(key, start[:32]))
        if header.key_id != key.id or not committed:
            raise IntegrityError(f"sealed file does not open under key {key.id.hex()}")
        return cls(key, start[:OUTER_BYTES], start[OUTER_BYTES:HEADER_BYTES])

    def nonce(self, number: int, *, last: bool) -> bytes:
        """Return the nonce of segment ``number`` (0 to 2**32 - 1)."""
        if not 0 <= number < MAX_SEGMENTS:
            raise IntegrityError("a sealed file has at most 2**32 segments")
        return self._prefix + number.to_bytes(4, "big") + (b"\x01" if last else b"\x00")
