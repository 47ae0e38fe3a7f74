"""Whether detection takes time in proportion to its input: ``linear.py [SEED] [CASES]``.

Units that rules like (digits, words for numbers, cues, names, signs, blanks) are drawn into a pattern of a few,
repeated to 10,000 and 40,000 code points in one turn, and as many turns. Prints each case whose time grows more than
5.4 times where its input grows four times, after a second try.
"""

import random
import sys
import time

from hushkeep import detect
from hushkeep.kernel import Turn

UNITS = (
    *(
        "1",
        "138",
        "0013 8000",
        "4111 1111 1111 1111",
        "110101199003074610",
        "幺三八",
        "三个八",
        "oh ",
        "double five ",
        "twenty one ",
    ),
    *(
        "one two three four ",
        "a ",
        "at ",
        "dot ",
        "com ",
        "@",
        "a.b@c.com ",
        "gmail ",
        ".",
        ",",
        ", ",
        "-",
        " ",
        "  ",
        "\n",
        "\t",
    ),
    *(
        "my name is ",
        "this is ",
        "John Smith ",
        "Kwame Asante ",
        "John ",
        "speaking ",
        "Dear ",
        "name ",
        "spell ",
        "A. ",
        "van der ",
    ),
    *(
        "我叫",
        "王伟",
        "姓名",
        "先生",
        "欧阳",
        "地址",
        "上海市",
        "浦东新区",
        "世纪大道",
        "100号",
        "路",
        "街道",
        "号楼",
        "三单元",
        "对面",
    ),
    *(
        "12 Oak Street ",
        "street ",
        "SW1A 2AA ",
        "#08-12 ",
        "Flat 4, ",
        "IL 62704 ",
        "rue de ",
        "Mill Lane, ",
        "15/f ",
        "address is ",
        "live at ",
    ),
    *(
        "password is ",
        "password ",
        "Abc123! ",
        "the code is ",
        "验证码",
        "密码是",
        "card number ",
        "expires ",
        "04/27 ",
        "july fourth ",
        "nineteen ",
    ),
    *(
        "x",
        "京A",
        "12345",
        "E12345678 ",
        "DE89 ",
        "\u200b",
        "\u202e",
        "\u0301",
        "👩\u200d👩",
        "\x00",
        "\ud800",
        "é",
        "а",
        "ａ",
        "０",
        "中",
        "的",
    ),
)
SIZES = (10_000, 40_000)
MOST = 5.4


def seconds(turns: list[Turn]) -> float:
    begin = time.process_time()
    detect.find(turns, names=False)
    return time.process_time() - begin


def turns_of(unit: str, size: int, *, split: bool) -> list[Turn]:
    text = unit * (size // len(unit) + 1)
    if not split:
        return [Turn("customer", text)]
    return [Turn(("agent", "customer")[at // 40 % 2], text[at : at + 40]) for at in range(0, size, 40)]


def main() -> None:
    rng = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    worst, slowest = (0.0, ""), (0.0, "")
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    seconds([Turn("customer", "warm 13800138000")])
    for number in range(cases):
        unit = UNITS[number] if number < len(UNITS) else "".join(rng.choices(UNITS, k=rng.randint(2, 5)))
        for split in (False, True):
            growth = 0.0
            for _ in range(2):
                first, last = (seconds(turns_of(unit, size, split=split)) for size in (SIZES[0], SIZES[-1]))
                growth = min(growth or 99.0, last / max(first, 0.02))
                if growth <= MOST:
                    break
            worst, slowest = max(worst, (growth, unit)), max(slowest, (last, unit))
            if growth > MOST:
                print(f"{growth:.1f}x {last:.2f} s {'turns' if split else 'one turn'} {unit!r}", flush=True)
    print(f"{cases} patterns; most growth {worst[0]:.1f}x {worst[1]!r}; slowest {slowest[0]:.2f} s {slowest[1]!r}")


if __name__ == "__main__":
    main()
