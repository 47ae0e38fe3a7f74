"""What a row of digits is: by proof where there is one, else by its cue or the other side's last question."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from hushkeep.detect import checks
from hushkeep.detect.cues import NEGATIVE, NUMBER, PART_OF
from hushkeep.detect.numbers import Group

_TOLL_FREE = frozenset({"800", "888", "877", "866", "855", "844", "833", "822"})


class Row:
    """Consecutive groups of one turn read as one number: digits (a last ``X`` is a check character), start, end."""

    __slots__ = ("digits", "end", "groups", "start")

    def __init__(self, groups: Sequence[Group]) -> None:
        self.groups = groups
        self.digits = groups[0].digits if len(groups) == 1 else "".join([g.digits for g in groups])
        self.start = groups[0].start
        self.end = groups[-1].end

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the groups, as (3, 4, 4)."""
        return tuple([len(g.digits) for g in self.groups])

    @property
    def spoken(self) -> bool:
        """Whether any group is said in words."""
        return any(g.spoken for g in self.groups)


def readings(groups: Sequence[Group]) -> Iterator[str]:
    """The other digit strings that ``groups`` may mean: "sixty one" is 61 or 60 and 1; at most 31 of them."""
    pairs = [i for i, g in enumerate(groups) if g.spoken and _two_ways(g)][:5]
    if not pairs:
        return
    for chosen in product((False, True), repeat=len(pairs)):
        if any(chosen):
            apart = {i for i, split in zip(pairs, chosen, strict=True) if split}
            yield "".join([g.digits[0] + "0" + g.digits[1] if i in apart else g.digits for i, g in enumerate(groups)])


def _two_ways(group: Group) -> bool:
    d = group.digits
    return len(d) == 2 and d[0] >= "2" and d[1] != "0" and d[0] != d[1] and not group.apart


class Verdict(NamedTuple):
    """An entity with the score and the rule that said so."""

    entity: str
    score: float
    rule: str


def hotline(digits: str) -> bool:
    """Whether ``digits`` is a service number that belongs to a company: 95xxx, 400, 10086, US toll-free."""
    bare = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    if len(bare) == 10 and (bare[:3] in _TOLL_FREE or bare[:3] == "400"):
        return True
    return len(digits) <= 8 and digits[:2] in {"95", "96", "10", "12"} and len(digits) in {5, 6}


_MONEY = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?|[0-9]+\.[0-9]{1,2})")
_ADDRESS_OF_A_MACHINE = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")  # 192.168.100.24 has the digits of a mobile number
_IN_A_SUM = re.compile("[0-9][,.]$")  # 292,000 and 357,000
_UNITS = re.compile(
    r"\s?(?:[元块圆%‰℃¥$€£米克斤岁人次件台瓶袋张页月年天点秒倍折平座]|分[钟之]|分(?![0-9a-z])|周(?![0-9])|时(?!候)|人民币|美元|港币|公里|公斤|小时|毫升|万|千米"
    r"|(?:dollars?|bucks|usd|cents|euros?|pounds?|quid|percent|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|miles?|km|kg|lbs?|gb|mb|mbps|items?|people|times|points|am|pm|pieces|units)(?![a-z]))"
)


_ONE_BY_ONE = 4  # digits said one by one that are no sum


_DATED = 14  # digits of a date with a time of day
_DATE = re.compile(  # with its year written out; a birth date is a shape of its own
    r"(?:[0-3]?[0-9]([/.\-])[0-3]?[0-9]\1(?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}([/.\-])[01]?[0-9]\2[0-3]?[0-9])"
)


def amount(row: "Row", text: str) -> bool:
    """Whether ``row`` is a sum, a measure or a date: 1,299.00, 75元, $40, forty five minutes, 12/12/2027."""
    value = text[row.start : row.end]
    if len(row.groups) > 1 and (dated := _DATE.match(value)) and not value[dated.end() : dated.end() + 1].isdigit():
        return len(row.digits) <= _DATED
    if ("." in value or "," in value) and (_MONEY.fullmatch(value) or _ADDRESS_OF_A_MACHINE.fullmatch(value)):
        return True
    if row.start > 0 and text[row.start - 1] in "¥$€£￥":
        return True
    if len(row.groups) >= _ONE_BY_ONE and row.spoken and all(len(g.digits) == 1 for g in row.groups):
        return False  # "one two four oh pound": nobody counts like that
    return len(row.digits) <= 8 and _UNITS.match(text, row.end) is not None


def proved(digits: str, cue: str) -> Verdict | None:
    """The verdict of check digits and numbering plans; a negative cue vetoes all but identity numbers."""
    size = len(digits)
    if size == 18 and checks.id_card(digits):
        return Verdict("id_card", 0.99, "id_card.checksum")
    if cue == NEGATIVE or digits[-1] == "X":
        return None
    if 14 <= size <= 19 and checks.bank_card(digits):
        return Verdict("bank_card", 0.97, "bank_card.luhn")
    if size == 11 and checks.cn_mobile(digits):
        return Verdict("phone", 0.95, "phone.cn_mobile")
    if size in {13, 15} and digits.startswith(("86", "0086")) and checks.cn_mobile(digits[-11:]):
        return Verdict("phone", 0.95, "phone.cn_mobile_prefixed")
    return None


