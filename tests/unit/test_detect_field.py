"""What a floor says: claims that the second author's dialogues brought up, a class of speech each."""

import pytest

from hushkeep import detect
from hushkeep.detect.checks import hk_id
from hushkeep.kernel import Turn


def said(*lines: str) -> list[tuple[int, str, str]]:
    """Turn, entity and text of what is found in ``lines``; a line begins with ``c`` or ``a`` for who speaks."""
    turns = [Turn({"c": "customer", "a": "agent"}[line[0]], line[2:]) for line in lines]
    return [(f.turn, f.entity, turns[f.turn].text[f.start : f.end]) for f in detect.find(turns, names=False)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("c my pin number is one nine eight four",), (0, "secret", "one nine eight four")),
        (("c my cvv code is two two nine",), (0, "cvv", "two two nine")),
        (("a 卡后面那三个数字是多少", "c 五零一"), (1, "cvv", "五零一")),
        (("c 到期是零五斜杠二六",), (0, "card_expiry", "零五斜杠二六")),
        (("c 密码我忘了，之前好像是Zhang@1988",), (0, "secret", "Zhang@1988")),
        (("a password?", "c capital b r o w n seven seven"), (1, "secret", "capital b r o w n seven seven")),
        (("a what is the security word?", "c marmalade"), (1, "secret", "marmalade")),
        (("c 微信号码是a b c 下划线 幺九八八",), (0, "wechat", "a b c 下划线 幺九八八")),
        (("a 护照号", "c E J 幺二三四五六七"), (1, "passport", "E J 幺二三四五六七")),
        (("c passport no. C01X00T47",), (0, "passport", "C01X00T47")),
        (("c 香港身份证A123456(3)",), (0, "id_card", "A123456(3)")),
        (("c 座机0755-26001234转806",), (0, "phone", "0755-26001234转806")),
        (("c new address Hauptstraße 48, 10827 Berlin",), (0, "address", "Hauptstraße 48, 10827 Berlin")),
        (("a and the postal code", "c M5K 1A1"), (1, "address", "M5K 1A1")),
        (("c last name is okonkwo",), (0, "person", "okonkwo")),
        (("c i call for my father giuseppe lombardi",), (0, "person", "giuseppe lombardi")),
        (("c Best,\nMei-Ling Tan",), (0, "person", "Mei-Ling Tan")),
        (
            ("c i need to add my passport to the booking", "a go ahead", "c number is 533401982"),
            (2, "passport", "533401982"),
        ),
        (("a 身份证", "c 330106", "a 出生日期", "c 19940827", "a 最后四位", "c 2749"), (3, "id_card", "19940827")),
        (("a date of birth", "c seven four forty eight"), (1, "dob", "seven four forty eight")),
        (("c 生日四四年腊月初八",), (0, "dob", "四四年腊月初八")),
        (("a 登录密码改过吗", "c 原来是Ly19870312，现在改成Ly@2026new了"), (1, "secret", "Ly19870312")),
        (("c i keep typing my password Tr0ub4dor&3 and it fails",), (0, "secret", "Tr0ub4dor&3")),
        (("c 手机一八七双八二零六六三五",), (0, "phone", "一八七双八二零六六三五")),
        (
            ("a license plate", "c seven charlie kilo zulu four one two"),
            (1, "plate", "seven charlie kilo zulu four one two"),
        ),
        (("c 我叫阿依古丽·买买提，挂个号",), (0, "person", "阿依古丽·买买提")),
        (("a 收件人姓名呢", "c 边巴次仁"), (1, "person", "边巴次仁")),
        (("a 违停地点在哪", "c 人民路与中山路交叉口往东50米"), (1, "address", "人民路与中山路交叉口往东50米")),
        (
            ("a delivery address", "c Unit 7, 230 Harbour Esplanade, Docklands VIC 3008"),
            (1, "address", "Unit 7, 230 Harbour Esplanade, Docklands VIC 3008"),
        ),
        (
            ("c address: Plot 14, Sector 21, Dwarka, New Delhi 110075, phone 9910028837",),
            (0, "address", "Plot 14, Sector 21, Dwarka, New Delhi 110075"),
        ),
        (("c my national insurance number is AB 12 34 56 C",), (0, "id_card", "AB 12 34 56 C")),
        (("a your NRIC please", "c S1234567D"), (1, "id_card", "S1234567D")),
        (("c my aadhaar number is 2341 2341 2346",), (0, "id_card", "2341 2341 2346")),
        (("c tax file number 123 456 782",), (0, "id_card", "123 456 782")),
        (("c visa 4539934109574980 12/27 119 zip 30309",), (0, "cvv", "119")),
        (("c 发票请退款至6225880112345674",), (0, "bank_card", "6225880112345674")),
    ],
)
def test_what_people_say_is_found_whole(lines, expected):
    assert expected in said(*lines)


@pytest.mark.parametrize(
    "lines",
    [
        ("c the washer shows, the code 4021 appears on the display",),
        ("c we can not reach 192.168.100.24",),
        ("c pick up code 482913",),
        ("c purchase id 5105105105105100 please check",),
        ("c my last name is misspelled",),
        ("a what is your password?", "c sorry"),
        ("c meter reading 48213",),
        ("c it snows and the vinyl is pink 4021",),
        ("a 请回拨400-810-8888或者95533",),
        ("c 发票代码044002100111号码38291746",),
        ("a passport please", "c one moment", "a when does it expire", "c 14 March 2031"),
        ("c my voucher does not work", "a it expired 10/2026"),
        ("a whats the passcode for voice access",),
        ("c 保单到期日2027年2月18日",),
        ("c asset S1234567D is broken",),
        ("c a nice number: 2341 2341 2346, is it not",),
        ("c please send it to me by 5 today, thanks",),
        ("c my email address is wrong in 2 places i think",),
    ],
)
def test_what_only_looks_like_it_is_left(lines):
    assert said(*lines) == []


def test_a_card_its_expiry_and_its_code_in_one_breath_are_three_findings():
    found = said("a 请提供信用卡卡号、有效期和安全码", "c 4539934109574980 08/27 331")
    assert [(entity, text) for _, entity, text in found] == [
        ("bank_card", "4539934109574980"),
        ("card_expiry", "08/27"),
        ("cvv", "331"),
    ]


def test_the_first_four_digits_that_are_asked_for_are_of_the_card():
    found = said(
        "a first four digits please", "c 4539", "a next four", "c 9341", "a okay", "c 0957", "a and the rest", "c 4980"
    )
    assert [entity for _, entity, _ in found] == ["bank_card"] * 4


def test_ten_digits_in_three_turns_of_nothing_else_are_a_number_to_call():
    assert [e for _, e, _ in said("c 212", "a yes", "c 555", "a ok", "c 0194")] == ["phone"] * 3


def test_a_hong_kong_number_needs_its_check_character():
    assert hk_id("A1234563")
    assert not hk_id("A1234564")
    assert not hk_id("1A234563")


def test_a_spelled_value_is_found_in_a_batch_as_alone():
    said_alone = [Turn("customer", "plate number is a b seven three x y z")]
    crowd = [[Turn("customer", f"my order came at {hour} today, thank you")] for hour in range(200)]
    assert detect.find_batch([*crowd, said_alone], names=False)[-1] == detect.find(said_alone, names=False) != []
