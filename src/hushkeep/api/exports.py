"""Exports: asked for, shown to whoever decides, written, and collected once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from hushkeep.access import alarms, approvals
from hushkeep.access.actors import Actor, Target
from hushkeep.access.administration.approvals import alarming
from hushkeep.access.alarms import Severity
from hushkeep.access.four_eyes import Approval
from hushkeep.access.gate import guarded
from hushkeep.access.permissions import PURPOSES
from hushkeep.api.actors import actor_of
from hushkeep.api.approvals import ApprovalOut, SignedIn, shown_approval
from hushkeep.api.schemas import In, Moment, Out
from hushkeep.kernel import Action, Channel, InvalidInput, NotFound, Permit, SubjectId
from hushkeep.records import export_signatures, exports
from hushkeep.records.conversations import Filter
from hushkeep.records.exports import Addressee, ArchiveState, Begun, Export, Format, Things, Wanted
from hushkeep.records.outgoing import Astray
from hushkeep.runtime.clock import now
from hushkeep.runtime.key_client import keys
from hushkeep.runtime.tenancy import tenant_transaction

router = Router(tags=["exports"])

_KEY = r"^[0-9a-f]{64}$"
_Code = Annotated[str | None, Field(max_length=40)]


class AddresseeIn(In):
    """The customer for whom it leaves, and where it goes: a phone number or an address for mail of theirs."""

    customer: UUID
    index: str = Field(max_length=32)
    value: str = Field(max_length=320)


class ExportIn(In):
    """What, how written, why, and for whom: a public key (64 hex digits), or null for a passphrase.

    ``what``: conversations as ``csv``, ``jsonl`` or (1,000 at most) ``pdf``, or 1,000 recordings at most as ``tar``.

    ``clear`` values leave for two purposes only, for a day at most, and by the signatures of two or three people.
    With ``addressee`` only that customer's things leave, to a contact that is theirs; clear ones on a customer's own
    request go no other way.
    """

    what: Things = Things.CONVERSATIONS
    channel: Channel | None = None
    language: _Code = None
    entity: _Code = None
    level: Annotated[int | None, Field(ge=1, le=5)] = None
    since: Moment | None = None
    until: Moment | None = None
    format: Format
    purpose: str = Field(max_length=40)
    recipient: Annotated[str | None, Field(pattern=_KEY)] = None
    clear: bool = False
    addressee: AddresseeIn | None = None
    minutes: int = Field(default=24 * 60, ge=1, le=3 * 24 * 60)


class PreviewOut(Out):
    """The first lines, exactly as they would leave."""

    lines: list[str]


class ExportOut(Out):
    """An archive as it stands; ``sha256`` once it is whole, ``parts`` pieces of 8 MiB."""

    id: UUID
    approval: UUID
    person: UUID
    state: ArchiveState
    count: int
    size: int
    parts: int
    sha256: str | None
    expires_at: datetime


class BegunOut(ExportOut):
    """An export that is being written; the passphrase is shown this once, for another channel than the archive's."""

    passphrase: str | None


class StatementOut(Out):
    """What is signed for a clear export, with ``use`` four_eyes and no conversation (docs/crypto-spec.md, 10)."""

    subjects: list[UUID]
    classes: list[str]
    purpose: str
    event: UUID


class EntryOut(Out):
    """One line of the register that ``hushkeep export trace`` reads."""

    export: UUID
    person: UUID
    at: datetime
    key: str


class RegisterOut(Out):
    """What traces copies; whoever holds it can also forge marks: keep it as a key."""

    items: list[EntryOut]


@router.post("/exports", response={201: ApprovalOut})
def request_export(request: HttpRequest, body: ExportIn) -> Status[ApprovalOut]:
    """Ask for an export: its scope and count are fixed now, and a second person decides."""
    actor = actor_of(request)

    def act(permit: Permit) -> Approval:
        if body.purpose not in PURPOSES:
            raise InvalidInput("purpose_unknown")
        lasts = timedelta(minutes=body.minutes)
        return exports.request(permit, _wanted(body), keys(), purpose=body.purpose, lasts=lasts, now=now())

    with alarming(actor), _holding(actor):
        made = guarded(
            actor, Action.EXPORT_REQUEST, Target(kind="export"), purpose=body.purpose, act=act, count=_approved
        )
    return Status(201, shown_approval(actor.tenant, made))


@router.get("/exports/register", response=RegisterOut)
def read_register(request: HttpRequest) -> RegisterOut:
    """Return the register for tracing copies, offline."""
    found = guarded(
        actor_of(request),
        Action.EXPORT_TRACE,
        Target(kind="export"),
        act=lambda permit: exports.register(permit, keys(), now=now()),
        count=len,
    )
    return RegisterOut(items=[EntryOut(export=e.export, person=e.person, at=e.at, key=e.key.hex()) for e in found])


@router.get("/approvals/{uuid:approval}/preview", response=PreviewOut)
def preview(request: HttpRequest, approval: UUID) -> PreviewOut:
    """Return the first lines exactly as they would leave: for whoever decides."""
    actor = actor_of(request)
    with tenant_transaction(actor.tenant):
        asked = approvals.find(approval)
    target = Target(kind="approval", id=approval, owner=asked.requester if asked else None)
    found = guarded(
        actor,
        Action.APPROVAL_DECIDE,
        target,
        act=lambda permit: exports.preview(permit, approval, now=now()),
        count=len,
    )
    return PreviewOut(lines=found)


