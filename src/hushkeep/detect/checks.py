"""Proofs of a number: check digits, regions, dates, lengths and numbering plans, each with its clause."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from hushkeep.detect.checks_world import WORLD

_DOUBLED = bytes(d // 10 + d % 10 for d in range(0, 20, 2)) + bytes(246)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, 5: 2^(18-i) mod 11
_ID_CHECK = "10X98765432"
_PROVINCES = frozenset(  # GB/T 2260, the first two digits
    map(
        str,
        (
            *range(11, 16),
            *range(21, 24),
            *range(31, 38),
            *range(41, 47),
            *range(50, 55),
            *range(61, 66),
            71,
            81,
            82,
            83,
        ),
    )
)
_USCC = {c: i for i, c in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}  # GB 32100-2015, table 1: no I O S V Z
_USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))

# Issuer ranges: (first, last) prefix of equal length -> allowed lengths. ISO/IEC 7812-1 and the brands' own tables.
_ISSUERS: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("4", "4", frozenset({13, 16, 19})),
    ("51", "55", frozenset({16})),
    ("2221", "2720", frozenset({16})),
    ("34", "34", frozenset({15})),
    ("37", "37", frozenset({15})),
    ("62", "62", frozenset({16, 17, 18, 19})),
    ("81", "81", frozenset({16, 17, 18, 19})),
    ("60", "60", frozenset({16, 17, 18, 19})),
    ("64", "65", frozenset({16, 19})),
    ("3528", "3589", frozenset({16, 19})),
    ("300", "305", frozenset({14})),
    ("36", "36", frozenset({14})),
    ("38", "39", frozenset({14})),
    ("9558", "9558", frozenset({19})),
    ("9559", "9559", frozenset({19})),
    ("90", "99", frozenset({16, 19})),
    ("50", "50", frozenset({16, 19})),
    ("56", "58", frozenset({16, 19})),
    ("63", "63", frozenset({16, 19})),
    ("67", "69", frozenset({16, 18, 19})),
)


def luhn(digits: str) -> bool:
    """Whether the last digit of ``digits`` is its Luhn check digit (ISO/IEC 7812-1, annex B)."""
    values = digits.encode().translate(_VALUES)
    return (sum(values[-1::-2]) + sum(values[-2::-2].translate(_DOUBLED))) % 10 == 0


_VALUES = bytes(b - 0x30 if 0x30 <= b <= 0x39 else 0 for b in range(256))


def _prefixes() -> dict[int, frozenset[str]]:
    """For each length of a card number the prefixes under which it exists."""
    found: dict[int, set[str]] = {}
    for first, last, sizes in _ISSUERS:
        for size in sizes:
            found.setdefault(size, set()).update(str(n) for n in range(int(first), int(last) + 1))
    return {size: frozenset(prefixes) for size, prefixes in found.items()}


_PREFIXES = _prefixes()


def issuer(digits: str) -> bool:
    """Whether a card of this length exists under this prefix."""
    known = _PREFIXES.get(len(digits), frozenset())
    return digits[:1] in known or digits[:2] in known or digits[:3] in known or digits[:4] in known


def bank_card(digits: str) -> bool:
    """Whether ``digits`` is a card number: issuer range with its length, and Luhn."""
    return issuer(digits) and len(set(digits)) > 1 and luhn(digits)


def is_date(year: str, month: str, day: str) -> bool:
    """Whether the three numbers are a day of the Gregorian calendar."""
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def id_card(number: str) -> bool:
    """Whether ``number`` is a resident identity number: region, date, ISO 7064 MOD 11-2 (GB 11643-1999)."""
    if len(number) != 18 or not number[:17].isdigit() or not id_shape(number):
        return False
    total = sum(int(d) * w for d, w in zip(number, _ID_WEIGHTS, strict=False))
    return _ID_CHECK[total % 11] == number[17].upper()


def id_shape(number: str) -> bool:
    """Whether region and birth date of an 18-digit number are plausible; the check digit is not looked at."""
    return (
        len(number) == 18
        and number[:2] in _PROVINCES
        and "1900" <= number[6:10] <= "2099"
        and is_date(number[6:10], number[10:12], number[12:14])
    )


def id_card_15(number: str) -> bool:
    """Whether ``number`` has the shape of a first-generation identity number (15 digits, two-digit year)."""
    return len(number) == 15 and number[:2] in _PROVINCES and is_date("19" + number[6:8], number[8:10], number[10:12])


def uscc(code: str) -> bool:
    """Whether ``code`` is a unified social credit code: 18 characters, MOD 31 (GB 32100-2015, 6)."""
    code = code.upper()
    if len(code) != 18 or any(c not in _USCC for c in code) or not code[2:8].isdigit():
        return False
    if id_card(code):  # an identity number passes the alphabet and, one time in 31, the sum
        return False
    total = sum(_USCC[c] * w for c, w in zip(code, _USCC_WEIGHTS, strict=False))
    return (31 - total % 31) % 31 == _USCC[code[17]]


def iban(code: str) -> bool:
    """Whether ``code`` is an IBAN: MOD 97-10 over the rearranged characters (ISO 13616-1, ISO 7064)."""
    code = code.upper()
    if not (15 <= len(code) <= 34 and code.isascii() and code.isalnum() and code[:2].isalpha() and code[2:4].isdigit()):
        return False
    return int("".join(str(int(c, 36)) for c in code[4:] + code[:4])) % 97 == 1


def ssn(digits: str) -> bool:
    """Whether ``digits`` may be a US social security number or ITIN: no 000, 666 area, no 00 group, no 0000 serial."""
    return len(digits) == 9 and digits[:3] not in {"000", "666"} and digits[3:5] != "00" and digits[5:] != "0000"


def cn_mobile(digits: str) -> bool:
    """Whether ``digits`` is a mobile number of mainland China (MIIT numbering plan: 13x to 19x, 11 digits)."""
    return len(digits) == 11 and digits[0] == "1" and "3" <= digits[1] <= "9"


def us_phone(digits: str) -> bool:
    """Whether ``digits`` is a North American number: area and exchange start with 2 to 9 (NANP)."""
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    return len(digits) == 10 and digits[0] >= "2" and digits[3] >= "2" and digits[1:3] != "11"


def hk_id(number: str) -> bool:
    """Whether ``number`` (one or two letters, six digits, check character) is a Hong Kong identity number, mod 11."""
    letters = number[:-7]
    if not 1 <= len(letters) <= 2 or not letters.isalpha() or not number[-7:-1].isdigit():
        return False
    values = [
        36 if c == " " else ord(c) - 55 if c.isalpha() else int(c) for c in f"{letters.upper():>2}" + number[-7:-1]
    ]
    check = 10 if number[-1] in "aA" else int(number[-1]) if number[-1].isdigit() else -1
    return check >= 0 and (sum(v * (9 - i) for i, v in enumerate(values)) + check) % 11 == 0


_MOST_LETTERS = 4  # letters in a row on a plate: "about 48" is none


def plate_signs(value: str) -> bool:
    """Whether ``value`` has letters and digits, as the vehicle plates of most countries do."""
    if not (any(c.isdigit() for c in value) and any(c.isalpha() for c in value)):
        return False
    return max(map(len, re.findall("[a-z]+", value.lower()))) <= _MOST_LETTERS


VALIDATORS: Mapping[str, Callable[[str], bool]] = {
    "bank_card": bank_card,
    "cn_mobile": cn_mobile,
    "hk_id": hk_id,
    "iban": iban,
    "id_card": id_card,
    "id_card_15": id_card_15,
    "luhn": luhn,
    "plate_signs": plate_signs,
    "ssn": ssn,
    "us_phone": us_phone,
    "uscc": uscc,
    **WORLD,
}
