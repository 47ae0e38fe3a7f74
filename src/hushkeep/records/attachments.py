"""Attachments: announced with their conversation, sealed in pieces as their bytes come, never opened by intake.

The rows of an attachment and its pieces are written in the transaction of its conversation; each piece becomes the
object of its row's id. Whatever dies on the way leaves a row without a key: the next intake is told that it is wanted.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from hushkeep.kernel import (
    ATTACHMENT_PART_BYTES,
    Action,
    Attachment,
    AttachmentState,
    ConversationId,
    InvalidInput,
    NotFound,
    Permit,
    TenantId,
)
from hushkeep.records import _insert, discarded, runs
from hushkeep.records._fingerprint import attachment_of
from hushkeep.records.models import Attachment as Row
from hushkeep.records.models import AttachmentPart, Conversation
from hushkeep.records.values import HeldAttachment
from hushkeep.runtime import objects
from hushkeep.runtime.key_client import KeyClient

KIND = "attachment"
KLASS = "text"
OTHER_CONTENT = "attachment_other_content"
_INDEX = "attachment"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A piece whose bytes have not come: of the ``attachment``-th of the conversation ``number``, as handed in."""

    number: int
    attachment: int
    part: int
    id: UUID


@dataclass(frozen=True, slots=True)
class Landed:
    """What pieces brought: how many were ``sealed``, and how many were ``duplicates``, there already.

    ``states`` counts the attachments that are whole with them.
    """

    sealed: int = 0
    duplicates: int = 0
    states: Mapping[str, int] = field(default_factory=dict)


def announce(tenant: TenantId, said: Sequence[tuple[ConversationId, Sequence[Attachment]]], keys: KeyClient) -> None:
    """Write the rows of the attachments of each conversation, in its transaction; their bytes are wanted from then on.

    Alike within a conversation share their pieces; what is withheld has none.
    """
    lists = {one.parts for _, some in said for one in some}
    prints = list(lists | {(digest,) for parts in lists for digest in parts})
    digests = dict(zip(prints, _digests(tenant, prints, keys), strict=True)) if prints else {}
    rows = [
        (
            *(talk, n, one.turn, one.name, one.media_type, one.size),
            *(digests[one.parts], one.state.value, one.reason, one.scan),
        )
        for talk, some in said
        for n, one in enumerate(some)
    ]
    kept = {(talk, one.parts): one.size for talk, some in said for one in some if has_bytes(one)}
    pieces = [
        (talk, digests[parts], part, _size(size, part), digests[digest,])
        for (talk, parts), size in kept.items()
        for part, digest in enumerate(parts)
    ]
    _insert.attachments(tenant, rows)
    _insert.attachment_parts(tenant, pieces)


def has_bytes(attachment: Attachment) -> bool:
    """Whether bytes are kept of ``attachment``."""
    return attachment.state is not AttachmentState.WITHHELD and bool(attachment.parts)


def _size(whole: int, part: int) -> int:
    return min(ATTACHMENT_PART_BYTES, whole - part * ATTACHMENT_PART_BYTES)


def _digests(tenant: TenantId, prints: Iterable[Sequence[str]], keys: KeyClient) -> list[bytes]:
    return keys.index(tenant, [(_INDEX, attachment_of(one)) for one in prints])


def wanted(numbers: Mapping[ConversationId, int]) -> list[Wanted]:
    """Return the pieces that have not come of the conversations ``numbers``, each by its number as handed in."""
    missing = list(AttachmentPart.objects.filter(conversation__in=list(numbers), wrapped=None).order_by("part"))
    if not missing:
        return []
    places: dict[tuple[UUID, bytes], int] = {}
    rows = Row.objects.filter(conversation__in={part.conversation for part in missing}).order_by("n")
    for talk, content, n in rows.values_list("conversation", "content", "n"):
        places.setdefault((talk, bytes(content)), n)
    return sorted(
        (
            Wanted(
                numbers[ConversationId(part.conversation)],
                places[part.conversation, bytes(part.content)],
                part.part,
                part.id,
            )
            for part in missing
        ),
        key=lambda one: (one.number, one.attachment, one.part),
    )


def land(  # noqa: PLR0913 - under what, for which run, which piece, what, with what
    permit: Permit, run: UUID, part: UUID, content: bytes, keys: KeyClient, *, now: datetime
) -> Landed:
    """Seal the bytes of the piece ``part`` for its conversation's subject, for ``run``, inside the gate's transaction.

    A piece that is there already changes nothing. Raises Denied without a permit for conversation:store on it,
    NotFound for a piece or run that is not there, Conflict for a finished run, InvalidInput("attachment_other_content")
    for bytes that are not what was announced, Unavailable when the key service does not answer.
    """
    permit.require(Action.CONVERSATION_STORE, part, now=now)
    return _landed(permit, run, {part: content}, keys, now)


