"""Taking in a batch: recognised, examined, given a subject, protected, stored; once, however often it is sent."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection

from hushkeep.audit.log import append_many
from hushkeep.kernel import (
    Action,
    ActorKind,
    Conversation,
    ConversationId,
    Event,
    EventId,
    Outcome,
    Permit,
    SubjectId,
    TenantId,
    new_id,
)
from hushkeep.records import _capsules, _subjects, attachments, conversations
from hushkeep.records._examine import Examined
from hushkeep.records._examiners import examiners
from hushkeep.records._fingerprint import content_of, source_of
from hushkeep.records.attachments import Wanted
from hushkeep.records.models import Conversation as Row
from hushkeep.records.protect import Place, protect
from hushkeep.records.runs import Totals
from hushkeep.runtime.key_client import KeyClient

SAME_ID = "same_id_other_content"
NOT_REPLACED = "stored_with_other_content"
"""The code of a conversation whose id is stored with other content, by somebody who may not replace it."""
MAX_CONVERSATIONS = 500


@dataclass(slots=True)
class Taken:
    """What became of a batch; ``clashes`` are (number as handed in, code) of conversations that were not taken.

    ``entities`` counts findings by entity, ``messages`` the turns taken, ``channels`` conversations by channel,
    ``days`` by the day on which they began ("" where the source does not say), ``attachments`` by state those of which
    no bytes are kept; ``wanted`` are the pieces of the others that are to follow.
    """

    taken: int = 0
    duplicates: int = 0
    changed: int = 0
    messages: int = 0
    secrets_cut: int = 0
    entities: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    clashes: list[tuple[int, str]] = field(default_factory=list)
    attachments: Counter[str] = field(default_factory=Counter)
    wanted: list[Wanted] = field(default_factory=list)

    def totals(self, *, rejected: Sequence[str] = ()) -> Totals:
        """Return the counts; ``rejected`` are the codes of lines that never became a conversation."""
        reasons = Counter([*rejected, *(code for _, code in self.clashes)])
        return Totals(
            taken=self.taken,
            duplicates=self.duplicates,
            changed=self.changed,
            rejected=reasons.total(),
            messages=self.messages,
            secrets_cut=self.secrets_cut,
            entities=dict(self.entities),
            channels=dict(self.channels),
            days=dict(self.days),
            attachments=dict(self.attachments),
            reasons=dict(reasons),
        )


@dataclass(slots=True, kw_only=True)
class _Piece:
    """One conversation of the batch on its way."""

    number: int
    conversation: Conversation
    source: bytes
    content: bytes
    stored: "_Stored | None" = None


@dataclass(frozen=True, slots=True)
class _Stored:
    """What is stored of a conversation already."""

    id: ConversationId
    content: bytes
    subject: SubjectId
    version: int
    seen_run: UUID


def take(  # noqa: PLR0913 - under what, what, with what, and how
    permit: Permit,
    run: UUID,
    batch: Sequence[tuple[int, Conversation]],
    keys: KeyClient,
    *,
    replace: bool,
    now: datetime,
) -> Taken:
    """Take in ``batch`` of (number, conversation) for ``run``, inside the gate's transaction; return what became of it.

    The same content is stored once. Other content under an id of an earlier run replaces it with ``replace`` (and
    leaves an event conversation:revise); without, it is refused, with an event too. Under an id that this very run has
    brought already it is a clash: nobody can say which holds.
    Raises Denied without a permit for conversation:store, Unavailable when the key service does not answer.
    """
    permit.require(Action.CONVERSATION_STORE, None, now=now)
    done = Taken()
    pieces = _recognised(permit.tenant, batch, keys)
    fresh = _sorted_out(pieces, _stored(pieces), run, done)
    if not replace:
        fresh = _without_replacing(permit, fresh, done, now)
    examined = examiners().examine([piece.conversation for piece in fresh])
    indexes = _digests(permit.tenant, [item.identifiers for item in examined], keys)
    customers = _digests(permit.tenant, [_subjects.identifiers(item) for item in examined], keys)
    _alone(permit.tenant)
    # Somebody else's batch may have brought the same while this one was examined.
    raced = _stored([piece for piece in fresh if piece.stored is None])
    late = {piece.number for piece in fresh if piece.stored is None and piece.source in raced}
    done.clashes += [(p.number, SAME_ID) for p in fresh if p.number in late and raced[p.source].content != p.content]
    done.duplicates += sum(raced[p.source].content == p.content for p in fresh if p.number in late)
    rows = [row for row in zip(fresh, examined, indexes, customers, strict=True) if row[0].number not in late]
    _written(permit, run, rows, keys, now)
    _count(done, rows)
    done.wanted = _wanted(pieces)
    return done


def _wanted(pieces: Sequence[_Piece]) -> list[Wanted]:
    """Return what has not come of the attachments of ``pieces`` as they are stored now, those seen before too."""
    hung = [piece for piece in pieces if piece.conversation.attachments]
    stored = _stored(hung) if hung else {}
    numbers: dict[ConversationId, int] = {}
    for piece in hung:
        known = stored.get(piece.source)
        if known is not None and known.content == piece.content:
            numbers.setdefault(known.id, piece.number)
    return attachments.wanted(numbers) if numbers else []


def _recognised(tenant: TenantId, batch: Sequence[tuple[int, Conversation]], keys: KeyClient) -> list[_Piece]:
    asked = [("source_id", source_of(item)) for _, item in batch] + [("content", content_of(item)) for _, item in batch]
    digests = keys.index(tenant, asked) if asked else []
    half = len(batch)
    return [
        _Piece(number=number, conversation=item, source=source, content=content)
        for (number, item), source, content in zip(batch, digests[:half], digests[half:], strict=True)
    ]


def _stored(pieces: Sequence[_Piece]) -> dict[bytes, _Stored]:
    rows = Row.objects.filter(source_digest__in=[piece.source for piece in pieces])
    names = ("source_digest", "id", "content_digest", "subject", "version", "seen_run")
    return {
        bytes(source): _Stored(ConversationId(id_), bytes(content), SubjectId(subject), version, seen_run)
        for source, id_, content, subject, version, seen_run in rows.values_list(*names)
    }


def _sorted_out(pieces: Sequence[_Piece], stored: dict[bytes, _Stored], run: UUID, done: Taken) -> list[_Piece]:
    """Return the pieces to write; count the duplicates, name the clashes, note which rows this run has seen."""
    fresh: dict[bytes, _Piece] = {}
    seen: list[ConversationId] = []
    for piece in pieces:
        before = fresh.get(piece.source)
        known = stored.get(piece.source)
        if before is not None:
            same = before.content == piece.content
        elif known is None:
            fresh[piece.source] = piece
            continue
        elif known.content == piece.content:
            same = True
            if known.seen_run != run:
                seen.append(known.id)
        elif known.seen_run == run:
            same = False
        else:
            piece.stored = known
            fresh[piece.source] = piece
            continue
        if same:
            done.duplicates += 1
        else:
            done.clashes.append((piece.number, SAME_ID))
    if seen:
        Row.objects.filter(id__in=seen).update(seen_run=run)
    return list(fresh.values())


def _without_replacing(permit: Permit, fresh: Sequence[_Piece], done: Taken, now: datetime) -> list[_Piece]:
    """Return the pieces that replace nothing; name the others, each with its event."""
    refused = [(piece, piece.stored) for piece in fresh if piece.stored is not None]
    done.clashes += [(piece.number, NOT_REPLACED) for piece, _ in refused]
    append_many(
        [
            _revision(permit, stored.id, stored.subject, now, outcome=Outcome.DENIED, reason="not_permitted")
            for _, stored in refused
        ]
    )
    return [piece for piece in fresh if piece.stored is None]


def _digests(
    tenant: TenantId, groups: Sequence[Iterable[tuple[str, str]]], keys: KeyClient
) -> list[list[tuple[str, bytes]]]:
    """Return the (index name, digest) pairs of each group of (index name, value); one call for all."""
    wanted = list(dict.fromkeys(pair for group in groups for pair in group))
    digests = dict(zip(wanted, keys.index(tenant, wanted) if wanted else [], strict=True))
    return [[(pair[0], digests[pair]) for pair in group] for group in groups]


def _alone(tenant: TenantId) -> None:
    """Wait until no other batch of ``tenant`` is being written: two must not make two subjects of one customer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [tenant.int >> 65])


