"""Blind indexes: keyed digests that find equal values without showing them (docs/crypto-spec.md, section 6)."""

import hmac
from typing import Final

from hushkeep.vault.context import field
from hushkeep.vault.datakey import DataKey

DIGEST_BYTES: Final = 16


def blind_index(key: DataKey, name: str, value: str) -> bytes:
    """Return 16 bytes of HMAC-SHA256 over the index's ``name`` and the normalised ``value``.

    The caller normalises (E.164, casefold, NFKC …): equal values must be equal text.
    """
    return hmac.digest(key.secret, field(name.encode()) + value.encode(), "sha256")[:DIGEST_BYTES]
