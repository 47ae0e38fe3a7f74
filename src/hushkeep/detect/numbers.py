"""Rows of digits in a turn, however they are written or said.

Written, grouped, full-width, one by one, spoken Chinese (幺, 洞, 两, 三个八), spoken English (oh, double, triple,
teens and tens), mixtures of these, with fillers between. A run keeps, for each digit, where it stands.
"""

import re
from dataclasses import dataclass

from hushkeep.detect.view import DIGIT_OF, TO_ASCII

_UNITS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0", "one": "1", "two": "2", "three": "3",
    "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip
_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16",
    "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fourty": "4", "fifty": "5", "sixty": "6", "seventy": "7",
    "eighty": "8", "ninety": "9",
}  # fmt: skip
_TIMES = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
_ROUND = {"hundred": "00", "thousand": "000"}

_units = "|".join(sorted(_UNITS, key=len, reverse=True))
WORD = (
    rf"(?:double|triple|treble|quadruple)[ -]{{1,2}}(?:{_units}|[0-9])"
    rf"|(?:{'|'.join(_TENS)})(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?"
    rf"|{'|'.join(_TEENS)}|{_units}|hundred|thousand"
)
_TOKEN = re.compile(
    rb"([\x82-\x89\x8b][\x91][0-9\x80-\x8e](?![\x8f]))"  # 三个八
    rb"|([0-9]+)"
    rb"|((?:[\x80-\x8e](?!\x91[0-9\x80-\x8e]))+(?!\x8f))"
    rb"|(?<![a-z0-9'])(" + WORD.encode() + rb")(?![a-z'])"
    rb"|(?<=[0-9\x80-\x8e .\-])(x)(?![a-z0-9])"
)
_TIGHT = frozenset(
    {"", " ", "-", ".", "_", "  ", " - ", "- ", " -", ") ", ")", "\u00a0", "\u3000", "－", "—", "–", "·"}
)
_LOOSE = re.compile(
    r"(?:[\s,，、;。.…~/\-—–－()\u0001-\u0008\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]"
    r"|嗯+|呃+|哦|啊|额|唔|诶|欸|那个|然后|接着|后面是?|再是|再来|空格|横杠|杠|是|对|就是"
    r"|\b(?:um+|uh+|er+m?|ah|hmm+|dash|hyphen|slash|space|and|then|dot|comma|ok|okay|so|yeah|like|that's)\b){1,8}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Group:
    """Digits that stand together: ``digits[i]`` is read from ``[starts[i], ends[i])`` of the turn."""

    digits: str
    start: int
    end: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    spoken: bool
    loose: bool  # a filler, comma or line break lies before it, not just a space or hyphen


def _spelled(word: str) -> str:
    if word in _UNITS:
        return _UNITS[word]
    if word in _TEENS:
        return _TEENS[word]
    if word in _ROUND:
        return _ROUND[word]
    head, _, tail = word.replace("-", " ").partition(" ")
    tail = tail.strip()
    if head in _TIMES:
        return _UNITS.get(tail, tail) * _TIMES[head]
    return _TENS[head] + _UNITS.get(tail, "0")


def _group(match: "re.Match[bytes]", loose: bool) -> Group:  # noqa: FBT001
    start, end = match.span()
    raw = match.group()
    kind = match.lastindex
    if kind == 2:
        return Group(raw.decode(), start, end, tuple(range(start, end)), tuple(range(start + 1, end + 1)), False, loose)
    if kind == 3:
        digits = raw.translate(TO_ASCII).decode()
        return Group(digits, start, end, tuple(range(start, end)), tuple(range(start + 1, end + 1)), True, loose)
    if kind == 1:
        digits = str(DIGIT_OF[raw[2]]) * DIGIT_OF[raw[0]]
    elif kind == 5:
        digits = "X"
    else:
        digits = _spelled(raw.decode("ascii"))
    return Group(digits, start, end, (start,) * len(digits), (end,) * len(digits), kind != 5, loose)


def _masked(view: bytes, start: int, end: int) -> bool:
    return 0x2A in view[max(0, start - 2) : start] or 0x2A in view[end : end + 2]


def runs(text: str, view: bytes) -> list[list[Group]]:
    """The runs of ``text``: each a list of groups that only spaces, signs or fillers separate."""
    found: list[list[Group]] = []
    last = -1
    for match in _TOKEN.finditer(view):
        start = match.start()
        if found and last >= 0:
            gap = text[last:start]
            if gap in _TIGHT:
                found[-1].append(_group(match, loose=False))
                last = match.end()
                continue
            if len(gap) <= 24 and _LOOSE.fullmatch(gap):
                found[-1].append(_group(match, loose=True))
                last = match.end()
                continue
        if match.lastindex == 5:
            continue
        if _masked(view, start, match.end()):  # what a mask left: 138****5678
            last = -1
            continue
        found.append([_group(match, loose=True)])
        last = match.end()
    return found
