"""Live conversations as the key service itself knows them, and the tickets that evidence earns."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

import msgspec

from hushkeep import vault
from hushkeep.kernel import Conflict, Denied, InvalidInput, NotFound
from hushkeep.keys import evidence
from hushkeep.keys import protocol as p
from hushkeep.keys.ground import SECOND, Ground
from hushkeep.keys.tickets import MAX_SUBJECTS, Kind, Ticket

_CONTACTS: Final = UUID("6f9f2f0e-3d3c-7a56-9b5e-0d1f7f6c2a11")
LIVE_TICKET_SECONDS: Final = 300
_APPROVERS: Final = 2
_KEEP_ENDED: Final = 24 * 3600 * SECOND


class LiveRow(msgspec.Struct, array_like=True, frozen=True):
    """A live conversation, as its sealed row holds it; times in microseconds, ``ended_at`` 0 before the end."""

    source: bytes
    connector: UUID
    agent: UUID
    subject: UUID
    started_at: int
    ended_at: int


class DeviceRow(msgspec.Struct, array_like=True, frozen=True):
    """A registered device: whose it is, its public key (SubjectPublicKeyInfo), whether it was revoked."""

    actor: UUID
    public_key: bytes
    revoked: bool


_live = msgspec.msgpack.Decoder(LiveRow)
_device = msgspec.msgpack.Decoder(DeviceRow)


# -- registering ------------------------------------------------------------------------------------------------------


def register_connector(ground: Ground, request: p.RegisterConnector) -> bytes:
    """Make a connector's secret (32 bytes), keep it and return it this once; raises Conflict when it has one."""
    number = ground.writing().tenant(request.tenant).number
    secret = secrets.token_bytes(32)
    sealed = ground.seal_row("connector", request.tenant, request.connector, secret)
    query = "INSERT INTO connector VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    if not ground.store.execute(query, (number, request.connector.bytes, sealed)).rowcount:
        raise Conflict(f"connector {request.connector} has a secret already")
    ground.journal.append("register_connector", "done", tenant=request.tenant, actor=request.connector)
    return secret


def register_device(ground: Ground, request: p.RegisterDevice) -> None:
    """Keep an agent's device key for ever under one id; raises Conflict when the id is taken by another key."""
    evidence.load_device_key(request.public_key)
    number = ground.writing().tenant(request.tenant).number
    if (kept := _find_device(ground, request.tenant, request.device)) is not None:
        if kept != DeviceRow(request.actor, request.public_key, revoked=False):
            raise Conflict(f"device {request.device} is registered otherwise")
        return
    _write_device(ground, request.tenant, number, request.device, DeviceRow(request.actor, request.public_key, False))
    ground.journal.append("register_device", "done", tenant=request.tenant, actor=request.actor)


def revoke_device(ground: Ground, request: p.RevokeDevice) -> None:
    """Let a device sign nothing more; raises NotFound."""
    number = ground.writing().tenant(request.tenant).number
    kept = _find_device(ground, request.tenant, request.device)
    if kept is None:
        raise NotFound(f"device {request.device} is not registered")
    row = DeviceRow(kept.actor, kept.public_key, revoked=True)
    _write_device(ground, request.tenant, number, request.device, row)
    ground.journal.append("revoke_device", "done", tenant=request.tenant, actor=kept.actor)


def _find_device(ground: Ground, tenant: UUID, device: UUID) -> DeviceRow | None:
    query = "SELECT sealed FROM device WHERE tenant = ? AND device = ?"
    row = ground.store.execute(query, (ground.tree.tenant(tenant).number, device.bytes)).fetchone()
    return None if row is None else _device.decode(ground.open_row("device", tenant, device, row[0]))


def _write_device(ground: Ground, tenant: UUID, number: int, device: UUID, row: DeviceRow) -> None:
    sealed = ground.seal_row("device", tenant, device, p.encoder.encode(row))
    ground.store.execute("INSERT OR REPLACE INTO device VALUES (?, ?, ?)", (number, device.bytes, sealed))


def bind_contacts(ground: Ground, request: p.BindContacts) -> None:
    """Tie contacts to subjects, each once and for all; raises Conflict for one that is another subject's."""
    tree = ground.writing()
    number = tree.tenant(request.tenant).number
    tree.rings(request.tenant, (subject for subject, _, _ in request.items))
    for subject, name, value in request.items:
        row = _contact_row(ground, request.tenant, name, value)
        kept = _contact(ground, request.tenant, row)
        if kept is None:
            sealed = ground.seal_row("contact", request.tenant, row, subject.bytes)
            ground.store.execute("INSERT INTO contact VALUES (?, ?, ?, ?)", (number, row.bytes, subject.bytes, sealed))
        elif kept != subject:
            ground.journal.append("bind_contacts", "denied", tenant=request.tenant, subject=subject, reason="taken")
            raise Conflict(f"a contact of subject {subject} belongs to another subject")


