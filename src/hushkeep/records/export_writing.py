"""The job that writes an archive, and what clears archives away. Nothing half-written is ever ready."""

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from hushkeep import vault
from hushkeep.access import alarms, approvals
from hushkeep.access.alarms import Severity
from hushkeep.access.four_eyes import Approval
from hushkeep.audit.log import append
from hushkeep.kernel import (
    Action,
    ActorKind,
    Conflict,
    Error,
    Event,
    EventId,
    Outcome,
    Plain,
    SubjectId,
    TenantId,
    new_id,
)
from hushkeep.records import _export_parts
from hushkeep.records._export_clearing import cleared
from hushkeep.records._export_lines import FIELDS, Format, Row, lines, words_of
from hushkeep.records._export_recordings import members
from hushkeep.records._export_scope import ArchiveState, Things, check_addressee, customer_of, recordings_of, rows_of
from hushkeep.records.export_signatures import CLASSES, subjects_of
from hushkeep.records.models import Export, Recording
from hushkeep.records.outgoing import HELD
from hushkeep.runtime import clock
from hushkeep.runtime.jobs import job
from hushkeep.runtime.key_client import KeyClient, keys
from hushkeep.runtime.tenancy import tenant_transaction

_ROWS_AT_ONCE = 500
_GATHERED_BYTES = 256 * 1024
_STALLED = timedelta(hours=1)

TAKING = timedelta(minutes=15)
"""How long the one taking of an archive may last."""


class _Digesting(io.RawIOBase):
    """Passes bytes on, counting and hashing them."""

    def __init__(self, out: _export_parts.PartWriter) -> None:
        super().__init__()
        self._out = out
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed: ReadableBuffer
        self._hash.update(data)
        self.size += len(data)
        return self._out.write(data)

    def digest(self) -> bytes:
        return self._hash.digest()


def mark_key(tenant: TenantId, export: UUID, client: KeyClient) -> bytes:
    """Return the key (16 bytes) of an export's hidden marks: the key service's own digest of its id."""
    return client.index(tenant, [("source_id", f"export-mark {export}")])[0]


@job("records.export")
def write(tenant: TenantId, export: UUID) -> None:
    """Write the archive of ``export``. One that a former try left half-written fails, and nothing of it is kept."""
    row = _begin(tenant, export)
    if row is None:
        return
    try:
        _write(tenant, row)
    except Error as failure:
        _fail(tenant, row, failure.code)
        raise


def clear(tenant: TenantId) -> int:
    """Fail what stalled, delete what was taken or is too old; return how many archives went."""
    now = clock.now()
    with tenant_transaction(tenant):
        live = Export.objects.exclude(state__in=[ArchiveState.FAILED.value, ArchiveState.GONE.value])
        rows = [row for row in live.filter(began_at__lt=now - timedelta(minutes=1)) if _is_over(row, now)]
    for row in rows:
        if row.state in {ArchiveState.QUEUED, ArchiveState.WRITING}:
            _fail(tenant, row, "export_stalled")
        else:
            _export_parts.purge(row.object)
            with tenant_transaction(tenant):
                Export.objects.filter(id=row.id).update(state=ArchiveState.GONE.value)
                append(_event(row, Outcome.ALLOWED, "export_gone", now=now))
    return len(rows)


def _is_over(row: Export, now: datetime) -> bool:
    ends: datetime = row.expires_at
    if row.state in {ArchiveState.QUEUED, ArchiveState.WRITING}:
        ends = row.began_at + _STALLED
    elif row.state == ArchiveState.TAKEN and row.taken_at is not None:
        ends = row.taken_at + TAKING
    return now >= ends


def _begin(tenant: TenantId, export: UUID) -> Export | None:
    """Return the row, now being written; None where there is nothing to do: done already, or cut off before."""
    with tenant_transaction(tenant):
        row = Export.objects.select_for_update().filter(id=export).first()
        if row is None or row.state not in {ArchiveState.QUEUED, ArchiveState.WRITING}:
            return None
        cut_off = row.state == ArchiveState.WRITING
        if not cut_off:
            row.state = ArchiveState.WRITING.value
            row.save(update_fields=["state"])
    if cut_off:
        _fail(tenant, row, "export_cut_off")
        return None
    return row


def _write(tenant: TenantId, row: Export) -> None:
    """Write all parts, and that they are whole; raises Conflict when there are not as many things as were approved.

    What is read from the database alone is read, counted and told of in one transaction. Recordings take longer: each
    has an event of its own, committed before it is opened.
    """
    archive = _Archive(tenant, row)
    with tenant_transaction(tenant):
        asked = approvals.find(row.approval)
        if asked is None:
            raise Conflict("approval_missing")
        check_addressee(asked.scope)
        key = mark_key(tenant, row.id, keys())
        words = words_of(row.id, row.person, row.began_at, row.count, clear=asked.clear)
        if asked.scope["what"] != Things.RECORDINGS:
            counted = _Counted(_rows(row, asked))
            archive.take(lines(counted, Format(str(asked.scope["format"])), key=key, words=words))
            _finish(row, asked, archive, counted.number)
            return
        wanted = list(recordings_of(asked.scope).order_by("id"))
    if len(wanted) != row.count:
        raise Conflict("count_changed")

    def told(recording: Recording) -> EventId:
        leaving = _leaving(row, asked, recording)
        with tenant_transaction(tenant):
            append(leaving)
        return leaving.id

    archive.take(members(tenant, wanted, keys(), told, key=key, words=words))
    with tenant_transaction(tenant):
        _finish(row, asked, archive, len(wanted))


