"""Telephone numbers of other countries, by the numbering plans of ``rules/numbering.json``.

A plan says with what a national number begins and how long it is (E.164, 6.2), and how people group it. A number that
is grouped so, begins as a mobile one and has its trunk prefix is one by itself; every other needs the country named
nearby, since eight digits are anything.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbering plan of one ``country`` (ISO 3166-1).

    ``code`` is its country code, ``trunk`` the prefix of calls within it, ``mobile`` and ``fixed`` are the first digits
    of national numbers without trunk, with their lengths; ``groups`` how they are written ("4-3-3", the trunk with
    them); ``cues`` name the country.
    """

    country: str
    code: str
    trunk: str
    mobile: tuple[str, ...]
    mobile_digits: tuple[int, ...]
    fixed: tuple[str, ...]
    fixed_digits: tuple[int, ...]
    groups: tuple[str, ...]
    cues: "re.Pattern[str]"
    example: str

    def mobile_number(self, national: str) -> bool:
        """Whether ``national``, without trunk, is a mobile number."""
        return len(national) in self.mobile_digits and national.startswith(self.mobile)

    def number(self, national: str) -> bool:
        """Whether ``national``, without trunk, is a number at all."""
        return self.mobile_number(national) or (len(national) in self.fixed_digits and national.startswith(self.fixed))


@cache
def plans() -> tuple[Plan, ...]:
    """The plans of the table."""
    rows = json.loads((files("hushkeep.detect") / "rules" / "numbering.json").read_text("utf-8"))
    return tuple(Plan(**{key: _value(key, value) for key, value in row.items()}) for row in rows)


def _value(key: str, value: Any) -> Any:
    if key == "cues" and isinstance(value, list):
        return re.compile("|".join(rf"(?<![a-z]){c}(?![a-z])" if c.isascii() else c for c in value))
    return tuple(value) if isinstance(value, list) else value


_LEAST, _MOST = 8, 15  # digits, with the country code (E.164, 6.2.1)
_OPEN_CODES = frozenset({"1", "7"})  # said without a plus they are the first digit of anything


def may_be_foreign(digits: str, shape: Sequence[int], texts: Sequence[str]) -> Plan | None:
    """The plan by which ``digits``, written in groups of the lengths ``shape``, are a telephone number.

    ``texts`` are the turn and those before it, folded: a country named there speaks for the numbers of its plan.
    """
    if not _LEAST <= len(digits) <= _MOST:
        return None
    written = "-".join(str(size) for size in shape)
    for plan in plans():
        if _by_form(plan, digits, shape, written):
            return plan
    if _DATED.match(digits):
        return None
    for plan in plans():
        if _fits(plan, digits, shape, written) and any(plan.cues.search(text) for text in texts):
            return plan
    return None


def _by_form(plan: Plan, digits: str, shape: Sequence[int], written: str) -> bool:
    """Whether the way it is written says enough: country code apart, or trunk, mobile prefix and usual groups."""
    size = len(plan.code)
    if plan.code not in _OPEN_CODES and len(shape) > 1:
        if digits.startswith(plan.code) and shape[0] == size and plan.mobile_number(digits[size:]):
            return True
        if digits.startswith("00" + plan.code) and plan.number(digits[size + 2 :]):
            return True
    return bool(plan.trunk == "0" and written in plan.groups and digits[0] == "0" and plan.mobile_number(digits[1:]))


_DATED = re.compile("(?:19|20)[0-9]{2}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|(?:19|20)[0-9]{2})$")


def _fits(plan: Plan, digits: str, shape: Sequence[int], written: str) -> bool:
    """Whether ``digits`` are a national number of ``plan``: in its groups, or in one as a mobile number."""
    if plan.code in _OPEN_CODES and not plan.trunk:
        return False  # three and seven digits are looked for without a table
    if not digits.startswith(plan.trunk):  # who calls from abroad may leave it out
        return written in plan.groups and plan.mobile_number(digits)
    national = digits[len(plan.trunk) :]
    return plan.number(national) if written in plan.groups else len(shape) == 1 and plan.mobile_number(national)
