"""A subject's keys: one ring of six 256-bit keys, one for each class of personal data (crypto-spec, section 4.3).

The ring is one row and one wrap, so that rotation re-wraps a subject once and shredding destroys it once. A key's id is
the ring's base, a random 60-bit number shifted left by three, plus the number of its class (1 to 6).
"""

import secrets
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from hushkeep import vault
from hushkeep.kernel import IntegrityError, NotFound
from hushkeep.keys.protocol import CLASSES

NUMBER: Final = {klass: number for number, klass in enumerate(CLASSES, 1)}
ALL_CLASSES: Final = (1 << len(CLASSES)) - 1
"""The bit set of all classes: bit 0 is the first."""
RETENTION: Final = 1 << len(CLASSES)
"""Marks the ring of a thing that is kept for a while (a recording's original): for jobs and four eyes alone."""
_CLASS_BITS: Final = 7
_GONE: Final = bytes(vault.KEY_BYTES)


def base_of(key_id: bytes) -> int:
    """Return the base of the ring that the 8-byte ``key_id`` belongs to."""
    return int.from_bytes(key_id, "big") & ~_CLASS_BITS


def bit(klass: str) -> int:
    """Return the bit of ``klass``."""
    return 1 << NUMBER[klass] - 1


class Ring:
    """A subject's opened ring; a class that was shredded has no key. Its repr shows ids only."""

    __slots__ = ("_keys", "_material", "base", "classes", "subject", "tenant")

    def __init__(self, row: "RingRow", tenant: UUID, material: bytes) -> None:
        self.base = row.base
        self.tenant = tenant
        self.subject = row.subject
        self.classes = row.classes
        self._material = material
        self._keys: dict[str, vault.DataKey] = {}

    @property
    def retention(self) -> bool:
        """Whether it is the ring of a thing, not of a person."""
        return bool(self.classes & RETENTION)

    def key(self, klass: str) -> vault.DataKey:
        """Return the key of ``klass``; raises NotFound when it was shredded."""
        if (key := self._keys.get(klass)) is None:
            if not self.classes & bit(klass):
                raise NotFound(f"subject {self.subject}: the key of class {klass} was destroyed")
            at = (NUMBER[klass] - 1) * vault.KEY_BYTES
            key = vault.DataKey(key_id(self.base, klass), self._material[at : at + vault.KEY_BYTES])
            self._keys[klass] = key
        return key

    def without(self, classes: int) -> bytes:
        """Return the ring's secrets with those of ``classes`` (bits) replaced by zeros."""
        size = vault.KEY_BYTES
        return b"".join(
            _GONE if classes & 1 << at else self._material[at * size : (at + 1) * size] for at in range(len(CLASSES))
        )

    def __repr__(self) -> str:
        return f"Ring(base={self.base:x}, subject={self.subject})"


class RingRow(NamedTuple):
    """A row of the store: one wrapped ring. ``classes`` are the bits of the keys it still holds."""

    base: int
    subject: UUID
    classes: int
    wrapped: bytes


def key_id(base: int, klass: str) -> bytes:
    """Return the 8-byte id of the key of ``klass`` on the ring ``base``."""
    return (base | NUMBER[klass]).to_bytes(8, "big")


def class_of(key: bytes) -> str:
    """Return the class that the 8-byte key id names; raises IntegrityError when there is none."""
    number = key[7] & _CLASS_BITS
    if not 1 <= number <= len(CLASSES):
        raise IntegrityError("a key id names no class")
    return CLASSES[number - 1]


@lru_cache(maxsize=4096)
def _before_owner(tenant: UUID, classes: int) -> bytes:
    """Return the encoded context of a ring without its last 16 bytes, the subject's id."""
    place = vault.WrapContext(tenant=tenant, purpose="ring", klass=f"{classes:02x}", owner=UUID(int=0))
    return place.encode()[:-16]


def _bound(tenant: UUID, row: RingRow) -> bytes:
    return _before_owner(tenant, row.classes) + row.subject.bytes


def new_ring(
    parent: vault.DataKey, version: int, tenant: UUID, subject: UUID, *, classes: int = ALL_CLASSES
) -> RingRow:
    """Return a row with six fresh keys for ``subject``, wrapped under the tenant key ``parent``."""
    base = secrets.randbits(60) << 3
    return seal_ring(parent, version, tenant, RingRow(base, subject, classes, b""), _fresh())


def _fresh() -> bytes:
    return secrets.token_bytes(vault.KEY_BYTES * len(CLASSES))


def seal_ring(parent: vault.DataKey, version: int, tenant: UUID, row: RingRow, material: bytes) -> RingRow:
    """Return ``row`` with ``material`` wrapped anew under ``parent``."""
    base = row.base.to_bytes(8, "big")
    wrapped = vault.wrap_bound(parent, base, material, _bound(tenant, row), parent_version=version)
    return RingRow(row.base, row.subject, row.classes, wrapped)


def ring_material(parent: vault.DataKey, tenant: UUID, row: RingRow) -> bytes:
    """Return the secrets of ``row``; raises IntegrityError when any of its columns was changed."""
    material = vault.unwrap_bound(parent, row.wrapped, _bound(tenant, row))
    if row.wrapped[2:10] != row.base.to_bytes(8, "big") or len(material) != vault.KEY_BYTES * len(CLASSES):
        raise IntegrityError(f"ring {row.base:x} does not open: its row was changed")
    return material


def rewrapped(
    versions: Mapping[int, vault.DataKey], active: int, tenant: UUID, rows: Iterable[tuple[int, bytes, int, bytes]]
) -> list[tuple[bytes, int]]:
    """Return (fresh wrap under the ``active`` version, base) of those rows that are under an older one.

    A row is (base, subject's 16 bytes, classes, wrapped). Raises IntegrityError when any of its columns was changed.
    """
    # As ring_material and seal_ring, written flat: millions pass here, and each UUID made of bytes shows.
    parent, done = versions[active], []
    for base, subject, classes, wrapped in rows:
        version = vault.parent_of(wrapped)[1]
        if version == active:
            continue
        if (older := versions.get(version)) is None:
            raise IntegrityError(f"ring {base:x}: version {version} of its tenant's key is gone")
        bound, name = _before_owner(tenant, classes) + subject, base.to_bytes(8, "big")
        material = vault.unwrap_bound(older, wrapped, bound)
        if wrapped[2:10] != name or len(material) != vault.KEY_BYTES * len(CLASSES):
            raise IntegrityError(f"ring {base:x} does not open: its row was changed")
        done.append((vault.wrap_bound(parent, name, material, bound, parent_version=active), base))
    return done


def open_ring(parent: vault.DataKey, tenant: UUID, row: RingRow) -> Ring:
    """Return the opened ring of ``row``; raises IntegrityError when any of its columns was changed."""
    return Ring(row, tenant, ring_material(parent, tenant, row))