def _card_expiry(digits: str) -> bool:
    month_first = "01" <= digits[:2] <= "12"
    if len(digits) == 3:  # seven twenty nine
        return digits[0] != "0" and "24" <= digits[1:] <= "45"
    if len(digits) == 4 and "24" <= digits[:2] <= "45" and "01" <= digits[2:] <= "12":  # the year first: 二七零四
        return True
    return (len(digits) == 4 and month_first) or (len(digits) == 6 and month_first and digits[2:4] == "20")


def _id_card(digits: str) -> bool:
    size = len(digits)
    return size == 18 or checks.id_card_15(digits) or (size in {17, 19} and checks.id_shape(digits[:17] + "0"))


def _is_birth_date(digits: str) -> bool:
    a, b, c, d = digits[:2], digits[2:4], digits[4:6], digits[4:]
    if len(digits) == 8:
        return checks.is_date(a + b, c, digits[6:]) or checks.is_date(d, a, b) or checks.is_date(d, b, a)
    return len(digits) == 6 and (
        checks.is_date("19" + a, b, c) or checks.is_date("19" + c, a, b) or checks.is_date("19" + c, b, a)
    )


def said_birth_date(shape: Sequence[str]) -> bool:
    """Whether groups of digits are a birth date said part by part: seven, four, forty eight; oh four, 17, 19, 90."""
    parts = list(shape)
    for at in (0, 1):  # a leading zero belongs to what follows it
        if len(parts) > at + 1 and parts[at] == "0":
            parts[at : at + 2] = ["0" + parts[at + 1]]
    if len(parts) == 4 and parts[2] in {"19", "20"}:
        parts[2:] = [parts[2] + parts[3]]
    if len(parts) != 3 or len(parts[2]) not in {2, 4} or not all(1 <= len(part) <= 2 for part in parts[:2]):
        return False
    year = parts[2] if len(parts[2]) == 4 else "19" + parts[2]
    return checks.is_date(year, parts[0], parts[1]) or checks.is_date(year, parts[1], parts[0])


_LONGEST_PLAIN = 11  # digits of a telephone number without a country code, where only "the number" speaks of one
_FITS: Mapping[str, Callable[[str], bool]] = {
    "phone": lambda digits: 7 <= len(digits) <= (15 if digits.startswith(("00", "86")) else 13) and not hotline(digits),
    "id_card": _id_card,
    "bank_card": lambda digits: 12 <= len(digits) <= 19,
    "cvv": lambda digits: len(digits) in {3, 4},
    "card_expiry": _card_expiry,
    "secret": lambda digits: 4 <= len(digits) <= 8,
    "ssn": lambda digits: len(digits) == 9,
    "passport": lambda digits: len(digits) in {8, 9},
    "qq": lambda digits: 5 <= len(digits) <= 11,
    "dob": _is_birth_date,
    "ssn_last": lambda digits: len(digits) == 4,
    "id_last": lambda digits: len(digits) in {4, 6, 8},
}


def by_cue(digits: str, cue: str, source: str) -> Verdict | None:
    """The verdict of a cue, where the length fits what it asks for; check digits are not needed (a recogniser errs)."""
    fits = _FITS.get(cue)
    if fits is None or not fits(digits) or ("X" in digits and cue not in {"id_card", "id_last"}):
        return None
    if source == NUMBER and len(digits) > _LONGEST_PLAIN and not digits.startswith(("86", "00")):
        return None
    cue = PART_OF.get(cue, cue)
    return Verdict(cue, 0.85 if source == "cue" else 0.8, f"{cue}.{source}")


def by_shape(row: Row, text: str) -> Verdict | None:
    """The verdict of grouping alone: (415) 555-0123, 010-85007938, 078-05-1120, +44 20 7946 0958."""
    digits = row.digits
    if "X" in digits or hotline(digits):
        return None
    if row.spoken:  # ten digits said one by one with an area code and an exchange: a number to call
        named = len(row.groups) >= 3 and checks.us_phone(digits) and text[row.start : row.end].isascii()
        return Verdict("phone", 0.75, "phone.nanp_spoken") if named else None
    return _by_grouping(row, text)


def _by_grouping(row: Row, text: str) -> Verdict | None:
    digits, shape = row.digits, row.shape
    verdict = None
    if row.start > 0 and text[row.start - 1] in "+＋" and 8 <= len(digits) <= 15:
        verdict = Verdict("phone", 0.9, "phone.e164")
    elif shape in {(3, 3, 4), (1, 3, 3, 4), (3, 7), (1, 3, 7)} and checks.us_phone(digits):
        verdict = Verdict("phone", 0.85, "phone.nanp")
    elif shape == (3, 2, 4) and checks.ssn(digits) and "-" in text[row.start : row.end]:
        verdict = Verdict("ssn", 0.85, "ssn.shape")
    elif digits[0] == "0" and shape in {(3, 8), (4, 7), (4, 8), (3, 7)} and digits[1] != "0":
        verdict = Verdict("phone", 0.88, "phone.cn_landline")
    elif digits[0] == "0" and 9 <= len(digits) <= 11 and len(shape) >= 3 and not _IN_A_SUM.search(text, 0, row.start):
        verdict = Verdict("phone", 0.75, "phone.national")
    return verdict
