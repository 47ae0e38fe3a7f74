"""Where a value belongs: the associated data that binds a ciphertext to its place (crypto-spec, section 3.2)."""

import struct
from dataclasses import dataclass
from uuid import UUID

_MAX_FIELD_BYTES = 0xFFFF


def field(value: bytes) -> bytes:
    """Return ``value`` preceded by its length as an unsigned 16-bit big-endian number.

    Raises ValueError when it is longer than 65,535 bytes.
    """
    if len(value) > _MAX_FIELD_BYTES:
        raise ValueError("a context field has at most 65535 bytes")
    return len(value).to_bytes(2, "big") + value


def _version(value: int) -> bytes:
    if not 0 <= value <= 0xFFFFFFFF:
        raise ValueError("a version is an unsigned 32-bit number")
    return field(struct.pack(">I", value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """All of a context but the row: what the values of one column share.

    ``klass`` is the class of personal data (contact, identity, …) or the name of the column.
    """

    tenant: UUID
    table: str
    klass: str
    schema_version: int = 1
    capsule_version: int = 1

    def affixes(self) -> tuple[bytes, bytes]:
        """Return the bytes before and after the row's 16 bytes."""
        before = field(self.tenant.bytes) + field(self.table.encode()) + field(self.klass.encode())
        return before + b"\x00\x10", _version(self.schema_version) + _version(self.capsule_version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(Column):
    """The place of one sealed value: tenant, table, class, row and versions. Moved elsewhere it no longer opens."""

    row: UUID

    def encode(self) -> bytes:
        """Return the associated data: each field preceded by its 16-bit length."""
        before, after = self.affixes()
        return before + self.row.bytes + after


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapContext:
    """What a wrapped key is bound to: tenant, purpose, class and owner (a subject, a conversation, a site)."""

    tenant: UUID
    purpose: str
    klass: str
    owner: UUID

    def encode(self) -> bytes:
        """Return the associated data: each field preceded by its 16-bit length; the owner's 16 bytes come last."""
        before = field(self.tenant.bytes) + field(self.purpose.encode()) + field(self.klass.encode())
        return before + field(self.owner.bytes)
