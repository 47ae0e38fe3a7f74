"""The same masks over what is not a plain turn: HTML, JSON, e-mail with headers, a recogniser's words with times."""

import json
import re
from collections.abc import Callable, Sequence
from email import message_from_string, policy
from email.message import EmailMessage
from html import escape, unescape
from typing import Any

from hushkeep.detect.finder import find
from hushkeep.detect.finding import Finding
from hushkeep.detect.masking import DEFAULT, Policy, cut_secrets, mask
from hushkeep.kernel import InvalidInput, Turn

_TAG = re.compile(
    r"(<!--.*?-->|<(?:script|style)\b.*?</(?:script|style)\s*>|<[^<>]{0,10000}>)", re.DOTALL | re.IGNORECASE
)
_HEADERS = ("From", "To", "Cc", "Bcc", "Reply-To", "Sender", "Subject", "Return-Path", "Delivered-To")
_HAN = re.compile("[\u4e00-\u9fff]")


def _masked(texts: Sequence[str], names: bool, how: Policy) -> list[str]:  # noqa: FBT001
    turns = [Turn("document", text) for text in texts]
    findings = find(turns, names=names)
    return [turn.text for turn in mask(cut_secrets(turns, findings), findings, how)]


def mask_html(source: str, *, names: bool = True, how: Policy = DEFAULT) -> str:
    """``source`` with the personal data of its text nodes masked; tags stay, also where a number runs across them."""
    pieces = _TAG.split(source)
    plain = [unescape(text) for text in pieces[::2]]
    for at, text in enumerate(_masked(plain, names, how)):
        if text != plain[at]:
            pieces[2 * at] = escape(text, quote=False)
    return "".join(pieces)


def mask_json(source: str, *, names: bool = True, how: Policy = DEFAULT) -> str:
    """``source`` with the personal data of its strings and numbers masked; a key speaks for its value."""
    try:
        document = json.loads(source)
    except (ValueError, RecursionError):
        raise InvalidInput("not a JSON document") from None
    leaves: list[tuple[str, str]] = []

    def note(key: str, value: str) -> str:
        leaves.append((key, value))
        return value

    _walk(document, "", note)
    labelled = [f"{key.replace('_', ' ')}: {value}" if key else value for key, value in leaves]
    masked = iter(_masked(labelled, names, how))

    def put(key: str, _value: str) -> str:
        text = next(masked)
        return text.partition(": ")[2] if key else text

    return json.dumps(_walk(document, "", put), ensure_ascii=False)


def _walk(node: Any, key: str, leaf: Callable[[str, str], str]) -> Any:
    match node:
        case dict():
            return {k: _walk(v, str(k), leaf) for k, v in node.items()}
        case list():
            return [_walk(v, key, leaf) for v in node]
        case str():
            return leaf(key, node)
        case bool() | None:
            return node
        case _:
            shown = leaf(key, str(node))
            return node if shown == str(node) else shown


def mask_email(source: str, *, names: bool = True, how: Policy = DEFAULT) -> str:
    """An RFC 5322 message with its address and subject headers and its text parts masked; attachments are left out."""
    message = message_from_string(source, policy=policy.default)
    if not isinstance(message, EmailMessage):
        raise InvalidInput("not an e-mail message")
    for name in _HEADERS:
        values = message.get_all(name, [])
        if values:
            del message[name]
            clear = [f"{name}: {value}" for value in values]
            message[name] = ", ".join(text.partition(": ")[2] for text in _masked(clear, names, how))
    for part in message.walk():
        kind = part.get_content_type()
        if kind in {"text/plain", "text/html"} and isinstance(part, EmailMessage):
            text = str(part.get_content())
            shown = mask_html(text, names=names, how=how) if kind == "text/html" else _masked([text], names, how)[0]
            part.set_content(shown, subtype=kind.partition("/")[2])
    return message.as_string()


def words_hit(words: Sequence[str], *, names: bool = True) -> dict[int, Finding]:
    """For a recogniser's words: the index of each word that holds personal data, with the finding that says so.

    The caller hides those words and beeps their times; offsets of the findings refer to the joined text.
    """
    space = "" if _HAN.search("".join(words)) else " "
    ends, text = [], ""
    pieces: list[str] = []
    size = 0
    for word in words:
        pieces.append(word)
        size += len(word)
        ends.append(size)
        size += len(space)
    text = space.join(pieces)
    hit: dict[int, Finding] = {}
    at = 0
    for finding in find([Turn("customer", text)], names=names):
        while at < len(ends) and ends[at] <= finding.start:
            at += 1
        index = at
        while index < len(ends) and ends[index] - len(words[index]) < finding.end:
            hit[index] = finding
            index += 1
    return hit
