"""Who and what is registered, and the tickets that evidence earns."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from hushkeep.kernel import Conflict, Denied, InvalidInput, NotFound
from hushkeep.keys import calls, evidence, frames
from hushkeep.keys import protocol as p
from hushkeep.keys.ground import SECOND, Ground
from hushkeep.keys.tickets import MAX_SUBJECTS, Kind, Ticket

LIVE_TICKET_SECONDS: Final = 300
SAMPLE: Final = "sample"
"""What a device signs for when a reviewer looks at one subject: only a reviewer's may."""
FOUR_EYES: Final = "four_eyes"
"""What a device signs for when several people let something be opened together."""
_OF_REVIEWERS: Final = frozenset({SAMPLE, FOUR_EYES})
"""What an agent's device signs for nobody: whoever owns two agents' pages would else have two people."""
_APPROVERS: Final = 2


class DeviceRow(msgspec.Struct, array_like=True, frozen=True):
    """A registered device: whose it is, its public key (SubjectPublicKeyInfo), how it stands, whether a reviewer's."""

    actor: UUID
    public_key: bytes
    revoked: bool
    reviewer: bool = False


_device = msgspec.msgpack.Decoder(DeviceRow)


# -- registering ------------------------------------------------------------------------------------------------------


def register_connector(ground: Ground, request: p.RegisterConnector) -> bytes:
    """Make a connector's secret (32 bytes), keep it and return it this once.

    Raises Conflict when it has one already, unless ``rotate``: the former is worth nothing from then on; and NotFound
    when there is none to rotate.
    """
    number = ground.writing().tenant(request.tenant).number
    secret = secrets.token_bytes(32)
    sealed = ground.seal_row("connector", request.tenant, request.connector, secret)
    if request.rotate:
        query = "UPDATE connector SET wrapped = ? WHERE tenant = ? AND id = ?"
        if not ground.store.execute(query, (sealed, number, request.connector.bytes)).rowcount:
            raise NotFound(f"connector {request.connector} has no secret")
        ground.journal.append("rotate_connector", "done", tenant=request.tenant, actor=request.connector)
        return secret
    query = "INSERT INTO connector VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    if not ground.store.execute(query, (number, request.connector.bytes, sealed)).rowcount:
        raise Conflict(f"connector {request.connector} has a secret already")
    ground.journal.append("register_connector", "done", tenant=request.tenant, actor=request.connector)
    return secret


def register_device(ground: Ground, request: p.RegisterDevice) -> None:
    """Keep a person's device key for ever under one id; raises Conflict when the id is taken by another key.

    Told again, it may become a reviewer's or cease to be one: its person has another role now.
    """
    evidence.load_device_key(request.public_key)
    number = ground.writing().tenant(request.tenant).number
    row = DeviceRow(request.actor, request.public_key, revoked=False, reviewer=request.reviewer)
    if (kept := _find_device(ground, request.tenant, request.device)) is not None:
        if msgspec.structs.replace(kept, reviewer=row.reviewer) != row:
            raise Conflict(f"device {request.device} is registered otherwise")
        if kept == row:
            return
    _write_device(ground, request.tenant, number, request.device, row)
    kind = "reviewer" if row.reviewer else None
    ground.journal.append("register_device", "done", tenant=request.tenant, actor=request.actor, kind=kind)


def revoke_device(ground: Ground, request: p.RevokeDevice) -> None:
    """Let a device sign nothing more; raises NotFound."""
    number = ground.writing().tenant(request.tenant).number
    kept = _find_device(ground, request.tenant, request.device)
    if kept is None:
        raise NotFound(f"device {request.device} is not registered")
    row = msgspec.structs.replace(kept, revoked=True)
    _write_device(ground, request.tenant, number, request.device, row)
    ground.journal.append("revoke_device", "done", tenant=request.tenant, actor=kept.actor)


def _find_device(ground: Ground, tenant: UUID, device: UUID) -> DeviceRow | None:
    query = "SELECT sealed FROM device WHERE tenant = ? AND device = ?"
    row = ground.store.execute(query, (ground.tree.tenant(tenant).number, device.bytes)).fetchone()
    return None if row is None else _device.decode(ground.open_row("device", tenant, device, row[0]))


def _write_device(ground: Ground, tenant: UUID, number: int, device: UUID, row: DeviceRow) -> None:
    sealed = ground.seal_row("device", tenant, device, frames.encoder.encode(row))
    ground.store.execute("INSERT OR REPLACE INTO device VALUES (?, ?, ?)", (number, device.bytes, sealed))


