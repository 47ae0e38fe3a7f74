# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""What asks for an e-mail address, an address or a password, and what a turn that says a piece of one looks like."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from hushkeep.detect.addresses_en import PIECE as PIECE_EN
from hushkeep.detect.addresses_zh import PIECE as PIECE_ZH
from hushkeep.detect.addresses_zh import division_length
from hushkeep.detect.finding import Finding
from hushkeep.detect.gazetteer import words
from hushkeep.detect.numbers import WORD as NUMBER_WORD


class Piece(NamedTuple):
    """``[start, end)`` of a turn; ``firm`` where it can be nothing else."""

    turn: int
    start: int
    end: int
    firm: bool


ASKS_EMAIL = re.compile(r"e-?mail|邮箱|邮件地址|邮址")
ASKS_ADDRESS = re.compile(
    r"(?<!e-mail )(?<!email )(?<!ip )(?<!web )address|where (?:are you|do you live|should we (?:send|ship|deliver|mail)|is it going|shall we (?:send|ship))|deliver(?:ed)? (?:it )?to|ship(?:ped)? (?:it )?to|i live at|住址|(?<!邮箱)(?<!邮件)地址|住在?(?:哪|什么地方)|(?:寄|送|发)到?(?:哪|什么地方)|我住"
)
_QUESTIONS = (
    r"(?:mother|mum|mom)(?:'s|s)? maiden name|maiden name|(?:first|childhood|favou?rite) (?:pet|car|school|job|teacher|concert|movie|film|book|food|colou?r|place|sport|team|band|singer|hobby|holiday|street|best friend|friend|hero|nickname)|"
    r"pet(?:'s|s)? name|(?:city|town|place|hospital)[a-z ]{0,12} (?:were|was) (?:you|he|she) born|(?:elementary|primary|high|grade|secondary) school|mascot|street (?:did )?you (?:grew|grow) up|grew up on|best (?:man|friend)(?:'s)? name"
)
_QUESTIONS_ZH = "密保|安全问题|提示问题|保密问题|(?:母亲|妈妈|父亲|爸爸|配偶|小学|班主任|初恋|宠物)[^。，,!?！？]{0,6}(?:姓名|名字|叫什么|是什么|名称)"
ASKS_THING = re.compile(  # the answer is no person's name, though it may look like one
    r"(?:first|childhood|favou?rite) (?:pet|car|school|concert|movie|film|book|food|colou?r|place|sport|team|band|hobby|holiday|street)[^.!;\n]{0,40}$|(?:pet|dog|cat)(?:'s|s)? name[^.!;\n]{0,20}$|(?:city|town|place|hospital)[a-z ]{0,12} (?:were|was) (?:you|he|she) born[^.!;\n]{0,20}$|mascot[^.!;\n]{0,20}$|(?:宠物|小学|小狗|小猫)[^。!！\n]{0,14}$"
)
_WORDS_EN = r"pass ?word|pass ?phrase|passcode|pin(?: number| code)?|(?:security|secret|safe|code|memorable|verbal|telephone|magic|verification|account|pass|key|challenge) (?:word|phrase|answer|password|passcode|place|name|pin|question)"
_LEADS_TO = r"what(?:'s|s| is| was| were)?|which|may i|can (?:i|you|we)|could (?:i|you|we)|please|tell|give|provide|confirm|verify|read|say|need|your|and the|and your|enter|have you got|do you (?:know|remember|have)"
ASKS_SECRET = re.compile(
    rf"(?<![a-z])(?:{_LEADS_TO})(?![a-z])[^.!?;\n]{{0,40}}(?<![a-z])(?:{_WORDS_EN})(?![a-z])[^.!;\n]{{0,40}}$"
    rf"|^\W*(?:and )?(?:the |your |account ){{0,3}}(?:{_WORDS_EN})(?: (?:on|for|to) (?:the |your |this ){{0,2}}[a-z]{{3,12}})?(?: please)?\W*$"
    rf"|(?:{_QUESTIONS})[^.!;\n]{{0,40}}$|(?:{_QUESTIONS_ZH})[^。!！\n]{{0,14}}$"
    r"|(?:密码|口令|暗号|密语)(?:是|是什么|是多少|多少|呢|报一下|说一下|念一下|是啥|给我一?下?|告诉我)?[吗呢呀]?[?？。]?$"
)
NO_QUESTION = re.compile(  # spoken of, not asked for
    r"(?<![a-z])(?:never|don't|do not|not share|reset|forgot|forgotten|chang(?:e|ed|ing)|new password|error|wrong|invalid|protect|link|won't|without|anyone|page|keypad|website|manager|e-?mail|change)(?![a-z])|不要|切勿|请勿|别|重置|修改|忘记|任何人|错误|不会|链接|按键"
)
ASKS = f"e-?mail|address|where |deliver|ship|i live at|word|phrase|passcode|pin|maiden|first|childhood|favou?rite|pet|born|school|mascot|grew up|grow up|best |邮|址|住|[寄送发]到?[哪什]|密|口令|暗号|问题|{_QUESTIONS_ZH}"
ANNOUNCES = re.compile(
    r"(?:my|the|our) (?:new |home |shipping |mailing )?(?:e-?mail|address)(?: address)?(?: is|'s|:)|i live at|(?:ship|send|deliver) (?:it |them )?to|我们?家?的?(?:新|收货|收件|公司|现在的?)?(?:邮箱|地址|住址)(?:是|:|在)(?!多少|哪|什么)|我住在?(?!哪|什么)|(?:地址|邮箱)(?:改成|改到|换成)"
)
ASKS_ELSE = re.compile(
    r"(?<![a-z])(?:name|phone|number|mobile|cell|reach you|callback|date of birth|birth|dob|card|order|when|how|why|who|anything else|contact|expir|password|姓名)(?![a-z])|名字|姓名|怎么称呼|电话|手机|联系人|身份证|生日|卡号|什么时候|为什么|还有(?:什么|其他)"
)
ASKS_ANEW = re.compile(  # for another thing, whatever it is
    r"(?<![a-z])(?:what|which|how|when)(?:'s|'re)? (?:is|are|was|were|did|does|do|the|your|date|time|day|version|seat|room|much|many|old|long|flight|make|model|size)|多少|什么|哪[一天个间趟家年]|几[点件号天晚口]"
)
GOES_ON = re.compile(
    r"(?<![a-z])(?:go (?:on|ahead)|continue|and (?:then|the rest|after that)|the rest|what's next|next|anything (?:after|more)|apartment|unit|suite|flat|city|town|state|zip|postal|post ?code|which (?:floor|building)|at what|domain|at\?|then\?)(?![a-z])"
    r"|继续|接着|然后|请讲|几(?:号楼|栋|单元|楼|室|号)|哪个(?:区|市|小区)|门牌|具体|后面|后缀|还有吗"
)