_Ready = tuple[_Piece, Examined, list[tuple[str, bytes]], list[tuple[str, bytes]]]


def _written(permit: Permit, run: UUID, rows: Sequence[_Ready], keys: KeyClient, now: datetime) -> None:
    if not rows:
        return
    settled = [piece.stored.subject if piece.stored else None for piece, *_ in rows]
    resolution = _subjects.resolve([customer for *_, customer in rows], settled)
    _subjects.write(permit.tenant, resolution, keys, now)
    subjects = resolution.subjects
    named = [pair for _, item, _, _ in rows for pair in _subjects.identifiers(item)]
    digests = [pair for *_, customer in rows for pair in customer]
    owners = {pair: resolution.owners[digest] for pair, digest in zip(named, digests, strict=True)}
    _subjects.bind(permit.tenant, owners, keys)
    places = [
        Place(
            id=piece.stored.id if piece.stored else ConversationId(new_id()),
            subject=subject,
            source=piece.source,
            content=piece.content,
            index=tuple(index),
            version=piece.stored.version + 1 if piece.stored else 1,
        )
        for (piece, _, index, _), subject in zip(rows, subjects, strict=True)
    ]
    revised = [place for place in places if place.version > 1]
    said = [(subject, item.customer) for (_, item, _, _), subject in zip(rows, subjects, strict=True) if item.customer]
    _capsules.write(permit.tenant, said, keys)
    protected = protect(permit.tenant, [item for _, item, _, _ in rows], places, keys)
    conversations.store(permit, protected, run=run, now=now)
    hung = [(place.id, item.attachments) for (_, item, _, _), place in zip(rows, places, strict=True)]
    attachments.announce(permit.tenant, [one for one in hung if one[1]], keys)
    append_many([_revision(permit, place.id, place.subject, now, count=place.version) for place in revised])


