"""Conversations at rest: store, page, view, search. Each door demands its permit; nothing clear goes in or out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from hushkeep.kernel import (
    Action,
    Channel,
    Conflict,
    ConversationId,
    InvalidInput,
    NotFound,
    Permit,
)
from hushkeep.records import _insert, attachments
from hushkeep.records._fingerprint import reference_of
from hushkeep.records._normal import INDEXED, normal
from hushkeep.records._pages import Condition, page_of
from hushkeep.records._rows import row_of, whole_of
from hushkeep.records.models import Conversation, ConversationIndex, Wrap
from hushkeep.records.protect import ProtectedConversation, ServerSealed
from hushkeep.records.values import Header, MaskedConversation, Page
from hushkeep.runtime.key_client import KeyClient

REFERENCE = "reference"
INDEXES = (*INDEXED, REFERENCE)
"""What can be searched for; ``reference`` is the id that the source gave the conversation."""


_NAMED = (
    "(id IN (SELECT conversation FROM records_conversationindex WHERE tenant = %s AND name = %s AND digest = %s)"
    " OR subject IN (SELECT subject FROM records_subjectindex WHERE tenant = %s AND name = %s AND digest = %s))"
)


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
        attachments.discard(changed, now=now)
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
    return page_of(permit.tenant, conditions_of(which), cursor, limit)


def conditions_of(which: Filter) -> list[Condition]:
    """Return what ``which`` asks of a conversation's row: pieces of SQL and their values, for pages and exports."""
    given: list[Condition | None] = [
        ("channel = %s", [which.channel.value]) if which.channel else None,
        ("(language = %s OR starts_with(language, %s))", [which.language, f"{which.language}-"])
        if which.language
        else None,
        ("entities ? %s", [which.entity]) if which.entity else None,
        ("level >= %s", [which.level]) if which.level else None,
        ("at >= %s", [which.since]) if which.since else None,
        ("at < %s", [which.until]) if which.until else None,
    ]
    return [condition for condition in given if condition is not None]


def view(permit: Permit, conversation: ConversationId, *, now: datetime) -> MaskedConversation:
    """Return one conversation, masked; raises NotFound."""
    permit.require(Action.CONVERSATION_VIEW, conversation, now=now)
    row = Conversation.objects.filter(id=conversation).defer("sealed").first()
    if row is None:
        raise NotFound(f"conversation {conversation}")
    return replace(whole_of(row), attachments=attachments.of_conversation(conversation))


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
        return page_of(permit.tenant, [("source_digest = %s", [digest])], cursor, limit)
    looked_for = normal(index, value)
    if looked_for is None:
        raise InvalidInput(f"not a value of the index {index}")
    digest = keys.lookup(permit.tenant, permit.actor, index, looked_for, event=permit.decision)
    return page_of(permit.tenant, [(_NAMED, [permit.tenant, index, digest] * 2)], cursor, limit)
