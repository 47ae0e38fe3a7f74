"""Intake records (DESIGN 7): JSON Lines in, conversations or named rejects out; nothing in between is lost.

>>> from hushkeep.channels import intake
>>> from hushkeep.channels.lines import Line
>>> intake.receive(Line(1, '{"id": "a", "channel": "chat", "turns": [{"speaker": "customer", "text": "hello"}]}'))
Conversation(source_id='a', channel=<Channel.CHAT: 'chat'>, source='batch', thread=None, language=None, \
direction=None, customer=None, agent=None, started_at=None, ended_at=None, attachments=())
>>> intake.receive(Line(2, '{"id": "b", "channel": "pigeon", "turns": []}'))
Reject(line=2, code='unknown_channel', params={})

Rejects name fields and limits, never what stood in them.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NoReturn, TypeGuard, TypeVar

from hushkeep.channels import media_types
from hushkeep.channels.lines import Line, Reject
from hushkeep.kernel import (
    ATTACHMENT_PART_BYTES,
    Attachment,
    AttachmentState,
    Channel,
    Conversation,
    Customer,
    Direction,
    Turn,
)

MAX_TURNS = 5_000
MAX_TEXT = 200_000
MAX_NAME = 200
MAX_FIELDS = 32
MAX_VALUE = 1_000
MAX_ATTACHMENTS = 200
MAX_ATTACHMENT_BYTES = 64 * 1024 * 1024

FIELDS = frozenset(
    {
        *("id", "conversation", "language", "channel", "direction", "customer", "agent", "started_at", "ended_at"),
        *("turns", "attachments"),
    }
)
TURN_FIELDS = frozenset({"speaker", "text", "at"})
ATTACHMENT_FIELDS = frozenset({"name", "media_type", "size", "parts", "state", "reason", "scan", "turn"})
SCANS = frozenset({"rules", "rules_and_clamav"})
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FIRST_YEAR = 1970

_Word = TypeVar("_Word", Channel, Direction, AttachmentState)


class _Rejected(Exception):  # noqa: N818 - not an error of the program: a finding about the input
    """What is wrong with a record."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def _no_constants(_: str) -> NoReturn:
    raise _Rejected("not_json")


def _no_double_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    item = dict(pairs)
    if len(item) != len(pairs):
        # Which of the two is meant nobody can say: taking either would lose the other.
        raise _Rejected("duplicate_key")
    return item


def _parse(text: str) -> Mapping[str, object]:
    try:
        record = json.loads(text, parse_constant=_no_constants, object_pairs_hook=_no_double_keys)
    except RecursionError:
        raise _Rejected("too_deep") from None
    except ValueError:
        raise _Rejected("not_json") from None
    if not isinstance(record, dict):
        raise _Rejected("not_an_object")
    return record


def _text(value: object, field: str, limit: int) -> str:
    """Return ``value`` when it is text that UTF-8 can hold and not longer than ``limit`` characters."""
    if not isinstance(value, str):
        raise _Rejected("wrong_type", field=field)
    if len(value) > limit:
        raise _Rejected("too_long", field=field, limit=limit)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise _Rejected("lone_surrogate", field=field) from None
    return value


