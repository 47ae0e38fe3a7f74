"""Cues: the words near a number that say what it is, and those that say it is nothing personal."""

import json
import re
from functools import cache
from importlib.resources import files

NEGATIVE = "negative"


def _source() -> dict[str, dict[str, list[str]]]:
    data: dict[str, dict[str, list[str]]] = json.loads(
        (files("hushkeep.detect") / "rules" / "cues.json").read_text("utf-8")
    )
    return data


@cache
def table() -> dict[str, dict[str, list[str]]]:
    """Entity (or ``negative``) to language to patterns, as in ``rules/cues.json``."""
    return _source()


def _compiled() -> "re.Pattern[str]":
    parts = []
    for entity, languages in table().items():
        zh = sorted(languages["zh"], key=len, reverse=True)
        en = [rf"(?<![a-z0-9])(?:{p})(?![a-z0-9])" for p in sorted(languages["en"], key=len, reverse=True)]
        parts.append(f"(?P<{entity}>{'|'.join(zh + en)})")
    # Longer meanings come first: a verification code is not a code on the back, an order number is not a number.
    order = ["negative", "ssn", "cvv", "card_expiry", "uscc", "iban", "passport", "plate", "wechat", "qq", "email", "dob"]
    order += ["id_card", "secret", "bank_card", "phone"]
    named = dict(zip(table(), parts, strict=True))
    return re.compile("|".join(named[entity] for entity in order))


CUE = _compiled()

