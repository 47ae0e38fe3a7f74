"""E-mail (RFC 5322, MIME): one conversation a message; the text of what hangs on it becomes turns of their own.

What hangs on it is handed on whole as well, to be sealed: read or not.
"""

import email.errors
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256
from itertools import islice

from hushkeep.channels import encodings
from hushkeep.channels.formats.documents import Unreadable, text_of
from hushkeep.channels.formats.markup import text_of_html
from hushkeep.channels.formats.shape import MAX_PARTS, Draft, Item, Reading, Source, draft, too_large, whole
from hushkeep.channels.lines import Reject
from hushkeep.kernel import ATTACHMENT_PART_BYTES, AttachmentState

_SHOWN = ("From", "To", "Cc", "Reply-To", "Subject")
_PARTS = re.compile(rb"^content-type\s*:", re.IGNORECASE | re.MULTILINE)
_SUFFIXES = {
    "text/plain": ".txt",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "application/json": ".json",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}$")
_BODIES = ("text/plain", "text/html")
_NO_TEXT = frozenset({"attachment_not_read", "no_text", "empty_file"})
"""Why an attachment is not read that holds no text for us: it is sealed, and nothing is amiss."""
_NAME_LENGTH = 200


def parse(source: Source, reading: Reading) -> Iterator[Item]:
    """Yield the conversation of a mail file. Codes: those of ``message``, empty_file, file_too_large."""
    data = whole(source)
    if data is None:
        yield too_large()
    elif not data.strip():
        yield Reject(1, "empty_file")
    else:
        yield from message(data, 1, reading)


def message(data: bytes, place: int, reading: Reading) -> Iterator[Draft | Reject]:
    """Yield the conversation of one message, and a reject for each part whose text should have been taken and was not.

    Codes: too_many_parts (limit), too_deep, not_a_mail, no_turns, and of a part (part): malware, encrypted,
    broken_document, mixed_encodings, bad_encoding, too_long, unpacks_too_large.
    """
    if _parts(data) > MAX_PARTS:
        yield Reject(place, "too_many_parts", {"limit": MAX_PARTS})
        return
    try:
        mail = BytesParser(policy=email.policy.compat32).parsebytes(data)
    except RecursionError:
        yield Reject(place, "too_deep")
        return
    yield from conversation(mail, data, place, reading)


def _parts(data: bytes) -> int:
    """Return how many parts say what they are; of few, no more than how often the words stand there."""
    # Searching bytes is far quicker than the expression, and few mails come near the limit.
    most = data.lower().count(b"content-type")
    return most if most <= MAX_PARTS else sum(1 for _ in _PARTS.finditer(data))


def conversation(mail: Message, data: bytes, place: int, reading: Reading) -> Iterator[Draft | Reject]:
    """Yield the conversation of a parsed message, whose bytes were ``data``; codes as ``message``."""
    try:
        if sum(1 for _ in islice(mail.walk(), MAX_PARTS + 1)) > MAX_PARTS:  # parts need not say what they are
            yield Reject(place, "too_many_parts", {"limit": MAX_PARTS})
            return
        said = _said(mail, place, reading)
    except RecursionError:
        yield Reject(place, "too_deep")
        return
    if not any(mail.get(name) for name in ("From", "To", "Subject", "Date", "Message-ID")):
        yield Reject(place, "not_a_mail")
        return
    record = _header(mail, data, reading) | {"turns": said.turns, "attachments": said.attachments or None}
    yield draft(place, record, tuple(said.attached)) if said.turns else Reject(place, "no_turns")
    yield from said.rejects


