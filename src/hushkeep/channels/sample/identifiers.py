"""Identifiers of the right shape and checksum that belong to nobody.

| kind | why nobody has it |
|---|---|
| Chinese mobile | block 1349, set apart for satellite telephones and not sold to the public |
| American phone | exchange 555, lines 0100-0199, kept for fiction by the numbering plan |
| resident identity number | sequence 000: offices count from 001 (GB 11643) |
| bank card | issuer numbers 620000 and 400000, kept for tests; Luhn holds (ISO/IEC 7812-1) |
| mail address | domains under ``.example`` and ``example.com`` (RFC 2606) |
"""

from datetime import date, timedelta
from random import Random

AREA_CODES = (
    *("201", "202", "206", "212", "213", "214", "215", "216", "303", "305", "312", "313", "314", "404", "408"),
    *("412", "415", "416", "503", "504", "512", "513", "602", "604", "612", "615", "617", "702", "713", "808"),
)
DIVISIONS = (
    *("110101", "110105", "110108", "120102", "310104", "310115", "320102", "320508", "330102", "330203"),
    *("340104", "350203", "370202", "410102", "420106", "430104", "440106", "440305", "450103", "500103"),
    *("510104", "510107", "520103", "530102", "610104", "620102", "210102", "220102", "230103", "130102"),
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_FIRST_BIRTHDAY = date(1952, 1, 1)
_BIRTH_DAYS = 53 * 365


def cn_mobile(rng: Random) -> str:
    """Return eleven digits of the block 1349."""
    return f"1349{rng.randrange(10**7):07d}"


def us_phone(number: int) -> str:
    """Return the fictional American phone of ``number``, as ``202-555-0143``; repeats after 3,000."""
    area = AREA_CODES[number // 100 % len(AREA_CODES)]
    return f"{area}-555-01{number % 100:02d}"


def resident_id(rng: Random) -> str:
    """Return a Chinese identity number: 17 digits and the MOD 11-2 check character (GB 11643)."""
    birthday = _FIRST_BIRTHDAY + timedelta(days=rng.randrange(_BIRTH_DAYS))
    body = f"{rng.choice(DIVISIONS)}{birthday:%Y%m%d}000"
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, body, strict=True))
    return body + _ID_CHECK[total % 11]


def luhn_digit(body: str) -> str:
    """Return the Luhn check digit of ``body`` (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def bank_card(rng: Random, *, union_pay: bool) -> str:
    """Return a card number with a right check digit: 19 digits (620000…) or 16 (400000…)."""
    body = f"620000{rng.randrange(10**12):012d}" if union_pay else f"400000{rng.randrange(10**9):09d}"
    return body + luhn_digit(body)


def order_number(rng: Random) -> str:
    """Return an order number: digits that must not be taken for personal data."""
    return f"{rng.choice(('2026', 'DD', 'E', 'SO-'))}{rng.randrange(10**9):09d}"


def one_time_code(rng: Random) -> str:
    """Return a verification code of six digits (four, one time in five)."""
    return f"{rng.randrange(10**4):04d}" if rng.random() < 0.2 else f"{rng.randrange(10**6):06d}"
