"""Chatwoot's webhooks, read as a connector's words: who serves whom, from when, until when. Pure.

Checked as Chatwoot signs (pull request 13573): HMAC-SHA256 over ``timestamp.body`` in ``X-Chatwoot-Signature``
(``sha256=`` and hexadecimal), ``X-Chatwoot-Timestamp`` in seconds within five minutes, ``X-Chatwoot-Delivery`` once.

A conversation counts as live while it is open and assigned to an agent whom the center has named. One that an agent
began opens once the customer has written; a contact whose identity Chatwoot verified by HMAC counts as verified.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from hushkeep.kernel import Denied, InvalidInput

WINDOW: Final = timedelta(minutes=5)
SIGNATURE, TIMESTAMP, DELIVERY = "X-Chatwoot-Signature", "X-Chatwoot-Timestamp", "X-Chatwoot-Delivery"
_SCHEME: Final = "sha256="
_INCOMING: Final = frozenset({0, "incoming"})
_OUTGOING: Final = frozenset({1, "outgoing"})
_CONVERSATION: Final = frozenset({"conversation_created", "conversation_status_changed", "conversation_updated"})

Said = dict[str, object]


class _Sender(msgspec.Struct, frozen=True):
    identifier: str | None = None
    phone_number: str | None = None
    email: str | None = None


class _Assignee(msgspec.Struct, frozen=True):
    id: int


class _Meta(msgspec.Struct, frozen=True):
    sender: _Sender = _Sender()
    assignee: _Assignee | None = None


class _ContactInbox(msgspec.Struct, frozen=True):
    hmac_verified: bool = False


class _Message(msgspec.Struct, frozen=True):
    message_type: int | str | None = None


class _Conversation(msgspec.Struct, frozen=True):
    """What this side reads of a conversation; the rest, and every text, is left where it is."""

    id: int
    status: str = ""
    meta: _Meta = _Meta()
    contact_inbox: _ContactInbox = _ContactInbox()
    messages: tuple[_Message, ...] = ()


class _Event(msgspec.Struct, frozen=True):
    event: str
    conversation: _Conversation | None = None
    message_type: int | str | None = None


@dataclass(frozen=True, slots=True)
class Going:
    """A conversation that is live: under which reference, with which agent; what was told of its customer."""

    reference: str
    agent: UUID
    outbound: bool
    answered: bool = False
    verified: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered: Chatwoot's number of a conversation -> how it stands; a delivery -> its time."""

    going: Mapping[int, Going] = field(default_factory=dict)
    seen: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """What one delivery comes to: words to tell, and the contacts by which the customer of a start may be known."""

    words: tuple[Said, ...]
    contacts: tuple[tuple[str, str], ...]
    state: State


def check(headers: Mapping[str, str], body: bytes, secret: bytes, state: State, *, now: datetime) -> str:
    """Return the delivery's id when it is Chatwoot's own, fresh and new.

    Raises Denied: ``connector_signature`` (missing or wrong), ``evidence_stale``, ``evidence_repeated``.
    """
    at, delivery, signature = (headers.get(name, "") for name in (TIMESTAMP, DELIVERY, SIGNATURE))
    expected = _SCHEME + hmac.digest(secret, at.encode() + b"." + body, "sha256").hex()
    if not delivery or not hmac.compare_digest(expected.encode(), signature.encode()):
        raise Denied("connector_signature")
    if not at.isdecimal() or abs(now.timestamp() - int(at)) > WINDOW.total_seconds():
        raise Denied("evidence_stale")
    if delivery in state.seen:
        raise Denied("evidence_repeated")
    return delivery


def read(body: bytes, delivery: str, agents: Mapping[int, UUID], state: State, *, now: datetime) -> Step:
    """Return what the checked ``body`` comes to; ``agents`` maps Chatwoot's numbers of agents to people.

    Raises InvalidInput, without a word of what it held.
    """
    try:
        event = msgspec.json.decode(body, type=_Event)
        told = _conversation(event, body)
    except (msgspec.DecodeError, ValueError):
        raise InvalidInput("chatwoot_event_malformed") from None
    seen = {known: at for known, at in state.seen.items() if now - at <= 2 * WINDOW} | {delivery: now}
    if told is None:
        return Step((), (), replace(state, seen=seen))
    before = state.going.get(told.id)
    words, after = _moved(told, before, f"{told.id}/{delivery}", agents)
    if after is not None:
        more, after = _customer(event, told, after)
        words += more
    going = {number: known for number, known in state.going.items() if number != told.id}
    return Step(tuple(words), _contacts(told), State(going | ({told.id: after} if after else {}), seen))


def _conversation(event: _Event, body: bytes) -> _Conversation | None:
    """A message's event holds its conversation; a conversation's event is one."""
    if event.event in _CONVERSATION:
        return msgspec.json.decode(body, type=_Conversation)
    return event.conversation if event.event == "message_created" else None


def _moved(
    told: _Conversation, before: Going | None, reference: str, agents: Mapping[int, UUID]
) -> tuple[list[Said], Going | None]:
    assignee = told.meta.assignee
    agent = agents.get(assignee.id) if assignee else None
    if told.status != "open" or agent is None:
        return ([_word("ended", before)] if before else []), None
    if before is None:
        after = Going(reference, agent, outbound=_outbound(told))
        direction = "outbound" if after.outbound else "inbound"
        return [_word("started", after) | {"agent": str(agent), "direction": direction, "wrap_up_seconds": 0}], after
    if before.agent != agent:
        after = replace(before, agent=agent)
        return [_word("transferred", after) | {"agent": str(agent)}], after
    return [], before


def _customer(event: _Event, told: _Conversation, going: Going) -> tuple[list[Said], Going]:
    """What was begun by an agent opens by the customer's own doing: an answer, or an identity that was verified."""
    words: list[Said] = []
    if going.outbound and not going.answered and event.message_type in _INCOMING:
        words, going = [_word("answered", going)], replace(going, answered=True)
    if going.outbound and not going.verified and told.contact_inbox.hmac_verified:
        words, going = [*words, _word("verified", going)], replace(going, verified=True)
    return words, going


def _outbound(told: _Conversation) -> bool:
    """Whether the agent wrote first; where nothing was written yet it is taken for the agent's doing, and is masked."""
    kinds = [m.message_type for m in told.messages if m.message_type in _INCOMING | _OUTGOING]
    return not kinds or kinds[0] in _OUTGOING


def _contacts(told: _Conversation) -> tuple[tuple[str, str], ...]:
    sender = told.meta.sender
    email = (sender.email or "").lower()
    found = (("source_id", sender.identifier), ("phone", sender.phone_number), ("email", email))
    return tuple((index, value) for index, value in found if value)


def _word(kind: str, going: Going) -> Said:
    return {"type": f"conversation.{kind}", "conversation": going.reference}


def as_json(state: State) -> Any:
    """Return ``state`` as what JSON can hold: ids, codes and times alone."""
    return msgspec.to_builtins(state)


def from_json(text: bytes) -> State:
    """Return the state that ``as_json`` made; raises InvalidInput."""
    try:
        return msgspec.json.decode(text, type=State)
    except (msgspec.DecodeError, ValueError):
        raise InvalidInput("the connector's memory is malformed") from None
