"""Live events: a connector's signed word that a conversation began or ended. The key service is the judge of it.

The body is passed on byte for byte: the signature (HMAC-SHA256 under the connector's secret, which only the key
service holds) is over these bytes. The shapes are the key service's: ``conversation.started``, ``.answered``,
``.verified``, ``.transferred``, ``.joined``, ``.left`` and ``.ended``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hushkeep.access import live
from hushkeep.access.actors import Actor, Target
from hushkeep.access.gate import guarded
from hushkeep.access.live import LiveConversation, Start
from hushkeep.identity import people, service_accounts
from hushkeep.identity.roles import Role, Scope
from hushkeep.kernel import (
    Action,
    ActorKind,
    ConversationId,
    Denied,
    InvalidInput,
    NotFound,
    Permit,
    SubjectId,
    TenantId,
    new_id,
)
from hushkeep.records import contacts
from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.tenancy import tenant_transaction

MAX_BYTES = 4096


class _Contact(msgspec.Struct, frozen=True):
    index: str
    value: str


class _Word(msgspec.Struct, frozen=True):
    """What this side reads of an event; the rest is between the connector and the key service."""

    type: str
    tenant: UUID
    conversation: str
    agent: UUID | None = None
    contact: _Contact | None = None
    direction: str = "inbound"
    wrap_up_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Signed:
    """An event as it came: the connector named in the address, the body, the signature over it (32 bytes)."""

    connector: UUID
    body: bytes
    signature: bytes


def receive(event: Signed, keys: KeyClient, *, now: datetime) -> LiveConversation:
    """Return the live conversation as it stands after ``event``.

    Raises InvalidInput for what is no event; Denied for an unknown connector, a wrong, stale, repeated or overtaken
    word, an agent who is none; NotFound for what never began, or a contact of no customer.
    """
    word = _read(event.body)
    tenant = TenantId(word.tenant)
    with tenant_transaction(tenant):
        account = service_accounts.find(event.connector)
        known = live.find(event.connector, word.conversation)
    if account is None or Scope.CONNECTOR not in account.scopes:
        raise Denied("connector_unknown")
    actor = Actor(person=event.connector, tenant=tenant, scopes=(Scope.CONNECTOR,), kind=ActorKind.CONNECTOR)
    if word.type == "conversation.started" and word.agent is not None:
        return _begin(actor, event, word, word.agent, keys, now)
    if word.type == "conversation.ended":
        return _end(actor, event, known, keys, now)
    if word.type in _OF_CUSTOMERS or (word.type in _OF_AGENTS and word.agent is not None):
        return _change(actor, event, word, known, keys, now)
    raise InvalidInput("live_event_unknown")


def _begin(  # noqa: PLR0913, PLR0917 - one event's whole context
    actor: Actor, event: Signed, word: _Word, agent: UUID, keys: KeyClient, now: datetime
) -> LiveConversation:
    conversation = ConversationId(new_id())

    def act(permit: Permit) -> LiveConversation:
        # The judge first: a start that it has taken is never taken again, so a failure after it stays a refusal.
        try:
            subject = keys.live_start(actor.tenant, event.connector, conversation, event.body, event.signature)
        except NotFound:
            named = word.contact
            if named is None or not contacts.bind(permit, named.index, named.value, keys, now=now):
                raise
            subject = keys.live_start(actor.tenant, event.connector, conversation, event.body, event.signature)
        _demand_agent(actor.tenant, agent)
        start = Start(
            reference=word.conversation,
            conversation=conversation,
            subject=SubjectId(subject),
            agent=agent,
            outbound=word.direction == "outbound",
            wrap_up=timedelta(seconds=word.wrap_up_seconds),
        )
        return live.begin(permit, start, now=now)

    target = Target(kind="conversation", id=conversation, conversation=conversation)
    return guarded(actor, Action.CONVERSATION_START, target, act=act)


def _end(
    actor: Actor, event: Signed, known: LiveConversation | None, keys: KeyClient, now: datetime
) -> LiveConversation:
    def act(permit: Permit) -> LiveConversation:
        if known is None:
            raise NotFound("live conversation")
        keys.live_end(actor.tenant, event.connector, event.body, event.signature)
        return live.end(permit, known, now=now)

    conversation = known.conversation if known else None
    target = Target(kind="conversation", id=conversation, conversation=conversation)
    return guarded(actor, Action.CONVERSATION_END, target, act=act)


def _change(  # noqa: PLR0913, PLR0917 - one event's whole context
    actor: Actor, event: Signed, word: _Word, known: LiveConversation | None, keys: KeyClient, now: datetime
) -> LiveConversation:
    def act(permit: Permit) -> LiveConversation:
        if known is None:
            raise NotFound("live conversation")
        keys.live_change(actor.tenant, event.connector, event.body, event.signature)
        if word.agent is None or word.type in _OF_CUSTOMERS:
            return _OF_CUSTOMERS[word.type](permit, known, now=now)
        if word.type != "conversation.left":
            _demand_agent(actor.tenant, word.agent)
        return _OF_AGENTS[word.type](permit, known, word.agent, now=now)

    conversation = known.conversation if known else None
    action = Action.CONVERSATION_TRANSFER if word.type in _OF_AGENTS else Action.CONVERSATION_START
    return guarded(actor, action, Target(kind="conversation", id=conversation, conversation=conversation), act=act)


_OF_CUSTOMERS: Mapping[str, Callable[..., LiveConversation]] = {
    "conversation.answered": live.answered,
    "conversation.verified": live.verified,
}
_OF_AGENTS: Mapping[str, Callable[..., LiveConversation]] = {
    "conversation.transferred": live.transfer,
    "conversation.joined": live.join,
    "conversation.left": live.leave,
}


def _demand_agent(tenant: TenantId, agent: UUID) -> None:
    try:
        person = people.get(tenant, agent)
    except NotFound:
        raise Denied("agent_unknown") from None
    if person.role is not Role.AGENT or not person.active:
        raise Denied("agent_unknown")


def _read(body: bytes) -> _Word:
    if len(body) > MAX_BYTES:
        raise InvalidInput("live_event_too_large")
    try:
        return msgspec.json.decode(body, type=_Word)
    except (msgspec.DecodeError, ValueError):
        raise InvalidInput("live_event_malformed") from None