def _header(mail: Message, data: bytes, reading: Reading) -> dict[str, object]:
    id_ = _decoded(mail.get("Message-ID", "")).strip("<> ")
    if not id_ or len(id_) > 200:
        id_ = f"mail:{sha256(id_.encode() or data).hexdigest()}"
    references = _decoded(mail.get("References", "") or mail.get("In-Reply-To", "")).split()
    senders, receivers = _addresses(mail, "From"), _addresses(mail, "To") + _addresses(mail, "Cc")
    ours = [_domain(address) in reading.own_domains for address in senders]
    direction = customer = None
    if reading.own_domains and senders:
        direction = "outbound" if all(ours) else "inbound"
        theirs = [a for a in (receivers if all(ours) else senders) if _domain(a) not in reading.own_domains]
        customer = {"email": theirs[0]} if len(set(theirs)) == 1 else None
    return {
        "id": id_,
        "channel": reading.channel or "email",
        "conversation": references[0].strip("<>")[:200] if references else None,
        "direction": direction,
        "customer": customer,
        "started_at": _date(mail, reading),
    }


@dataclass(slots=True)
class _Said:
    """What a message holds: turns (headers, body, attachments in order), its attachments with their bytes, rejects."""

    turns: list[dict[str, str]] = field(default_factory=list)
    attachments: list[dict[str, object]] = field(default_factory=list)
    attached: list[bytes] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def say(self, speaker: str, text: str) -> None:
        self.turns.append({"speaker": speaker, "text": text})

    def attach(
        self, part: Message, data: bytes, scan: str, *, turn: int | None = None, reason: str | None = None
    ) -> None:
        """Keep ``part``, which holds ``data``: read as the turn ``turn``, or not read for ``reason``."""
        pieces = range(0, len(data), ATTACHMENT_PART_BYTES)
        state = AttachmentState.READ if turn is not None else AttachmentState.UNREAD
        kept = {
            "name": _file_name(part)[:_NAME_LENGTH],
            "media_type": part.get_content_type(),
            "size": len(data),
            "parts": [sha256(data[at : at + ATTACHMENT_PART_BYTES]).hexdigest() for at in pieces],
            "state": (AttachmentState.QUARANTINED if reason == "malware" else state).value,
            "reason": reason,
            "scan": scan,
            "turn": turn,
        }
        self.attachments.append({name: value for name, value in kept.items() if value is not None})
        self.attached.append(data)


def _said(mail: Message, place: int, reading: Reading) -> _Said:
    said = _Said()
    if head := _head(mail):
        said.say("system", head)
    speaker = _speaker(mail, reading)
    skipped = _alternatives(mail)
    for number, part in enumerate(mail.walk(), start=1):
        if part.is_multipart():
            if number > 1 and part.get_content_type() == "message/rfc822":
                for inner in _inner(part):
                    said.say("system", _head(inner))
        elif id(part) not in skipped:
            _take(part, said, place, number, speaker, reading)
    return said


def _take(part: Message, said: _Said, place: int, number: int, speaker: str, reading: Reading) -> None:  # noqa: PLR0913, PLR0917 - a part and its place
    """Add a part to ``said``: its text as a turn, and what is no body as an attachment, be it read or not."""
    named, data = _file_name(part), _payload(part)
    try:
        text = _part_text(part, data, reading).strip()
    except Unreadable as reason:
        said.attach(part, data, reading.scan, reason=reason.code)
        if reason.code not in _NO_TEXT:
            said.rejects.append(Reject(place, reason.code, {"part": number}))
        return
    body = not named and part.get_content_disposition() != "attachment" and part.get_content_type() in _BODIES
    if text:
        said.say("system" if named else speaker, f"[{named}]\n{text}" if named else text)
    if not body:
        if text:
            said.attach(part, data, reading.scan, turn=len(said.turns) - 1)
        else:
            said.attach(part, data, reading.scan, reason="no_text" if data else "empty_file")


def _inner(part: Message) -> list[Message]:
    inner = part.get_payload()
    return [item for item in inner if isinstance(item, Message)] if isinstance(inner, list) else []