def _revision(  # noqa: PLR0913 - an event's fields
    permit: Permit,
    conversation: ConversationId,
    subject: SubjectId,
    now: datetime,
    *,
    outcome: Outcome = Outcome.ALLOWED,
    reason: str = "source_changed",
    count: int | None = None,
) -> Event:
    return Event(
        id=EventId(new_id()),
        tenant=permit.tenant,
        at=now,
        actor=permit.actor,
        actor_kind=ActorKind.PERSON if permit.role else ActorKind.SERVICE,
        action=Action.CONVERSATION_REVISE,
        outcome=outcome,
        reason=reason,
        target=conversation,
        target_kind="conversation",
        conversation=conversation,
        subject=subject,
        session=permit.session,
        device=permit.device,
        count=count,
    )


def _count(done: Taken, rows: Sequence[_Ready]) -> None:
    for piece, item, _, _ in rows:
        done.changed += piece.stored is not None
        done.taken += piece.stored is None
        done.messages += len(item.masked)
        done.secrets_cut += item.secrets_cut
        done.entities.update(item.entities)
        done.channels[item.header.channel.value] += 1
        done.attachments.update(one.state.value for one in item.attachments if not attachments.has_bytes(one))
        began = item.header.started_at or item.masked[0].at
        done.days[began.date().isoformat() if began else ""] += 1