def _finish(row: Export, asked: Approval, archive: "_Archive", number: int) -> None:
    """Close the archive and note that it is whole, in the open transaction."""
    if number != row.count:
        raise Conflict("count_changed")
    row.size, row.digest = archive.finish()
    writing = Export.objects.filter(id=row.id, state=ArchiveState.WRITING.value)
    if not writing.update(state=ArchiveState.READY.value, size=row.size, digest=row.digest):
        raise Conflict("export_stalled")
    now = clock.now()
    if row.opening is not None:
        append(_opening(row, asked.purpose, Outcome.ALLOWED, "export_clear", now=now))
    append(_event(row, Outcome.ALLOWED, "export_ready", now=now), _manifest(row, asked))


def _rows(row: Export, asked: Approval) -> Iterator[Row]:
    rows = rows_of(asked.scope)
    if row.opening is None:
        return rows.order_by("id").values_list(*FIELDS).iterator(_ROWS_AT_ONCE)
    client, subjects = keys(), subjects_of(asked)
    ticket = client.ticket_pledged(row.tenant, row.id, subjects, CLASSES, asked.purpose, asked.id, row.opening)
    return cleared(rows, ticket, row.opening, client, customer=customer_of(asked.scope))


class _Archive:
    """The archive of an export, filled piece by piece."""

    def __init__(self, tenant: TenantId, row: Export) -> None:
        self._parts = _export_parts.PartWriter(row.object)
        self._out = _Digesting(self._parts)
        slot = vault.Slot.of(row.slot)
        self._sealed = vault.begin_archive(self._out, slot, tenant, row.id)  # type: ignore[arg-type]  # raw, unbuffered

    def take(self, pieces: Iterable[bytes]) -> None:
        """Write ``pieces``, gathered."""
        gathered = bytearray()
        for piece in pieces:
            gathered += piece
            if len(gathered) >= _GATHERED_BYTES:
                self._sealed.write(gathered)
                gathered.clear()
        self._sealed.write(gathered)

    def finish(self) -> tuple[int, bytes]:
        """Close it; return (size, SHA-256)."""
        self._sealed.close()
        self._parts.finish()
        return self._out.size, self._out.digest()


class _Counted:
    """Rows, counted as they pass."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self.number = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.number += 1
            yield row


def _fail(tenant: TenantId, row: Export, reason: str) -> None:
    _export_parts.purge(row.object)
    with tenant_transaction(tenant):
        failing = Export.objects.filter(id=row.id).exclude(state=ArchiveState.FAILED.value)
        if not failing.update(state=ArchiveState.FAILED.value):
            return
        failed = _event(row, Outcome.FAILED, reason, now=clock.now())
        append(failed)
        if reason in HELD:
            alarms.sound(tenant, "outgoing_held", Severity.YELLOW, person=row.person, event=failed.id, now=clock.now())
        if row.opening is not None:
            # What the key service opened before it failed has its event too.
            append(_opening(row, None, Outcome.FAILED, reason, now=clock.now()))


def _manifest(row: Export, asked: Approval) -> dict[str, Plain]:
    """What the ledger keeps of an archive: ids, numbers and its digest."""
    return {
        "export": row.id,
        "approval": row.approval,
        "requester": row.requester,
        "approver": row.approver,
        "person": row.person,
        "count": row.count,
        "size": row.size,
        "sha256": bytes(row.digest).hex(),
        "what": asked.scope["what"],
        "format": asked.scope["format"],
        "values": "clear" if asked.clear else "masked",
    }


def _leaving(row: Export, asked: Approval, recording: Recording) -> Event:
    """The event of one recording that leaves: under it the key service opens its redacted copy."""
    return replace(
        _event(row, Outcome.ALLOWED, "export_recording", now=clock.now()),
        id=EventId(new_id()),
        target=recording.id,
        target_kind="recording",
        subject=SubjectId(recording.subject),
        purpose=asked.purpose,
        count=1,
    )


def _opening(row: Export, purpose: str | None, outcome: Outcome, reason: str, *, now: datetime) -> Event:
    """The event under which the key service opened the originals of a clear export."""
    return replace(
        _event(row, outcome, reason, now=now), id=EventId(row.opening), action=Action.KEY_UNWRAP, purpose=purpose
    )


def _event(row: Export, outcome: Outcome, reason: str, *, now: datetime) -> Event:
    return Event(
        id=EventId(new_id()),
        tenant=TenantId(row.tenant),
        at=now,
        actor=None,
        actor_kind=ActorKind.SYSTEM,
        action=Action.EXPORT_EXECUTE,
        outcome=outcome,
        reason=reason,
        target=row.id,
        target_kind="export",
        approval=row.approval,
        count=row.count,
    )
