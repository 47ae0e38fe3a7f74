"""The key tree: root → tenant keys (versioned) → rings of subjects; index keys stand beside, under the root.

Opened keys live in this process only, in bounded caches.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, NamedTuple
from uuid import UUID

from hushkeep import vault
from hushkeep.kernel import IntegrityError, NotFound
from hushkeep.keys import rings
from hushkeep.keys.rings import Ring, RingRow

RING_CACHE: Final = 20_000
_SUBJECTS_A_QUERY: Final = 500


class TenantKeys(NamedTuple):
    """A tenant's opened keys: ``number`` is its row in the store, ``active`` the version that wraps."""

    number: int
    id: UUID
    active: int
    versions: dict[int, vault.DataKey]
    indexes: dict[str, vault.DataKey]


def tenant_context(tenant: UUID, version: int) -> vault.WrapContext:
    """Return what version ``version`` of a tenant's key is bound to."""
    return vault.WrapContext(tenant=tenant, purpose="tenant", klass=str(version), owner=tenant)


def _index_context(tenant: UUID, name: str) -> vault.WrapContext:
    return vault.WrapContext(tenant=tenant, purpose="index", klass=name, owner=tenant)


class KeyTree:
    """Makes, finds and opens keys; every change waits for the caller's commit of ``store``."""

    def __init__(self, store: sqlite3.Connection, root: vault.DataKey) -> None:
        self.store = store
        self._root = root
        self._tenants: dict[UUID, TenantKeys] = {}
        self._by_number: dict[int, UUID] = {}
        self._rings: OrderedDict[int, Ring] = OrderedDict()

    def create_tenant(self, tenant: UUID) -> bool:
        """Make the keys of ``tenant``; return False when they exist."""
        if self.store.execute("SELECT 1 FROM tenant WHERE id = ?", (tenant.bytes,)).fetchone():
            return False
        number = self.store.execute("INSERT INTO tenant (id) VALUES (?)", (tenant.bytes,)).lastrowid
        key = vault.DataKey.random()
        wrapped = vault.wrap(self._root, key, tenant_context(tenant, 1))
        self.store.execute("INSERT INTO tenant_key VALUES (?, 1, ?, 'active')", (number, wrapped))
        return True

    def tenant(self, tenant: UUID) -> TenantKeys:
        """Return the opened keys of ``tenant``; raises NotFound, or IntegrityError when a row was changed."""
        if (keys := self._tenants.get(tenant)) is not None:
            return keys
        row = self.store.execute("SELECT no FROM tenant WHERE id = ?", (tenant.bytes,)).fetchone()
        if row is None:
            raise NotFound(f"tenant {tenant} has no keys")
        versions: dict[int, vault.DataKey] = {}
        active = 0
        query = "SELECT version, wrapped, state FROM tenant_key WHERE tenant = ? ORDER BY version"
        for version, wrapped, state in self.store.execute(query, row):
            versions[version] = vault.unwrap(self._root, wrapped, tenant_context(tenant, version))
            active = version if state == "active" else active
        if not active:
            raise IntegrityError(f"tenant {tenant}: no active key")
        keys = TenantKeys(row[0], tenant, active, versions, {})
        self._tenants[tenant] = keys
        self._by_number[row[0]] = tenant
        return keys

    def index_key(self, tenant: UUID, name: str) -> vault.DataKey:
        """Return the key of the blind index ``name``, made at its first use."""
        keys = self.tenant(tenant)
        if (key := keys.indexes.get(name)) is not None:
            return key
        query = "SELECT wrapped FROM index_key WHERE tenant = ? AND name = ?"
        row = self.store.execute(query, (keys.number, name)).fetchone()
        if row is not None:
            key = vault.unwrap(self._root, row[0], _index_context(tenant, name))
        else:
            key = vault.DataKey.random()
            wrapped = vault.wrap(self._root, key, _index_context(tenant, name))
            self.store.execute("INSERT INTO index_key VALUES (?, ?, ?)", (keys.number, name, wrapped))
        keys.indexes[name] = key
        return key

    def create_subjects(self, tenant: UUID, subjects: Iterable[UUID], *, classes: int = rings.ALL_CLASSES) -> int:
        """Make the rings of those ``subjects`` that have none; return how many were made.

        Raises Denied for a subject whose keys were destroyed: a shredded person does not come back under one id.
        """
        keys = self.tenant(tenant)
        parent = keys.versions[keys.active]
        wanted = list(dict.fromkeys(subjects))
        self.refuse_shredded(tenant, wanted)
        rows = [rings.new_ring(parent, keys.active, tenant, subject, classes=classes) for subject in wanted]
        before = self.store.total_changes
        self.store.executemany(
            "INSERT INTO ring VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, subject) DO NOTHING",
            [(row.base, keys.number, row.subject.bytes, row.classes, row.wrapped) for row in rows],
        )
        return self.store.total_changes - before

    def refuse_shredded(self, tenant: UUID, subjects: list[UUID]) -> None:
        """Raise NotFound naming the first of ``subjects`` whose whole ring was destroyed."""
        keys = self.tenant(tenant)
        if self.store.execute("SELECT 1 FROM tombstone LIMIT 1").fetchone() is None:
            return
        for subject in subjects:
            query = "SELECT 1 FROM tombstone WHERE tenant = ? AND subject = ? AND classes = ?"
            if self.store.execute(query, (keys.number, subject.bytes, rings.ALL_CLASSES)).fetchone():
                raise NotFound(f"subject {subject}: its keys were destroyed")

    def rings(self, tenant: UUID, subjects: Iterable[UUID]) -> dict[UUID, Ring]:
        """Return the opened rings of ``subjects``; raises NotFound naming the first that has none."""
        keys = self.tenant(tenant)
        wanted = list(dict.fromkeys(subjects))
        found: dict[UUID, Ring] = {}
        for at in range(0, len(wanted), _SUBJECTS_A_QUERY):
            part = [subject.bytes for subject in wanted[at : at + _SUBJECTS_A_QUERY]]
            marks = ",".join("?" * len(part))
            query = f"SELECT base, subject, classes, wrapped FROM ring WHERE tenant = ? AND subject IN ({marks})"  # noqa: S608 - question marks only
            for base, subject, classes, wrapped in self.store.execute(query, (keys.number, *part)):
                ring = self._open(keys, RingRow(base, UUID(bytes=subject), classes, wrapped))
                found[ring.subject] = ring
        for subject in wanted:
            if subject not in found:
                raise NotFound(f"subject {subject} has no keys")
        return found

    def ring_of(self, key_id: bytes) -> Ring:
        """Return the opened ring that the 8-byte ``key_id`` belongs to; raises NotFound when there is none."""
        base = rings.base_of(key_id)
        if (ring := self._rings.get(base)) is not None:
            self._rings.move_to_end(base)
            return ring
        query = "SELECT id, subject, classes, wrapped FROM ring JOIN tenant ON no = tenant WHERE base = ?"
        row = self.store.execute(query, (base,)).fetchone() if base < 1 << 63 else None
        if row is None:
            raise NotFound(f"key {key_id.hex()} is unknown, or was destroyed")
        tenant, subject, classes, wrapped = row
        ring = self._open(self.tenant(UUID(bytes=tenant)), RingRow(base, UUID(bytes=subject), classes, wrapped))
        self._rings[base] = ring
        if len(self._rings) > RING_CACHE:
            self._rings.popitem(last=False)
        return ring

    def _open(self, keys: TenantKeys, row: RingRow) -> Ring:
        version = vault.parent_of(row.wrapped)[1]
        parent = keys.versions.get(version)
        if parent is None:
            raise IntegrityError(f"ring {row.base:x}: version {version} of its tenant's key is gone")
        return rings.open_ring(parent, keys.id, row)

    def forget(self, base: int | None = None) -> None:
        """Drop the opened ring ``base`` from memory, or everything that is opened."""
        if base is not None:
            self._rings.pop(base, None)
            return
        self._rings.clear()
        self._tenants.clear()

    def forget_tenant(self, tenant: UUID) -> None:
        """Drop the opened keys of ``tenant``: they are read again when needed."""
        self._tenants.pop(tenant, None)