def land_together(permit: Permit, run: UUID, pieces: Mapping[UUID, bytes], keys: KeyClient, *, now: datetime) -> Landed:
    """Seal the bytes of several ``pieces`` by their ids as ``land`` does: all of them, or none where it raises.

    The permit for conversation:store names none of them, as that for a batch names no conversation.
    """
    permit.require(Action.CONVERSATION_STORE, None, now=now)
    return _landed(permit, run, pieces, keys, now)


def _landed(permit: Permit, run: UUID, pieces: Mapping[UUID, bytes], keys: KeyClient, now: datetime) -> Landed:
    runs.demand_open(permit, run)
    rows = _held(pieces.keys())
    fresh = [row for row in rows if row.id in pieces and row.wrapped is None]
    _seal(permit.tenant, fresh, pieces, keys)
    states = _whole(rows, {_file(row) for row in fresh})
    if states:
        runs.add(permit, run, runs.Totals(attachments=dict(states)), now=now)
    return Landed(len(fresh), len(pieces) - len(fresh), dict(states))


def _held(pieces: AbstractSet[UUID]) -> list[AttachmentPart]:
    """Return the rows of ``pieces`` and of all that lie in one file with them, held until the transaction ends.

    They are held in one order: of two requests that bring the same, one waits for the other.
    """
    of = list(AttachmentPart.objects.filter(id__in=list(pieces)).values_list("conversation", "content"))
    files = {(talk, bytes(content)) for talk, content in of}
    near = AttachmentPart.objects.select_for_update().filter(
        conversation__in={talk for talk, _ in files}, content__in={content for _, content in files}
    )
    rows = list(near.order_by("conversation", "content", "part"))
    if missing := pieces - {row.id for row in rows}:  # never there, or replaced while we waited
        raise NotFound(f"piece {min(missing)} of an attachment")
    return rows


def _file(row: AttachmentPart | Row) -> tuple[UUID, bytes]:
    """What ``row`` is of: files alike within a conversation are one."""
    return row.conversation, bytes(row.content)


def _whole(rows: Sequence[AttachmentPart], files: AbstractSet[tuple[UUID, bytes]]) -> Counter[str]:
    """Return by state how many attachments are of those ``files`` of which every one of ``rows`` is sealed."""
    whole = files - {_file(row) for row in rows if row.wrapped is None}
    if not whole:
        return Counter()
    near = Row.objects.filter(conversation__in={talk for talk, _ in whole}).only("conversation", "content", "state")
    return Counter(row.state for row in near if _file(row) in whole)


def _seal(tenant: TenantId, rows: Sequence[AttachmentPart], pieces: Mapping[UUID, bytes], keys: KeyClient) -> None:
    """Seal the bytes of ``rows``, as they were announced, as objects; note the wraps of their keys."""
    if not rows:
        return
    said = _digests(tenant, [[hashlib.sha256(pieces[row.id]).hexdigest()] for row in rows], keys)
    for row, digest in zip(rows, said, strict=True):
        if len(pieces[row.id]) != row.size or digest != bytes(row.digest):
            raise InvalidInput(OTHER_CONTENT)
    talks = Conversation.objects.filter(id__in={row.conversation for row in rows})
    subjects = dict(talks.values_list("id", "subject"))
    sealed = keys.seal_files(tenant, [(row.id, KLASS, subjects[row.conversation], pieces[row.id]) for row in rows])
    for row, (content, wrapped) in zip(rows, sealed, strict=True):
        objects.put_anew(row.id, [content])
        row.wrapped = wrapped
    _insert.wrapped_parts([(row.id, wrapped) for row, (_, wrapped) in zip(rows, sealed, strict=True)])


def of_conversation(conversation: ConversationId) -> tuple[HeldAttachment, ...]:
    """Return the attachments of ``conversation``, in order; whoever asks has demanded the permit to view it."""
    rows = list(Row.objects.filter(conversation=conversation).order_by("n"))
    if not rows:
        return ()
    lacking = AttachmentPart.objects.filter(conversation=conversation, wrapped=None)
    missing = {bytes(content) for content in lacking.values_list("content", flat=True)}
    return tuple(
        HeldAttachment(
            n=row.n,
            turn=row.turn,
            name=row.name,
            media_type=row.media_type,
            size=row.size,
            state=AttachmentState(row.state),
            reason=row.reason,
            scan=row.scan,
            here=bytes(row.content) not in missing or row.state == AttachmentState.WITHHELD,
        )
        for row in rows
    )


def discard(conversations: Sequence[ConversationId], *, now: datetime) -> None:
    """Remove what hangs on ``conversations``, keys and all, in the open transaction; its objects go in a while."""
    parts = AttachmentPart.objects.filter(conversation__in=conversations)
    discarded.note(parts.values_list("id", flat=True), at=now)
    parts.delete()
    Row.objects.filter(conversation__in=conversations).delete()
