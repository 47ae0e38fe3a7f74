"""What leaves: the scope as it is fixed when it is asked for, and the rows that it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q, QuerySet

from hushkeep.kernel import Channel, Plain, timestamp
from hushkeep.records._export_lines import Format
from hushkeep.records.conversations import Filter
from hushkeep.records.models import Conversation


class ArchiveState(StrEnum):
    """Where an archive stands."""

    QUEUED = "queued"
    WRITING = "writing"
    READY = "ready"
    TAKEN = "taken"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to leave: which conversations, how written, for which public key (32 bytes; None: a passphrase)."""

    which: Filter
    format: Format
    recipient: bytes | None


def scope_of(wanted: Wanted, *, before: datetime) -> dict[str, Plain]:
    """Return ``wanted`` as it is fixed: what was taken in after ``before`` is not in it."""
    which = wanted.which
    return {
        "what": "conversations",
        "format": wanted.format.value,
        "recipient": wanted.recipient.hex() if wanted.recipient else None,
        "before": timestamp(before),
        "channel": which.channel.value if which.channel else None,
        "language": which.language,
        "entity": which.entity,
        "level": which.level,
        "since": timestamp(which.since) if which.since else None,
        "until": timestamp(which.until) if which.until else None,
    }


def rows_of(scope: Mapping[str, Plain]) -> "QuerySet[Conversation]":
    """Return the conversations that ``scope`` means, in the open transaction of its center."""
    channel, level = scope["channel"], scope["level"]
    which = Filter(
        channel=Channel(str(channel)) if channel else None,
        language=_text(scope["language"]),
        entity=_text(scope["entity"]),
        level=int(str(level)) if level is not None else None,
        since=_time(scope["since"]),
        until=_time(scope["until"]),
    )
    return _matching(which).filter(taken_at__lte=_time(scope["before"]))


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


def _text(value: Plain) -> str | None:
    return None if value is None else str(value)


def _time(value: Plain) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))
