"""Conversations: listed, searched and read masked; revealed for a purpose; their trail."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from hushkeep.access import mandates
from hushkeep.access.actors import Target
from hushkeep.access.gate import guarded
from hushkeep.api.actors import actor_of
from hushkeep.api.events import EventsOut, shown
from hushkeep.api.evidence import ProofIn, event_of
from hushkeep.api.pages import DEFAULT, Limit
from hushkeep.api.schemas import In, Moment, Out
from hushkeep.audit import trail
from hushkeep.kernel import Action, Channel, ConversationId, InvalidInput, NotFound, Outcome, Permit
from hushkeep.records import conversations, reveal
from hushkeep.records.conversations import Filter
from hushkeep.records.values import Header, MaskedConversation, Page
from hushkeep.runtime.clock import now
from hushkeep.runtime.key_client import keys
from hushkeep.runtime.tenancy import tenant_transaction

router = Router(tags=["conversations"])

Cursor = Annotated[str | None, Query(None, max_length=128)]
KIND = "conversation"


class HeaderOut(Out):
    """A conversation in a list: masked, without its turns. ``findings`` counts entities."""

    id: UUID
    channel: str
    language: str | None
    direction: str | None
    started_at: datetime | None
    ended_at: datetime | None
    turn_count: int
    findings: dict[str, int]
    secrets_cut: int
    level: int
    agent: str | None
    preview: str


class HeadersOut(Out):
    """A page of conversations, the latest first."""

    items: list[HeaderOut]
    next: str | None


class MarkOut(Out):
    """A finding: half-open, in code points of the masked text."""

    start: int
    end: int
    entity: str
    level: int


class TurnOut(Out):
    """One masked turn."""

    n: int
    speaker: str
    at: datetime | None
    text: str
    findings: list[MarkOut]


class AttachmentOut(Out):
    """A file that hangs on a message, its name masked; ``turn`` is where its text stands, if it was read.

    ``here`` says whether all that is kept of it has come; ``scan`` who looked at it for malware.
    """

    n: int
    turn: int | None
    name: str
    media_type: str
    size: int
    state: str
    reason: str | None
    scan: str | None
    here: bool


class ConversationOut(HeaderOut):
    """A whole conversation, masked."""

    subject: UUID
    turns: list[TurnOut]
    attachments: list[AttachmentOut]


class SearchIn(In):
    """What to look for, exactly. It comes in the body: addresses are written down, bodies are not."""

    index: str = Field(max_length=32)
    value: str = Field(min_length=1, max_length=200)


class RevealIn(In):
    """Why, and which turns (all when absent); an agent's browser signs for it."""

    purpose: str = Field(max_length=64)
    turns: list[int] | None = Field(None, max_length=5_000)
    proof: ProofIn | None = None


class ClearTurnOut(Out):
    """A turn as it was said."""

    n: int
    text: str


class RevealedOut(Out):
    """Clear turns, the event they are recorded under, and the seconds they may stand on screen."""

    event: UUID
    expires_in: int
    turns: list[ClearTurnOut]


class Which(In):
    """The filters of a list; ``from`` inclusive, ``to`` exclusive, both with a time zone."""

    channel: Channel | None = None
    language: str | None = Field(None, max_length=32)
    entity: str | None = Field(None, max_length=32)
    level: int | None = Field(None, ge=1, le=5)
    since: Moment | None = Field(None, alias="from")
    until: Moment | None = Field(None, alias="to")
    cursor: str | None = Field(None, max_length=128)
    limit: int = Field(DEFAULT, ge=1, le=200)

    def filter(self) -> Filter:
        """Return what the list is narrowed to; raise InvalidInput for a time without zone."""
        if any(moment is not None and moment.tzinfo is None for moment in (self.since, self.until)):
            raise InvalidInput("time_without_zone")
        return Filter(
            channel=self.channel,
            language=self.language,
            entity=self.entity,
            level=self.level,
            since=self.since,
            until=self.until,
        )


@router.get("/conversations", response=HeadersOut, by_alias=True)
def list_conversations(request: HttpRequest, which: Query[Which]) -> HeadersOut:
    """Return conversations, the latest first, masked."""
    wanted = which.filter()
    page = guarded(
        actor_of(request),
        Action.CONVERSATION_LIST,
        Target(kind=KIND),
        act=lambda permit: conversations.page(permit, wanted, now=now(), cursor=which.cursor, limit=which.limit),
        count=_length,
    )
    return _headers(page)


