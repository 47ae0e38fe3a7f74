"""What leaves: the scope as it is fixed when it is asked for, and the rows that it means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet

from hushkeep.kernel import Channel, Plain, SubjectId, timestamp
from hushkeep.records._export_lines import Format
from hushkeep.records.conversations import Filter, conditions_of
from hushkeep.records.models import Conversation, Recording
from hushkeep.records.outgoing import check_owner

Rows = TypeVar("Rows", Conversation, Recording)


class ArchiveState(StrEnum):
    """Where an archive stands."""

    QUEUED = "queued"
    WRITING = "writing"
    READY = "ready"
    TAKEN = "taken"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Addressee:
    """The customer for whom something leaves, and where it goes: (index, value) of a contact of theirs."""

    customer: SubjectId
    to: tuple[str, str] = field(repr=False)


class Things(StrEnum):
    """What leaves."""

    CONVERSATIONS = "conversations"
    RECORDINGS = "recordings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to leave: which conversations or recordings, how written, for which public key.

    ``recipient``: 32 bytes, or None for a passphrase.
    ``clear``: as it was said, not masked. Recordings leave as their redacted copies alone.
    """

    which: Filter
    format: Format
    recipient: bytes | None
    clear: bool = False
    what: Things = Things.CONVERSATIONS
    addressee: "Addressee | None" = None


def scope_of(wanted: Wanted, *, before: datetime, contact: bytes | None = None) -> dict[str, Plain]:
    """Return ``wanted`` as it is fixed: what was taken in after ``before`` is not in it.

    ``contact`` is the keyed digest of the addressee's contact, which stands in it instead of the value.
    """
    which = wanted.which
    return {
        "what": wanted.what.value,
        "format": wanted.format.value,
        "recipient": wanted.recipient.hex() if wanted.recipient else None,
        "before": timestamp(before),
        "values": "clear" if wanted.clear else "masked",
        "customer": str(wanted.addressee.customer) if wanted.addressee else None,
        "to": wanted.addressee.to[0] if wanted.addressee else None,
        "contact": contact.hex() if contact else None,
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
    return _of_customer(rows.filter(taken_at__lte=_time(scope["before"])), scope)


def recordings_of(scope: Mapping[str, Plain]) -> "QuerySet[Recording]":
    """Return the recordings that ``scope`` means: those that have a redacted copy, by when they landed."""
    rows = Recording.objects.filter(state="redacted", landed_at__lte=_time(scope["before"]))
    if scope["language"] is not None:
        rows = rows.filter(language=_text(scope["language"]))
    if scope["since"] is not None:
        rows = rows.filter(landed_at__gte=_time(scope["since"]))
    if scope["until"] is not None:
        rows = rows.filter(landed_at__lt=_time(scope["until"]))
    return _of_customer(rows, scope)


def check_addressee(scope: Mapping[str, Plain]) -> None:
    """Return when the contact to which ``scope`` goes is still its customer's, or it names none; raises Astray."""
    customer = customer_of(scope)
    if customer is not None:
        check_owner(customer, str(scope["to"]), bytes.fromhex(str(scope["contact"])))


def customer_of(scope: Mapping[str, Plain]) -> SubjectId | None:
    """Return the customer for whom ``scope`` leaves, or None."""
    named = scope.get("customer")
    return SubjectId(UUID(str(named))) if named else None


def count_of(scope: Mapping[str, Plain]) -> int:
    """Return how many things ``scope`` means now, in the open transaction of its center."""
    return recordings_of(scope).count() if scope["what"] == Things.RECORDINGS else rows_of(scope).count()


def _of_customer(rows: "QuerySet[Rows]", scope: Mapping[str, Plain]) -> "QuerySet[Rows]":
    customer = customer_of(scope)
    return rows if customer is None else rows.filter(subject=customer)


def _text(value: Plain) -> str | None:
    return None if value is None else str(value)


def _time(value: Plain) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))
