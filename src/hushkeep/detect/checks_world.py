"""Check digits of identity numbers outside mainland China and the United States, each with its rule."""

from collections.abc import Callable, Mapping

_TW = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # the letters in the order of their numbers, 10 to 35
_SG_WEIGHTS = (2, 7, 6, 5, 4, 3, 2)
_SG = {"S": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "M": "KLJNPQRTUWX"}
_TFN_WEIGHTS = (1, 4, 3, 7, 5, 8, 6, 9, 10)
_MEDICARE_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9)


def tw_id(number: str) -> bool:
    """Whether ``number`` is a Taiwanese identity number: a letter, nine digits, weighted sum divisible by 10."""
    number = number.upper()
    if len(number) != 10 or number[0] not in _TW or not number[1:].isdigit():
        return False
    first = _TW.index(number[0]) + 10
    digits = [int(d) for d in number[1:]]
    total = first // 10 + first % 10 * 9 + sum(d * w for d, w in zip(digits, (8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True))
    return total % 10 == 0


def sg_nric(number: str) -> bool:
    """Whether ``number`` is a Singaporean NRIC or FIN: prefix, seven digits, check letter (series S, T, F, G, M)."""
    number = number.upper()
    if len(number) != 9 or number[0] not in "STFGM" or not number[1:8].isdigit():
        return False
    total = sum(int(d) * w for d, w in zip(number[1:8], _SG_WEIGHTS, strict=True))
    if number[0] == "M":
        return _SG["M"][10 - (total + 3) % 11] == number[8]
    table = _SG["S" if number[0] in "ST" else "F"]
    return table[(total + (4 if number[0] in "TG" else 0)) % 11] == number[8]


def au_tfn(number: str) -> bool:
    """Whether ``number`` is an Australian tax file number of nine digits: weighted sum divisible by 11."""
    return (
        len(number) == 9
        and number.isdigit()
        and sum(int(d) * w for d, w in zip(number, _TFN_WEIGHTS, strict=True)) % 11 == 0
    )


def au_medicare(number: str) -> bool:
    """Whether ``number`` is an Australian Medicare number of ten digits: the ninth checks the first eight."""
    if len(number) != 10 or not number.isdigit() or number[0] not in "23456":
        return False
    return sum(int(d) * w for d, w in zip(number, _MEDICARE_WEIGHTS, strict=False)) % 10 == int(number[8])


def _dihedral(a: int, b: int) -> int:
    """The product in the dihedral group of order ten, which Verhoeff's check digit is built on."""
    if a < 5:
        return (a + b) % 5 if b < 5 else (a + b - 5) % 5 + 5
    return (a - 5 - b) % 5 + 5 if b < 5 else (a - b) % 5


_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def in_aadhaar(number: str) -> bool:
    """Whether ``number`` is an Indian Aadhaar: twelve digits from 2 up, Verhoeff."""
    if len(number) != 12 or not number.isdigit() or number[0] in "01":
        return False
    check = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit)
        for _ in range(place % 8):
            value = _TURN[value]
        check = _dihedral(check, value)
    return check == 0


def de_tax(number: str) -> bool:
    """Whether ``number`` is a German tax identification number: eleven digits, ISO 7064 MOD 11,10."""
    if len(number) != 11 or not number.isdigit() or number[0] == "0":
        return False
    most = max(number[:10].count(d) for d in set(number[:10]))
    if most not in {2, 3} or len(set(number[:10])) != 11 - most:  # one digit stands twice or thrice, the others once
        return False
    check = 10
    for digit in number[:10]:
        check = (((int(digit) + check) % 10 or 10) * 2) % 11
    return (11 - check) % 10 == int(number[10])


def fr_nir(number: str) -> bool:
    """Whether ``number`` is a French social security number: 13 signs and 97 minus their remainder (2A, 2B: 19, 18)."""
    plain = number.upper().replace("2A", "19", 1).replace("2B", "18", 1)
    if len(plain) != 15 or not plain.isdigit():
        return False
    return 97 - int(plain[:13]) % 97 == int(plain[13:])


def jp_my_number(number: str) -> bool:
    """Whether ``number`` is a Japanese Individual Number: twelve digits, the last by weights 6 to 2 and 7 to 2."""
    if len(number) != 12 or not number.isdigit():
        return False
    total = sum(int(d) * w for d, w in zip(number, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=False))
    rest = total % 11
    return (0 if rest <= 1 else 11 - rest) == int(number[11])


WORLD: Mapping[str, Callable[[str], bool]] = {
    "au_medicare": au_medicare,
    "au_tfn": au_tfn,
    "de_tax": de_tax,
    "fr_nir": fr_nir,
    "in_aadhaar": in_aadhaar,
    "jp_my_number": jp_my_number,
    "sg_nric": sg_nric,
    "tw_id": tw_id,
}
