"""Tokens: random stand-ins for values, kept in a table; no key turns them back."""

import secrets
from typing import Final

_PREFIX: Final = "tok_"


def new_token() -> str:
    """Return ``tok_`` and 128 random bits as 32 hexadecimal digits."""
    return _PREFIX + secrets.token_hex(16)


def _luhn_sum(digits: str) -> int:
    total = 0
    for place, char in enumerate(reversed(digits)):
        digit = int(char)
        if place % 2:
            digit = digit * 2 - 9 if digit > 4 else digit * 2
        total += digit
    return total


def card_surrogate(length: int) -> str:
    """Return random digits of a card number's ``length`` (12-19) that fail the Luhn check (ISO/IEC 7812-1, annex B).

    A surrogate can so never be taken for, or be, a real card number.
    """
    if not 12 <= length <= 19:
        raise ValueError("a card number has 12 to 19 digits")
    body = "".join(str(secrets.randbelow(10)) for _ in range(length - 1))
    valid = -_luhn_sum(body + "0") % 10
    return body + str((valid + 1 + secrets.randbelow(9)) % 10)