_LEAD = re.compile(
    r"\W*(?:(?:(?:yes|yeah|yep|yup|sure|ok|okay|um+|uh+|er+m?|so|well|right|hi|hello|it's|its|it is|it was|that's|that is|that'd be|that would be|it would be|it should be|i think|i believe|then|and then|and|the rest is|of course|certainly|no problem|"
    r"(?:my|the|our|new) (?:new |old |home |mailing |shipping |account |verbal )?(?:password|passcode|pin|answer|word|address|e-?mail|e-?mail address)(?: address)? (?:is|was|should be|would be)|i live at|live at|i'm at|we're at)(?![a-z'’])|"
    r"嗯+|呃+|哦|啊|好的?|对|那个|就是|应该是|是的|是|我的?(?:邮箱|地址|密码|住址)(?:是|就是)?|地址是?|邮箱是?|密码是?|我住在?|住在?|在|改成|改到|改为|换成|换到|然后|后面是?|接着是?|再|还有|最后是?)[,.，。:： ]*){0,6}"
)
_TAIL = re.compile(
    r"(?:[,.，。!！ ]*(?:please|thanks|thank you|that's it|that is it|(?:all )?(?:in )?one word|all (?:lower ?case|caps)|no spaces?|yes|ok|okay|吧|啊|哈|呢|谢谢|对吗?|就这些|没了))*[\s,.，。!！?？;；]*$"
)


