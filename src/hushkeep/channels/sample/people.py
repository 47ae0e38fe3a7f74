"""The people of the made-up center: 40 agents and 5,000 customers, by seed."""

from dataclasses import dataclass
from random import Random

from hushkeep.channels.sample import identifiers

AGENTS = 40
CUSTOMERS = 5000
CHINESE_SHARE = 0.6

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
COMPOUND = ("欧阳", "上官", "司徒", "诸葛", "夏侯")
GIVEN_1 = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰飞凤洁梅琳鑫鹏宇晨倩雪婷"
GIVEN_2 = "建国志子晓文雨思佳欣一海春天嘉俊浩梓诗若家宇明永立玉淑"
FIRST = (
    *("James", "Mary", "Robert", "Patricia", "John", "Jennifer", "Michael", "Linda", "David", "Elizabeth"),
    *("William", "Barbara", "Richard", "Susan", "Joseph", "Jessica", "Thomas", "Sarah", "Priya", "Karen"),
    *("Omar", "Lisa", "Daniel", "Nancy", "Matthew", "Aisha", "Anthony", "Sandra", "Mark", "Ashley"),
    *("Diego", "Kimberly", "Steven", "Emily", "Paul", "Donna", "Andrew", "Michelle", "Joshua", "Carol"),
)
LAST = (
    *("Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis", "Rodriguez", "Martinez"),
    *("Hernandez", "Lopez", "Okafor", "Wilson", "Anderson", "Thomas", "Taylor", "Moore", "Jackson", "Martin"),
    *("Lee", "Perez", "Thompson", "White", "Harris", "Sanchez", "Clark", "Ramirez", "Lewis", "Robinson"),
    *("Walker", "Young", "Allen", "King", "Wright", "Scott", "Torres", "Nguyen", "Patel", "O'Brien"),
)
CITIES = (
    *("北京市朝阳区", "上海市浦东新区", "广州市天河区", "深圳市南山区", "杭州市西湖区", "成都市武侯区"),
    *("武汉市洪山区", "南京市鼓楼区", "西安市雁塔区", "重庆市渝中区", "苏州市吴中区", "长沙市岳麓区"),
)
ROADS = ("星桥路", "望湖街", "桂花巷", "长宁西路", "新安大道", "文昌中路", "青石板街", "梧桐里", "科苑东路")
STREETS = ("Maple Street", "Oak Avenue", "Hillcrest Drive", "Birch Lane", "Harbor Road", "Mill Court", "Elm Terrace")
TOWNS = (
    *("Springfield, IL 62704", "Madison, WI 53711", "Dover, DE 19901", "Salem, OR 97302"),
    *("Aurora, CO 80013", "Franklin, TN 37067", "Bristol, CT 06010", "Clayton, MO 63105"),
)
MAIL_ZH = ("mail.example.com", "youxiang.example", "example.net", "shouji.example")
MAIL_EN = ("example.com", "example.org", "mail.example.com", "inbox.example")
PINYIN = (
    "wang",
    "li",
    "zhang",
    "liu",
    "chen",
    "xiaoyu",
    "yang",
    "happy",
    "lucky",
    "feng",
    "hai",
    "tian",
    "sunny",
    "mm",
)


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up customer. ``repr`` shows only the source id."""

    source_id: str
    language: str
    name: str
    surname: str
    phone: str
    email: str
    id_card: str | None
    bank_card: str
    address: str

    def __repr__(self) -> str:
        return f"Person({self.source_id})"


def _chinese(rng: Random, number: int) -> Person:
    surname = rng.choice(COMPOUND) if rng.random() < 0.02 else rng.choice(SURNAMES)
    given = rng.choice(GIVEN_1) if rng.random() < 0.3 else rng.choice(GIVEN_2) + rng.choice(GIVEN_1)
    user = f"{rng.choice(PINYIN)}{rng.choice(('', '.', '_'))}{rng.choice(PINYIN)}{rng.randrange(1000)}"
    home = f"{rng.randrange(1, 30)}栋{rng.randrange(1, 33)}0{rng.randrange(1, 9)}室"
    return Person(
        source_id=f"C{number:05d}",
        language="zh",
        name=surname + given,
        surname=surname,
        phone=identifiers.cn_mobile(rng),
        email=f"{user}@{rng.choice(MAIL_ZH)}",
        id_card=identifiers.resident_id(rng),
        bank_card=identifiers.bank_card(rng, union_pay=True),
        address=f"{rng.choice(CITIES)}{rng.choice(ROADS)}{rng.randrange(1, 400)}号{home}",
    )


def _english(rng: Random, number: int) -> Person:
    first, last = rng.choice(FIRST), rng.choice(LAST)
    user = f"{first}{rng.choice(('.', '_', ''))}{last}{rng.choice(('', str(rng.randrange(100))))}".replace(
        "'", ""
    ).lower()
    flat = f", Apt {rng.randrange(1, 40)}{rng.choice('ABCD')}" if rng.random() < 0.4 else ""
    return Person(
        source_id=f"C{number:05d}",
        language="en",
        name=f"{first} {last}",
        surname=last,
        phone=identifiers.us_phone(number),
        email=f"{user}@{rng.choice(MAIL_EN)}",
        id_card=None,
        bank_card=identifiers.bank_card(rng, union_pay=False),
        address=f"{rng.randrange(10, 9900)} {rng.choice(STREETS)}{flat}, {rng.choice(TOWNS)}",
    )


def customers(seed: int, count: int = CUSTOMERS) -> tuple[Person, ...]:
    """Return ``count`` customers of the center ``seed``: three in five speak Chinese."""
    rng = Random(f"hushkeep customers {seed}")
    return tuple(
        (_chinese if rng.random() < CHINESE_SHARE else _english)(rng, number) for number in range(1, count + 1)
    )


def agents() -> tuple[str, ...]:
    """Return the work numbers of the agents, ``A01`` to ``A40``; odd ones answer in Chinese, even ones in English."""
    return tuple(f"A{number:02d}" for number in range(1, AGENTS + 1))