def _scalar(value: object, field: str, limit: int) -> str | None:
    """Return the text of ``value``, trimmed; sources write ids and numbers as JSON numbers too."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return None if value is None else _text(value, field, limit).strip()


def _name(record: Mapping[str, object], field: str) -> str | None:
    return _scalar(record.get(field), field, MAX_NAME)


def _only(record: Mapping[str, object], known: frozenset[str]) -> None:
    """Refuse a field that has no place: what cannot be placed must not be lost without a word."""
    for field in record:
        if field not in known:
            raise _Rejected("unknown_field", **({"field": field} if _FIELD_NAME.fullmatch(field) else {}))


def _time(value: object, field: str) -> datetime | None:
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(_text(value, field, MAX_NAME))
    except ValueError:
        raise _Rejected("bad_time", field=field) from None
    if at.tzinfo is None:
        raise _Rejected("time_without_zone", field=field)
    try:
        at = at.astimezone(UTC)
    except OverflowError:
        raise _Rejected("bad_time", field=field) from None
    if at.year < _FIRST_YEAR:
        raise _Rejected("bad_time", field=field)
    return at


def _word(kinds: type[_Word], value: object, code: str) -> _Word:
    for word in kinds:
        if word.value == value:
            return word
    raise _Rejected(code)


def _turns(value: object) -> tuple[Turn, ...]:
    if value is None:
        raise _Rejected("missing", field="turns")
    if not isinstance(value, list):
        raise _Rejected("wrong_type", field="turns")
    if not value:
        raise _Rejected("no_turns")
    if len(value) > MAX_TURNS:
        raise _Rejected("too_many", field="turns", limit=MAX_TURNS)
    return tuple(_turn(item, number) for number, item in enumerate(value))


def _turn(item: object, number: int) -> Turn:
    if not isinstance(item, dict):
        raise _Rejected("wrong_type", field=f"turns.{number}")
    _only(item, TURN_FIELDS)
    for field in ("speaker", "text"):
        if field not in item:
            raise _Rejected("missing", field=f"turns.{number}.{field}")
    return Turn(
        speaker=_text(item["speaker"], f"turns.{number}.speaker", MAX_NAME),
        text=_text(item["text"], f"turns.{number}.text", MAX_TEXT),
        at=_time(item.get("at"), f"turns.{number}.at"),
    )


def _attachments(value: object, turns: int) -> tuple[Attachment, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _Rejected("wrong_type", field="attachments")
    if len(value) > MAX_ATTACHMENTS:
        raise _Rejected("too_many", field="attachments", limit=MAX_ATTACHMENTS)
    return tuple(_attachment(item, f"attachments.{number}", turns) for number, item in enumerate(value))


def _attachment(item: object, field: str, turns: int) -> Attachment:
    if not isinstance(item, dict):
        raise _Rejected("wrong_type", field=field)
    _only(item, ATTACHMENT_FIELDS)
    size, turn, scan = item.get("size"), item.get("turn"), item.get("scan")
    if not _is_count(size, MAX_ATTACHMENT_BYTES) or (turn is not None and not _is_count(turn, turns - 1)):
        raise _Rejected("wrong_type", field=field)
    if scan is not None and scan not in SCANS:
        raise _Rejected("wrong_type", field=f"{field}.scan")
    state = _word(AttachmentState, item.get("state", AttachmentState.UNREAD.value), "unknown_state")
    if (state is AttachmentState.READ) != (turn is not None) or state is AttachmentState.WITHHELD:
        raise _Rejected("unknown_state")  # what is read says where; what is withheld is not the source's to say
    return Attachment(
        name=_text(item.get("name", ""), f"{field}.name", MAX_NAME),
        media_type=media_types.known(item.get("media_type")),
        size=size,
        parts=_parts(item.get("parts"), size, f"{field}.parts"),
        state=state,
        reason=_code(item.get("reason"), f"{field}.reason"),
        scan=scan,
        turn=turn,
    )


def _is_count(value: object, most: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _parts(value: object, size: int, field: str) -> tuple[str, ...]:
    """Return the digests of all pieces of ``size`` bytes."""
    if not isinstance(value, list) or len(value) != -(-size // ATTACHMENT_PART_BYTES):
        raise _Rejected("wrong_type", field=field)
    if not all(isinstance(one, str) and _DIGEST.fullmatch(one) for one in value):
        raise _Rejected("wrong_type", field=field)
    return tuple(value)


def _code(value: object, field: str) -> str | None:
    if value is not None and (not isinstance(value, str) or not _CODE.fullmatch(value)):
        raise _Rejected("wrong_type", field=field)
    return value


def _customer(value: object) -> Customer | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _Rejected("wrong_type", field="customer")
    if len(value) > MAX_FIELDS:
        raise _Rejected("too_many", field="customer", limit=MAX_FIELDS)
    if not all(_FIELD_NAME.fullmatch(field) for field in value):
        raise _Rejected("bad_field_name", field="customer")
    texts = {field: _scalar(item, f"customer.{field}", MAX_VALUE) for field, item in sorted(value.items())}
    source_id = texts.pop("id", None)
    return Customer(source_id=source_id, values=tuple((field, text) for field, text in texts.items() if text))


def _conversation(record: Mapping[str, object], source: str) -> Conversation:
    source_id = _name(record, "id")
    if not source_id:
        raise _Rejected("missing", field="id")
    if "channel" not in record:
        raise _Rejected("missing", field="channel")
    language, direction = _name(record, "language"), record.get("direction")
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise _Rejected("unknown_language")
    started, ended = _time(record.get("started_at"), "started_at"), _time(record.get("ended_at"), "ended_at")
    if started and ended and ended < started:
        raise _Rejected("ends_before_it_starts")
    channel, turns = _word(Channel, record["channel"], "unknown_channel"), _turns(record.get("turns"))
    return Conversation(
        source_id=source_id,
        channel=channel,
        turns=turns,
        source=source,
        thread=_name(record, "conversation"),
        language=language,
        direction=None if direction is None else _word(Direction, direction, "unknown_direction"),
        customer=_customer(record.get("customer")),
        agent=_name(record, "agent"),
        started_at=started,
        ended_at=ended,
        attachments=_attachments(record.get("attachments"), len(turns)),
    )


def receive(line: Line | Reject, *, source: str = "batch") -> Conversation | Reject:
    """Return the conversation of one line, or why it was not taken; a ``Reject`` passes through.

    Codes: not_json, not_an_object, too_deep, duplicate_key, missing, wrong_type, too_long, too_many, lone_surrogate,
    unknown_channel, unknown_language, unknown_direction, bad_time, time_without_zone, ends_before_it_starts,
    unknown_state, no_turns, bad_field_name, unknown_field. An unknown field is a reject: what we cannot place we must
    not lose.
    """
    if isinstance(line, Reject):
        return line
    try:
        record = _parse(line.text)
        _only(record, FIELDS)
        return _conversation(record, source)
    except _Rejected as reason:
        return Reject(line.number, reason.code, reason.params)


def receive_all(
    lines: Iterable[Line | Reject], *, source: str = "batch"
) -> Iterator[tuple[int, Conversation] | Reject]:
    """Yield (line number, conversation) or a ``Reject`` for each line, in order."""
    for line in lines:
        taken = receive(line, source=source)
        yield taken if isinstance(taken, Reject) else (line.line if isinstance(line, Reject) else line.number, taken)
