"""Padding: hides the length of short values in steps (ISO/IEC 7816-4: 0x80, then zeros)."""

from hushkeep.kernel import IntegrityError

STEP_BYTES = 16


def pad(plaintext: bytes, step_bytes: int = STEP_BYTES) -> bytes:
    """Return ``plaintext`` followed by 0x80 and zeros up to the next multiple of ``step_bytes`` (1 to 65536)."""
    if not 1 <= step_bytes <= 1 << 16:
        raise ValueError("the padding step lies between 1 and 65536 bytes")
    return plaintext + b"\x80" + bytes(-(len(plaintext) + 1) % step_bytes)


def unpad(padded: bytes) -> bytes:
    """Return what was padded; raises IntegrityError when ``padded`` carries no padding."""
    plaintext, mark, zeros = padded.rpartition(b"\x80")
    if not mark or zeros.strip(b"\x00"):
        raise IntegrityError("padding is malformed")
    return plaintext
