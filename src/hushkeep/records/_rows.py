"""From protected conversations to rows and from rows to values."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from hushkeep.kernel import Channel, ConversationId, Direction, SubjectId, Turn, timestamp
from hushkeep.records._examine import shown_name
from hushkeep.records.models import Conversation as Row
from hushkeep.records.protect import ClientSealed, ProtectedConversation, ServerSealed
from hushkeep.records.values import Header, Mark, MaskedConversation, MaskedTurn

PREVIEW = 160
SERVER_SCHEME = "server"

HEADER_FIELDS = (
    *("id", "subject", "channel", "language", "direction", "agent", "at", "started_at", "ended_at"),
    *("turn_count", "level", "secrets_cut", "entities", "preview", "version"),
)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def preview_of(turns: Sequence[Turn] | None) -> str:
    """Return the beginning of what the customer first says, masked, on one line."""
    if not turns:
        return ""
    first = next((turn for turn in turns if turn.speaker == "customer" and len(turn.text) > 3), turns[0])
    return " ".join(first.text.split())[:PREVIEW]


def row_of(item: ProtectedConversation, *, run: UUID, now: datetime) -> tuple[Any, ...]:
    """Return ``item`` as a row, in the order of ``_insert.CONVERSATION_COLUMNS``."""
    header, place, masked = item.header, item.place, item.masked or ()
    turns = [[turn.speaker, turn.text, timestamp(turn.at) if turn.at else None] for turn in masked]
    marks = [[mark.turn, mark.start, mark.end, mark.entity, mark.level] for mark in item.marks]
    scheme, sealed = _sealed(item.original)
    began = header.started_at or next((turn.at for turn in masked if turn.at), None)
    return (
        *(place.id, run, run, place.subject, place.source, place.content),
        *(header.channel.value, header.language, header.direction.value if header.direction else None),
        shown_name(header.agent) if header.agent else None,
        *(began or now, header.started_at, header.ended_at, now),
        *(len(masked), item.level, item.secrets_cut),
        *(_json(dict(item.entities)), preview_of(masked), _json(turns), _json(marks)),
        *(scheme, sealed, place.version),
    )


def _sealed(original: ServerSealed | ClientSealed) -> tuple[str, bytes]:
    match original:
        case ServerSealed(sealed=sealed):
            return SERVER_SCHEME, sealed
        case ClientSealed(scheme=scheme, sealed=sealed):
            return scheme, sealed


def header_of(values: dict[str, Any]) -> Header:
    """Return the header of a row read by HEADER_FIELDS."""
    direction = values["direction"]
    return Header(
        **{
            **values,
            "id": ConversationId(values["id"]),
            "subject": SubjectId(values["subject"]),
            "channel": Channel(values["channel"]),
            "direction": Direction(direction) if direction else None,
        }
    )


def whole_of(row: Row) -> MaskedConversation:
    """Return the masked conversation of ``row``."""
    marks: dict[int, list[Mark]] = {}
    for mark in row.findings:
        marks.setdefault(mark[0], []).append(Mark(*mark))
    turns = tuple(
        MaskedTurn(n, speaker, datetime.fromisoformat(at) if at else None, text, tuple(marks.get(n, ())))
        for n, (speaker, text, at) in enumerate(row.masked)
    )
    return MaskedConversation(header_of({name: getattr(row, name) for name in HEADER_FIELDS}), turns)