@router.post("/conversations/search", response=HeadersOut)
def search(request: HttpRequest, body: SearchIn, cursor: Cursor = None, limit: Limit = DEFAULT) -> HeadersOut:
    """Return the conversations in which a value occurs or whose customer it names: exact, by keyed digest."""
    page = guarded(
        actor_of(request),
        Action.CONVERSATION_SEARCH,
        Target(kind=KIND),
        act=lambda permit: conversations.search(
            permit, body.index, body.value, keys(), now=now(), cursor=cursor, limit=limit
        ),
        count=_length,
    )
    return _headers(page)


@router.get("/conversations/{uuid:conversation}", response=ConversationOut)
def view(request: HttpRequest, conversation: UUID) -> ConversationOut:
    """Return one conversation, masked."""
    found = guarded(
        actor_of(request),
        Action.CONVERSATION_VIEW,
        _target(request, conversation),
        act=lambda permit: conversations.view(permit, ConversationId(conversation), now=now()),
    )
    return _whole(found)


@router.post("/conversations/{uuid:conversation}/reveal", response=RevealedOut)
def reveal_conversation(request: HttpRequest, conversation: UUID, body: RevealIn) -> RevealedOut:
    """Return the original text for a purpose; secrets stay cut. The event is committed before this answer leaves."""
    actor = actor_of(request)
    proof = body.proof.read(actor) if body.proof else None
    seen = guarded(
        actor,
        Action.CONVERSATION_REVEAL,
        _target(request, conversation),
        purpose=body.purpose,
        event=event_of(body.proof),
        act=lambda permit: reveal.reveal(
            permit, ConversationId(conversation), keys(), now=now(), turns=body.turns, proof=proof
        ),
        count=lambda result: len(result.turns),
    )
    turns = [ClearTurnOut(n=turn.n, text=turn.text) for turn in seen.turns]
    return RevealedOut(event=seen.event, expires_in=seen.expires_in_seconds, turns=turns)


@router.get("/conversations/{uuid:conversation}/trail", response=EventsOut)
def read_trail(request: HttpRequest, conversation: UUID, cursor: Cursor = None, limit: Limit = DEFAULT) -> EventsOut:
    """Return what was done with one conversation, the latest first."""
    target = _target(request, conversation)

    def read(permit: Permit) -> trail.Page:
        wanted = mandates.within(permit, trail.Filter(conversation=ConversationId(conversation)))
        # One that is gone has its trail still; of one that never was there are refused tries at most.
        done = replace(wanted, outcome=Outcome.ALLOWED)
        if target.subject is None and not trail.of_conversation(permit, done, limit=1).items:
            raise NotFound(f"conversation {conversation}")
        return trail.of_conversation(permit, wanted, cursor, limit=limit)

    page = guarded(actor_of(request), Action.AUDIT_READ, target, act=read, count=lambda result: len(result.items))
    return shown(actor_of(request).tenant, page)


def _target(request: HttpRequest, conversation: UUID) -> Target:
    """Return the conversation with its subject, which the decision on live customers looks at."""
    tenant = actor_of(request).tenant
    with tenant_transaction(tenant):
        subject = reveal.subject_of(ConversationId(conversation))
    return Target(kind=KIND, id=conversation, conversation=ConversationId(conversation), subject=subject)


def _length(page: Page[Header]) -> int:
    return len(page.items)


def shown_header(header: Header) -> HeaderOut:
    """Return a conversation as a list shows it."""
    return HeaderOut.model_validate(_header(header))


def _header(header: Header) -> dict[str, object]:
    return {
        "id": header.id,
        "channel": header.channel.value,
        "language": header.language,
        "direction": header.direction.value if header.direction else None,
        "started_at": header.started_at,
        "ended_at": header.ended_at,
        "turn_count": header.turn_count,
        "findings": dict(header.entities),
        "secrets_cut": header.secrets_cut,
        "level": header.level,
        "agent": header.agent,
        "preview": header.preview,
    }


def _headers(page: Page[Header]) -> HeadersOut:
    return HeadersOut(items=[shown_header(item) for item in page.items], next=page.next)


def _whole(found: MaskedConversation) -> ConversationOut:
    turns = [
        TurnOut(
            n=turn.n,
            speaker=turn.speaker,
            at=turn.at,
            text=turn.text,
            findings=[MarkOut(start=m.start, end=m.end, entity=m.entity, level=m.level) for m in turn.findings],
        )
        for turn in found.turns
    ]
    hung = [AttachmentOut.model_validate(asdict(one)) for one in found.attachments]
    whole = {"subject": found.header.subject, "turns": turns, "attachments": hung}
    return ConversationOut.model_validate(_header(found.header) | whole)
