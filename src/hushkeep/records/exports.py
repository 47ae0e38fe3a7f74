"""Exports: conversations that leave the house, after a second person's yes, as an archive for one recipient.

    request ──► (approval) ──► execute ──► queued ──► writing ──► ready ──► taken ──► gone
                                             └───────────┴► failed    └────────────► gone

The archive is written by a job, in parts of 8 MiB, under a one-time key that lives in that job alone. Cut off in the
middle it is unreadable, never becomes ready, and nothing of it is kept: the default is no. What leaves is masked;
for two purposes it may be clear, by stricter rules, and only what people's devices signed for (``export_signatures``).
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from hushkeep import vault
from hushkeep.access import approvals
from hushkeep.access.approvals import Asking
from hushkeep.access.four_eyes import CLEAR_PURPOSES, EXPORTS, LONGEST_CLEAR, Approval
from hushkeep.access.permissions import permissions
from hushkeep.identity.roles import Role
from hushkeep.kernel import (
    Action,
    Conflict,
    Denied,
    InvalidInput,
    NotFound,
    Permit,
    new_id,
)
from hushkeep.records import _export_parts
from hushkeep.records._export_lines import FIELDS, Format, shown
from hushkeep.records._export_pdf import MOST_ROWS
from hushkeep.records._export_recordings import MOST_RECORDINGS
from hushkeep.records._export_scope import (
    Addressee,
    ArchiveState,
    Things,
    Wanted,
    check_addressee,
    count_of,
    recordings_of,
    rows_of,
    scope_of,
)
from hushkeep.records._rows import SERVER_SCHEME
from hushkeep.records.export_marks import Entry
from hushkeep.records.export_writing import TAKING, mark_key, write
from hushkeep.records.models import Export as Row
from hushkeep.records.outgoing import addressed
from hushkeep.runtime.jobs import enqueue
from hushkeep.runtime.key_client import KeyClient

KEPT = timedelta(hours=24)
"""How long an archive waits to be taken."""

__all__ = ["Addressee", "ArchiveState", "Format", "Things", "Wanted"]

PREVIEW_ROWS = 5
_OWN_DATA = "data_subject_request"  # what somebody asks for of their own goes to them, and to nobody else
_REGISTER = 10_000
_MOST = MappingProxyType({Format.PDF: MOST_ROWS, Format.TAR: MOST_RECORDINGS})
_PASSPHRASE_BYTES = 20  # 160 bits: Argon2id is the second wall, not the first


@dataclass(frozen=True, slots=True)
class Export:
    """An archive as it stands; ``parts`` is how many pieces of 8 MiB it has."""

    id: UUID
    approval: UUID
    person: UUID
    state: ArchiveState
    count: int
    size: int
    parts: int
    digest: bytes | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """An export that is being written, and the passphrase to give to the recipient by another channel, if any."""

    export: Export
    passphrase: str | None = field(repr=False)


def request(  # noqa: PLR0913 - what, why, until when
    permit: Permit, wanted: Wanted, keys: KeyClient, *, purpose: str, lasts: timedelta, now: datetime
) -> Approval:
    """Return the request for ``wanted``: the scope, and exactly how many conversations it holds now, are fixed.

    Raises InvalidInput when there are none or the recipient's key is none, ApprovalRefused by the rules of four eyes,
    Denied where clear values are wanted by a role or for a purpose that has none, Astray for a contact that is not the
    customer's.
    """
    permit.require(Action.EXPORT_REQUEST, None, now=now)
    _check_format(wanted)
    if wanted.clear:
        _check_clear(permit, wanted, purpose, lasts)
    if wanted.recipient is not None:
        vault.Slot(wanted.recipient)
    goes = wanted.addressee
    contact = addressed(permit.tenant, goes.customer, goes.to, keys) if goes else None
    scope = scope_of(wanted, before=now, contact=contact)
    count = count_of(scope)
    if not count:
        raise InvalidInput("nothing_to_export")
    if count > _MOST.get(wanted.format, count):
        raise InvalidInput("too_many_for_format")
    if wanted.clear and rows_of(scope).exclude(scheme=SERVER_SCHEME).exists():
        raise Denied("sealed_by_client")
    asking = Asking(
        action=Action.EXPORT_REVEAL if wanted.clear else Action.EXPORT_EXECUTE,
        target=None,
        scope=scope,
        count=count,
        clear=wanted.clear,
        purpose=purpose,
        lasts=lasts,
    )
    return approvals.ask(permit, asking, now=now)


def preview(permit: Permit, approval: UUID, *, now: datetime) -> list[str]:
    """Return the first lines exactly as they would leave, for whoever decides; marked as nobody's.

    What leaves in the clear is shown masked: deciding on it opens nothing.
    """
    permit.require(Action.APPROVAL_DECIDE, approval, now=now)
    asked = _asked(approval)
    if asked.scope["what"] == Things.RECORDINGS:
        return [f"{row.id} {row.seconds} s\n" for row in recordings_of(asked.scope).order_by("id")[:PREVIEW_ROWS]]
    rows = rows_of(asked.scope).order_by("id").values_list(*FIELDS)[:PREVIEW_ROWS]
    return shown(rows, Format(str(asked.scope["format"])), words="preview")


def execute(permit: Permit, approval: UUID, *, now: datetime) -> Begun:
    """Return the export that ``approval`` allows, handed to the worker; the approval is used up by it.

    Raises NotFound, Conflict for an approval that was used, ApprovalRefused where scope, count or hands differ; Denied
    with a permit for masked values where they are clear, and the other way round; Astray where the contact was given to
    another customer meanwhile.
    """
    asked = _asked(approval)
    check_addressee(asked.scope)
    count = count_of(asked.scope)
    used = approvals.execute(permit, approval, action=asked.action, scope=asked.scope, count=count, now=now)
    passphrase = None
    if asked.scope["recipient"] is None:
        passphrase = secrets.token_urlsafe(_PASSPHRASE_BYTES)
        slot = vault.passphrase_slot(passphrase)
    else:
        slot = vault.Slot(bytes.fromhex(str(asked.scope["recipient"])))
    row = Row(
        id=new_id(),
        tenant=permit.tenant,
        approval=approval,
        object=new_id(),
        person=permit.actor,
        requester=used.requester,
        approver=used.decided_by,
        state=ArchiveState.QUEUED.value,
        slot=slot.describe(),
        count=used.count,
        began_at=now,
        expires_at=now + KEPT,
        opening=new_id() if asked.clear else None,
    )
    row.save(force_insert=True)
    enqueue(write, permit.tenant, export=row.id)
    return Begun(_value(row), passphrase)


def find(approval: UUID) -> Export | None:
    """Return the export of ``approval``, or None; in the open transaction of its center."""
    row = Row.objects.filter(approval=approval).first()
    return _value(row) if row else None


def take(permit: Permit, export: UUID, *, now: datetime) -> Export:
    """Return the export, taken by the permit's actor in this session: once, and only by whoever carried it out.

    Raises NotFound, Denied("not_yours"), Conflict("export_…") where it is not ready, was taken or is too old.
    """
    permit.require(Action.EXPORT_TAKE, export, now=now)
    row = _own(permit, export)
    if row.state != ArchiveState.READY or now >= row.expires_at:
        raise Conflict(f"export_{ArchiveState.GONE.value if now >= row.expires_at else row.state}")
    row.state, row.taken_at, row.taken_in = ArchiveState.TAKEN.value, now, permit.session
    row.save(update_fields=["state", "taken_at", "taken_in"])
    return _value(row)


def part(permit: Permit, export: UUID, number: int, *, now: datetime) -> bytes:
    """Return one piece of an archive that is being taken: by the same person, in the same session, for 15 minutes."""
    permit.require(Action.EXPORT_TAKE, export, now=now)
    row = _own(permit, export)
    if row.state != ArchiveState.TAKEN or row.taken_at is None:
        raise Conflict(f"export_{row.state}")
    if permit.session is None or row.taken_in != permit.session:
        raise Denied("other_session")
    if not timedelta(0) <= now - row.taken_at < TAKING:
        raise Conflict("export_gone")
    if not 0 <= number < _export_parts.number_of(row.size):
        raise NotFound(f"export {export}: no part {number}")
    return _export_parts.read(row.object, number)


def register(permit: Permit, keys: KeyClient, *, now: datetime) -> list[Entry]:
    """Return what traces copies of the latest 10,000 exports: who took which, and the keys of their hidden marks."""
    permit.require(Action.EXPORT_TRACE, None, now=now)
    rows = Row.objects.order_by("-id")[:_REGISTER]
    return [Entry(row.id, row.person, row.began_at, mark_key(permit.tenant, row.id, keys)) for row in rows]


def _check_format(wanted: Wanted) -> None:
    which = wanted.which
    recordings = wanted.what is Things.RECORDINGS
    if recordings is not (wanted.format is Format.TAR):
        raise InvalidInput("format_not_for_this")
    if recordings and (wanted.clear or which.channel or which.entity or which.level):
        raise InvalidInput("not_for_recordings")


def _check_clear(permit: Permit, wanted: Wanted, purpose: str, lasts: timedelta) -> None:
    if permit.role is None or Action.EXPORT_REVEAL not in permissions(Role(permit.role), demo=False):
        raise Denied("not_permitted")
    if purpose not in CLEAR_PURPOSES:
        raise Denied("purpose_not_clear")
    if purpose == _OWN_DATA and wanted.addressee is None:
        raise InvalidInput("addressee_missing")
    if lasts > LONGEST_CLEAR:
        raise InvalidInput("life_or_count_out_of_range")


def _own(permit: Permit, export: UUID) -> Row:
    row = Row.objects.select_for_update().filter(id=export).first()
    if row is None:
        raise NotFound(f"export {export}")
    if row.person != permit.actor:
        raise Denied("not_yours")
    return row


def _asked(approval: UUID) -> Approval:
    asked = approvals.find(approval)
    if asked is None or asked.action not in EXPORTS:
        raise NotFound(f"approval {approval}")
    return asked


def _value(row: Row) -> Export:
    digest = bytes(row.digest) if row.digest else None
    parts = _export_parts.number_of(row.size)
    return Export(
        row.id, row.approval, row.person, ArchiveState(row.state), row.count, row.size, parts, digest, row.expires_at
    )
