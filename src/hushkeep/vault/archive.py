"""Archives for one recipient: a sealed file under a one-time key that only the recipient's slot opens.

Layout, in bytes (docs/crypto-spec.md, section 5.1)::

    "HKEX" 4 | version 1 | header length 4 | header (canonical JSON) | sealed file (section 5)

The one-time key is sealed by HPKE (RFC 9180: X25519, HKDF-SHA-256, AES-256-GCM) to the slot's public key, bound to the
rest of the header; the sealed file's object id is the archive's. A passphrase is a slot too: Argon2id (RFC 9106) makes
the private key of it, so that whoever writes the archive never needs the passphrase.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from typing import BinaryIO, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from hushkeep.kernel import IntegrityError, InvalidInput, Plain, canonical
from hushkeep.vault.datakey import KEY_BYTES, DataKey
from hushkeep.vault.stream_reader import open_stream
from hushkeep.vault.stream_writer import SealedWriter

MAGIC: Final = b"HKEX\x01"
_LENGTH_BYTES: Final = 4
_MOST_HEADER_BYTES: Final = 4096
_INFO: Final = b"hushkeep archive v1"
_SALT_BYTES: Final = 16
# RFC 9106, section 4, second recommended option; an archive that asks the reader for more than the bounds is refused.
_MEMORY_KIB, _PASSES, _LANES = 64 * 1024, 3, 4
_BOUNDS: Final = {"memory_kib": 1024 * 1024, "passes": 10, "lanes": 16}


@dataclass(frozen=True, slots=True)
class Slot:
    """For whom an archive is: a public key (32 bytes), and how a passphrase becomes its private key, if one does."""

    public: bytes
    salt: bytes | None = None
    memory_kib: int = _MEMORY_KIB
    passes: int = _PASSES
    lanes: int = _LANES

    def __post_init__(self) -> None:
        if len(self.public) != KEY_BYTES or (self.salt is not None and len(self.salt) != _SALT_BYTES):
            raise InvalidInput("slot_malformed")
        for name, most in _BOUNDS.items():
            if not 1 <= getattr(self, name) <= most:
                raise InvalidInput("slot_malformed")

    @classmethod
    def of(cls, described: dict[str, object]) -> "Slot":
        """Return the slot that ``describe`` described; raises InvalidInput for anything else."""
        try:
            public = bytes.fromhex(str(described["public"]))
            if described.keys() == {"public"}:
                return cls(public)
            salt, costs = bytes.fromhex(str(described["salt"])), {name: int(str(described[name])) for name in _BOUNDS}
        except (KeyError, ValueError):
            raise InvalidInput("slot_malformed") from None
        return cls(public, salt, **costs)

    def describe(self) -> dict[str, Plain]:
        """Return the slot as it stands in a header; it holds no secret."""
        if self.salt is None:
            return {"public": self.public.hex()}
        costs: dict[str, Plain] = {name: getattr(self, name) for name in _BOUNDS}
        return {"public": self.public.hex(), "salt": self.salt.hex(), **costs}


def passphrase_slot(passphrase: str) -> Slot:
    """Return a slot with a fresh salt that ``passphrase`` opens; takes 64 MiB and a moment."""
    salt = os.urandom(_SALT_BYTES)
    blank = Slot(bytes(KEY_BYTES), salt)
    return Slot(_private(passphrase, blank).public_key().public_bytes_raw(), salt)


def begin_archive(out: BinaryIO, slot: Slot, tenant: UUID, archive: UUID) -> SealedWriter:
    """Write the header to ``out`` and return the writer of the content; only closing it makes the archive whole."""
    key = DataKey.random()
    head: dict[str, Plain] = {"archive": archive, "tenant": tenant, "slot": slot.describe()}
    try:
        public = X25519PublicKey.from_public_bytes(slot.public)
        sealed = _suite().encrypt(key.secret, public, info=_info(head))
    except ValueError:
        raise InvalidInput("slot_malformed") from None
    header = canonical({**head, "sealed": sealed.hex()})
    out.write(MAGIC + len(header).to_bytes(_LENGTH_BYTES, "big") + header)
    return SealedWriter(out, key, archive)


def open_archive(source: BinaryIO, out: BinaryIO, secret: bytes | str) -> UUID:
    """Write the content of ``source`` to ``out`` and return the archive's id.

    ``secret`` is the recipient's private key (32 bytes) or the passphrase. Raises IntegrityError for every failure to
    open alike; what was written before one is verified but cut: the caller throws it away.
    """
    head, sealed = _read_header(source)
    slot, archive = Slot.of(head["slot"]), UUID(str(head["archive"]))  # type: ignore[arg-type]  # read as an object
    private = _private(secret, slot) if isinstance(secret, str) else X25519PrivateKey.from_private_bytes(secret)
    try:
        opened = _suite().decrypt(sealed, private, info=_info(head))
    except (InvalidTag, ValueError):
        raise _refusal() from None
    open_stream(source, out, DataKey.of(opened), object_id=archive)
    return archive


def _read_header(source: BinaryIO) -> tuple[dict[str, Plain], bytes]:
    start = source.read(len(MAGIC) + _LENGTH_BYTES)
    size = int.from_bytes(start[len(MAGIC) :], "big")
    if start[: len(MAGIC)] != MAGIC or not 0 < size <= _MOST_HEADER_BYTES:
        raise IntegrityError("not an archive of a known format and version")
    try:
        head = json.loads(source.read(size))
        sealed = bytes.fromhex(head.pop("sealed"))
        UUID(head["archive"])
        if head.keys() != {"archive", "tenant", "slot"} or not isinstance(head["slot"], dict):
            raise _refusal()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _refusal() from None
    return head, sealed


def _private(passphrase: str | bytes, slot: Slot) -> X25519PrivateKey:
    if isinstance(passphrase, bytes) or slot.salt is None:
        raise _refusal()
    kdf = Argon2id(
        salt=slot.salt, length=KEY_BYTES, iterations=slot.passes, lanes=slot.lanes, memory_cost=slot.memory_kib
    )
    return X25519PrivateKey.from_private_bytes(kdf.derive(passphrase.encode()))


def _info(head: dict[str, Plain]) -> bytes:
    return _INFO + hashlib.sha256(canonical(head)).digest()


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _refusal() -> IntegrityError:
    return IntegrityError("the archive does not open with this key or passphrase, or was changed or cut")
