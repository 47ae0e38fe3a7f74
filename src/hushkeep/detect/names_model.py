"""Names by the model, behind a gate: only turns in which a name is likely are shown to it."""

import re
from collections.abc import Iterator, Sequence

from hushkeep.detect.context import Context
from hushkeep.detect.finding import Finding
from hushkeep.detect.gazetteer import compound_zh, family_zh, words
from hushkeep.detect.lac import LONGEST, Word, model
from hushkeep.detect.names_zh import NEVER_GIVEN, STOP, asked_of, is_name

_H = "[\u4e00-\u9fff]"
_SINGLE = "".join(sorted(n for n in family_zh() if len(n) == 1))
_GATE = re.compile(
    "人|姓名|名字|名叫|叫|我是|先生|女士|小姐|联系人|收件|收货|寄件|持卡|开户|户名|户主|登记|申请人|投保|被保|车主|乘客|旅客|患者|客户|机主|负责人|法人|代表|经办|本人|"
    "称呼|贵姓|签收|老师|同学|经理|寄给|转给|交给|转账|汇款|付款人|收款人|朋友|爱人|老公|老婆|妈|爸|父亲|母亲|儿子|女儿|孩子|同事|医生|师傅|律师|哥|姐|这里是|帮|找|约|和我|跟我|预订|预定|入住|挂号|致电"
    f"|(?:^|[\\s,，。、:：;；(（「“/])[{_SINGLE}]{_H}{{1,3}}(?:$|[\\s,，。、:：;；)）」”/0-9])"
)
_ASKS = re.compile("贵姓|姓名|名字|称呼|哪位|叫什么|持卡人|户名|收件人|联系人|收货人|谁")
_TITLES = ("先生", "女士", "小姐", "老师", "同学", "经理", "医生", "师傅", "律师")
_BRANDS = words("words_zh.txt", "brand")  # what is sold under a name that a person may bear
_PLACE_AFTER = frozenset("火路街镇区县店菜家烤涮餐酒楼馆锅驴鱼肉屋寺庙祠桥村")
_CONTACTS = frozenset({"phone", "id_card", "bank_card", "address", "email", "passport", "plate"})


def wanted(turn: int, context: Context, here: Sequence[Finding]) -> bool:
    """Whether the model should see ``turn``: the gate opens, and a name that we would mask can stand in it."""
    text = context.turns[turn].text
    return _opens(turn, text, context, here) and may_hold_name(text[:LONGEST])


def names_by_model(texts: Sequence[str]) -> list[list[tuple[int, int]]]:
    """For each text the Chinese names that the model sees in it: starts and ends. Nothing where there is no model."""
    lac = model() if texts else None
    if lac is None:
        return [[] for _ in texts]
    return [list(_names(text, tagged)) for text, tagged in zip(texts, lac.words(texts), strict=True)]


def _names(text: str, tagged: Sequence[Word]) -> Iterator[tuple[int, int]]:
    for word in tagged:
        if word.tag == "PER":
            value = text[word.start : word.end]
            title = next((t for t in _TITLES if value.endswith(t)), "")
            end = word.end - len(title)
            if _likely(text[word.start : end], text, end):
                yield word.start, end


_CHARACTER = re.compile("的[\u4e00-\u9fff](?:$|[,，。 !！、]|字|姓|对)")
_CANDIDATE = re.compile(f"·|(?:{'|'.join(sorted(compound_zh()))})|(?=([{_SINGLE}][^{''.join(sorted(NEVER_GIVEN))}]))")


def may_hold_name(text: str) -> bool:
    """Whether any stretch of ``text`` could pass as a name here: without one the model need not be asked."""
    return any(match.group(1) not in STOP for match in _CANDIDATE.finditer(text))


def _opens(turn: int, text: str, context: Context, here: Sequence[Finding]) -> bool:
    if not any("\u4e00" <= c <= "\u9fff" for c in text[:400]):
        return False
    if _GATE.search(text) or any(f.entity in _CONTACTS for f in here):
        return True
    return len(text) <= 30 and _ASKS.search(asked_of(turn, context)) is not None


def _likely(value: str, text: str, end: int) -> bool:
    """Whether a word that the model calls a person is one we mask: a whole name, not a form of address or a brand."""
    if _CHARACTER.match(text, end) and text[end + 1] in value:  # how a character is written: 李白的李
        return False
    if value in _BRANDS:
        return False
    if is_name(value):
        return text[end : end + 1] not in _PLACE_AFTER
    return "·" in value and len(value) >= 4
