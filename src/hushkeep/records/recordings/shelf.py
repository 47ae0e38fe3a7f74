"""What there is: recordings in pages, one with all that may be seen of it, and who listened to it."""

import base64
import binascii
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from hushkeep.kernel import Action, ConversationId, Direction, InvalidInput, NotFound, Permit, SubjectId, TenantId
from hushkeep.records.models import Listening, Recording
from hushkeep.records.recordings.values import Detail, Harm, Heard, HiddenSpan, Line, RecordingState, Summary
from hushkeep.records.values import PAGE_LIMIT, Page
from hushkeep.runtime.tenancy import tenant_transaction

_SUMMARY = (
    *("id", "subject", "conversation", "agent", "language", "direction", "started_at", "landed_at", "expires_at"),
    *("state", "reason", "stage", "passed_seconds", "seconds", "channels", "sampled"),
)
_DETAIL = ("spans", "transcript", "peaks", "pieces", "opus_pieces", "harms", "checked_at")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision on a recording looks at: whose call, which conversation, whose it was, whether it is drawn."""

    subject: SubjectId
    conversation: ConversationId | None
    agent: UUID | None
    sampled: bool


def facts_of(recording: UUID) -> Facts | None:
    """Return the facts of ``recording`` for the gate's target; None when there is none in this tenant."""
    row = Recording.objects.filter(id=recording).only("subject", "conversation", "agent_person", "sampled").first()
    if row is None:
        return None
    talk = ConversationId(row.conversation) if row.conversation else None
    return Facts(SubjectId(row.subject), talk, row.agent_person, row.sampled)


def ids(tenant: TenantId) -> list[UUID]:
    """Return the ids of all recordings of ``tenant``, the oldest first, for a job of the installation itself."""
    with tenant_transaction(tenant):
        return list(Recording.objects.order_by("id").values_list("id", flat=True))


def page(  # noqa: PLR0913 - what, from where, with what
    permit: Permit,
    *,
    now: datetime,
    state: RecordingState | None = None,
    agent: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Summary]:
    """Return up to ``limit`` (at most 200) recordings, the latest landed first; ``agent`` narrows to a person's calls.

    Raises Denied without a permit, InvalidInput for what is no cursor of ours.
    """
    permit.require(Action.RECORDING_LIST, None, now=now)
    which = (Q(state=state.value) if state else Q()) & (Q(agent_person=agent) if agent else Q())
    if cursor is not None:
        which &= Q(id__lt=_read(cursor))
    limit = min(limit, PAGE_LIMIT)
    rows = Recording.objects.filter(which).order_by("-id").values(*_SUMMARY, "spans")[: limit + 1]
    items = tuple(_summary(row) for row in rows[:limit])
    return Page(items, _written(items[-1].id) if len(rows) > limit else None)


def view(permit: Permit, recording: UUID, *, now: datetime) -> Detail:
    """Return ``recording`` with its spans, masked transcript and loudness; raises NotFound."""
    permit.require(Action.RECORDING_VIEW, recording, now=now)
    row = Recording.objects.filter(id=recording).values(*_SUMMARY, *_DETAIL).first()
    if row is None:
        raise NotFound(f"recording {recording}")
    return Detail(
        summary=_summary(row),
        spans=[HiddenSpan(*span) for span in row["spans"]],
        transcript=[Line(*line) for line in row["transcript"]],
        peaks=row["peaks"],
        pieces=row["pieces"],
        opus_pieces=row["opus_pieces"],
        harms=[Harm(**harm) for harm in row["harms"]],
        checked_at=row["checked_at"],
    )


def heard(permit: Permit, recording: UUID, *, now: datetime, after: UUID | None = None, limit: int = 50) -> list[Heard]:
    """Return up to ``limit`` (at most 201) stretches that were handed out of ``recording``, the latest first.

    Raises NotFound for a recording that there never was.
    """
    permit.require(Action.AUDIT_READ, recording, now=now)
    if not Recording.objects.filter(id=recording).exists():
        raise NotFound(f"recording {recording}")
    rows = Listening.objects.filter(Q(recording=recording), Q(event__lt=after) if after else Q())
    rows = rows.order_by("-event")[: min(limit, PAGE_LIMIT + 1)]
    return [Heard(row.event, row.actor, row.at, row.first, row.end, row.seek) for row in rows]


def _summary(row: dict[str, Any]) -> Summary:
    values = {name: row[name] for name in _SUMMARY}
    direction, talk = values["direction"], values["conversation"]
    return Summary(
        **{
            **values,
            "subject": SubjectId(values["subject"]),
            "conversation": ConversationId(talk) if talk else None,
            "direction": Direction(direction) if direction else None,
            "state": RecordingState(values["state"]),
        },
        hidden=dict(sorted(Counter(span[3] for span in row["spans"]).items())),
    )


def _written(last: UUID) -> str:
    return base64.urlsafe_b64encode(last.bytes).rstrip(b"=").decode()


def _read(cursor: str) -> UUID:
    try:
        return UUID(bytes=base64.b64decode(cursor + "==", altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise InvalidInput("cursor_malformed") from None
