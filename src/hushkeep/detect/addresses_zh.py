# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""Chinese addresses: divisions, roads, estates and house numbers in a row."""

import re
from collections.abc import Iterator

from hushkeep.detect.context import Context
from hushkeep.detect.finding import Finding, is_free
from hushkeep.detect.gazetteer import divisions
from hushkeep.detect.patterns import Pattern

_H = "[\u4e00-\u9fff]"
_N = "(?:[0-9a-z]+(?:[\\-–][0-9a-z]+)?|[零〇一二三四五六七八九十百千两幺东西南北甲乙丙丁]{1,7})"
_UNIT = "(?:号楼|号院|号|(?:大|小)院|栋|幢|弄|座|楼|层|单元|室|房间?|门|期|组|区|铺|户|村|队|社|支弄|附[0-9]{1,3}号)"
_DETAIL = f"(?:[,，之第附\\- ]{{0,2}}{_N}[ ]?{_UNIT})"
_ROAD = f"{_H}{{1,7}}?(?:大道|大街|路|街|(?<![知频渠味])道|巷|胡同|环路|弄|公路|里)(?:[东西南北中]?[一二三四五六七八九十0-9]?段|[东西南北中]{{1,2}}(?![\u4e00-\u9fff])|[一二三四五六七八九十]巷)?"
_PLACE = f"(?:[a-z]{{2,12}}(?={_H}))?{_H}{{1,10}}?(?:小区|花园|家园|新村|公寓|大厦|广场|苑|城|园区|园|中心|大楼|国际|新城|社区|庄园|别墅|嘉园|宿舍|街道|镇|乡|村|湾|郡|府|庭|轩|庄|屯|寨|屿|坊|学院|大学|医院|商场|工业区|科技园|开发区)"
_DIVISION = f"{_H}{{2,10}}?(?:省|自治区|特别行政区|自治州|地区|盟|市|新区|区|县|旗)"
_CITY = "(?:北京|上海|天津|重庆|香港|澳门)"
_CHAIN = Pattern(
    f"(?:{_CITY}|{_DIVISION})?[ ,，]?(?:{_DIVISION}[ ,，]?){{0,3}}(?:(?:{_ROAD}|{_PLACE})[ ,，]?){{0,4}}(?:{_DETAIL}){{1,6}}(?:[ ,，]?{_PLACE}(?:{_DETAIL}){{1,4}})?(?:[ ,，]?{_H}{{2,8}}?(?:大厦|广场|小区|公寓|花园|中心|府|苑|城))?(?:[ ,，]?{_H}{{0,6}}[a-z]{{2,10}}{_H}{{0,4}}[0-9]{{0,2}}[ ,，]?(?:{_N}[座栋塔楼区号][ ]?[0-9]{{2,5}}(?:室|号)?))?(?:[,， ]?[0-9]{{3,4}}(?![0-9])|[,， ]?[零〇一二三四五六七八九幺]{{3,4}}(?![零〇一二三四五六七八九十百千幺]))?"
    f"|(?:{_DIVISION})?(?:{_PLACE})?{_ROAD}{_H}{{2,10}}?(?:斜?对面|旁边?|隔壁|楼下|楼上|门口|后面|[东西南北]{{1,2}}角)"
    f"|{_PLACE}[0-9]{{1,3}}(?:-[0-9]{{1,4}}){{1,3}}(?![0-9])"
    f"|(?:{_CITY}|{_DIVISION})?(?:{_DIVISION}){{0,2}}{_H}{{2,7}}?(?:大道|大街|路|街)[与和跟、]{_H}{{2,7}}?(?:大道|大街|路|街)(?:的)?(?:交叉口|交汇处|交口|路口|交界处?|口)(?:[东西南北]{1, 2}角)?(?:[东西南北往向]{{1,3}}[0-9一二三四五六七八九十百两]{{1,4}}米)?"
    f"|(?:{_CITY}|{_DIVISION})[ ,，]?(?:{_DIVISION}[ ,，]?){{0,3}}(?:(?:{_ROAD}|{_PLACE})[ ,，]?){{1,4}}(?:[0-9]{{1,4}}(?:-[0-9]{{1,4}}){{0,3}}(?![0-9]))?"
)
_GATE = re.compile("[路街道巷弄号栋幢楼室村镇乡区县院园苑]")
_ANCHOR = re.compile(
    f"{_N}[ ]?{_UNIT}|(?:大道|[路街道巷弄里园苑城镇乡村湾郡府庭轩庄屯寨屿坊寓厦场]|胡同|小区|社区|园区|开发区|工业区|中心|大楼|国际|宿舍|别墅|学院|大学|医院)"
)
PIECE = re.compile(
    f"{_N}[ ]?{_UNIT}|(?:大道|[路街道巷弄苑镇乡村])|胡同|小区|社区|花园|公寓|大厦|[0-9]{{1,3}}-[0-9]{{1,4}}"
)
_LEAD = re.compile(
    "(?:我们?家?|现在|目前|平时|人|家)?(?:住址|居住地址|收货地址|收件地址|邮寄地址|配送地址|家庭地址|送货地址|新地址|地址)?(?:应该)?"
    "(?:住在|就住|住|地址|位于|坐落|寄到|寄往|寄给|送到|送往|发到|发往|邮到|快递到|配送到|搬到|搬去|改到|改成|改为|换成|填的?是?|写的?是?|登记的?是?|来|到|在|是|为|去|往|从|离|于|和|与|跟|给|有|了|就|请|把|及|的)"
)
_CUES = (
    "地址",
    "住址",
    "住在",
    "我住",
    "地点",
    "位置",
    "在哪",
    "哪里",
    "何处",
    "哪儿",
    "上门",
    "定位",
    "寄到",
    "送到",
    "收货",
    "收件",
    "搬到",
    "家住",
    "位于",
    "发到",
    "寄往",
    "配送",
)
_SIMPLIFIED = str.maketrans(
    "區號樓龍灣縣鎮鄉東彌莊園廣場廈門層棟臺莞蘇滬國際單華長漢陽寶濱綠麗聯興業",
    "区号楼龙湾县镇乡东弥庄园广场厦门层栋台莞苏沪国际单华长汉阳宝滨绿丽联兴业",
)
_CUED = re.compile("|".join(_CUES))
_NOT = re.compile("(?:^|[0-9第])[0-9一二三四五六七八九十]{1,4}(?:号|区|期|组|层|楼|队|室|门|户|村|社|座|房间?)$")
_JOINT = re.compile("(?<=[路街道])[与和跟、]")
_EXACT = re.compile("[路街道](?:的)?(?:交叉口|交汇处|路口|交界处?)|[\u4e00-\u9fff][0-9]{1,3}-[0-9]{1,3}-[0-9]{2,4}$")
_STRONG = re.compile(
    f"(?:路|街|道|巷|弄|胡同|里|小区|花园|家园|新村|公寓|大厦|广场|苑|城|园|镇|乡|村|院|湾|郡|府|庭|轩|庄|中心|国际|大楼|社区).{{0,10}}{_N}[ ]?{_UNIT}|{_N}(?:弄|栋|幢|号楼)[ ,，]?{_N}"
)


