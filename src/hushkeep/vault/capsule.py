"""Sealed values: AES-256-GCM (NIST SP 800-38D) under a data key.

Layout, in bytes (docs/crypto-spec.md, section 3)::

    magic 1 (0xD5) | suite 1 | key id 8 | nonce 12 | ciphertext n | tag 16

The associated data is those first 22 bytes followed by the context.
"""

import os
import struct
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag

from hushkeep.kernel import IntegrityError
from hushkeep.vault.context import Column, Context
from hushkeep.vault.datakey import KEY_ID_BYTES, DataKey

MAGIC: Final = 0xD5
SUITE_AES_256_GCM: Final = 0x01
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
HEADER_BYTES: Final = 2 + KEY_ID_BYTES + NONCE_BYTES
OVERHEAD_BYTES: Final = HEADER_BYTES + TAG_BYTES

_PREFIX: Final = bytes((MAGIC, SUITE_AES_256_GCM))
_NONCE: Final = struct.Struct(f"{NONCE_BYTES}s")
_HEADER_PART: Final = slice(HEADER_BYTES)
_NONCE_PART: Final = slice(HEADER_BYTES - NONCE_BYTES, HEADER_BYTES)
_BODY_PART: Final = slice(HEADER_BYTES, None)


def _refusal(key: DataKey) -> IntegrityError:
    return IntegrityError(f"sealed value does not open under key {key.id.hex()}")


def seal(key: DataKey, plaintext: bytes, context: Context) -> bytes:
    """Return ``plaintext`` sealed under ``key`` for the place ``context``: 38 bytes longer."""
    nonce = os.urandom(NONCE_BYTES)
    header = _PREFIX + key.id + nonce
    return header + key.aead.encrypt(nonce, plaintext, header + context.encode())


def open_sealed(key: DataKey, sealed: bytes, context: Context) -> bytes:
    """Return the plaintext of ``sealed``.

    Raises IntegrityError for every failure alike, so that an attacker learns nothing about which check failed.
    """
    header = sealed[:HEADER_BYTES]
    if len(sealed) < OVERHEAD_BYTES or header[:10] != _PREFIX + key.id:
        raise _refusal(key)
    try:
        return key.aead.decrypt(header[10:], sealed[HEADER_BYTES:], header + context.encode())
    except InvalidTag:
        raise _refusal(key) from None


def key_id_of(sealed: bytes) -> bytes:
    """Return the 8-byte id of the key that ``sealed`` names; raises IntegrityError when it is no capsule."""
    if len(sealed) < OVERHEAD_BYTES or sealed[:2] != _PREFIX:
        raise IntegrityError("not a sealed value of a known format and suite")
    return sealed[2:10]


def seal_column(key: DataKey, values: Sequence[tuple[UUID, bytes]], column: Column) -> list[bytes]:
    """Return each (row, plaintext) of ``values`` sealed under ``key`` in ``column``, in order."""
    # As :func:`seal`, written flat: at 0.7 us a value, half is the cipher and each name looked up shows.
    start = _PREFIX + key.id
    before, after = column.affixes()
    nonces = _NONCE.iter_unpack(os.urandom(NONCE_BYTES * len(values)))
    encrypt = key.aead.encrypt
    return [
        (header := start + nonce) + encrypt(nonce, plaintext, header + before + row.int.to_bytes(16, "big") + after)
        for (nonce,), (row, plaintext) in zip(nonces, values, strict=True)
    ]


def open_column(key: DataKey, sealed: Sequence[tuple[UUID, bytes]], column: Column) -> list[bytes]:
    """Return the plaintexts of the (row, sealed value) pairs, in order.

    Raises IntegrityError when one of them does not open: none is returned then.
    """
    # A foreign magic, suite or key id needs no check of its own: the header is in the associated data, and this key
    # only ever sealed under its own.
    before, after = column.affixes()
    decrypt = key.aead.decrypt
    try:
        return [
            decrypt(
                value[_NONCE_PART],
                value[_BODY_PART],
                value[_HEADER_PART] + before + row.int.to_bytes(16, "big") + after,
            )
            for row, value in sealed
        ]
    except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
        raise _refusal(key) from None
