# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""What an agent must not ask for: full card numbers, verification codes, passwords and PINs, in Chinese and English."""

import re
from dataclasses import dataclass

from hushkeep.detect.folding import folded
from hushkeep.detect.patterns import Pattern


@dataclass(frozen=True, slots=True)
class Ask:
    """A text that asks for what a center never asks for: ``[start, end)`` and the card that explains why."""

    entity: str
    start: int
    end: int
    why_zh: str
    why_en: str


_CARDS = {
    "secret": (
        "不要索要验证码、密码或 PIN：它们只由客户本人在受保护的页面或按键中输入，任何人（包括我们）都不会要。",
        "Do not ask for codes, passwords or PINs: customers enter them themselves on a protected page or keypad, and nobody, we included, ever asks.",
    ),
    "cvv": (
        "不要索要卡背面的安全码：按 PCI DSS 3.3.1，授权之后任何形式都不得留存，聊天和通话也不例外。请发送付款链接。",
        "Do not ask for the card verification code: PCI DSS 3.3.1 forbids keeping it in any form, chat and calls included. Send a payment link.",
    ),
    "bank_card": (
        "不要索要完整卡号：核对只需后四位；付款请用付款链接或按键输入。",
        "Do not ask for the full card number: the last four digits are enough to check, and payment goes by link or keypad.",
    ),
}
_OBJECTS = {
    "secret": (
        (
            "(?:短信|手机|动态|登[录陆]|支付|交易|查询|取款|银行卡|网银|服务|一次性)?(?:验证码|校验码|动态码|口令|密码|(?<![a-z])pin(?![a-z])码?|(?<![a-z])otp)|密保(?:问题的)?答案|安全问题的?答案"
            "|(?:收到|短信里|短信上|发给?您)的?(?:那|这)?(?:[四六46]位|几?个|串)?(?:码|数字)|(?:那|这)(?:个|串)码|收到码"
        ),
        (
            r"(?:(?:one[ -]time|verification|security|sms|login|access|auth\w{0,12}|reset|text(?:ed)?|2fa|two[ -]factor|(?:six|6|four|4)[ -]digit) (?:pass)?(?:codes?|number)(?! on the (?:back|front|card))|otp|passcode|pass ?word|pin(?: code| number)?"
            r"|(?:code|numbers?) (?:that )?(?:(?:we|i) (?:just )?(?:sent|texted)|(?:was|were) (?:texted|sent|emailed)|(?:you|u)(?: just)? (?:got|get|received|see)|popped up|(?:from|in|by|on) (?:the |your |that )?(?:text|sms|message|phone|e-?mail|authenticator))"
            r"|(?:the|your|that|what|which) code(?= ?(?:\?|$|please|into|here|,|did you (?:get|receive)|now|back))|codes? did (?:you|u) (?:get|receive)|answer to (?:your|the) (?:security|secret) question|(?:the text|the message|the sms) say)"
        ),
    ),
    "cvv": (
        "(?<![a-z])(?:cvv2?|cvc2?)(?![a-z])|(?<!登录)安全码|(?:卡片?)?(?:背面|背后|后面|反面)(?:的|那)?(?:后|末)?(?:三|3)(?:位|个)小?(?:数字?)?|签名(?:栏|条|处)(?:的|旁边的?)?(?:后|末)?(?:三|3)位",
        r"(?:cvv2?|cvc2?|cid|(?:card )?security code(?! (?:we|i) (?:sent|texted))|(?:last )?(?:three|3|four|4)[ -]?(?:digits?|numbers?)(?: code| number)?,? (?:on|at|from) (?:the )?(?:back|front|reverse|signature)|codes? (?:on|at|from) the (?:back|reverse|front)|verification value)",
    ),
    "bank_card": (
        "(?<!会员)(?<!购物)(?<!礼品)(?<!电话)(?<!流量)(?:银行卡|信用卡|储蓄卡|借记卡|卡)(?:的)?(?:卡号|号码?)|(?:16|十六)位(?:的)?(?:卡号|数字)|卡面(?:上)?的?(?:数字|号码)|(?:银行卡|信用卡|储蓄卡|卡)的?(?:正面|正反面|正反两面|照片)",
        r"(?:(?:full |whole |entire |complete |long )?(?:credit |debit |bank |payment )?card (?:numbers?|details|info)|(?:16|sixteen)[ -]?digits?(?: number)?|(?:long )?numbers? (?:across|on) the front(?: of (?:your|the) card)?|(?:photo|picture|pic|image|scan|screenshot) of (?:your|the) (?:bank |credit |debit )?card|your card(?= ?(?:\?|$| out)))",
    ),
}
_ASK_ZH = "(?:请|麻烦|需要|提供|报|说|念|告诉|发|回复|给|把|核对|核实|帮我)"
_BACK_ZH = "(?:是?多少|是什么|是几|是啥|报|念|发我|发给我|发过来|发一?下|回复|告诉我|说一?下|给我|给一下|截图|拍|提供|呢[?？]?$)"
_ASK_EN = (
    "(?:what(?:'s|s| is| are| did| were)?|which|tell|telling|give|giving|read|share|send|provide|confirm|verify|need|may i|can i|could i|can (?:you|u)|could you|let me|type|text|kindly|please"
    "|go ahead with|forward|drop|paste|reply with|respond with|dictate|use|have)"
)
_SELF = re.compile(  # the customer is to enter it himself, where nobody sees it
    "输入|填写|填入|键入|按键|(?<![a-z])(?:enter|type|key in|put in)(?![a-z])[^.!?;]{0,40}(?:keypad|page|link|form|website|in (?:the|our|your) app|secure|yourself)"
)
_TOLD = re.compile(
    "告诉|发我|发给我|发过来|给我|报一?下|报给|念|回复|说一?下|截图|(?<![a-z])(?:tell me|send me|give me|here|reply)(?![a-z])"
)
_NOT = re.compile(
    "不要|切勿|请勿|勿|别|不会|无需|不用|不需要|绝不|任何人|任何索|骗|修改|重置|忘记|改过|有效期|后四位|末四位|尾号|后4位"
    "|(?<![a-z])(?:never|don't|do not|won't|will not|not ask|no one|nobody|can't take|cannot take|without|reset|changed?|change your|forgot|last (?:four|4)|no need|keep|expires?|error|only on|safe)(?![a-z])",
)
_SENTENCE = re.compile("[^。！!?？;；.\\n]{1,400}[?？]?")
_SHORT = re.compile(
    r"(?:and|also|ok|okay|great|thanks|now|then|so|i also need|next)?,?\s?(?:and )?(?:the |your |all |a )?"
)
_GO_ON_ZH = re.compile("^[,，]?(?:请|麻烦)?(?:您)?(?:报|念|发|告诉|说|读)(?:给我|我|一下|下|过来)")
_PATTERNS = tuple(
    (
        entity,
        Pattern(zh),
        Pattern(
            f"{_ASK_ZH}[^,，]{{0,18}}(?:{zh})|(?:{zh})[^,，]{{0,10}}{_BACK_ZH}|(?:{zh})[,，]您?(?:念|报|说|告诉)"
            f"|(?<![a-z]){_ASK_EN}(?![a-z])[^,]{{0,48}}(?<![a-z])(?:{en})(?![a-z])|(?<![a-z])(?:{en})(?![a-z])(?: please|,? what is it| back$)"
        ),
        Pattern(f"^\\W*(?:{_SHORT.pattern})(?:{en})(?: (?: of)?(?: on)? your (?:card|amex|visa))?\\s?(?:please)?\\?"),
    )
    for entity, (zh, en) in _OBJECTS.items()
)


def check_outgoing(text: str) -> list[Ask]:
    """What ``text``, about to be sent or said by an agent, asks for and must not; empty when it may go."""
    plain = folded(text)
    found: dict[str, Ask] = {}
    spoken_of = ""  # what the sentence before spoke of: "did you get the code? read it to me"
    for sentence in _SENTENCE.finditer(plain):
        said, at = sentence.group(), sentence.start()
        here = ""
        for entity, thing, asked, short in _PATTERNS:
            match = asked.compiled.search(said) or short.compiled.search(said)
            if match or thing.compiled.search(said):
                here = entity
            if match is None or _NOT.search(said) or (_SELF.search(said) and not _TOLD.search(said)):
                continue
            found.setdefault(entity, Ask(entity, at + match.start(), at + match.end(), *_CARDS[entity]))
        if spoken_of and not here and (match := _GO_ON_ZH.search(said.lstrip())) and not _NOT.search(said):
            found.setdefault(spoken_of, Ask(spoken_of, at, at + len(said), *_CARDS[spoken_of]))
        spoken_of = here
    return sorted(found.values(), key=lambda ask: ask.start)