def _alternatives(mail: Message) -> set[int]:
    """Return the ids of HTML parts that say again what a plain part beside them says."""
    skipped: set[int] = set()
    for part in mail.walk():
        if part.get_content_type() == "multipart/alternative":
            kinds = [inner.get_content_type() for inner in _inner(part)]
            plain = next((p for p in _inner(part) if p.get_content_type() == "text/plain"), None)
            if plain is not None and "text/html" in kinds and _payload(plain).strip():
                skipped |= {id(p) for p in _inner(part) if p.get_content_type() == "text/html"}
    return skipped


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _part_text(part: Message, data: bytes, reading: Reading) -> str:
    if reading.dangerous(data):
        raise Unreadable("malware")
    kind = part.get_content_type()
    name = _file_name(part)
    named = _SUFFIX.search(name.lower())
    suffix = _SUFFIXES.get(kind) or (named.group() if named else "")
    if kind in ("text/plain", "text/html") and not name:
        text = _in_charset(data, _parameter(part, "charset", "content-type").lower())
        return text_of_html(text) if kind == "text/html" else text
    return text_of(data, suffix)


def _file_name(part: Message) -> str:
    """Return the name of the file that ``part`` is, "" for none."""
    return _parameter(part, "filename", "content-disposition") or _parameter(part, "name", "content-type")


def _parameter(part: Message, name: str, header: str) -> str:
    """Return a parameter of a header, "" without one.

    The library's own way (``get_filename``, ``get_content_charset``) raises for some charsets that a mail may name.
    """
    value = part.get_param(name, "", header)
    if isinstance(value, tuple):  # RFC 2231: charset, language, text
        charset, _, text = value
        return _recognised(text.encode("raw-unicode-escape"), charset).strip()
    return _decoded(value).strip()


def _in_charset(data: bytes, charset: str | None) -> str:
    """Return ``data`` in the charset it says; GB 2312 is read as its superset; else what it is recognised as."""
    codec = {"gb2312": "gb18030", "gbk": "gb18030", "us-ascii": "utf-8"}.get(charset or "", charset or "utf-8")
    try:
        return data.decode(codec)
    except (LookupError, ValueError):  # a charset that is none, or holds a NUL, and bytes that are not in it
        text = encodings.text_of(data)
    if text is None:
        raise Unreadable(encodings.why_not(data))
    return text


def _head(mail: Message) -> str:
    return "\n".join(f"{name}: {' '.join(_decoded(mail[name]).split())}" for name in _SHOWN if mail.get(name))


def _speaker(mail: Message, reading: Reading) -> str:
    senders = _addresses(mail, "From")
    if not reading.own_domains or not senders:
        return "other"
    return "agent" if all(_domain(address) in reading.own_domains for address in senders) else "customer"


def _addresses(mail: Message, name: str) -> list[str]:
    return [address.lower() for _, address in getaddresses([_decoded(mail.get(name, ""))]) if "@" in address]


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _date(mail: Message, reading: Reading) -> str | None:
    try:
        at = parsedate_to_datetime(_decoded(mail.get("Date", "")))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=reading.zone)).isoformat()


def _decoded(value: object) -> str:
    """Return a header's text (RFC 2047); bytes that are in no charset it names are recognised like any others."""
    parts: list[str] = []
    try:
        pieces = decode_header(value) if isinstance(value, str) else decode_header(str(value))
    except email.errors.HeaderParseError:
        return str(value)
    for piece, charset in pieces:
        raw = piece if isinstance(piece, bytes) else str(piece).encode("utf-8", "surrogateescape")
        parts.append(_recognised(raw, charset if charset != "unknown-8bit" else None))
    return "".join(parts)


def _recognised(raw: bytes, charset: str | None) -> str:
    """Return ``raw`` as ``_in_charset`` does; what is in no charset is shown as far as it is UTF-8."""
    try:
        return _in_charset(raw, charset)
    except Unreadable:
        return raw.decode("utf-8", "replace")