def _contact_row(ground: Ground, tenant: UUID, name: str, value: str) -> UUID:
    key = ground.writing().index_key(tenant, "contact")
    return uuid5(_CONTACTS, vault.blind_index(key, name, value).hex())


def _contact(ground: Ground, tenant: UUID, row: UUID) -> UUID | None:
    query = "SELECT sealed FROM contact WHERE tenant = ? AND digest = ?"
    found = ground.store.execute(query, (ground.tree.tenant(tenant).number, row.bytes)).fetchone()
    return None if found is None else UUID(bytes=ground.open_row("contact", tenant, row, found[0]))


# -- conversations that begin and end ---------------------------------------------------------------------------------


def _connector_secret(ground: Ground, tenant: UUID, connector: UUID) -> bytes:
    query = "SELECT wrapped FROM connector WHERE tenant = ? AND id = ?"
    row = ground.store.execute(query, (ground.tree.tenant(tenant).number, connector.bytes)).fetchone()
    if row is None:
        raise Denied("connector_unknown")
    return ground.open_row("connector", tenant, connector, row[0])


def _source(connector: UUID, conversation: str) -> bytes:
    return hashlib.sha256(connector.bytes + conversation.encode()).digest()


def _write_live(ground: Ground, tenant: UUID, conversation: UUID, row: LiveRow) -> None:
    number = ground.writing().tenant(tenant).number
    sealed = ground.seal_row("live", tenant, conversation, p.encoder.encode(row))
    columns = (number, conversation.bytes, row.source, sealed, row.ended_at)
    ground.store.execute("INSERT OR REPLACE INTO live VALUES (?, ?, ?, ?, ?)", columns)


def _find_live(ground: Ground, tenant: UUID, column: str, value: bytes) -> tuple[UUID, LiveRow] | None:
    query = f"SELECT conversation, sealed FROM live WHERE tenant = ? AND {column} = ?"  # noqa: S608 - our own column
    found = ground.store.execute(query, (ground.tree.tenant(tenant).number, value)).fetchone()
    if found is None:
        return None
    conversation = UUID(bytes=found[0])
    return conversation, _live.decode(ground.open_row("live", tenant, conversation, found[1]))


def live_start(ground: Ground, request: p.LiveStart) -> UUID:
    """Take a connector's signed start; return the subject it concerns.

    Raises Denied for a wrong signature, a stale or repeated start; NotFound when the contact is bound to no subject.
    """
    evidence.check_connector(
        _connector_secret(ground, request.tenant, request.connector), request.body, request.signature
    )
    started = evidence.read_started(request.body)
    now = ground.clock.now()
    evidence.fresh(started.at, now, evidence.CONNECTOR_SKEW)
    if started.tenant != request.tenant:
        raise Denied("connector_other_tenant")
    source = _source(request.connector, started.conversation)
    if _find_live(ground, request.tenant, "source", source) or _find_live(
        ground, request.tenant, "conversation", request.conversation.bytes
    ):
        raise Denied("conversation_started_already")
    subject = _contact(
        ground,
        request.tenant,
        _contact_row(ground, request.tenant, started.contact.index, started.contact.value),
    )
    if subject is None:
        raise NotFound(f"conversation {request.conversation}: its contact is bound to no subject")
    row = LiveRow(source, request.connector, started.agent, subject, now, 0)
    _write_live(ground, request.tenant, request.conversation, row)
    _note_live(ground, "live_start", request.tenant, request.conversation, row)
    return subject


def live_end(ground: Ground, request: p.LiveEnd) -> None:
    """Take a connector's signed end: its tickets die after wrap-up. Raises Denied, NotFound."""
    evidence.check_connector(
        _connector_secret(ground, request.tenant, request.connector), request.body, request.signature
    )
    ended = evidence.read_ended(request.body)
    if ended.tenant != request.tenant:
        raise Denied("connector_other_tenant")
    found = _find_live(ground, request.tenant, "source", _source(request.connector, ended.conversation))
    if found is None:
        raise NotFound("no such live conversation")
    conversation, row = found
    if row.ended_at:
        return
    now = ground.clock.now()
    _write_live(ground, request.tenant, conversation, msgspec.structs.replace(row, ended_at=now))
    ground.tickets.shorten(conversation, now + ground.limits.wrap_up_seconds * SECOND)
    _note_live(ground, "live_end", request.tenant, conversation, row)