def addresses_zh(turn: int, context: Context) -> Iterator[Finding]:
    """The Chinese addresses of ``turn``."""
    text = context.lower(turn).translate(_SIMPLIFIED)
    if not _GATE.search(text):
        return
    found = list(_chains(turn, text, context))
    yield from found
    for announced in _after_cue(turn, text):
        if is_free(announced.start, announced.end, found):
            yield announced


def _chains(turn: int, text: str, context: Context) -> Iterator[Finding]:
    for low, high in _windows(text):
        yield from _chains_within(turn, text, low, high, context)


def _windows(text: str) -> list[tuple[int, int]]:
    """The stretches around house numbers and road words: only there is the long pattern tried (it is dear a step)."""
    windows: list[tuple[int, int]] = []
    for anchor in _ANCHOR.finditer(text):
        low, high = max(0, anchor.start() - 40), min(len(text), anchor.end() + 60)
        if windows and low <= windows[-1][1]:
            windows[-1] = (windows[-1][0], high)
        else:
            windows.append((low, high))
    return windows


def _chains_within(turn: int, text: str, low: int, high: int, context: Context) -> Iterator[Finding]:
    for match in _CHAIN.compiled.finditer(text, low, high):
        joint = _JOINT.search(match.group())  # of two roads that cross, only the first may have a lead
        start = _start(text, match.start(), match.start() + joint.start() if joint else match.end())
        value = text[start : match.end()].rstrip(" ,，")
        if (score := _score(value, text, start, context, turn)) > 0:
            yield Finding(turn, start, start + len(value), "address", score, "address.zh_chain")


