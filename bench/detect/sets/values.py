# ruff: noqa: E501 - a template or table row a line
"""Made-up values of every entity, by seed: right shape and check digits, and nobody's."""

import random

from decoys import Decoys
from digits import digits, with_luhn
from stock import (
    EN_FAMILY,
    EN_GIVEN,
    EN_KINDS,
    EN_STREETS,
    EN_TOWNS,
    ESTATES,
    PLACES,
    PROVINCES,
    REGIONS,
    ROADS,
    WORDS,
    ZH_COMPOUND,
    ZH_FAMILY,
    ZH_GIVEN,
)


class Values(Decoys):
    """One source of made-up values; ``lang`` is zh or en."""

    def __init__(self, seed: int, lang: str) -> None:
        self.rng = random.Random(seed)
        self.lang = lang

    def make(self, kind: str) -> str:
        return (getattr(self, f"{kind}_{self.lang}", None) and getattr(self, f"{kind}_{self.lang}")()) or getattr(
            self, kind
        )()

    def person_zh(self) -> str:
        family = self.rng.choice(ZH_COMPOUND) if self.rng.random() < 0.04 else self.rng.choice(ZH_FAMILY)
        return family + self.rng.choice(ZH_GIVEN)

    def person_en(self) -> str:
        return f"{self.rng.choice(EN_GIVEN)} {self.rng.choice(EN_FAMILY)}"

    def first(self) -> str:
        return self.rng.choice(EN_GIVEN)

    def phone_zh(self) -> str:
        return self.rng.choice(
            [
                "130",
                "131",
                "135",
                "136",
                "137",
                "138",
                "139",
                "150",
                "151",
                "152",
                "158",
                "159",
                "166",
                "176",
                "177",
                "180",
                "182",
                "186",
                "187",
                "188",
                "189",
                "191",
                "198",
                "199",
            ]
        ) + digits(self.rng, 8)

    def landline_zh(self) -> str:
        return (
            self.rng.choice(["010", "021", "0755", "0571", "028"])
            + "-"
            + self.rng.choice("23568")
            + digits(self.rng, 7)
        )

    def phone_en(self) -> str:
        r = self.rng
        return f"{r.choice(['212', '312', '415', '503', '617', '702', '813', '904', '614', '737'])}{r.choice('23456789')}{digits(r, 2)}{digits(r, 4)}"

    def id_card(self) -> str:
        r = self.rng
        body = f"{r.choice(REGIONS)}{r.randint(1955, 2006)}{r.randint(1, 12):02}{r.randint(1, 28):02}{digits(r, 3)}"
        return body + "10X98765432"[sum(int(c) * (2 ** (17 - i) % 11) for i, c in enumerate(body)) % 11]

    def bank_card_zh(self) -> str:
        r = self.rng
        head = r.choice(["622202", "621700", "622848", "623058", "621483", "625912"])
        return with_luhn(head + digits(r, r.choice([9, 12, 12])))

    def bank_card_en(self) -> str:
        r = self.rng
        head = r.choice(["4539", "4716", "4024", "5254", "5412", "2221", "6011", "37"])
        return with_luhn(head + digits(r, (14 if head == "37" else 15) - len(head)))

    def cvv(self) -> str:
        return digits(self.rng, 3)

    def card_expiry(self) -> str:
        return f"{self.rng.randint(1, 12):02}/{self.rng.randint(27, 34)}"

    def secret(self) -> str:
        return digits(self.rng, 6)

    def pin(self) -> str:
        return digits(self.rng, 4)

    def password(self) -> str:
        r = self.rng
        return r.choice(
            [
                f"{r.choice(WORDS).title()}{digits(r, 4)}",
                f"{r.choice(WORDS)}@{digits(r, 3)}",
                f"{r.choice(WORDS).title()}{r.choice('!#$%')}{digits(r, 2)}{r.choice(WORDS)}",
            ]
        )

    def email(self) -> str:
        r = self.rng
        host = r.choice(
            ["qq.com", "163.com", "126.com", "sina.com", "gmail.com"]
            if self.lang == "zh"
            else ["gmail.com", "yahoo.com", "outlook.com", "hotmail.com", "icloud.com"]
        )
        return f"{r.choice(WORDS)}{r.choice(['', '_', '.'])}{r.choice(WORDS)}{r.randint(1, 99)}@{host}"

    def address_zh(self) -> str:
        r = self.rng
        city, district = r.choice(PLACES)
        head = r.choice([city + district, district, city + district])
        body = r.choice(
            [
                f"{r.choice(ROADS)}{r.randint(1, 999)}号",
                f"{r.choice(ROADS)}{r.randint(1, 300)}号{r.choice(ESTATES)}{r.randint(1, 30)}栋{r.randint(1, 4)}单元{r.randint(101, 2205)}室",
                f"{r.choice(ESTATES)}{r.randint(1, 20)}号楼{r.randint(101, 1805)}",
                f"{r.choice(ROADS)}{r.randint(1, 99)}弄{r.randint(1, 60)}号{r.randint(101, 805)}室",
            ]
        )
        return head + body

    def address_en(self) -> str:
        r = self.rng
        town, state, code = r.choice(EN_TOWNS)
        street = f"{r.randint(1, 9999)} {r.choice(EN_STREETS)} {r.choice(EN_KINDS)}"
        unit = r.choice(
            [
                "",
                "",
                f", Apt {r.randint(1, 40)}{r.choice('ABCD')}",
                f", Unit {r.randint(1, 99)}",
                f" #{r.randint(1, 99)}",
            ]
        )
        return (
            street
            + unit
            + r.choice(["", f", {town}, {state} {code}", f", {town}, {state} {code}", f", {town} {state}"])
        )

    def plate(self) -> str:
        r = self.rng
        letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
        return (
            r.choice(PROVINCES)
            + r.choice(letters[:12])
            + r.choice(
                [
                    digits(r, 5),
                    r.choice(letters) + digits(r, 4),
                    digits(r, 3) + r.choice(letters) + digits(r, 1),
                    "D" + digits(r, 5),
                    digits(r, 5) + "D",
                ]
            )
        )

    def plate_en(self) -> str:
        r = self.rng
        return "".join(r.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(3)) + r.choice(["-", " ", ""]) + digits(r, 4)

    def passport_zh(self) -> str:
        return (
            self.rng.choice(["E", "G", "EA", "EC"]).ljust(1) + digits(self.rng, 8)
            if self.rng.random() < 0.6
            else "E" + self.rng.choice("ABCDEF") + digits(self.rng, 7)
        )

    def passport_en(self) -> str:
        return self.rng.choice([digits(self.rng, 9), self.rng.choice("ABCDEFGH") + digits(self.rng, 8)])

    def uscc(self) -> str:
        alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
        body = "91" + self.rng.choice(REGIONS) + "".join(self.rng.choice(alphabet) for _ in range(9))
        total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))
        return body + alphabet[-total % 31]

    def wechat(self) -> str:
        return f"{self.rng.choice(WORDS)}{self.rng.choice(['_', '', '-'])}{self.rng.choice(WORDS)}{digits(self.rng, self.rng.randint(1, 4))}"

    def qq(self) -> str:
        return self.rng.choice("123456789") + digits(self.rng, self.rng.randint(6, 9))

    def ssn(self) -> str:
        return f"{self.rng.randint(100, 665)}{self.rng.randint(10, 99)}{self.rng.randint(1000, 9999)}"

    def dob(self) -> str:
        return f"{self.rng.randint(1950, 2004)}-{self.rng.randint(1, 12):02}-{self.rng.randint(1, 28):02}"

    def iban(self) -> str:
        body = digits(self.rng, 18)
        check = 98 - int(body + "131400") % 97
        return f"DE{check:02}{body}"

    # decoys
