"""Values as their indexes know them: equal people, equal text. Pure.

>>> from hushkeep.records._normal import normal
>>> normal("phone", "＋86 138 0013 8000"), normal("phone", "幺三八零零幺三八零零零"), normal("phone", "(202) 555-0143")
('+8613800138000', '+8613800138000', '+12025550143')
>>> normal("email", " Li.Wei@Example.COM"), normal("bank_card", "4111 1111"), normal("phone", "ask my wife")
('li.wei@example.com', None, None)
"""

import re
import unicodedata

INDEXED = ("bank_card", "email", "id_card", "phone")
"""The entities that can be searched for."""

_ZH_DIGITS = str.maketrans(dict(zip("零〇洞幺一二两三四五六七八九", "00011223456789", strict=True)))
_EN_DIGITS = {
    "zero": "0",
    "oh": "0",
    "o": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
}
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_WORD = re.compile(r"\d个\d|\d|[a-z]+")
_CN_MOBILE = re.compile(r"(?:\+?86|0086)?(1\d{10})")
_US_PHONE = re.compile(r"1?([2-9]\d{9})")
_SPELLED = ((r"\s*(?:艾特|\bat\b)\s*", "@"), (r"\s*(?:点|\bdot\b)\s*", "."), (r"\s*(?:下划线|\bunderscore\b)\s*", "_"))


def digits(text: str) -> str:
    """Return the digits of ``text`` however they are written or said; of letters only ``X`` is kept."""
    found: list[str] = []
    times = 1
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).translate(_ZH_DIGITS).casefold()):
        if word in _TIMES:
            times = _TIMES[word]
            continue
        found.append(_digits_of(word) * times)
        times = 1
    return "".join(found)


def _digits_of(word: str) -> str:
    if word[1:2] == "个":  # 三个八
        return word[2] * int(word[0])
    return word if word[0].isdigit() else "X" if word == "x" else _EN_DIGITS.get(word, "")


def normal(entity: str, text: str) -> str | None:
    """Return ``text`` as the index ``entity`` knows it; None when it cannot be such a value."""
    if entity == "email":
        address = unicodedata.normalize("NFKC", text).strip().casefold()
        for spelled, sign in _SPELLED:
            address = re.sub(spelled, sign, address)
        return address if address.count("@") == 1 and len(address) >= 6 else None
    number = digits(text)
    if entity == "phone":
        return _phone(number)
    shortest = {"id_card": 15, "bank_card": 12}.get(entity)
    return number if shortest is not None and shortest <= len(number) <= 24 else None


def _phone(number: str) -> str | None:
    if match := _CN_MOBILE.fullmatch(number):
        return f"+86{match[1]}"
    if match := _US_PHONE.fullmatch(number):
        return f"+1{match[1]}"
    return number if 7 <= len(number) <= 15 and number.isdigit() else None