def bind_contacts(ground: Ground, request: p.BindContacts) -> None:
    """Tie contacts to subjects, each once and for all; raises Conflict for one that is another subject's."""
    tree = ground.writing()
    number = tree.tenant(request.tenant).number
    rings = tree.rings(request.tenant, (subject for subject, _, _ in request.items))
    if any(ring.retention for ring in rings.values()):
        raise Denied("retention_ring")
    for subject, name, value in request.items:
        row = calls.contact_row(ground, request.tenant, name, value)
        kept = calls.contact(ground, request.tenant, row)
        if kept is None:
            sealed = ground.seal_row("contact", request.tenant, row, subject.bytes)
            ground.store.execute("INSERT INTO contact VALUES (?, ?, ?, ?)", (number, row.bytes, subject.bytes, sealed))
        elif kept != subject:
            ground.journal.append("bind_contacts", "denied", tenant=request.tenant, subject=subject, reason="taken")
            raise Conflict(f"a contact of subject {subject} belongs to another subject")


# -- tickets that evidence earns --------------------------------------------------------------------------------------


def ticket_live(ground: Ground, request: p.TicketLive) -> p.TicketGrant:
    """Give the agent of a live conversation a ticket for its customer; raises Denied with the reason."""
    now = ground.clock.now()
    ground.buckets.take(("live", request.tenant, request.actor), ground.limits.live_actor, now)
    row = calls.of_agent(ground, request.tenant, request.conversation, request.actor, now)
    until = calls.until(ground, row)
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


def end_tickets(ground: Ground, request: p.EndTickets) -> int:
    """End every ticket of a person, and what they signed for beforehand; return how many tickets there were.

    Anybody may: nothing opens by it.
    """
    ended = ground.tickets.end(request.tenant, request.actor)
    ground.pledges.withdraw(request.tenant, request.actor)
    ground.journal.append("end_tickets", "done", tenant=request.tenant, actor=request.actor, count=ended)
    return ended


def ticket_four_eyes(ground: Ground, request: p.TicketFourEyes) -> p.TicketGrant:
    """Give a ticket that two different people signed for with their devices; raises Denied with the reason."""
    if not 1 <= len(request.subjects) <= MAX_SUBJECTS:
        raise InvalidInput(f"a four-eyes ticket names 1 to {MAX_SUBJECTS} subjects")
    now = ground.clock.now()
    ground.buckets.take(("four_eyes", request.tenant), ground.limits.four_eyes_tenant, now, len(request.subjects))
    people = {proof.actor for proof in request.proofs}
    if len(people) < _APPROVERS:
        raise Denied("second_person_missing")
    asked = Asked(FOUR_EYES, None, tuple(request.subjects), tuple(request.classes), request.purpose, request.event)
    for proof in request.proofs:
        check_proof(ground, request.tenant, proof, asked, now)
    return grant_four_eyes(ground, request, now, left=ground.limits.unwraps_per_ticket * len(request.subjects))


def grant_four_eyes(
    ground: Ground, request: p.TicketFourEyes | p.TicketPledged, now: int, *, left: int
) -> p.TicketGrant:
    """Give the ticket for which enough people have signed; it opens ``left`` originals at most."""
    return ground.grant(
        Ticket(
            kind=Kind.FOUR_EYES,
            tenant=request.tenant,
            actor=request.actor,
            subjects=frozenset(request.subjects),
            classes=frozenset(request.classes),
            event=request.event,
            expires_at=now + ground.limits.four_eyes_seconds * SECOND,
            left=left,
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


def is_good(ground: Ground, tenant: UUID, actor: UUID, device: UUID) -> bool:
    """Whether ``device`` is ``actor``'s and not revoked."""
    row = _find_device(ground, tenant, device)
    return row is not None and not row.revoked and row.actor == actor


def check_proof(ground: Ground, tenant: UUID, proof: p.Proof, asked: Asked, now: int) -> None:
    """Return when ``proof`` is a fresh, first-time signature of the person's own device over ``asked``; else Denied."""
    device = _find_device(ground, tenant, proof.device)
    if device is None or device.revoked or device.actor != proof.actor:
        raise Denied("device_unknown")
    if asked.use in _OF_REVIEWERS and not device.reviewer:
        raise Denied("device_not_reviewers")
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


def approved(ground: Ground, tenant: UUID, proofs: Sequence[p.Proof], asked: Asked) -> str:
    """Return how two people's approval was shown: ``verified`` by their devices, or ``asserted`` by the caller.

    Raises Denied("second_person_missing") where dual control is on and fewer than two signed; Denied for a signature
    that is not good for ``asked``.
    """
    if len({proof.actor for proof in proofs}) < _APPROVERS:
        if ground.dual_control:
            raise Denied("second_person_missing")
        return "asserted"
    now = ground.clock.now()
    for proof in proofs:
        check_proof(ground, tenant, proof, asked, now)
    return "verified"
