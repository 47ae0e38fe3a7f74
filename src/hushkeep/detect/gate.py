# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""The gate: which turns of a batch are worth reading, by one pass over all of them.

Each gate is a pattern; a turn that no gate opens is not looked at again. The pass runs on Vectorscan through
``hyperscan`` where that wheel is installed, else on ``re``: both answer the same, and a test holds them to it. No DOTALL,
no ``.*``: classes and bounded repeats only (the wheel's engine has missed matches with them). Rows of digits, the most
frequent hits by far, are counted by a table over the code points instead.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from hushkeep.detect import scan
from hushkeep.detect.cues import table
from hushkeep.detect.firsts import branches, firsts
from hushkeep.detect.gazetteer import compound_zh, family_zh
from hushkeep.detect.names_zh import SOUNDS
from hushkeep.detect.numbers import WORD as NUMBER_WORD
from hushkeep.detect.scan import MARK, Scan, marks_in, vectorscan

_OTHER_DIGITS = "\u2460-\u2468\U0001d7ce-\U0001d7ff"  # circled and mathematical ones
_D = f"[0-9０-９٠-٩۰-۹०-९{_OTHER_DIGITS}]"
_Z = "[零〇一二三四五六七八九幺两洞拐壹贰叁肆伍陆柒捌玖]"
_ANY = f"[0-9０-９٠-٩۰-۹०-९{_OTHER_DIGITS}零〇一二三四五六七八九幺两洞拐壹贰叁肆伍陆柒捌玖]"
_SKIP = "[双嗯呃啊哦额诶然后那个再接着是 \\-.,/()_，、　~—–\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad]"
_WORDS = NUMBER_WORD.replace("[ -]{1,2}", "[ \\-]{1,2}").replace("[ -]", "[ \\-]")
_STREET = (
    "street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|square|sq|terrace|parkway|pkwy|circle|cir|"
    "highway|hwy|way|trail|close|crescent|gardens|grove|mews|row|walk|alley|plaza|loop|park|green|hill|rise|view|quay|wharf|box|apt|apartment|suite"
)


class Gate:
    """What a turn may hold: bits of one number (plain numbers: an enumeration is ten times slower here)."""

    NUMBER = 1  # three digits in a row, however said
    LONG = 2  # seven
    DIGIT = 4
    MAIL = 8
    WORD = 16  # a word without which short numbers and word-like values are nothing
    SHAPE = 32  # letters and digits that may be a plate, passport, code
    NAME_ZH = 64
    NAME_EN = 128
    PLACE_ZH = 256
    PLACE_EN = 512
    CUED = 2048  # a word without which a written shape is nothing
    MODEL_ZH = 1024  # a name is likely, though no rule says where


# What opens a turn to the rules; a digit alone and a likely name do not.
RULES = Gate.LONG | Gate.MAIL | Gate.WORD | Gate.SHAPE | Gate.NAME_ZH | Gate.NAME_EN | Gate.PLACE_ZH | Gate.PLACE_EN

_SURNAME = "[" + "".join(sorted(n for n in family_zh() if len(n) == 1)) + "]"
_HAN = "[\u4e00-\u9fff]"
_SPACE = "[ \\t\\n\u3000,，。、;；/]"

ROWS: tuple[tuple[int, str], ...] = (  # what ``_rows_in`` counts without a pattern: the words of its contract
    (Gate.NUMBER, f"{_ANY}{_SKIP}{{0,4}}{_ANY}{_SKIP}{{0,4}}{_ANY}"),
    (Gate.LONG, f"{_ANY}(?:{_SKIP}{{0,4}}{_ANY}){{6}}"),
    (Gate.DIGIT, f"{_D}|{_Z}{_Z}"),
)
PATTERNS: tuple[tuple[int, str, bool], ...] = (  # gate, pattern, whether capitals matter
    (Gate.NUMBER | Gate.LONG, f"[二三四五六七八九两]个{_ANY}", True),
    (Gate.NUMBER | Gate.LONG, f"(?:^|[^a-z])(?:{_WORDS})[ ,\\-]{{1,3}}(?:{_WORDS})[ ,\\-]{{1,3}}(?:{_WORDS})", False),
    (Gate.NUMBER | Gate.LONG, f"(?:^|[^a-z])(?:double|triple|treble)[ \\-](?:{_WORDS}|[0-9])", False),
    (Gate.DIGIT, f"(?:^|[^a-z])(?:{_WORDS})(?:[^a-z]|$)", False),
    (Gate.MAIL, "[@＠]|[(\\[] ?dot ?[)\\]]|(?:^|[^a-z])(?:gmail|yahoo|hotmail|outlook|icloud)|艾特|爱特|圈a|小老鼠|(?:dot|point|点|\\.) ?(?:com|cn|net|org|edu|gov|io|co|c o m)(?:[^a-z]|$)", False),
    (Gate.WORD | Gate.CUED, "微信|威信|薇信|wechat|weixin|vx|wx|v信|加v|密码|口令|验证码|校验码|动态码|激活码|授权码|password|passwd|pwd|pw|pass ?phrase|pass ?word|code|otp|secret|生日|出生|生的|哪天生|born|birth|dob|d\\.o\\.b|d o b|有效|到期|good (?:till|until|thru)|(?:till|until) when|expir|exp |valid|车牌|牌照|plate|registration|car reg|vehicle reg|national insurance|ni number|nino|hkid|hong kong id|taiwan|nric|fin number|tax file|tfn|medicare|social insurance|sin number|my sin|aadha|pan card|pan number|(?:^|[^a-z])pan (?:is )?[a-z]{5}[0-9]|my ?kad|(?:^|[^a-z])(?:your|my|malaysian) ic(?:[^a-z]|$)|ic number|ic no|resident registration|korean id|(?:^|[^a-z])(?:dni|nie|cpf|curp|bsn|ppsn?)(?:[^a-z]|$)|codice fiscale|south african id|sa id|身份证|证件|身分证|身份證|steuer|german tax|curit. social|french social|my ?number|individual number|national id|identity|id card|id number|reg is|(?:^|[^a-z])reg(?:[^a-z]|$)|我的?v|rego|tag number|护照|passport|通行证|回乡证|台胞证|信用代码|税号|识别号|卡号|信用卡|card|visa", False),
    (Gate.WORD, "(?:maiden|memorable|security|secret|safe|verification|challenge|pass|key|code|first|childhood|favou?rite|best) [a-z]|mascot|grew up|grow up|pet|密保|安全问题|提示问题|小学|班主任|收到|[四六46][位个]|数字|c v [vc]|个码|的码|三个|卡上|后面|cvv|cvc|cvn|安全码|背面|背后|反面|[三3]位|末三|签名栏|pin|security|digits?|(?:last|final) (?:four|4|six|6)|(?:^|[^a-z])id (?:card )?(?:number )?(?:ends|ending)|numbers? (?:on|at)|qq|扣扣|企鹅|电话|手机|phone|mobile|number|social|ssn", False),
    (
        Gate.NAME_ZH,
        ("[收付汇转开借寄接签领投受驾承担保租预就使紧急入乘取报申经代持法介负病提登订][\u4e00-\u9fff]{0,3}人|姓名|名字|户名|全名|真名|联系人|户主|登记人|申请人|车主|乘客|旅客|患者|病人|机主|负责人|法人|代表人|代理人|经办人"
        "|学员|学生|家长|报案人|抬头|名下|贵姓|称呼|哪位|叫什么|叫啥|英文名|拼音|怎么[写拼]|姓氏|是谁|我叫"),
        True,
    ),
    (Gate.NAME_ZH, "|".join(sorted(compound_zh())), True),
    (Gate.NAME_ZH, f"(?:我是|叫做?|本人|名字是|姓名是|给|查一?下|儿子|女儿|孩子|先生|太太|老公|老婆|同事)[{SOUNDS}]{{3}}", True),
    (Gate.NAME_ZH, f"(?:叫|本人|我是|这里是|这边是|改成|写|客户|会员)[ 「“]?{_SURNAME}", True),
    (Gate.NAME_ZH, f"{_SURNAME}{_HAN}{{1,3}}(?:先生|女士|小姐|老师|同学|经理|医生|师傅|律师|收|的(?:手机|电话|身份证|银行卡|邮箱|地址|护照|卡))", True),
    (Gate.NAME_ZH, f"{_SURNAME}{_HAN}{{1,3}}{_SPACE}{{0,3}}[+0-9（(:：|]|[0-9a-z]{_SPACE}{_SURNAME}{_HAN}{{1,3}}(?:$|{_SPACE})", False),
    (
        Gate.MODEL_ZH,
        ("收件|收货|寄件|持卡|开户|登记|投保|被保|法人|代表|经办|本人|先生|女士|小姐|老师|同学|经理|寄给|转给|交给|转账|汇款|朋友|爱人|老公|老婆|妈|爸|父亲|母亲|儿子|女儿|孩子|同事|医生|师傅|律师|哥|姐"
        "|我是|叫|这里是|这边是|帮|找|约|和我|跟我|入住|挂号|致电|驾驶|客户|会员|学生|家长|谁"),
        True,
    ),
    (Gate.MODEL_ZH, f"(?:^|[ \\t\\n\u3000,，。、:：;；(（「“/]){_SURNAME}{_HAN}{{1,3}}(?:$|[ \\t\\n\u3000,，。、;；)）」”/0-9])", True),
    (Gate.SHAPE, "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][a-zａ-ｚＡ-Ｚ]|[a-zａ-ｚＡ-Ｚ][ \\-]?[0-9０-９]{6}|[a-z]{2}[0-9]{2}[ \\-]?[a-z0-9]{3}|wxid_|[0-9a-z０-９Ａ-Ｚ]{18}", False),
    (
        Gate.NAME_EN,
        "(?:^|[^a-z])(?:name|names|spell|this is|speak|speaking|talk|talking|spoke|talked|ask|asked|add|remove|technician|agent|rep|advisor|sold|helped|served|cc|i am|i'm|i’m|mr|mrs|ms|miss|dr|prof|sir|madam|under|called|calling|holder|passenger|recipient|attn|attention|patient|guest|caller|dear|regards|sincerely|cheers|behalf|belongs|registered|who is|who's|here|it's|its|it is|surname|insured|subscriber|tenant|resident|driver|owner|student|member|next of kin|applicant|nominee|spouse|attorney|follow up with|signed|(?:my|his|her|our|the|your) (?:husband|wife|son|daughter|mother|mom|mum|father|dad|brother|sister|partner|boss|friend|colleague|roommate|flatmate|fianc.e?|uncle|aunt|cousin|niece|nephew|boyfriend|girlfriend|grand[a-z]{2,8}|landlord|assistant|secretary|lawyer|neighbou?r)|[A-Z]\\.|ship to|deliver to|contact|customer|beneficiary|addressee|account ?holder|card ?holder|(?:pick ?up|collecting) person|whose|who (?:should|shall|can|do|will|was|are|am|else)|whom|and you|and yours|anyone else|anybody else|under wh[a-z]{2,3}|which (?:student|patient|guest|child|passenger|customer|member|driver|employee)|to:|from:|cc:)(?:[^a-z]|$)",
        False,
    ),
    (Gate.NAME_EN, "[A-ZÀ-ÖØ-ÞĀ-Ž][A-Za-zÀ-ÖØ-öø-ÿĀ-žẠ-ỹ'’\\-]{1,20} (?:[A-Z]\\.? )?(?:(?:van|von|de|del|la|le|da|bin|al|el|der|den|di) ){0,2}[A-ZÀ-ÖØ-ÞĀ-Ž]", True),
    (Gate.NAME_EN, "[a-z] what(?:$|[?.])", False),
    (Gate.NAME_EN, "[a-z,;:] [A-ZÀ-ÖØ-ÞĀ-Ž][a-z][A-Za-zÀ-ÖØ-öø-ÿĀ-ž'\\-]", True),
    (Gate.NAME_EN, "(?:^|[^A-Za-z])(?:[Hh]i|[Hh]ello|[Hh]ey|[Tt]hanks|[Tt]hank you|[Oo]kay|[Oo][Kk]|[Ss]ure|[Gg]reat|[Pp]erfect|[Ww]elcome|[Ss]orry|[Gg]ood (?:morning|afternoon|evening)|[Tt]hx|[Bb]est|[Yy]ours(?: truly)?|[Aa]lright)(?: so much| very much| back)?[,!.]?[ \\n]{1,3}[A-Z]", True),
    (Gate.PLACE_ZH, "[0-9a-z零〇一二三四五六七八九十百][ ]?(?:號|樓|巷|号|栋|幢|弄|座|楼|层|单元|室)|[省市区县州][^\x1e\n]{1,8}[路街镇乡村区县道园苑]|[路街道](?:的)?(?:交叉|交汇|路口|交界|交口)|[路街道镇村][东西南北中]?段?[^\x1e\n]{0,8}(?:对面|隔壁|旁边|楼下|门口)|[\u4e00-\u9fff][0-9]{1,3}-[0-9]{1,4}-[0-9]{2,4}|地址|住在|住址|寄到|送到|搬到", False),
    (Gate.PLACE_EN, f"[a-z0-9.][ \\n](?:{_STREET})(?:[^a-z]|$)", False),
    (Gate.PLACE_EN, "post ?code|zip|#[0-9]{1,2}-[0-9]{2}|[0-9]/f|singapore|place is|house is|(?:flat|apartment) is|address|(?:moved|moving|relocated) (?:in)?to|(?:deliver|ship|send|sent|mail|forward|post)[a-z]{0,3} (?:it|them|that|this|everything)? ?to|(?:live|living|lives|reside|resides|staying|located|based) (?:at|on)|where (?:are you|do you live|should we)", False),
    (Gate.PLACE_EN, "(?:^|[^a-z])(?:rue|quai|calle|avenida|paseo|plaza|carrera|via|viale|piazza|corso|rua|travessa|largo|carrer|ulica|ul\\.|av\\.|jl\\.|praça|jalan|strada)[ ]|(?:straße|strasse|str\\.|weg|platz|allee|gasse|damm|ufer|laan|straat|plein|gracht|gatan|gata|gaten|vegen|vägen|vej|gade|veien|katu|tie|tänav|utca) [0-9]|(?:^|[^a-z0-9])(?:[a-z]{1,2}[0-9][a-z0-9]? ?[0-9][a-z]{2}|[a-z][0-9][a-z] ?[0-9][a-z][0-9])(?:[^a-z0-9]|$)", False),
)  # fmt: skip

_CUED = frozenset(
    {"card_expiry", "dob", "id_card", "passport", "plate", "uscc", "wechat"}
)  # entities of written shapes
_SHORT = frozenset({"cvv", "id_last", "qq", "secret", "ssn_last"})  # entities that may be short numbers or words


def _without_looks(pattern: str) -> str:
    """``pattern`` without what it looks ahead or back at: it opens a gate a little more often."""
    out, depth, at = [], 0, 0
    while at < len(pattern):
        if depth == 0 and pattern.startswith(("(?<!", "(?<=", "(?!", "(?="), at):
            depth, at = 1, at + 3
        elif depth:
            depth += (pattern[at] == "(") - (pattern[at] == ")")
            at += 1
        else:
            out.append(pattern[at])
            at += 1
    return "".join(out)


def _of_cues() -> tuple[tuple[int, str, bool], ...]:
    """The words of the cue table, so that no cue stands in a turn that no gate opens."""
    rows = []
    for entity, languages in table().items():
        gates = (Gate.WORD | Gate.CUED) * (entity in _CUED) | Gate.WORD * (entity in _SHORT)
        if gates:
            english = "|".join(_without_looks(pattern) for pattern in languages["en"])
            rows.append((gates, f"(?:^|[^a-z0-9])(?:{english})(?:[^a-z0-9]|$)", False))
            rows.append((gates, "|".join(_without_looks(pattern) for pattern in languages["zh"]), False))
    return tuple(rows)


PATTERNS = (*PATTERNS, *_of_cues())

Flags = npt.NDArray[np.uint32]
_TWO_CASES = "\u0130\u0131\u017f\u212a"  # letters whose other case is ASCII: the engines disagree over them
_FEW = 4  # texts: below, patterns are quicker than arrays


def flags_of(texts: Sequence[str], *, names: bool = True, fast: bool | None = None) -> Flags:
    """For each text the gates that it opens, those of the name model only where ``names``.

    ``fast`` forces an engine (tests), else the faster one at hand.
    """
    joined = MARK.join(["", *texts, ""])
    if joined.count(MARK) != len(texts) + 1:
        joined = MARK.join(["", *(text.replace(MARK, "\x01") for text in texts), ""])
    if not joined.isascii():
        for letter in _TWO_CASES:
            joined = joined.replace(letter, "\ufffd")
    flags = np.zeros(len(texts), np.uint32)
    if scan.has_vectorscan() if fast is None else fast:
        _scan_fast(flags, joined, names)
    else:
        _scan_plain(flags, joined, names)
    (_rows_by_pattern if len(texts) < _FEW else _rows_in)(flags, joined)
    return flags


def flag_of(text: str, *, names: bool = True, fast: bool | None = None) -> int:
    """As ``flags_of`` for a single text."""
    if MARK in text or (not text.isascii() and any(letter in text for letter in _TWO_CASES)):
        return int(flags_of([text], names=names, fast=fast)[0])
    flags = 0
    if scan.has_vectorscan() if fast is None else fast:
        of_gates, gates = _scan(names)
        for number in of_gates.numbers(f"{MARK}{text}{MARK}".encode("utf-8", "replace")):
            flags |= int(gates[number])
    else:
        exactly = f"{MARK}{text}{MARK}".encode("utf-8", "replace").decode()
        lower = _ascii_lower(exactly)
        for gate, pattern, exact in _compiled(names):
            if flags & gate != gate and pattern.search(exactly if exact else lower):
                flags |= gate
    for gate, pattern in _row_patterns():
        if pattern.search(text):
            flags |= gate
    return flags


def _on_joined(pattern: str) -> str:
    """``pattern`` with the mark for the beginning and the end of a text."""
    return pattern.replace("(?:^|", "(?:\x1e|").replace("(?:$|", "(?:\x1e|").replace("|$)", "|\x1e)")


@cache
def _patterns(names: bool) -> list[tuple[int, str, bool]]:  # noqa: FBT001 - a key of the cache
    return [(gate, _on_joined(pattern), exact) for gate, pattern, exact in PATTERNS if names or gate != Gate.MODEL_ZH]


_WORD_BEGINS = re.compile(r"\(\?:\x1e\|\[\^([^\]]+)\]\)")


def _quick(pattern: str) -> str:
    """``pattern`` so that ``re`` passes quickly over where no word begins: look-around instead of what it consumes."""
    parts = []
    for branch in branches(pattern):
        border = _WORD_BEGINS.match(branch)
        rest = branch[border.end() :] if border else ""
        ahead = re.escape("".join(sorted(firsts(rest)))) if border else ""
        parts.append(f"(?<![{border.group(1)}])(?=[{ahead}]){rest}" if border else branch)
    return "|".join(parts)


@cache
def _compiled(names: bool) -> tuple[tuple[int, "re.Pattern[str]", bool], ...]:  # noqa: FBT001
    """Gate, pattern, whether capitals matter; where not, the pattern is for a text in lower case."""
    return tuple(
        (gate, re.compile(_quick(pattern if exact else _ascii_lower(pattern))), exact)
        for gate, pattern, exact in _patterns(names)
    )


def _ascii_lower(text: str) -> str:
    return text.encode("utf-8", "replace").lower().decode()


def _scan_plain(flags: Flags, joined: str, names: bool) -> None:  # noqa: FBT001
    joined = joined.encode("utf-8", "replace").decode()
    lower, marks = _ascii_lower(joined), _ends(joined)
    for gate, pattern, exact in _compiled(names):
        _open(flags, gate, pattern, joined if exact else lower, marks)


def _open(flags: Flags, gate: int, pattern: "re.Pattern[str]", joined: str, marks: list[int]) -> None:
    """Set ``gate`` for the texts of ``joined`` in which ``pattern`` matches."""
    at = 0
    while match := pattern.search(joined, at):
        number = bisect_left(marks, match.end() - 1)
        flags[number] |= gate
        at = marks[number]  # the mark may be where a match in the next text begins


def _ends(joined: str) -> list[int]:
    marks, at = [], joined.index(MARK)
    while (at := joined.find(MARK, at + 1)) > 0:
        marks.append(at)
    return marks


@cache
def _scan(names: bool) -> tuple[Scan, Flags]:  # noqa: FBT001
    patterns = _patterns(names)
    caseless = vectorscan().HS_FLAG_CASELESS
    flags = [vectorscan().HS_FLAG_UTF8 | (0 if exact else caseless) for _, _, exact in patterns]
    of_gates = Scan("gates" if names else "gates-but-names", [pattern for _, pattern, _ in patterns], flags)
    return of_gates, np.array([gate for gate, _, _ in patterns], np.uint32)


def _scan_fast(flags: Flags, joined: str, names: bool) -> None:  # noqa: FBT001
    data = joined.encode("utf-8", "replace")  # a lone surrogate becomes a question mark, for both engines
    of_gates, gates = _scan(names)
    numbers, ends = of_gates.hits(data)
    if len(numbers):
        np.bitwise_or.at(flags, np.searchsorted(marks_in(data), ends - 1), gates[numbers])


_SKIPPED, _SAID, _WRITTEN = 1, 2, 4


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """For each code point of the first two planes: a digit written or said in Chinese, what may stand between, or 0."""
    kinds = np.zeros(0x20000, np.uint8)
    kinds[[ord(char) for char in _SKIP[1:-1].replace("\\", "")]] = _SKIPPED
    kinds[[ord(char) for char in _Z[1:-1]]] = _SAID
    for zero in (0x30, 0xFF10, 0x660, 0x6F0, 0x966):
        kinds[zero : zero + 10] = _WRITTEN
    kinds[0x2460:0x2469] = kinds[0x1D7CE:0x1D800] = _WRITTEN
    return kinds


def _rows_in(flags: Flags, joined: str) -> None:
    """Set the gates of ROWS, by the distances between the digits."""
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = _kinds()[np.minimum(codes, 0x1FFFF)]
    at = np.flatnonzero(kinds > _SKIPPED)
    if not len(at):
        return
    texts = np.searchsorted(np.flatnonzero(codes == ord(MARK))[1:], at)
    kind = kinds[at]
    gaps = np.diff(at)
    flags[texts[kind == _WRITTEN]] |= Gate.DIGIT
    flags[texts[1:][(gaps == 1) & (kind[1:] == _SAID) & (kind[:-1] == _SAID)]] |= Gate.DIGIT
    # Digit i + 1 goes on the row of digit i: at most four code points between, all of the kind that may stand there.
    on = (gaps <= 5) & (np.diff(np.cumsum(kinds == 0)[at]) == 0)
    two = on[:-1] & on[1:]
    flags[texts[2:][two]] |= Gate.NUMBER
    four = two[:-2] & two[2:]
    flags[texts[6:][four[:-2] & two[4:]]] |= Gate.LONG


@cache
def _row_patterns() -> tuple[tuple[int, "re.Pattern[str]"], ...]:
    return tuple((gate, re.compile(pattern)) for gate, pattern in ROWS)


def _rows_by_pattern(flags: Flags, joined: str) -> None:
    marks = _ends(joined)
    for gate, pattern in _row_patterns():
        _open(flags, gate, pattern, joined, marks)
