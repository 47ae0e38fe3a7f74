"""Live conversations as the key service itself knows them: every change is a connector's signed word, judged here."""

import hashlib
from typing import Final
from uuid import UUID, uuid5

import msgspec

from hushkeep import vault
from hushkeep.kernel import Denied, NotFound
from hushkeep.keys import evidence, frames
from hushkeep.keys import protocol as p
from hushkeep.keys.ground import SECOND, Ground

_CONTACTS: Final = UUID("6f9f2f0e-3d3c-7a56-9b5e-0d1f7f6c2a11")
_KEEP_ENDED: Final = 24 * 3600 * SECOND
ANSWERED_SECONDS: Final = 20
"""How long the customer has been on the line before what an agent began opens anything."""


class LiveRow(msgspec.Struct, array_like=True, frozen=True):
    """A live conversation, as its sealed row holds it; times in microseconds, 0 for what has not happened.

    ``told_at`` is the time of the connector's latest word: an older one that comes after it changes nothing.
    """

    source: bytes
    connector: UUID
    agent: UUID
    subject: UUID
    started_at: int
    ended_at: int
    wrap_up_seconds: int = 60
    outbound: bool = False
    answered_at: int = 0
    others: tuple[UUID, ...] = ()
    told_at: int = 0
    verified_at: int = 0

    @property
    def agents(self) -> frozenset[UUID]:
        """Everybody who serves the customer."""
        return frozenset({self.agent, *self.others})


_live = msgspec.msgpack.Decoder(LiveRow)


def contact_row(ground: Ground, tenant: UUID, name: str, value: str) -> UUID:
    """Return the id under which a contact is kept: from its keyed digest."""
    key = ground.writing().index_key(tenant, "contact")
    return uuid5(_CONTACTS, vault.blind_index(key, name, value).hex())


def contact(ground: Ground, tenant: UUID, row: UUID) -> UUID | None:
    """Return the subject whose contact it is, or None."""
    query = "SELECT sealed FROM contact WHERE tenant = ? AND digest = ?"
    found = ground.store.execute(query, (ground.tree.tenant(tenant).number, row.bytes)).fetchone()
    return None if found is None else UUID(bytes=ground.open_row("contact", tenant, row, found[0]))


def live_start(ground: Ground, request: p.LiveStart) -> UUID:
    """Take a connector's signed start; return the subject it concerns.

    Raises Denied for a wrong signature, a stale or repeated start, or beyond what an agent may begin in an hour;
    NotFound when the contact is bound to no subject.
    """
    _check(ground, request)
    started = evidence.read_started(request.body)
    now = ground.clock.now()
    evidence.fresh(started.at, now, evidence.CONNECTOR_SKEW)
    _same_tenant(started.tenant, request.tenant)
    source = _source(request.connector, started.conversation)
    if _find(ground, request.tenant, "source", source) or _find(
        ground, request.tenant, "conversation", request.conversation.bytes
    ):
        raise Denied("conversation_started_already")
    outbound = started.direction == "outbound"
    if outbound:
        ground.buckets.take(("outbound", request.tenant, started.agent), ground.limits.outbound_agent, now)
    place = contact_row(ground, request.tenant, started.contact.index, started.contact.value)
    subject = contact(ground, request.tenant, place)
    if subject is None:
        raise NotFound(f"conversation {request.conversation}: its contact is bound to no subject")
    row = LiveRow(
        source=source,
        connector=request.connector,
        agent=started.agent,
        subject=subject,
        started_at=now,
        ended_at=0,
        wrap_up_seconds=started.wrap_up_seconds,
        outbound=outbound,
        told_at=evidence.microseconds(started.at),
    )
    _write(ground, request.tenant, request.conversation, row)
    _note(ground, "live_start", request.tenant, request.conversation, row)
    return subject


def live_change(ground: Ground, request: p.LiveChange) -> None:
    """Take a connector's signed word on a conversation that goes on: answered, verified, transferred, joined or left.

    Raises Denied for a wrong signature, one that is stale, or older than what was told before; NotFound without start;
    Denied("conversation_not_live") after the end.
    """
    _check(ground, request)
    word = evidence.read_change(request.body)
    now = ground.clock.now()
    evidence.fresh(word.at, now, evidence.CONNECTOR_SKEW)
    _same_tenant(word.tenant, request.tenant)
    conversation, row = _told(ground, request.tenant, request.connector, word.conversation)
    at = evidence.microseconds(word.at)
    if row.ended_at:
        raise Denied("conversation_not_live")
    if at <= row.told_at:
        raise Denied("evidence_out_of_order")
    changed = msgspec.structs.replace(changed_by(row, word, now), told_at=at)
    _write(ground, request.tenant, conversation, changed)
    for gone in row.agents - changed.agents:
        ground.tickets.shorten(conversation, now, actor=gone)
    _note(ground, "live_change", request.tenant, conversation, changed)


