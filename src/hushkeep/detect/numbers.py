"""Rows of digits in a turn, however they are written or said.

Written, grouped, full-width, one by one, spoken Chinese (幺, 洞, 两, 三个八), spoken English (oh, double, triple,
teens and tens), mixtures of these, with fillers between. A run keeps, for each digit, where it stands.
"""

import re
from typing import NamedTuple

from hushkeep.detect.view import DIGIT_OF, DOUBLE, TO_ASCII

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
_FIRSTS = "".join(sorted({word[0] for words in (_UNITS, _TEENS, _TENS, _TIMES, _ROUND) for word in words})).encode()
_TOKEN = re.compile(
    rb"((?:[\x82-\x89\x8b]\x91|\x92)[0-9\x80-\x8e](?!\x8f))"  # 三个八, 双八
    rb"|([0-9]+)"
    rb"|((?:[\x80-\x8e](?!\x91[0-9\x80-\x8e]))+(?!\x8f))"
    rb"|(?<![a-z0-9'])(?=[" + _FIRSTS + rb"])(" + WORD.encode() + rb")(?![a-z'])"
    rb"|(?<=[0-9\x80-\x8e .\-])(x)(?![a-z0-9])"
)
_COUNTED = frozenset("位张次款种份")
_TIGHT = frozenset(
    {"", " ", "-", ".", "_", "  ", " - ", "- ", " -", ") ", ")", "\u00a0", "\u3000", "－", "—", "–", "·"}
)
_LOOSE = re.compile(
    r"(?:[\s,，、;。.…~/\-—–－()\u0001-\u0008\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]"
    r"|嗯+|呃+|哦|啊|额|唔|诶|欸|那个|然后|接着|后面是?|再是|再来|空格|横杠|杠|是|对|就是"
    r"|\b(?:um+|uh+|er+m?|ah|hmm+|dash|hyphen|slash|space|and|then|dot|comma|ok|okay|so|yeah|like|that's)\b){1,8}",
    re.IGNORECASE,
)


class Group(NamedTuple):
    """Digits that stand together in ``[start, end)`` of the turn."""

    digits: str
    start: int
    end: int
    apart: bool  # each digit has a code point of its own; else all are read from the whole stretch
    spoken: bool
    loose: bool  # a filler, comma or line break lies before it, not just a space or hyphen

    @property
    def starts(self) -> tuple[int, ...]:
        """Where each digit is read from."""
        return tuple(range(self.start, self.end)) if self.apart else (self.start,) * len(self.digits)

    @property
    def ends(self) -> tuple[int, ...]:
        """The end of the stretch that each digit is read from."""
        return tuple(range(self.start + 1, self.end + 1)) if self.apart else (self.end,) * len(self.digits)


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
        return Group(raw.decode(), start, end, True, False, loose)
    if kind == 3:
        return Group(raw.translate(TO_ASCII).decode(), start, end, True, True, loose)
    if kind == 1:
        digits = str(DIGIT_OF[raw[-1]]) * (2 if raw[0] == DOUBLE else DIGIT_OF[raw[0]])
    elif kind == 5:
        digits = "X"
    else:
        digits = _spelled(raw.decode("ascii"))
    return Group(digits, start, end, False, kind != 5, loose)


def _masked(view: bytes, start: int, end: int) -> bool:
    return 0x2A in view[max(0, start - 2) : start] or 0x2A in view[end : end + 2]


def runs(text: str, view: bytes) -> list[list[Group]]:
    """The runs of ``text``: each a list of groups that only spaces, signs or fillers separate."""
    found: list[list[Group]] = []
    last = -1
    masks = b"*" in view
    for match in _TOKEN.finditer(view):
        start = match.start()
        if match.lastindex == 3 and match.end() - start == 1 and text[match.end() : match.end() + 1] in _COUNTED:
            last = -1  # 三位, 两张: how many of something, no digit of a number
            continue
        if last >= 0:
            gap = text[last:start]
            if (tight := gap in _TIGHT) or (len(gap) <= 24 and _LOOSE.fullmatch(gap)):
                found[-1].append(_group(match, not tight))
                last = match.end()
                continue
        if match.lastindex == 5:
            continue
        if masks and _masked(view, start, match.end()):  # what a mask left: 138****5678
            last = -1
            continue
        found.append([_group(match, True)])
        last = match.end()
    return found
