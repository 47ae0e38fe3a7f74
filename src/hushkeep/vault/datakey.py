"""Data keys: 256 random bits with a public 8-byte id (docs/crypto-spec.md, section 2)."""

import hmac
import secrets
from typing import Final, NoReturn

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 8

_ID_INFO: Final = b"hushkeep key id v1"
_COMMITMENT_INFO: Final = b"hushkeep key commitment v1"


def derive(secret: bytes, info: bytes) -> bytes:
    """Return 32 bytes of HKDF-Expand-SHA256(``secret``, ``info``) (RFC 5869, 2.3: one block).

    ``secret`` is uniformly random, so the extract step is not needed.
    """
    return hmac.digest(secret, info + b"\x01", "sha256")


def key_id(secret: bytes) -> bytes:
    """Return the 8-byte id that follows from ``secret`` (32 bytes)."""
    return derive(secret, _ID_INFO)[:KEY_ID_BYTES]


class DataKey:
    """A 256-bit key and its public id; it does not print, pickle or compare.

    ``id`` is 8 bytes; ``secret`` is 32 bytes. Raises ValueError for other sizes.
    """

    __slots__ = ("_commitment", "aead", "id", "secret")

    def __init__(self, identity: bytes, secret: bytes) -> None:
        if len(identity) != KEY_ID_BYTES or len(secret) != KEY_BYTES:
            raise ValueError("a data key has an id of 8 bytes and a secret of 32")
        self.id = bytes(identity)
        self.secret = bytes(secret)
        self.aead = AESGCM(self.secret)
        self._commitment: bytes | None = None

    @classmethod
    def random(cls) -> "DataKey":
        """Return a fresh key; its id is derived from the secret as in :meth:`of`."""
        return cls.of(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def of(cls, secret: bytes) -> "DataKey":
        """Return the key of ``secret`` (32 bytes) with the id that follows from it."""
        return cls(key_id(secret), secret)

    @property
    def commitment(self) -> bytes:
        """32 bytes that name this key and no other: AES-GCM alone does not commit to its key."""
        if self._commitment is None:
            self._commitment = derive(self.secret, _COMMITMENT_INFO)
        return self._commitment

    def __repr__(self) -> str:
        return f"DataKey(id={self.id.hex()})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a data key does not leave the process by pickling")
