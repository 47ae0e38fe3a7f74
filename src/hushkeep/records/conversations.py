"""Conversations at rest: store, page, view, search. Each door demands its permit; nothing clear goes in or out."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from hushkeep.kernel import (
    Action,
    Channel,
    Conflict,
    ConversationId,
    InvalidInput,
    NotFound,
    Permit,
    timestamp,
)
from hushkeep.records import _insert
from hushkeep.records._fingerprint import reference_of
from hushkeep.records._normal import INDEXED, normal
from hushkeep.records._rows import HEADER_FIELDS, header_of, row_of, whole_of
from hushkeep.records.models import Conversation, ConversationIndex, SubjectIndex, Wrap
from hushkeep.records.protect import ProtectedConversation, ServerSealed
from hushkeep.records.values import PAGE_LIMIT, Header, MaskedConversation, Page
from hushkeep.runtime.key_client import KeyClient

REFERENCE = "reference"
INDEXES = (*INDEXED, REFERENCE)
"""What can be searched for; ``reference`` is the id that the source gave the conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which conversations; all given parts must hold. ``level`` is a minimum; ``since`` inclusive, ``until`` not."""

    channel: Channel | None = None
    language: str | None = None
    entity: str | None = None
    level: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def store(permit: Permit, batch: Sequence[ProtectedConversation], *, run: UUID, now: datetime) -> None:
    """Write ``batch`` in the open transaction: conversations, wraps and index rows. A later version replaces the row.

    Raises Denied without a permit for conversation:store, Conflict when an item is of another tenant.
    """
    permit.require(Action.CONVERSATION_STORE, None, now=now)
    if any(item.tenant != permit.tenant for item in batch):
        raise Conflict("a conversation of another tenant is in the batch")
    changed = [item.place.id for item in batch if item.place.version > 1]
    if changed:
        _purge(changed)
    _insert.conversations(permit.tenant, [row_of(item, run=run, now=now) for item in batch])
    _insert.wraps(
        permit.tenant,
        [
            (item.place.id, subject, wrapped)
            for item in batch
            if isinstance(item.original, ServerSealed)
            for subject, wrapped in item.original.wraps
        ],
    )
    _insert.conversation_indexes(
        permit.tenant, [(name, digest, item.place.id) for item in batch for name, digest in item.place.index]
    )


def _purge(conversations: Sequence[ConversationId]) -> None:
    Wrap.objects.filter(conversation__in=conversations).delete()
    ConversationIndex.objects.filter(conversation__in=conversations).delete()
    Conversation.objects.filter(id__in=conversations).delete()


def page(permit: Permit, which: Filter, *, now: datetime, cursor: str | None = None, limit: int = 50) -> Page[Header]:
    """Return up to ``limit`` (at most 200) headers, the latest first, and the cursor of the next page."""
    permit.require(Action.CONVERSATION_LIST, None, now=now)
    return _page(_matching(which), cursor, limit)


def _matching(which: Filter) -> "QuerySet[Conversation]":
    rows = Conversation.objects.all()
    if which.channel:
        rows = rows.filter(channel=which.channel.value)
    if which.language:
        rows = rows.filter(Q(language=which.language) | Q(language__startswith=f"{which.language}-"))
    if which.entity:
        rows = rows.filter(entities__has_key=which.entity)
    if which.level:
        rows = rows.filter(level__gte=which.level)
    if which.since:
        rows = rows.filter(at__gte=which.since)
    return rows.filter(at__lt=which.until) if which.until else rows


def _page(rows: "QuerySet[Conversation]", cursor: str | None, limit: int) -> Page[Header]:
    if not 1 <= limit <= PAGE_LIMIT:
        raise InvalidInput(f"a page has 1 to {PAGE_LIMIT} items")
    if cursor is not None:
        at, last = _place(cursor)
        rows = rows.filter(at__lte=at).filter(Q(at__lt=at) | Q(id__lt=last))
    found = [header_of(values) for values in rows.order_by("-at", "-id").values(*HEADER_FIELDS)[: limit + 1]]
    following = _cursor(found[limit - 1]) if len(found) > limit else None
    return Page(tuple(found[:limit]), following)


def _cursor(header: Header) -> str:
    return base64.urlsafe_b64encode(f"{timestamp(header.at)} {header.id}".encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, last = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").split(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise InvalidInput("the cursor is not one of ours")
        return moment, UUID(last)
    except (ValueError, binascii.Error):
        raise InvalidInput("the cursor is not one of ours") from None


def view(permit: Permit, conversation: ConversationId, *, now: datetime) -> MaskedConversation:
    """Return one conversation, masked; raises NotFound."""
    permit.require(Action.CONVERSATION_VIEW, conversation, now=now)
    row = Conversation.objects.filter(id=conversation).defer("sealed").first()
    if row is None:
        raise NotFound(f"conversation {conversation}")
    return whole_of(row)


def search(  # noqa: PLR0913 - the page's arguments beside the question's
    permit: Permit,
    index: str,
    value: str,
    keys: KeyClient,
    *,
    now: datetime,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Header]:
    """Return the conversations in which ``value`` occurs, or whose customer it names; exact, by keyed digest.

    Raises InvalidInput for an unknown index or a value that cannot be one, Denied("rate_limited") by the key service.
    """
    permit.require(Action.CONVERSATION_SEARCH, None, now=now)
    if index not in INDEXES:
        raise InvalidInput("no such index")
    if index == REFERENCE:
        wanted = reference_of(value)
        digest = keys.lookup(permit.tenant, permit.actor, "source_id", wanted, event=permit.decision)
        return _page(Conversation.objects.filter(source_digest=digest), cursor, limit)
    looked_for = normal(index, value)
    if looked_for is None:
        raise InvalidInput(f"not a value of the index {index}")
    digest = keys.lookup(permit.tenant, permit.actor, index, looked_for, event=permit.decision)
    said = ConversationIndex.objects.filter(name=index, digest=digest).values("conversation")
    theirs = SubjectIndex.objects.filter(name=index, digest=digest).values("subject")
    return _page(Conversation.objects.filter(Q(id__in=said) | Q(subject__in=theirs)), cursor, limit)