_HAN = re.compile("[\u4e00-\u9fff]")


def _body(text: str) -> tuple[int, int]:
    """What a turn says between "yes, it's" and "thanks"."""
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    tail = _TAIL.search(text, start)
    return start, tail.start() if tail else len(text)


_AT = re.compile(r"(?<![a-z0-9])at(?: sign| symbol)?(?![a-z0-9])|艾特|爱特|a特|圈a|小老鼠|@")
_SIGN = r"dot|point|underscore|under score|dash|hyphen|period|plus|minus|点儿?|下划线|横杠|横线|中划线|杠|减号|加号?|[._\-+]"
_MAIL_END = re.compile(
    r"(?:dot|point|点儿?|\.)\s?(?:com|net|org|edu|gov|io|cn|co|uk|me|info|biz|us|ca|de|fr|au|in|hk|sg)(?![a-z0-9])|(?<![a-z])(?:gmail|yahoo|hotmail|outlook|icloud|aol|qq|foxmail)\W*$"
)
_MAIL_TOKEN = re.compile(  # tried one after another, so that no turn is read in more than one way
    rf"(?:[a-z] (?:as in|for|like) [a-z]{{2,12}}(?![a-z])|all (?:lower ?case|one word|together)|{_AT.pattern}|[a-z0-9]{{1,24}}|[零〇一二三四五六七八九幺两]{{1,24}}|{_SIGN}|新浪|网易|腾讯|谷歌|搜狐|雅虎)[ ,，、]{{0,2}}"
)
_LONGEST_MAIL = 80
_MOST_WORDS = 6
_FUNCTION = words("words_en.txt", "function") | words("words_en.txt", "common")


def _is_mail_piece(value: str) -> bool:
    at = 0
    while at < len(value) and (token := _MAIL_TOKEN.match(value, at)):
        at = token.end()
    return at == len(value)


def of_email(text: str, found: Sequence[Finding]) -> Piece | None:
    """A stretch of letters, numbers, words and signs, as one says an address of mail."""
    if any(f.entity == "email" and f.rule != "email.pieces" for f in found):
        return None
    start, end = _body(text)
    value = text[start:end]
    if not 0 < len(value) <= _LONGEST_MAIL or not _is_mail_piece(value):
        return None
    firm = _AT.search(value) is not None or re.search(_SIGN, value) is not None
    plain = [
        word
        for word in re.findall(r"[a-z]{2,}", value)
        if word not in {"dot", "at", "as", "in", "underscore", "dash", "point"}
    ]
    strange = [word for word in plain if word in _FUNCTION]
    if len(plain) > _MOST_WORDS or (strange and not firm):
        return None
    return Piece(0, start, end, firm)


def email_whole(texts: Sequence[str], parts: Sequence[Piece]) -> bool:
    """Whether the pieces, or the one ("john at gmail"), have a sign for at, with something before and an ending after it."""
    joined = " ".join(texts)
    sign = _AT.search(joined)
    return bool(parts) and sign is not None and sign.start() > 0 and _MAIL_END.search(joined, sign.end()) is not None


_NEXT = re.compile(r"\s?[,;，；、|\n]\s*|\s")


def of_address(text: str, found: Sequence[Finding]) -> Piece | None:
    """A piece of an address: house and street, unit, town with state or code; in Chinese divisions, roads, numbers."""
    start, end = _body(text)
    for before in found:  # a name or a number given before it
        if before.entity in {"person", "phone"} and before.start <= start and (rest := _NEXT.match(text, before.end)):
            start = rest.end()
    value = text[start:end]
    if any(f.entity not in {"address", "person", "secret", "phone"} for f in found) or not value:
        return None
    if own := [f for f in found if f.entity == "address"]:
        return Piece(0, own[0].start, own[-1].end, firm=True)
    if not _HAN.search(value):
        match = None if _NUMBER_ONLY.fullmatch(value) else PIECE_EN.compiled.fullmatch(value)
        return Piece(0, start, end, match.lastgroup == "firm") if match else None
    if len(value) > _LONGEST_PIECE_ZH or _NO_PIECE_ZH.search(value) or _ROOM_ZH.match(value):
        return None
    firm = PIECE_ZH.search(value) is not None
    return Piece(0, start, end, firm) if firm or division_length(value) else None