@router.post("/approvals/{uuid:approval}/execute", response={202: BegunOut})
def execute(request: HttpRequest, approval: UUID) -> Status[BegunOut]:
    """Have the approved export written; the approval is used up by it."""
    actor = actor_of(request)
    with alarming(actor), _holding(actor):
        begun = guarded(
            actor,
            Action.EXPORT_EXECUTE,
            Target(kind="approval", id=approval),
            act=lambda permit: exports.execute(permit, approval, now=now()),
            count=lambda done: done.export.count,
        )
    return Status(202, BegunOut(**dict(_shown(begun.export)), passphrase=begun.passphrase))


@router.get("/approvals/{uuid:approval}/statement", response=StatementOut)
def read_statement(request: HttpRequest, approval: UUID) -> StatementOut:
    """Return what whoever asks for, approves or carries out a clear export signs with their own device."""
    said = guarded(
        actor_of(request),
        Action.APPROVAL_LIST,
        None,
        act=lambda permit: export_signatures.statement(permit, approval, now=now()),
        count=lambda result: len(result.subjects),
    )
    return StatementOut(
        subjects=list(said.subjects), classes=list(said.classes), purpose=said.purpose, event=said.event
    )


@router.post("/approvals/{uuid:approval}/sign", response={204: None})
def sign_request(request: HttpRequest, approval: UUID, body: SignedIn) -> Status[None]:
    """Sign for the clear export that one has asked for: above 50 customers the key service wants three signatures."""
    actor = actor_of(request)
    proof = body.proof.read(actor) if body.proof else None
    guarded(
        actor,
        Action.EXPORT_REQUEST,
        Target(kind="approval", id=approval),
        act=lambda permit: export_signatures.sign_request(permit, approval, proof, keys(), now=now()),
    )
    return Status(204, None)


@router.post("/approvals/{uuid:approval}/execute-clear", response={202: BegunOut})
def execute_clear(request: HttpRequest, approval: UUID, body: SignedIn) -> Status[BegunOut]:
    """Have the approved clear export written, signed by whoever carries it out; the approval is used up by it."""
    actor = actor_of(request)
    proof = body.proof.read(actor) if body.proof else None
    with tenant_transaction(actor.tenant):
        asked = approvals.find(approval)

    def act(permit: Permit) -> Begun:
        begun = exports.execute(permit, approval, now=now())
        export_signatures.sign(permit, approval, proof, keys(), now=now())
        return begun

    with alarming(actor), _holding(actor):
        begun = guarded(
            actor,
            Action.EXPORT_REVEAL,
            Target(kind="approval", id=approval),
            purpose=asked.purpose if asked else None,
            act=act,
            count=lambda done: done.export.count,
        )
    return Status(202, BegunOut(**dict(_shown(begun.export)), passphrase=begun.passphrase))


@router.get("/approvals/{uuid:approval}/export", response=ExportOut)
def view_export(request: HttpRequest, approval: UUID) -> ExportOut:
    """Return how far the export of an approval is."""

    def act(permit: Permit) -> Export:
        found = exports.find(approval)
        if found is None:
            raise NotFound(f"export of approval {approval} for {permit.decision}")
        return found

    return _shown(guarded(actor_of(request), Action.APPROVAL_LIST, Target(kind="export"), act=act))


@router.post("/exports/{uuid:export}/take", response=ExportOut)
def take(request: HttpRequest, export: UUID) -> ExportOut:
    """Collect an archive: once, by whoever carried it out, within a quarter of an hour in this session."""
    taken = guarded(
        actor_of(request),
        Action.EXPORT_TAKE,
        Target(kind="export", id=export),
        act=lambda permit: exports.take(permit, export, now=now()),
        count=lambda done: done.count,
    )
    return _shown(taken)


@router.get("/exports/{uuid:export}/parts/{int:part}")
def read_part(request: HttpRequest, export: UUID, part: int) -> HttpResponse:
    """Return one piece of the archive that is being collected."""
    piece = guarded(
        actor_of(request),
        Action.EXPORT_TAKE,
        Target(kind="export", id=export),
        act=lambda permit: exports.part(permit, export, part, now=now()),
    )
    answer = HttpResponse(piece, content_type="application/octet-stream")
    answer["Cache-Control"] = "no-store"
    return answer


@contextmanager
def _holding(actor: Actor) -> Iterator[None]:
    """Sound the alarm when something would have gone to the wrong customer."""
    try:
        yield
    except Astray:
        with tenant_transaction(actor.tenant):
            alarms.sound(actor.tenant, "outgoing_held", Severity.YELLOW, person=actor.person, event=None, now=now())
        raise


def _wanted(body: ExportIn) -> Wanted:
    if any(time is not None and time.tzinfo is None for time in (body.since, body.until)):
        raise InvalidInput("time_without_zone")
    which = Filter(
        channel=body.channel,
        language=body.language,
        entity=body.entity,
        level=body.level,
        since=body.since,
        until=body.until,
    )
    recipient = bytes.fromhex(body.recipient) if body.recipient else None
    goes = body.addressee
    return Wanted(
        which=which,
        format=body.format,
        recipient=recipient,
        clear=body.clear,
        what=body.what,
        addressee=Addressee(SubjectId(goes.customer), (goes.index, goes.value)) if goes else None,
    )


def _shown(export: Export) -> ExportOut:
    return ExportOut(
        id=export.id,
        approval=export.approval,
        person=export.person,
        state=export.state,
        count=export.count,
        size=export.size,
        parts=export.parts,
        sha256=export.digest.hex() if export.digest else None,
        expires_at=export.expires_at,
    )


def _approved(approval: Approval) -> int:
    return approval.count
