"""The forms a number or address takes in chats and in a recogniser's output."""

import random

ZH = {
    "0": "零",
    "1": "一",
    "2": "二",
    "3": "三",
    "4": "四",
    "5": "五",
    "6": "六",
    "7": "七",
    "8": "八",
    "9": "九",
    "X": "X",
}
EN = dict(
    zip("0123456789", ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], strict=True)
)
TEENS = dict(
    zip(
        range(10, 20),
        ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"],
        strict=True,
    )
)
TENS = dict(
    zip(range(2, 10), ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], strict=True)
)


def zh_spoken(rng: random.Random, digits: str, *, fillers: bool = False) -> str:
    out, i = [], 0
    yao = rng.random() < 0.7
    while i < len(digits):
        run = 1
        while i + run < len(digits) and digits[i + run] == digits[i] and run < 4:
            run += 1
        if run >= 3 and digits[i] != "X" and rng.random() < 0.7:
            out.append(f"{'三四'[run - 3]}个{ZH[digits[i]]}")
            i += run
        else:
            out.append(
                "幺" if digits[i] == "1" and yao else "洞" if digits[i] == "0" and rng.random() < 0.1 else ZH[digits[i]]
            )
            i += 1
        if fillers and i in (3, 7) and rng.random() < 0.8:
            out.append(rng.choice(["，嗯，", "，", " 呃 ", "，然后", "，那个，"]))
    return "".join(out)


def en_spoken(rng: random.Random, digits: str, *, fillers: bool = False) -> str:
    out, i = [], 0
    zero = rng.choice(["zero", "oh", "oh"])
    while i < len(digits):
        if digits[i] == "X":
            out.append("x")
            i += 1
            continue
        if digits[i : i + 3] == digits[i] * 3 and rng.random() < 0.5:
            out.append("triple " + (EN[digits[i]] if digits[i] != "0" else zero))
            i += 3
        elif digits[i : i + 2] == digits[i] * 2 and rng.random() < 0.6:
            out.append("double " + (EN[digits[i]] if digits[i] != "0" else zero))
            i += 2
        elif i + 1 < len(digits) and digits[i] == "1" and rng.random() < 0.2:
            out.append(TEENS[int(digits[i : i + 2])])
            i += 2
        elif i + 1 < len(digits) and digits[i] not in "01" and rng.random() < 0.2 and digits[i + 1] != "X":
            out.append(TENS[int(digits[i])] + ("" if digits[i + 1] == "0" else " " + EN[digits[i + 1]]))
            i += 2
        else:
            out.append(zero if digits[i] == "0" else EN[digits[i]])
            i += 1
        if fillers and i in (3, 6, 8) and rng.random() < 0.7:
            out.append(rng.choice(["um", "uh", "and then", ","]))
    return " ".join(out).replace(" ,", ",")


def grouped(rng: random.Random, kind: str, digits: str, lang: str) -> str:
    sign = rng.choice([" ", "-"])
    if kind == "phone" and lang == "zh":
        return sign.join([digits[:3], digits[3:7], digits[7:]])
    if kind == "phone":
        return rng.choice(["({}) {}-{}", "{}-{}-{}", "{} {} {}", "{}.{}.{}", "+1 {} {} {}"]).format(
            digits[:3], digits[3:6], digits[6:]
        )
    if kind == "ssn":
        return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"
    if kind == "id_card":
        return f"{digits[:6]} {digits[6:14]} {digits[14:]}"
    if kind == "bank_card" and len(digits) == 15:
        return f"{digits[:4]} {digits[4:10]} {digits[10:]}"
    return sign.join(digits[i : i + 4] for i in range(0, len(digits), 4))


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def half(rng: random.Random, digits: str, lang: str) -> str:
    cut = sorted(rng.sample(range(2, len(digits) - 1), 2))
    parts = [digits[: cut[0]], digits[cut[0] : cut[1]], digits[cut[1] :]]
    spoken = zh_spoken if lang == "zh" else en_spoken
    mixed = (
        [parts[0], spoken(rng, parts[1]), parts[2]]
        if rng.random() < 0.6
        else [spoken(rng, parts[0]), parts[1], spoken(rng, parts[2])]
    )
    return " ".join(mixed)


