"""How values and sentences sound: spoken digits, recogniser text, typing slips."""

import re
from random import Random

ZH_DIGITS = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))
ZH_ALSO = {"0": "洞", "1": "一", "2": "两"}
EN_DIGITS = dict(
    zip("0123456789", ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), strict=True)
)
GROUPS = {"phone": (3, 4, 4), "id_card": (6, 8, 4), "bank_card": (4, 4, 4, 4, 3)}
_ZH_PAUSE = re.compile(r"[，。！？；、：~!?,;:…\n]+")
_EN_STOP = re.compile(r"[,.!?;:\n]+(?=\s|$)")
_ZH_FILLERS = ("嗯", "呃", "那个", "就是", "然后")
_EN_FILLERS = ("uh", "um", "you know", "like", "so")
_TYPO_ZH = {"的": "得", "在": "再", "吗": "嘛", "那": "哪", "帐": "账", "做": "作"}


def groups(kind: str, value: str) -> list[str]:
    """Return the digits of ``value`` in the groups in which people say them, separators dropped."""
    digits = re.sub(r"[^0-9A-Za-z]", "", value)
    sizes = (3, 3, 4) if kind == "phone" and len(digits) == 10 else GROUPS.get(kind, (len(digits),))
    parts, start = [], 0
    for size in sizes:
        if start < len(digits):
            parts.append(digits[start : start + size])
            start += size
    return parts


def spoken(text: str, language: str, rng: Random) -> str:
    """Return digits as words: ``138`` → ``幺三八``, ``one three eight``; letters stay."""
    if language == "zh":
        also = rng.random() < 0.15
        return "".join((ZH_ALSO.get(c) if also and c in ZH_ALSO else ZH_DIGITS.get(c, c)) or c for c in text)
    words = [EN_DIGITS.get(c, c) for c in text if not c.isspace()]
    if rng.random() < 0.3:
        words = ["oh" if word == "zero" else word for word in words]
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] == word and rng.random() < 0.25 and word != "oh":
            joined[-1] = f"double {word}"
        else:
            joined.append(word)
    return " ".join(joined)


def spelled_email(address: str, language: str) -> str:
    """Return a mail address as it is said: ``li.wei@example.com`` → ``li dot wei at example dot com``."""
    if language == "zh":
        return address.replace("@", "艾特").replace(".", "点").replace("_", "下划线")
    return address.replace("@", " at ").replace(".", " dot ").replace("_", " underscore ")


def written(kind: str, value: str, rng: Random) -> str:
    """Return ``value`` as people type it: whole, grouped, with a country code or full-width digits."""
    mood = rng.random()
    if kind in ("phone", "bank_card") and mood < 0.25:
        return " ".join(groups(kind, value))
    if kind == "phone" and mood < 0.32:
        return f"+86 {value}" if "-" not in value else f"+1 {value}"
    if kind in ("phone", "id_card") and mood < 0.35 and "-" not in value:
        return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in value)
    return value


def as_heard(text: str, language: str, rng: Random, *, hesitant: bool) -> str:
    """Return ``text`` as a recogniser writes it: no punctuation, lower case, fillers where somebody is ``hesitant``."""
    if language == "zh":
        heard = _ZH_PAUSE.sub(" " if rng.random() < 0.5 else "", text).strip()
        return f"{rng.choice(_ZH_FILLERS)}{heard}" if hesitant and rng.random() < 0.2 else heard
    heard = _EN_STOP.sub("", text).lower()
    return f"{rng.choice(_EN_FILLERS)} {heard}" if hesitant and rng.random() < 0.2 else heard


def typed(text: str, language: str, rng: Random) -> str:
    """Return ``text`` with a typing slip now and then; digits are never touched."""
    if rng.random() > 0.08 or len(text) < 6:
        return text
    if language == "zh":
        for right, wrong in _TYPO_ZH.items():
            if right in text:
                return text.replace(right, wrong, 1)
        return text
    place = rng.randrange(1, len(text) - 2)
    if text[place : place + 2].isalpha() and text[place : place + 2].isascii():
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text
