"""Sets of dialogues written by hand: ``NAME_{zh,en}.txt`` beside this file, each by an author of its own.

One dialogue a paragraph; a line is a speaker (``c`` customer, ``a`` agent) and a text. Marks in a text:

    [ph:555-0100]      a value of an entity (short names in ``ENTITIES``), its form after a slash: /s spoken, /h half
                       spoken, /x split over turns, /f full-width, /o one by one
    [?p:Mr Chen]       may be found or not
    {order:8837}       a decoy; of the kinds in ``EITHER`` it may be found or not
    @vcard.0-8|en      a made-up value with true check digits, a slice of it, a way to write it

``second``: dialogues with an odd number are for tuning, those with an even number are held out: read their figures, not
texts. ``third`` and later: measured whole before anything was changed for them; then their errors are read, and the
next set is written to see what was gained.
"""

import argparse
import json
import random
import re
from pathlib import Path

HERE = Path(__file__).parent
ENTITIES = {
    "p": "person", "ph": "phone", "id": "id_card", "bc": "bank_card", "cvv": "cvv", "exp": "card_expiry",
    "em": "email", "ad": "address", "pl": "plate", "pp": "passport", "us": "uscc", "wx": "wechat", "qq": "qq",
    "ssn": "ssn", "dob": "dob", "sec": "secret", "iban": "iban",
}  # fmt: skip
FORMS = {"": "written", "s": "spoken", "h": "half", "x": "split", "f": "full_width", "o": "one_by_one"}
EITHER = frozenset({"last4", "account", "record", "place", "zip", "option", "ext"})
MARK = re.compile(
    r"\[(?P<either>\?)?(?P<entity>[a-z]+)(?:/(?P<form>[shxfo]))?:(?P<value>[^\]]+)\]|\{(?P<kind>[a-z0-9]+):(?P<decoy>[^}]+)\}"
)
MADE = re.compile(
    r"@(?P<name>idx?|uscc|iban|vcard|mcard|amex|imei|up16|up19)(?![a-z0-9])"
    r"(?:\.(?P<start>\d+)-(?P<end>\d+))?(?:\|(?P<way>[a-z0-9]+))?"
)
ZH, EN = "零一二三四五六七八九", ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def digits(dice: random.Random, count: int) -> str:
    return "".join(dice.choice("0123456789") for _ in range(count))


def luhn(dice: random.Random, head: str, length: int) -> str:
    body = head + digits(dice, length - len(head) - 1)
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(body)))
    return body + str(-total % 10)


def resident(dice: random.Random, *, ends_x: bool = False) -> str:
    while True:
        year, month, day = dice.randint(1955, 2003), dice.randint(1, 12), dice.randint(1, 28)
        area = dice.choice(["110105", "310104", "440305", "510107", "330106", "610113"])
        body = f"{area}{year}{month:02}{day:02}{digits(dice, 3)}"
        check = "10X98765432"[sum(int(d) * 2 ** (17 - i) for i, d in enumerate(body)) % 11]
        if (check == "X") == ends_x:
            return body + check


def company(dice: random.Random) -> str:
    body = "91" + dice.choice(["310115", "440300", "110108"]) + "MA" + "".join(dice.choice(USCC) for _ in range(7))
    return body + USCC[-sum(USCC.index(c) * pow(3, i, 31) for i, c in enumerate(body)) % 31]


def iban(dice: random.Random) -> str:
    body = digits(dice, 18)
    return f"DE{98 - int(body + '131400') % 97:02}{body}"


MAKERS = {
    "id": resident, "idx": lambda dice: resident(dice, ends_x=True), "uscc": company, "iban": iban,
    "vcard": lambda dice: luhn(dice, "4539", 16), "mcard": lambda dice: luhn(dice, "5412", 16),
    "amex": lambda dice: luhn(dice, "3782", 15), "imei": lambda dice: luhn(dice, "35693803", 15),
    "up16": lambda dice: luhn(dice, "622588", 16), "up19": lambda dice: luhn(dice, "622848", 19),
}  # fmt: skip