_OPEN = re.compile(
    f"(?:地址|住址|住在|家住|寄到|送到|寄往|搬到|发到|送货到|配送到)(?:是|在|为|改成|改为|:|,| )?\\s?({_H}[^,，。;；!！?？\\n]{{5,40}})"
)


def _after_cue(turn: int, text: str) -> Iterator[Finding]:
    """What a cue announces as an address, from a division that the table knows to the end of the clause."""
    for match in _OPEN.finditer(text):
        length = division_length(match.group(1))
        rest = re.split(
            "(?:谢谢|麻烦|可以吗|行吗|对吗|是吗|对吧|吗|吧|呢|的话|电话|手机|收件|联系|找|[0-9]{7})",
            match.group(1)[length:],
        )[0].rstrip()
        if length and len(rest) >= 3:
            yield Finding(
                turn, match.start(1), match.start(1) + length + len(rest), "address", 0.75, "address.zh_after_cue"
            )


def _start(text: str, start: int, end: int) -> int:
    """Where the address itself begins: after what leads to it, else at the first division that the table knows."""
    known = divisions()
    best = start
    for at in range(start, min(end, start + 14)):
        if text[at] in " ,，":
            best = at + 1
            continue
        if (
            text[at : at + 2] in known
            or text[at : at + 3] in known
            or text[at : at + 4] in known
            or text[at : at + 5] in known
        ):
            return best if at - best == 1 else at
        if match := _LEAD.match(text, at, end):
            best = max(best, match.end())
        if text[at].isdigit():
            break
    return best


def _score(value: str, text: str, start: int, context: Context, turn: int) -> float:
    if len(value) < 5 or _NOT.fullmatch(value):
        return 0.0
    placed = _placed(value)
    detailed = _STRONG.search(value) is not None
    cued = _CUED.search(text, max(0, start - 14), start) or _CUED.search(_asked(context, turn))
    if _EXACT.search(value):
        return 0.85
    if detailed and (placed or cued):
        return 0.92
    if placed >= 2 or (placed and cued):
        return 0.85
    return 0.8 if detailed else 0.7 if cued else 0.0


def _asked(context: Context, turn: int) -> str:
    for back in range(turn - 1, max(-1, turn - 3), -1):
        if context.turns[back].speaker != context.turns[turn].speaker:
            return context.lower(back)
    return ""


def _placed(value: str) -> int:
    """How many divisions of the table ``value`` begins with, one after another."""
    return len(_divisions_of(value))


def division_length(value: str) -> int:
    """How many code points at the beginning of ``value`` are divisions."""
    ends = _divisions_of(value)
    return ends[-1] if ends else 0


_SIZES = (9, 8, 7, 6, 5, 4, 3, 2)  # code points of a division's name, the longest first


def _divisions_of(value: str) -> list[int]:
    known, at = divisions(), 0
    ends: list[int] = []
    while at < min(len(value), 24) and len(ends) < 3:
        for size in _SIZES:
            if value[at : at + size] in known:
                break
        else:
            break
        at += size
        if value[at : at + 1] in set("省市区县"):
            at += 1
        ends.append(at)
        while at < len(value) and value[at] in " ,，":
            at += 1
    return ends
