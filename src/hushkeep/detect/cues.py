"""Cues: the words near a number that say what it is, and those that say it is nothing personal."""

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from hushkeep.detect.firsts import firsts
from hushkeep.detect.patterns import Pattern

NEGATIVE = "negative"
PART_OF = {"ssn_last": "ssn", "id_last": "id_card"}  # the last digits of a number, asked for to prove who calls
SAYS = "says"  # "it says", "i typed": a code or a password where one was spoken of
NUMBER = "number"  # "the number is": a number of whatever was spoken of, of a telephone if of nothing


def _source() -> dict[str, dict[str, list[str]]]:
    data: dict[str, dict[str, list[str]]] = json.loads(
        (files("hushkeep.detect") / "rules" / "cues.json").read_text("utf-8")
    )
    for pack in packs():
        data["id_card"]["en"] += pack["cues"]
    return data


def packs() -> list[dict[str, Any]]:
    """The country packs of ``rules/packs.json``: the words for an identity number, its written forms and checks."""
    rows: list[dict[str, Any]] = json.loads((files("hushkeep.detect") / "rules" / "packs.json").read_text("utf-8"))
    return rows


@cache
def table() -> dict[str, dict[str, list[str]]]:
    """Entity (or ``negative``, ``number``) to language to patterns, as in ``rules/cues.json``."""
    return _source()


_ORDER = (  # longer meanings first: a verification code is not a code on the back, an order number is not a number
    *(
        *PART_OF,
        "negative",
        "ssn",
        "cvv",
        "card_expiry",
        "uscc",
        "iban",
        "passport",
        "plate",
        "wechat",
        "qq",
        "email",
        "dob",
    ),
    *("id_card", "secret", "bank_card", "phone", NUMBER, SAYS),
)


def rules() -> list[tuple[str, str]]:
    """Entity and pattern, in the order in which they are tried at one place."""
    found = []
    for entity in _ORDER:
        languages = table()[entity]
        found += [(entity, p) for p in sorted(languages["zh"], key=len, reverse=True)]
        found += [
            (entity, rf"(?<![a-z0-9])(?:{p})(?![a-z0-9])") for p in sorted(languages["en"], key=len, reverse=True)
        ]
    return found


def _by_first() -> dict[str, Pattern]:
    """For each character that a cue may begin with, the cues that do: a text is then tried only where one can begin."""
    groups: dict[str, dict[str, list[str]]] = {}
    for entity, pattern in rules():
        for char in firsts(pattern):
            groups.setdefault(char, {}).setdefault(entity, []).append(pattern)
    return {
        char: Pattern("|".join(f"(?P<{entity}>{'|'.join(patterns)})" for entity, patterns in parts.items()))
        for char, parts in groups.items()
    }


_BY_FIRST = _by_first()
_START = re.compile(
    "(?<![a-z0-9])["
    + re.escape("".join(c for c in _BY_FIRST if c.isascii()))
    + "]|["
    + "".join(c for c in _BY_FIRST if not c.isascii())
    + "]"
)


def cues_in(text: str, within: Iterable[tuple[int, int]] | None = None) -> list[tuple[int, int, str]]:
    """The cues of ``text`` (folded), without overlap: start, end, entity.

    ``within`` are stretches in one of which each cue is known to begin.
    """
    found = []
    at = done = 0
    for low, high in [(0, len(text))] if within is None else sorted(within):
        for start in _START.finditer(text, max(low, done), high):
            begin = start.start()
            if begin >= at and (match := _BY_FIRST[start.group()].compiled.match(text, begin)):
                at = match.end()
                found.append((begin, at, match.lastgroup or ""))
        done = max(done, high)
    return found