def zh(value: str, dice: random.Random) -> str:
    one = dice.choice("幺幺一")
    return "".join(one if c == "1" else ZH[int(c)] if c.isdigit() else c for c in value)


def en(value: str, dice: random.Random) -> str:
    zero = dice.choice(["oh", "zero"])
    return " ".join(zero if c == "0" else EN[int(c)] if c.isdigit() else c for c in value)


def doubled(value: str, dice: random.Random) -> str:
    parts = re.findall(r"(\d)\1|(\d)", value)
    return " ".join(f"double {en(a, dice)}" if a else en(b, dice) for a, b in parts)


def pairs(value: str, dice: random.Random) -> str:
    words = []
    for a, b in re.findall(r"(\d)(\d)", value):
        tens = f"{TENS[int(a)]} {EN[int(b)]}" if b != "0" else TENS[int(a)]
        words.append(TEENS[int(b)] if a == "1" else en(a + b, dice) if a == "0" else tens)
    return " ".join(words)


def mixed(value: str, dice: random.Random) -> str:
    return value[:6] + zh(value[6:12], dice) + value[12:]


WAYS = {
    "zh": zh, "en": en, "en2": doubled, "enp": pairs, "mix": mixed,
    "g4": lambda value, _: " ".join(value[i : i + 4] for i in range(0, len(value), 4)),
    "sp": lambda value, _: " ".join(value),
    "fw": lambda value, _: value.translate({code: code + 0xFEE0 for code in range(0x30, 0x5B)}),
}  # fmt: skip


def written_out(text: str, values: dict[str, str], dice: random.Random) -> str:
    """``text`` with every made-up value in it made up, the same for the same name within one dialogue."""

    def one(match: re.Match[str]) -> str:
        name, way = match["name"], match["way"]
        value = values.setdefault(name, MAKERS[name](dice))
        if match["start"]:
            value = value[int(match["start"]) : int(match["end"])]
        return WAYS[way](value, dice) if way else value

    return MADE.sub(one, text)


def turn(line: str, at: int, values: dict[str, str], dice: random.Random) -> tuple[dict, list[dict], list[dict]]:
    text, spans, decoys, done = "", [], [], 0
    line = line.replace("\\n", "\n")
    for mark in MARK.finditer(line):
        text += line[done : mark.start()]
        start, done = len(text), mark.end()
        text += written_out(mark["value"] or mark["decoy"], values, dice)
        place = {"turn": at, "start": start, "end": len(text)}
        if mark["entity"]:
            span = place | {"entity": ENTITIES[mark["entity"]], "form": FORMS[mark["form"] or ""]}
            spans.append(span | ({"optional": True} if mark["either"] else {}))
        elif mark["kind"] in EITHER:
            spans.append(place | {"entity": "phone", "optional": True})
        else:
            decoys.append(place | {"kind": mark["kind"]})
    return {"text": text + line[done:]}, spans, decoys


def dialogues(name: str, language: str) -> list[dict]:
    records = []
    paragraphs = (HERE / f"{name}_{language}.txt").read_text("utf-8").strip().split("\n\n")
    for number, paragraph in enumerate(paragraphs, 1):
        dice, values = random.Random(f"{language}-{number}"), {}
        record: dict = {
            "id": f"{name}-{language}-{number}",
            "language": language,
            "turns": [],
            "spans": [],
            "decoys": [],
        }
        for at, line in enumerate(paragraph.splitlines()):
            made, spans, decoys = turn(line[2:], at, values, dice)
            record["turns"].append({"speaker": {"c": "customer", "a": "agent"}[line[0]]} | made)
            record["spans"] += spans
            record["decoys"] += decoys
        records.append(record)
    return records


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="second, third, …")
    parser.add_argument("out", type=Path, help="folder for NAME-{zh,en}.jsonl and its -tune and -held halves")
    arguments = parser.parse_args()
    for language in ("zh", "en"):
        rows = dialogues(arguments.name, language)
        for half, part in (("", rows), ("-tune", rows[::2]), ("-held", rows[1::2])):
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in part)
            (arguments.out / f"{arguments.name}-{language}{half}.jsonl").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
