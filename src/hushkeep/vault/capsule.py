"""Sealed values: AES-256-GCM (NIST SP 800-38D) under a data key.

Layout, in bytes (docs/crypto-spec.md, section 3)::

    magic 1 (0xD5) | suite 1 | key id 8 | nonce 12 | ciphertext n | tag 16

The associated data is those first 22 bytes followed by the context.
"""

import os
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
    start = _PREFIX + key.id
    before, after = column.affixes()
    nonces = os.urandom(NONCE_BYTES * len(values))
    encrypt = key.aead.encrypt
    sealed = []
    at = 0
    for row, plaintext in values:
        nonce = nonces[at : at + NONCE_BYTES]
        at += NONCE_BYTES
        header = start + nonce
        sealed.append(header + encrypt(nonce, plaintext, header + before + row.bytes + after))
    return sealed


def open_column(key: DataKey, sealed: Sequence[tuple[UUID, bytes]], column: Column) -> list[bytes]:
    """Return the plaintexts of the (row, sealed value) pairs, in order.

    Raises IntegrityError when one of them does not open: none is returned then.
    """
    start = _PREFIX + key.id
    before, after = column.affixes()
    decrypt = key.aead.decrypt
    opened = []
    try:
        for row, value in sealed:
            header = value[:HEADER_BYTES]
            if header[:10] != start or len(value) < OVERHEAD_BYTES:
                raise _refusal(key)
            opened.append(decrypt(header[10:], value[HEADER_BYTES:], header + before + row.bytes + after))
    except InvalidTag:
        raise _refusal(key) from None
    return opened
