"""What is said in pieces: mail, addresses and passwords over turns, and the names that no table lists."""

import pytest

from hushkeep import detect
from hushkeep.kernel import Turn


def said(*lines: str) -> list[tuple[int, str, str]]:
    """Turn, entity and text of what is found in ``lines``; a line begins with ``c`` or ``a`` for who speaks."""
    turns = [Turn({"c": "customer", "a": "agent"}[line[0]], line[2:]) for line in lines]
    return [(f.turn, f.entity, turns[f.turn].text[f.start : f.end]) for f in detect.find(turns, names=False)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ("a what's your email", "c sure it's john dot smith", "a okay john dot smith", "c at gmail dot com"),
            [(1, "email", "john dot smith"), (2, "email", "john dot smith"), (3, "email", "at gmail dot com")],
        ),
        (
            ("a 邮箱是多少", "c zhangwei幺九八八", "a 嗯", "c 艾特 幺六三 点 com"),
            [(1, "email", "zhangwei幺九八八"), (3, "email", "艾特 幺六三 点 com")],
        ),
        (("a email please", "c john smith at gmail"), [(1, "email", "john smith at gmail")]),
        (
            (
                "a can i have your shipping address",
                "c yeah it's fourteen oh two maple avenue",
                "a okay",
                "c apartment three b",
                "a and the zip?",
                "c springfield illinois six two seven oh four",
            ),
            [
                (1, "address", "fourteen oh two maple avenue"),
                (3, "address", "apartment three b"),
                (5, "address", "springfield illinois six two seven oh four"),
            ],
        ),
        (
            (
                "a 收货地址是哪里",
                "c 浙江省杭州市余杭区",
                "a 嗯您继续",
                "c 文一西路九百六十九号",
                "a 几栋",
                "c 三号楼二单元幺零零二",
            ),
            [
                (1, "address", "浙江省杭州市余杭区"),
                (3, "address", "文一西路九百六十九号"),
                (5, "address", "三号楼二单元幺零零二"),
            ],
        ),
        (
            ("a account password please", "c sun flower", "a and the rest", "c nine nine"),
            [(1, "secret", "sun flower"), (3, "secret", "nine nine")],
        ),
        (("a what was the name of your first pet", "c mr whiskers"), [(1, "secret", "mr whiskers")]),
        (("a 密保答案是什么", "c 大黄狗"), [(1, "secret", "大黄狗")]),
        (("a can i get the last four of your social", "c six two eight one"), [(1, "ssn", "six two eight one")]),
        (("c hi this is kwame asante calling",), [(0, "person", "kwame asante")]),
        (("a who am i speaking with", "c siew ling tan"), [(1, "person", "siew ling tan")]),
        (("c Please speak to Kwame Asante in billing",), [(0, "person", "Kwame Asante")]),
        (
            ("c Rosewood Cottage, Mill Lane, Ashford, TN24 8UX",),
            [(0, "address", "Rosewood Cottage, Mill Lane, Ashford, TN24 8UX")],
        ),
        (
            ("a 卡号多少", "c 6228", "a 嗯", "c 484270042095", "a 还有吗", "c 021"),
            [(1, "bank_card", "6228"), (3, "bank_card", "484270042095"), (5, "bank_card", "021")],
        ),
    ],
)
def test_what_is_said_in_pieces_is_found(lines, expected):
    assert said(*lines) == expected


@pytest.mark.parametrize(
    "lines",
    [
        ("a what's your email", "c i don't have one", "a okay", "c can you call me instead"),
        ("a please never tell anyone your password", "c sun flower"),
        ("a did you forget your password", "c i forgot it"),
        ("a please enter your pin on the keypad", "c done"),
        ("a what's the password error you see", "c invalid credentials"),
        ("a can i have your address", "c why do you need that", "a to send the parcel", "c two of them please"),
        ("a 您的密码是多少", "c 我忘记了", "a 好的"),
        ("c We have received your request CS-142905126",),
        ("c this is ridiculous and i want a refund",),
        ("c is there an english speaking agent",),
        ("c I want to add Chocolate Sauce",),
        ("c please call Amazon Customer Support",),
    ],
)
def test_what_is_no_answer_is_left_alone(lines):
    assert said(*lines) == []
