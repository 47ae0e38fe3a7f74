"""Rotation of a tenant's key: a new version at once, the rings re-wrapped in slices while the service goes on."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from hushkeep import vault
from hushkeep.kernel import Conflict
from hushkeep.keys import live, rings
from hushkeep.keys import protocol as p
from hushkeep.keys.ground import Ground
from hushkeep.keys.tree import tenant_context

SLICE: Final = 1000
"""Rings in one slice: some 10 ms, so that an unwrap in between waits no longer."""
_LARGEST_VERSION: Final = 0xFFFF


def rotate(ground: Ground, request: p.Rotate) -> int:
    """Make a new version of the tenant's key and begin to re-wrap; return its number.

    Raises Conflict while a rotation of this tenant goes on, Denied without a second person under dual control.
    """
    asked = live.Asked("rotate", None, (), (), "", request.event)
    live.approved(ground, request.tenant, request.proofs, asked)
    tree = ground.writing()
    keys = tree.tenant(request.tenant)
    if len(keys.versions) > 1:
        raise Conflict(f"tenant {request.tenant}: a rotation goes on")
    version = keys.active + 1
    if version > _LARGEST_VERSION:
        raise Conflict(f"tenant {request.tenant}: no versions are left")
    wrapped = vault.wrap(ground.opened_root, vault.DataKey.random(), tenant_context(request.tenant, version))
    ground.store.execute("UPDATE tenant_key SET state = 'decrypt-only' WHERE tenant = ?", (keys.number,))
    ground.store.execute("INSERT INTO tenant_key VALUES (?, ?, ?, 'active')", (keys.number, version, wrapped))
    tree.forget_tenant(request.tenant)
    ground.journal.append("rotate", "begun", tenant=request.tenant, actor=request.actor, event=request.event)
    ground.tasks.append(rewrap(ground, request.tenant))
    return version


def resume(ground: Ground) -> None:
    """Take up the rotations that a stop interrupted."""
    query = "SELECT id FROM tenant WHERE (SELECT count(*) FROM tenant_key WHERE tenant = no) > 1"
    for (tenant,) in ground.store.execute(query).fetchall():
        ground.tasks.append(rewrap(ground, UUID(bytes=tenant)))


def rewrap(ground: Ground, tenant: UUID) -> Iterator[None]:
    """Re-wrap the rings of ``tenant`` slice by slice, then destroy the older versions of its key.

    Each slice is one transaction; begun anew after a stop, it passes over what was done.
    """
    last, done = -1, 0
    while (found := _slice(ground, tenant, last)) is not None:
        last, changed = found
        done += changed
        yield
    ground.commit()
    ground.slow_down()
    tree = ground.writing()
    keys = tree.tenant(tenant)
    ground.store.execute("DELETE FROM tenant_key WHERE tenant = ? AND version < ?", (keys.number, keys.active))
    ground.checkpoint_due = True
    tree.forget_tenant(tenant)
    ground.journal.append("rotate", "done", tenant=tenant, count=done)


def _slice(ground: Ground, tenant: UUID, last: int) -> tuple[int, int] | None:
    """Re-wrap one slice after the ring ``last``; return (last ring seen, how many were re-wrapped), None at the end."""
    ground.speed_up()
    tree = ground.writing()
    keys = tree.tenant(tenant)
    # NOT INDEXED: by (tenant, subject) SQLite would sort all of a tenant's rings for each slice.
    query = "SELECT base, subject, classes, wrapped FROM ring NOT INDEXED WHERE base > ? AND tenant = ? "
    query += "ORDER BY base LIMIT ?"
    rows = ground.store.execute(query, (last, keys.number, SLICE)).fetchall()
    if not rows:
        return None
    changed = rings.rewrapped(keys.versions, keys.active, tenant, rows)
    ground.store.executemany("UPDATE ring SET wrapped = ? WHERE base = ?", changed)
    return rows[-1][0], len(changed)