def sweep(ground: Ground) -> None:
    """Drop conversations that ended more than a day ago: their starts are too old to be taken again."""
    ground.writing()
    before = ground.clock.now() - _KEEP_ENDED
    ground.store.execute("DELETE FROM live WHERE ended_at != 0 AND ended_at < ?", (before,))


def _note_live(ground: Ground, op: str, tenant: UUID, conversation: UUID, row: LiveRow) -> None:
    ground.journal.append(
        op, "done", tenant=tenant, actor=row.agent, subject=row.subject, conversation=conversation, kind="live"
    )


# -- tickets that evidence earns --------------------------------------------------------------------------------------


def ticket_live(ground: Ground, request: p.TicketLive) -> p.TicketGrant:
    """Give the agent of a live conversation a ticket for its customer; raises Denied with the reason."""
    now = ground.clock.now()
    ground.buckets.take(("live", request.tenant, request.actor), ground.limits.live_actor, now)
    found = _find_live(ground, request.tenant, "conversation", request.conversation.bytes)
    if found is None:
        raise Denied("conversation_not_live")
    _, row = found
    until = row.started_at + ground.limits.live_hours * 3600 * SECOND
    if row.ended_at:
        until = min(until, row.ended_at + ground.limits.wrap_up_seconds * SECOND)
    if now >= until:
        raise Denied("conversation_not_live")
    if row.agent != request.actor:
        raise Denied("conversation_of_another_agent")
    if request.proof.actor != request.actor:
        raise Denied("device_unknown")
    asked = Asked("live", request.conversation, (row.subject,), tuple(request.classes), request.purpose, request.event)
    check_proof(ground, request.tenant, request.proof, asked, now)
    return ground.grant(
        Ticket(
            kind=Kind.LIVE,
            tenant=request.tenant,
            actor=request.actor,
            subjects=frozenset({row.subject}),
            classes=frozenset(request.classes),
            event=request.event,
            expires_at=min(now + LIVE_TICKET_SECONDS * SECOND, until),
            left=ground.limits.unwraps_per_ticket,
            conversation=request.conversation,
        )
    )


def ticket_four_eyes(ground: Ground, request: p.TicketFourEyes) -> p.TicketGrant:
    """Give a ticket that two different people signed for with their devices; raises Denied with the reason."""
    if not 1 <= len(request.subjects) <= MAX_SUBJECTS:
        raise InvalidInput(f"a four-eyes ticket names 1 to {MAX_SUBJECTS} subjects")
    now = ground.clock.now()
    people = {proof.actor for proof in request.proofs}
    if len(people) < _APPROVERS:
        raise Denied("second_person_missing")
    asked = Asked("four_eyes", None, tuple(request.subjects), tuple(request.classes), request.purpose, request.event)
    for proof in request.proofs:
        check_proof(ground, request.tenant, proof, asked, now)
    return ground.grant(
        Ticket(
            kind=Kind.FOUR_EYES,
            tenant=request.tenant,
            actor=request.actor,
            subjects=frozenset(request.subjects),
            classes=frozenset(request.classes),
            event=request.event,
            expires_at=now + ground.limits.four_eyes_seconds * SECOND,
            left=ground.limits.unwraps_per_ticket * len(request.subjects),
        )
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What a device signature is about."""

    use: str
    conversation: UUID | None
    subjects: tuple[UUID, ...]
    classes: tuple[str, ...]
    purpose: str
    event: UUID


def check_proof(ground: Ground, tenant: UUID, proof: p.Proof, asked: Asked, now: int) -> None:
    """Return when ``proof`` is a fresh, first-time signature of the person's own device over ``asked``; else Denied."""
    device = _find_device(ground, tenant, proof.device)
    if device is None or device.revoked or device.actor != proof.actor:
        raise Denied("device_unknown")
    evidence.fresh(proof.at, now, evidence.DEVICE_SKEW)
    signed = evidence.statement(
        use=asked.use,
        tenant=tenant,
        actor=proof.actor,
        device=proof.device,
        conversation=asked.conversation,
        subjects=list(asked.subjects),
        classes=list(asked.classes),
        purpose=asked.purpose,
        event=asked.event,
        at=proof.at,
    )
    evidence.check_device(evidence.load_device_key(device.public_key), proof.signature, signed)
    ground.proofs.first_time(hashlib.sha256(signed).digest(), now)
