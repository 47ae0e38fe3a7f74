"""Tickets without live evidence, and opening under a ticket."""

from typing import Final
from uuid import UUID

from hushkeep import vault
from hushkeep.kernel import Denied, IntegrityError, InvalidInput
from hushkeep.keys import protocol as p
from hushkeep.keys import rings
from hushkeep.keys.ground import SECOND, Ground
from hushkeep.keys.live import SAMPLE, Asked, check_proof
from hushkeep.keys.making import before_conversation
from hushkeep.keys.rings import Ring
from hushkeep.keys.tickets import MAX_SUBJECTS, Kind, Ticket

CONVERSATION_BYTES: Final = 16
_OF_THINGS: Final = frozenset({Kind.JOB, Kind.FOUR_EYES})
"""The tickets that open the ring of a thing: a reviewer or an agent never hears an original."""


def lookup(ground: Ground, request: p.Lookup) -> bytes:
    """Return one digest for searching, within the actor's and the tenant's limit."""
    now = ground.clock.now()
    ground.buckets.take(("lookup", request.tenant, request.actor), ground.limits.lookup_actor, now)
    ground.buckets.take(("lookup", request.tenant), ground.limits.lookup_tenant, now)
    key = ground.writing().index_key(request.tenant, request.name)
    ground.journal.append(
        "lookup", "done", tenant=request.tenant, actor=request.actor, event=request.event, kind=request.name, count=1
    )
    return vault.blind_index(key, request.name, request.value)


def ticket_sample(ground: Ground, request: p.TicketSample) -> p.TicketGrant:
    """Give a reviewer a ticket for one subject."""
    now = ground.clock.now()
    ground.buckets.take(("sample", request.tenant, request.actor), ground.limits.sample_actor, now)
    ground.buckets.take(("sample", request.tenant), ground.limits.sample_tenant, now)
    if ground.tree.rings(request.tenant, [request.subject])[request.subject].retention:
        raise Denied("retention_ring")
    if request.proof is not None:
        if request.proof.actor != request.actor:
            raise Denied("device_unknown")
        classes = tuple(request.classes)
        asked = Asked(SAMPLE, None, (request.subject,), classes, request.purpose, request.event)
        check_proof(ground, request.tenant, request.proof, asked, now)
    elif ground.demand_proof:
        raise Denied("device_proof_missing")
    return ground.grant(
        Ticket(
            kind=Kind.SAMPLE,
            tenant=request.tenant,
            actor=request.actor,
            subjects=frozenset({request.subject}),
            classes=frozenset(request.classes),
            event=request.event,
            expires_at=now + ground.limits.sample_seconds * SECOND,
            left=ground.limits.unwraps_per_ticket,
        )
    )


def ticket_job(ground: Ground, request: p.TicketJob) -> p.TicketGrant:
    """Give a declared job a ticket over its declared subjects."""
    if not 1 <= len(request.subjects) <= MAX_SUBJECTS:
        raise InvalidInput(f"a job ticket names 1 to {MAX_SUBJECTS} subjects")
    now = ground.clock.now()
    ground.buckets.take(("job", request.tenant), ground.limits.job_tenant, now)
    return ground.grant(
        Ticket(
            kind=Kind.JOB,
            tenant=request.tenant,
            actor=request.job,
            subjects=frozenset(request.subjects),
            classes=frozenset(request.classes),
            event=request.event,
            expires_at=now + ground.limits.job_seconds * SECOND,
            left=ground.limits.unwraps_per_ticket * len(request.subjects),
        )
    )


def _ring(ground: Ground, ticket: Ticket, key_id: bytes) -> tuple[Ring, str]:
    """Return (ring, class) of a key that ``ticket`` admits; raises Denied, also for a key that does not exist."""
    ring = ground.tree.ring_of(key_id)
    klass = rings.class_of(key_id)
    ticket.admit(ring.tenant, ring.subject, klass)
    if ring.retention and ticket.kind not in _OF_THINGS:
        raise Denied("retention_ring")
    return ring, klass


def _interaction_key(ground: Ground, ticket: Ticket, wrap: bytes) -> tuple[bytes, Ring, str]:
    """Return (interaction key, ring, class) of ``wrap``: the conversation's id and the wrapped key."""
    wrapped = wrap[CONVERSATION_BYTES:]
    ring, klass = _ring(ground, ticket, vault.parent_of(wrapped)[0])
    bound = before_conversation(ring.tenant, klass) + wrap[:CONVERSATION_BYTES]
    return vault.unwrap_bound(ring.key(klass), wrapped, bound), ring, klass


def unwrap(ground: Ground, request: p.Unwrap) -> list[bytes]:
    """Open interaction keys under a ticket; all of them or none."""
    ticket = ground.tickets.find(request.ticket)
    ticket.spend(len(request.wraps), ground.clock.now())
    opened = [_interaction_key(ground, ticket, wrap)[0] for wrap in request.wraps]
    ground.note("unwrap", ticket, request.event, len(opened))
    return opened


def open_originals(ground: Ground, request: p.OpenOriginals) -> list[bytes]:
    """Open originals under a ticket, all of them or none; their interaction keys stay here."""
    ticket = ground.tickets.find(request.ticket)
    ticket.spend(len(request.items), ground.clock.now())
    opened = []
    for wrap, table, version, sealed in request.items:
        secret, ring, klass = _interaction_key(ground, ticket, wrap)
        row = UUID(bytes=wrap[:CONVERSATION_BYTES])
        place = vault.Context(tenant=ring.tenant, table=table, klass=klass, row=row, capsule_version=version)
        opened.append(vault.open_sealed(vault.DataKey.of(secret), sealed, place))
    ground.note("open_originals", ticket, request.event, len(opened))
    return opened


def open_segments(ground: Ground, request: p.OpenSegments) -> list[bytes]:
    """Open segments of a sealed file under a ticket, all of them or none; the file's key stays here."""
    ticket = ground.tickets.find(request.ticket)
    ticket.spend(1, ground.clock.now())
    if any(wrap[:CONVERSATION_BYTES] != request.object.bytes for wrap in request.wraps):
        raise IntegrityError(f"object {request.object}: its wrapped key is another's")
    secret = bytes(vault.KEY_BYTES)
    for wrap in request.wraps:
        part = _interaction_key(ground, ticket, wrap)[0]
        secret = bytes(a ^ b for a, b in zip(secret, part, strict=True))
    opened = vault.open_segments(vault.DataKey.of(secret), request.start, request.object, request.segments)
    ground.note("open_segments", ticket, request.event, len(opened))
    return opened


def open_capsules(ground: Ground, request: p.OpenCapsules) -> list[bytes]:
    """Open capsules under a ticket; all of them or none."""
    ticket = ground.tickets.find(request.ticket)
    ticket.spend(len(request.items), ground.clock.now())
    opened = []
    for table, row, version, sealed in request.items:
        ring, klass = _ring(ground, ticket, vault.key_id_of(sealed))
        place = vault.Context(tenant=ring.tenant, table=table, klass=klass, row=row, capsule_version=version)
        opened.append(vault.open_sealed(ring.key(klass), sealed, place))
    ground.note("open_capsules", ticket, request.event, len(opened))
    return opened
