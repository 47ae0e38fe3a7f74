# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""What an agent must not ask for: full card numbers, verification codes, passwords and PINs, in Chinese and English."""

import re
from dataclasses import dataclass

from hushkeep.detect.folding import folded


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
        "(?:短信|手机|动态|登录|支付|交易|查询|取款|银行卡|网银)?(?:验证码|校验码|动态码|口令|密码|pin码?)",
        "(?:(?:one[ -]time|verification|security|sms|login|access|auth\\w{0,12}) (?:pass)?code|otp|passcode|pass ?word|pin(?: code| number)?|code (?:we|i) (?:just )?(?:sent|texted)(?: you)?)",
    ),
    "cvv": (
        "(?:cvv2?|cvc2?|安全码|(?:卡)?(?:背面|背后|后面)(?:的)?(?:后)?(?:三|3)位(?:数字?)?)",
        "(?:cvv2?|cvc2?|(?:card )?security code|(?:three|3|four|4)[ -]?digits?(?: code| number)? on the (?:back|front)|verification value)",
    ),
    "bank_card": (
        "(?:完整的?|全部的?|整个)?(?:银行卡|信用卡|储蓄卡)?(?:卡号|号码)",
        "(?:full |whole |entire |complete |long )?(?:credit |debit |bank )?card number",
    ),
}
_ASK_ZH = "(?:请|麻烦|需要|提供|报|说|念|告诉|发|输入|回复|给|把|是多少|多少|核对|核实)"
_ASK_EN = "(?:what(?:'s| is| are)|tell|give|read|share|send|provide|confirm|verify|need|may i have|can i (?:have|get)|could i (?:have|get)|type|text|let me have|go ahead with|please enter)"
_NOT = re.compile(
    "不要|切勿|请勿|勿|别|不会|无需|不用|不需要|绝不|任何人|修改|重置|忘记|后四位|末四位|尾号"
    "|never|don't|do not|won't|will not|not ask|without|reset|change your|forgot|last (?:four|4)|no need",
)
_PATTERNS = tuple(
    (entity, re.compile(pattern))
    for entity, (zh, en) in _OBJECTS.items()
    for pattern in (
        f"{_ASK_ZH}[^。！!?？;；\\n]{{0,14}}{zh}|{zh}[^。！!?？;；\\n]{{0,6}}(?:是多少|多少|是什么|报一下|念一下|发我|发给我|告诉我|说一下|给我|呢[?？])",
        f"(?<![a-z]){_ASK_EN}(?![a-z])[^.!?;\\n]{{0,40}}(?<![a-z]){en}(?![a-z])|(?<![a-z]){en}(?![a-z])(?: please|\\?)",
    )
)


def check_outgoing(text: str) -> list[Ask]:
    """What ``text``, about to be sent or said by an agent, asks for and must not; empty when it may go."""
    plain = folded(text)
    found: list[Ask] = []
    for entity, pattern in _PATTERNS:
        for match in pattern.finditer(plain):
            sentence = plain[max(0, match.start() - 24) : match.end() + 8]
            if not _NOT.search(sentence) and not any(a.entity == entity for a in found):
                found.append(Ask(entity, match.start(), match.end(), *_CARDS[entity]))
    return sorted(found, key=lambda ask: ask.start)