def spelled_email(rng: random.Random, email: str, lang: str) -> str:
    local, host = email.split("@")
    if lang == "zh":
        name = local.replace("_", " 下划线 ").replace(".", " 点 ")
        return f"{name} {rng.choice(['艾特', 'at', '艾特'])} {host.replace('.', rng.choice(['点', ' 点 ']))}".replace(
            "163", rng.choice(["163", "幺六三", "一六三"])
        )
    name = local.replace("_", " underscore ").replace(".", " dot ")
    name = "".join(" " + EN[c] + " " if c.isdigit() and rng.random() < 0.5 else c for c in name)
    return " ".join(f"{name} at {host.replace('.', ' dot ')}".split())


def written(rng: random.Random, kind: str, value: str, lang: str) -> str:
    if (kind == "phone" and lang == "en") or kind == "ssn":
        return grouped(rng, kind, value, lang)
    if kind == "dob":
        y, m, d = value.split("-")
        months = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ]
        zh = [f"{y}年{int(m)}月{int(d)}日", value, f"{y}/{m}/{d}", f"{y}{m}{d}", f"{y}年{int(m)}月{int(d)}号"]
        en = [
            f"{m}/{d}/{y}",
            f"{months[int(m) - 1]} {int(d)}, {y}",
            f"{int(d)} {months[int(m) - 1]} {y}",
            value,
            f"{months[int(m) - 1][:3]} {int(d)} {y}",
        ]
        return rng.choice(zh if lang == "zh" else en)
    return value


def shaped(rng: random.Random, kind: str, value: str, form: str, lang: str) -> str:  # noqa: PLR0911
    """``value`` of ``kind`` in ``form``: written, grouped, full, one, spoken, filled, half."""
    plain = value.replace("/", "").replace("-", "") if kind in {"card_expiry", "ssn", "phone", "landline"} else value
    if form == "written":
        return written(rng, kind, value, lang)
    if form == "grouped":
        return grouped(rng, kind, plain, lang)
    if form == "full":
        return full_width(plain if kind != "card_expiry" else value)
    if form == "one":
        return " ".join(plain)
    if kind == "email":
        return spelled_email(rng, value, lang)
    if kind == "plate":
        return value[:2] + "".join(ZH.get(c, c) for c in value[2:])
    if kind == "dob":
        return spoken_dob(value, lang)
    if form == "half":
        return half(rng, plain, lang)
    return (zh_spoken if lang == "zh" else en_spoken)(rng, plain, fillers=form == "filled")


def spoken_dob(value: str, lang: str) -> str:
    y, m, d = value.split("-")
    if lang == "zh":
        return "".join(ZH[c] for c in y) + "年" + zh_count(int(m)) + "月" + zh_count(int(d)) + "号"
    months = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ]
    ordinals = [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
        "twentieth",
    ]
    day = ordinals[int(d) - 1] if int(d) <= 20 else "twenty " + ordinals[int(d) - 21]
    return f"{months[int(m) - 1]} {day} {two(y[:2])} {two(y[2:])}"


def two(pair: str) -> str:
    n = int(pair)
    if n < 10:
        return "oh " + EN[str(n)] if n else "hundred"
    if n < 20:
        return TEENS[n]
    return TENS[n // 10] + ("" if n % 10 == 0 else " " + EN[str(n % 10)])


def zh_count(n: int) -> str:
    if n < 10:
        return ZH[str(n)]
    return ("" if n < 20 else ZH[str(n // 10)]) + "十" + ("" if n % 10 == 0 else ZH[str(n % 10)])
