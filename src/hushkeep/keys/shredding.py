"""Shredding: destroy a subject's keys, leave a tombstone, certify what was destroyed and what still could revive it."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from hushkeep import vault
from hushkeep.kernel import NotFound, Plain, new_id
from hushkeep.keys import certificate, epochs, live, rings
from hushkeep.keys import protocol as p
from hushkeep.keys.ground import Ground
from hushkeep.keys.protocol import CLASSES
from hushkeep.keys.rings import RingRow

_PSEUDONYM: Final = b"hushkeep subject pseudonym v1"


def shred(ground: Ground, request: p.Shred) -> bytes:
    """Destroy the keys of a subject, of all classes or those named; return the signed certificate.

    Asked again, the certificate of the first time is returned. Raises Denied without a second person where dual
    control is on, NotFound for a subject that never had keys.
    """
    bits = sum({rings.bit(klass) for klass in request.classes}) or rings.ALL_CLASSES
    asked = live.Asked("shred", None, (request.subject,), tuple(request.classes), request.basis, request.event)
    approval = live.approved(ground, request.tenant, request.proofs, asked)
    tree = ground.writing()
    keys = tree.tenant(request.tenant)
    if (made := _certificate(ground, keys.number, request.subject, bits)) is not None:
        return made
    row = _row(ground, keys.number, request.subject)
    if row is None:
        raise NotFound(f"subject {request.subject} has no keys")
    now = ground.clock.now()
    body = _body(ground, request, row, row.classes & bits, approval, now)
    signed = certificate.sign(body, ground.signing)
    ground.journal.append(
        "shred",
        "done",
        tenant=request.tenant,
        actor=request.actor,
        event=request.event,
        subject=request.subject,
        count=bits,
    )
    _destroy(ground, keys.number, request.tenant, row, bits)
    columns = (row.base, keys.number, row.subject.bytes, bits, now, hashlib.sha256(row.wrapped).digest(), signed)
    ground.store.execute("INSERT OR REPLACE INTO tombstone VALUES (?, ?, ?, ?, ?, ?, ?)", columns)
    return signed


def _row(ground: Ground, number: int, subject: UUID) -> RingRow | None:
    query = "SELECT base, classes, wrapped FROM ring WHERE tenant = ? AND subject = ?"
    found = ground.store.execute(query, (number, subject.bytes)).fetchone()
    return None if found is None else RingRow(found[0], subject, found[1], found[2])


def _certificate(ground: Ground, number: int, subject: UUID, bits: int) -> bytes | None:
    query = "SELECT certificate FROM tombstone WHERE tenant = ? AND subject = ? AND classes & ? = ?"
    found = ground.store.execute(query, (number, subject.bytes, bits, bits)).fetchone()
    return None if found is None else bytes(found[0])


def _destroy(ground: Ground, number: int, tenant: UUID, row: RingRow, bits: int) -> None:
    """Remove the keys of the classes ``bits`` from the store and from memory."""
    left = row.classes & ~bits
    if left & rings.ALL_CLASSES:
        keys = ground.tree.tenant(tenant)
        parent = keys.versions[vault.parent_of(row.wrapped)[1]]
        material = rings.open_ring(parent, tenant, row).without(bits)
        fresh = rings.seal_ring(keys.versions[keys.active], keys.active, tenant, row._replace(classes=left), material)
        ground.store.execute("UPDATE ring SET classes = ?, wrapped = ? WHERE base = ?", (left, fresh.wrapped, row.base))
    else:
        ground.store.execute("DELETE FROM ring WHERE base = ?", (row.base,))
        query = "DELETE FROM contact WHERE tenant = ? AND subject = ?"
        ground.store.execute(query, (number, row.subject.bytes))
    ground.tree.forget(row.base)
    # The write-ahead log still holds the old page: it is folded in and cut off right after the commit.
    ground.checkpoint_due = True


def replay(ground: Ground) -> int:
    """Destroy again what the log says was destroyed, after a crash or a restore; return how many rings were touched.

    A store from an older backup must not revive anybody.
    """
    again = 0
    for record in ground.journal.shreds:
        if record.tenant is None or record.subject is None:
            continue
        tree = ground.writing()
        try:
            number = tree.tenant(record.tenant).number
        except NotFound:
            continue
        row = _row(ground, number, record.subject)
        if row is not None and row.classes & record.count:
            request = p.Shred(
                record.tenant,
                record.subject,
                _names(record.count),
                record.actor or record.subject,
                record.event or record.subject,
                "replayed",
                holds_checked=False,
                removed={},
                proofs=[],
            )
            body = _body(ground, request, row, row.classes & record.count, "replayed", record.at)
            signed = certificate.sign(body, ground.signing)
            digest = hashlib.sha256(row.wrapped).digest()
            _destroy(ground, number, record.tenant, row, record.count)
            columns = (row.base, number, row.subject.bytes, record.count, record.at, digest, signed)
            ground.store.execute("INSERT OR REPLACE INTO tombstone VALUES (?, ?, ?, ?, ?, ?, ?)", columns)
            again += 1
    return again


def _names(bits: int) -> list[str]:
    return [klass for klass in CLASSES if bits & rings.bit(klass)]


def _time(microseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)


def _body(  # noqa: PLR0913, PLR0917 - what the certificate says
    ground: Ground, request: p.Shred, row: RingRow, bits: int, approval: str, now: int
) -> dict[str, Plain]:
    pseudonym = vault.derive(ground.opened_root.secret, _PSEUDONYM)
    revivers = [epoch for epoch in epochs.read_epochs(ground.keys_dir) if epoch.backups]
    last = max((epoch.destroyed_by for epoch in revivers), default=None)
    end = _time(now) if last is None else datetime(last.year, last.month, last.day, tzinfo=UTC)
    return {
        "type": certificate.TYPE,
        "version": certificate.VERSION,
        "id": new_id(),
        "site": ground.site,
        "tenant": request.tenant,
        "subject_pseudonym": hmac.digest(pseudonym, request.subject.bytes, "sha256").hex(),
        "classes": _names(bits),
        "key_ids": [rings.key_id(row.base, klass).hex() for klass in _names(bits)],
        "wrapped_sha256": hashlib.sha256(row.wrapped).hexdigest(),
        "tenant_key_version": vault.parent_of(row.wrapped)[1],
        "shredded_at": _time(now),
        "requested_by": request.actor,
        "approved_by": sorted({str(proof.actor) for proof in request.proofs}),
        "approval": approval,
        "event": request.event,
        "basis": request.basis,
        "holds_checked": request.holds_checked,
        "removed": dict(request.removed),
        "log_seq": ground.journal.seq,
        "log_head": ground.journal.head.hex(),
        "could_revive": [
            {"epoch": e.day.isoformat(), "backups": e.backups, "destroyed_by": e.destroyed_by.isoformat()}
            for e in revivers
        ],
        "irrecoverable_after": end,
    }
