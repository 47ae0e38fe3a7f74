"""Made-up numbers that are nobody's: orders, tracking numbers, tickets, devices, hotlines, sums, days."""

import random

from digits import digits, with_luhn


class Decoys:
    """What detection must leave alone; ``rng`` is the seed's."""

    rng: random.Random

    def order(self) -> str:
        return (
            with_luhn("4" + digits(self.rng, 14))
            if self.rng.random() < 0.3
            else "20" + digits(self.rng, self.rng.randint(10, 16))
        )

    def tracking(self) -> str:
        return self.rng.choice(["SF", "YT", "JD", "1Z", ""]) + digits(self.rng, 12)

    def ticket(self) -> str:
        return self.rng.choice(["INC", "CS-", "T", "#"]) + digits(self.rng, self.rng.randint(6, 9))

    def imei(self) -> str:
        return with_luhn("35" + digits(self.rng, 12))

    def timestamp(self) -> str:
        return str(self.rng.randint(1600000000000, 1790000000000))

    def hotline_zh(self) -> str:
        return self.rng.choice(["95588", "10086", "400-820-8820", "4008208888", "12315", "95533"])

    def hotline_en(self) -> str:
        return self.rng.choice(["1-800-555-0199", "800-555-0100", "1 888 555 0142", "(877) 555-0111"])

    def ean(self) -> str:
        body = "69" + digits(self.rng, 10)
        return body + str(-sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(body)) % 10)

    def amount(self) -> str:
        return self.rng.choice(
            [
                f"{self.rng.randint(10, 99999)}.{digits(self.rng, 2)}",
                f"{self.rng.randint(1, 99)},{digits(self.rng, 3)}.00",
            ]
        )

    def day(self) -> str:
        return f"2026-{self.rng.randint(1, 12):02}-{self.rng.randint(1, 28):02}"