def changed_by(row: LiveRow, word: evidence.Change, now: int) -> LiveRow:
    """Return ``row`` after ``word``: a transfer leaves nobody else on the call, an answer counts once. Pure."""
    match word:
        case evidence.Answered():
            return row if row.answered_at else msgspec.structs.replace(row, answered_at=now)
        case evidence.Verified():
            return row if row.verified_at else msgspec.structs.replace(row, verified_at=now)
        case evidence.Transferred():
            return msgspec.structs.replace(row, agent=word.agent, others=())
        case evidence.Joined():
            others = tuple(sorted({*row.others, word.agent} - {row.agent}))
            return msgspec.structs.replace(row, others=others)
        case evidence.Left():
            return msgspec.structs.replace(row, others=tuple(other for other in row.others if other != word.agent))


def live_end(ground: Ground, request: p.LiveEnd) -> None:
    """Take a connector's signed end: its tickets die after wrap-up. Raises Denied, NotFound."""
    _check(ground, request)
    ended = evidence.read_ended(request.body)
    _same_tenant(ended.tenant, request.tenant)
    conversation, row = _told(ground, request.tenant, request.connector, ended.conversation)
    if row.ended_at:
        return
    now = ground.clock.now()
    _write(ground, request.tenant, conversation, msgspec.structs.replace(row, ended_at=now))
    ground.tickets.shorten(conversation, now + row.wrap_up_seconds * SECOND)
    _note(ground, "live_end", request.tenant, conversation, row)


def sweep(ground: Ground) -> None:
    """Drop conversations that ended more than a day ago: their starts are too old to be taken again."""
    ground.writing()
    before = ground.clock.now() - _KEEP_ENDED
    ground.store.execute("DELETE FROM live WHERE ended_at != 0 AND ended_at < ?", (before,))


def of_agent(ground: Ground, tenant: UUID, conversation: UUID, agent: UUID, now: int) -> LiveRow:
    """Return the conversation that ``agent`` has now, wrap-up included; raises Denied with the reason.

    What an agent began opens nothing before its customer has been on the line for 20 seconds, or was verified.
    """
    found = _find(ground, tenant, "conversation", conversation.bytes)
    if found is None or now >= until(ground, found[1]):
        raise Denied("conversation_not_live")
    row = found[1]
    if agent not in row.agents:
        raise Denied("conversation_of_another_agent")
    answered = row.answered_at and _last(row, now) >= row.answered_at + ANSWERED_SECONDS * SECOND
    if row.outbound and not answered and not row.verified_at:
        raise Denied("conversation_not_answered")
    return row


def _last(row: LiveRow, now: int) -> int:
    """Until when the customer was on the line: a wrap-up does not lengthen a call."""
    return min(now, row.ended_at) if row.ended_at else now


def until(ground: Ground, row: LiveRow) -> int:
    """Return when the conversation opens nothing more, as far as is known now (microseconds)."""
    latest = row.started_at + ground.limits.live_hours * 3600 * SECOND
    wrap_up = min(row.wrap_up_seconds, ground.limits.wrap_up_seconds)
    return min(latest, row.ended_at + wrap_up * SECOND) if row.ended_at else latest


def _check(ground: Ground, request: p.LiveStart | p.LiveChange | p.LiveEnd) -> None:
    query = "SELECT wrapped FROM connector WHERE tenant = ? AND id = ?"
    place = (ground.tree.tenant(request.tenant).number, request.connector.bytes)
    row = ground.store.execute(query, place).fetchone()
    if row is None:
        raise Denied("connector_unknown")
    secret = ground.open_row("connector", request.tenant, request.connector, row[0])
    evidence.check_connector(secret, request.body, request.signature)


def _same_tenant(told: UUID, asked: UUID) -> None:
    if told != asked:
        raise Denied("connector_other_tenant")


def _source(connector: UUID, conversation: str) -> bytes:
    return hashlib.sha256(connector.bytes + conversation.encode()).digest()


def _told(ground: Ground, tenant: UUID, connector: UUID, conversation: str) -> tuple[UUID, LiveRow]:
    found = _find(ground, tenant, "source", _source(connector, conversation))
    if found is None:
        raise NotFound("no such live conversation")
    return found


def _write(ground: Ground, tenant: UUID, conversation: UUID, row: LiveRow) -> None:
    number = ground.writing().tenant(tenant).number
    sealed = ground.seal_row("live", tenant, conversation, frames.encoder.encode(row))
    columns = (number, conversation.bytes, row.source, sealed, row.ended_at)
    ground.store.execute("INSERT OR REPLACE INTO live VALUES (?, ?, ?, ?, ?)", columns)


def _find(ground: Ground, tenant: UUID, column: str, value: bytes) -> tuple[UUID, LiveRow] | None:
    query = f"SELECT conversation, sealed FROM live WHERE tenant = ? AND {column} = ?"  # noqa: S608 - our own column
    found = ground.store.execute(query, (ground.tree.tenant(tenant).number, value)).fetchone()
    if found is None:
        return None
    conversation = UUID(bytes=found[0])
    return conversation, _live.decode(ground.open_row("live", tenant, conversation, found[1]))


def _note(ground: Ground, op: str, tenant: UUID, conversation: UUID, row: LiveRow) -> None:
    ground.journal.append(
        op, "done", tenant=tenant, actor=row.agent, subject=row.subject, conversation=conversation, kind="live"
    )
