"""The kinds of personal data: one row each. Everything said of an entity elsewhere is generated from this table."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of personal data.

    ``level`` is 1 (public) to 5 (the gravest harm), in the manner of JR/T 0197-2020, 5; ``priority`` decides between
    findings that overlap (higher wins); ``secret`` marks sensitive authentication data that is cut on arrival.
    """

    name: str
    klass: str
    level: int
    priority: int
    zh: str
    en: str
    check: str
    example: str
    keep_head: int = 0
    keep_tail: int = 0
    secret: bool = False


_ROWS = (
    Entity("person", "identity", 3, 20, "姓名", "name", "cue, surname table and name model", "王**"),
    Entity(
        "phone", "contact", 3, 60, "电话", "phone number", "numbering plan (MIIT; NANP; E.164)", "138****5678", 3, 4
    ),
    Entity(
        "id_card",
        "identity",
        4,
        95,
        "身份证号",
        "identity number",
        "region, date, MOD 11-2 (GB 11643-1999)",
        "110101********4610",
        6,
        4,
    ),
    Entity(
        "bank_card",
        "payment",
        4,
        90,
        "银行卡号",
        "card number",
        "issuer, length, Luhn (ISO/IEC 7812-1)",
        "**** **** **** 0123",
        0,
        4,
    ),
    Entity("cvv", "payment", 5, 85, "安全码", "card verification code", "cue or question", "[removed]", secret=True),
    Entity("card_expiry", "payment", 3, 80, "卡有效期", "card expiry", "cue or question, month 01-12", "**/**"),
    Entity("email", "contact", 3, 88, "邮箱", "e-mail address", "RFC 5321, 4.1.2, as people write it", "z***@qq.com"),
    Entity("address", "contact", 3, 30, "地址", "address", "divisions, roads, house numbers", "上海市浦东新区****"),
    Entity("plate", "identity", 3, 70, "车牌号", "vehicle plate", "GA 36-2018, 5", "京A***45", 2, 2),
    Entity("passport", "identity", 4, 75, "护照号", "passport number", "ICAO 9303 number, cue", "E12****78", 3, 2),
    Entity(
        "uscc",
        "identity",
        2,
        92,
        "统一社会信用代码",
        "unified social credit code",
        "MOD 31 (GB 32100-2015)",
        "9144**********0K4X",
        4,
        4,
    ),
    Entity("wechat", "contact", 3, 72, "微信号", "WeChat id", "cue, 6-20 characters", "z*****8", 1, 1),
    Entity("qq", "contact", 3, 71, "QQ 号", "QQ number", "cue, 5-11 digits", "12****89", 2, 2),
    Entity(
        "ssn",
        "identity",
        4,
        78,
        "社会安全号码",
        "social security number",
        "area, group, serial (SSA)",
        "***-**-6789",
        0,
        4,
    ),
    Entity("dob", "identity", 3, 65, "出生日期", "date of birth", "cue and calendar", "****-**-**"),
    Entity(
        "secret",
        "authentication",
        5,
        98,
        "密码或验证码",
        "password, PIN or one-time code",
        "cue or question",
        "[removed]",
        secret=True,
    ),
    Entity("health", "health", 4, 10, "健康信息", "health", "dictionary, only where asked for", "****"),
    Entity("iban", "payment", 4, 93, "IBAN", "IBAN", "MOD 97-10 (ISO 13616-1)", "DE89 **** **** **** **** 00", 4, 2),
)


ENTITIES: Mapping[str, Entity] = {row.name: row for row in _ROWS}
SECRETS = frozenset(row.name for row in _ROWS if row.secret)


def level(entity: str) -> int:
    """The level, 1 to 5, of one value of ``entity``; an entity of a tenant's own counts as 3."""
    return ENTITIES[entity].level if entity in ENTITIES else 3


def klass(entity: str) -> str:
    """The class of ``entity``: contact, identity, payment or authentication, health; a tenant's own is ``custom``."""
    return ENTITIES[entity].klass if entity in ENTITIES else "custom"
