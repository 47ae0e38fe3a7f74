"""What leaves: the scope as it is fixed when it is asked for, and the rows that it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import QuerySet

from hushkeep.kernel import Channel, Plain, timestamp
from hushkeep.records._export_lines import Format
from hushkeep.records.conversations import Filter, conditions_of
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
    """What is to leave: which conversations, how written, for which public key (32 bytes; None: a passphrase).

    ``clear``: as it was said, not masked.
    """

    which: Filter
    format: Format
    recipient: bytes | None
    clear: bool = False


def scope_of(wanted: Wanted, *, before: datetime) -> dict[str, Plain]:
    """Return ``wanted`` as it is fixed: what was taken in after ``before`` is not in it."""
    which = wanted.which
    return {
        "what": "conversations",
        "format": wanted.format.value,
        "recipient": wanted.recipient.hex() if wanted.recipient else None,
        "before": timestamp(before),
        "values": "clear" if wanted.clear else "masked",
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
    conditions = conditions_of(which)
    rows = Conversation.objects.extra(  # noqa: S610 - the pieces are our own, values apart
        where=[sql for sql, _ in conditions], params=[value for _, values in conditions for value in values]
    )
    return rows.filter(taken_at__lte=_time(scope["before"]))


def _text(value: Plain) -> str | None:
    return None if value is None else str(value)


def _time(value: Plain) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))
