"""Wrapped keys: one or more 32-byte secrets sealed under a parent key, with a commitment to that parent.

Layout, in bytes (docs/crypto-spec.md, section 4)::

    magic 1 (0xD6) | suite 1 | key id 8 | parent id 8 | parent version 2 | nonce 12 | commitment 32
    | ciphertext 32 n | tag 16

The associated data is those first 64 bytes followed by the wrap context. The commitment names the parent key and no
other, since one AES-GCM ciphertext can be made to open under two keys.
"""

import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag

from hushkeep.kernel import IntegrityError
from hushkeep.vault.context import WrapContext
from hushkeep.vault.datakey import KEY_BYTES, KEY_ID_BYTES, DataKey

MAGIC: Final = 0xD6
SUITE_AES_256_GCM: Final = 0x01
HEADER_BYTES: Final = 64
TAG_BYTES: Final = 16

_PREFIX: Final = bytes((MAGIC, SUITE_AES_256_GCM))
_SHORTEST: Final = HEADER_BYTES + KEY_BYTES + TAG_BYTES


def wrap_secret(
    parent: DataKey, key_id: bytes, secret: bytes, context: WrapContext, *, parent_version: int = 1
) -> bytes:
    """Return ``secret`` (a multiple of 32 bytes) wrapped under ``parent`` and bound to ``context``.

    Raises ValueError for another size of ``secret`` or ``key_id`` (8 bytes).
    """
    return wrap_bound(parent, key_id, secret, context.encode(), parent_version=parent_version)


def wrap_bound(parent: DataKey, key_id: bytes, secret: bytes, bound: bytes, *, parent_version: int = 1) -> bytes:
    """Return ``secret`` wrapped, bound to an encoded context (for batches that share most of it)."""
    if not secret or len(secret) % KEY_BYTES or len(key_id) != KEY_ID_BYTES:
        raise ValueError("a wrapped secret is a multiple of 32 bytes with an id of 8")
    nonce = os.urandom(12)
    header = _PREFIX + key_id + parent.id + parent_version.to_bytes(2, "big") + nonce + parent.commitment
    return header + parent.aead.encrypt(nonce, secret, header + bound)


def unwrap_secret(parent: DataKey, wrapped: bytes, context: WrapContext) -> bytes:
    """Return the secret of ``wrapped``; raises IntegrityError for every failure alike."""
    return unwrap_bound(parent, wrapped, context.encode())


def unwrap_bound(parent: DataKey, wrapped: bytes, bound: bytes) -> bytes:
    """Return the secret of ``wrapped``, bound to an encoded context (for batches that share most of it)."""
    header = wrapped[:HEADER_BYTES]
    known = len(wrapped) >= _SHORTEST and header[:2] == _PREFIX and header[10:18] == parent.id
    if not known or not hmac.compare_digest(header[32:], parent.commitment):
        raise IntegrityError(f"wrapped key does not open under key {parent.id.hex()}")
    try:
        return parent.aead.decrypt(header[20:32], wrapped[HEADER_BYTES:], header + bound)
    except InvalidTag:
        raise IntegrityError(f"wrapped key does not open under key {parent.id.hex()}") from None


def wrap(parent: DataKey, key: DataKey, context: WrapContext, *, parent_version: int = 1) -> bytes:
    """Return ``key`` wrapped under ``parent``: 112 bytes, bound to ``context``."""
    return wrap_secret(parent, key.id, key.secret, context, parent_version=parent_version)


def unwrap(parent: DataKey, wrapped: bytes, context: WrapContext) -> DataKey:
    """Return the key of ``wrapped``; raises IntegrityError for every failure alike."""
    secret = unwrap_secret(parent, wrapped, context)
    if len(secret) != KEY_BYTES:
        raise IntegrityError(f"wrapped key does not open under key {parent.id.hex()}")
    return DataKey(wrapped[2:10], secret)


def parent_of(wrapped: bytes) -> tuple[bytes, int]:
    """Return (8-byte id, version) of the key that ``wrapped`` names; raises IntegrityError."""
    if len(wrapped) < _SHORTEST or wrapped[:2] != _PREFIX:
        raise IntegrityError("not a wrapped key of a known format and suite")
    return wrapped[10:18], int.from_bytes(wrapped[18:20], "big")