_NUMBER_ONLY = re.compile(rf"(?:(?:{NUMBER_WORD}|[0-9])[ ,.\-]{{0,2}}){{7,30}}")
_LONGEST_PIECE_ZH = 24
_ROOM_ZH = re.compile("[0-9]{3,4}(?:号)?房间?(?:[,，。]|$)")  # of a hotel
_NO_PIECE_ZH = re.compile(
    "[?？!！。；;…]|[您你我他她吗呢吧啊么]|[店餐馆]|景点|酒店|什么|推荐|周边|附近|评分|价格|营业|不错|可以|知道|谢谢|地铁|需要|[要想帮]|麻烦|时间|订单|快递|手机|电话|没有|不是|就行"
)


def address_whole(_texts: Sequence[str], parts: Sequence[Piece]) -> bool:
    """Whether one of several pieces is firm."""
    return len(parts) > 1 and any(part.firm for part in parts)


_REFUSES = re.compile(
    r"[?？]|(?<![a-z])(?:the (?:one|same|usual|old|new|other)|same|sticker|the back|behind|under)(?![a-z])|(?<![a-z])(?:forg[eo]t|forgotten|remember|know|why|what|which|reset|can't|cannot|can not|don't|do not|didn't|won't|not|never|hold on|let me|one (?:moment|second|sec)|wait|rather|prefer|sure|idea|clue|never set|none|nothing|no|yes|yeah|yep|ok|okay|help|link|account|please|sorry|already|agent|person|done|entered|typed|finished|ready|works?|working|got|just|now|sent|"
    r"is|are|was|were|do|does|did|have|has|had|i|you|we|he|she|they|me|my|your|to|for|of|this|that|there|here|would|could|should|will)(?![a-z])|\[|\*\*|http"
    "|忘|不记得|记不|不知道|没有?|不方便|为什么|什么|怎么|等|稍|不能|不会|不对|不行|您|你|我|可以|收到|重置|修改|找回|哪"
)
_SPOKEN_WORDS = words("words_en.txt", "spelling")
_LONGEST_SECRET = 64
_MOST_SECRET_WORDS = 9
_WORD = re.compile(r"[a-z0-9À-ÿ'’\-!@#$%&*]+")


def of_secret(text: str, found: Sequence[Finding]) -> Piece | None:
    """A few words, letters or digits that are no sentence: the password or answer that was asked for."""
    start, end = _body(text)
    value = text[start:end]
    if not 2 <= len(value) <= _LONGEST_SECRET or _REFUSES.search(value):
        return None
    if any(f.entity in _FOUND_OTHERWISE or f.entity == "person" for f in found):  # a maiden name is a name
        return None
    return _secret(text)


def of_thing(text: str, found: Sequence[Finding]) -> Piece | None:
    """As ``of_secret`` where no person is asked for: a pet may be called like one."""
    return None if any(f.entity in _FOUND_OTHERWISE for f in found) else _secret(text)


def _secret(text: str) -> Piece | None:
    start, end = _body(text)
    value = text[start:end]
    if _HAN.search(value):
        return Piece(0, start, end, firm=len(value) <= _LONGEST_ZH) if not re.search("[,，。；;！!]", value) else None
    spoken = _WORD.findall(value)
    strange = [word for word in spoken if word in _FUNCTION and word not in _SPOKEN_WORDS]
    if not spoken or len(spoken) > _MOST_SECRET_WORDS or len(strange) * 2 >= len(spoken):
        return None
    return Piece(0, start, end, firm=all(word in _SPOKEN_WORDS for word in spoken))


_LONGEST_ZH = 12
_FOUND_OTHERWISE = frozenset({"phone", "bank_card", "id_card", "email", "ssn", "dob"})


def secret_whole(texts: Sequence[str], _parts: Sequence[Piece]) -> bool:
    """Whether there is more than nods: two letters or digits at least."""
    return sum(char.isalnum() for text in texts for char in text) > 2
