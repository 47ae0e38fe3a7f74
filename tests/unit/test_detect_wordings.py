"""What other hands write: claims that the eighth set brought up, a class of wording each, found and left alone."""

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
        (("c It's QX7T4L and the last name is Abernathy.",), (0, "person", "Abernathy")),
        (("a and the account holder", "c rajesh venkataraman"), (1, "person", "rajesh venkataraman")),
        (("a Who should I ask for?", "c Maricel Dimaculangan"), (1, "person", "Maricel Dimaculangan")),
        (("a Emergency contact?", "c Husband: Desmond Achebe"), (1, "person", "Desmond Achebe")),
        (("a Name?", "c Mr D R Whitcombe"), (1, "person", "D R Whitcombe")),
        (("a Name on the booking?", "c Nguyễn Thị Hồng"), (1, "person", "Nguyễn Thị Hồng")),
        (("c names Adaeze Nwosu and Chidi Nwosu",), (0, "person", "Chidi Nwosu")),
        (("c Customer LEBLANC, ANDRE called",), (0, "person", "LEBLANC, ANDRE")),
        (("c I'm Tomasz Zielinski", "a one moment, Tomasz"), (1, "person", "Tomasz")),
        (("a 户名", "c 热依汗·买买提"), (1, "person", "热依汗·买买提")),
        (("c 户名达瓦次仁，卡号待会儿说",), (0, "person", "达瓦次仁")),
        (("a 入住人", "c 南宫澈和夏侯雪"), (1, "person", "夏侯雪")),
        (("c 帮我查下阿依努尔的订单",), (0, "person", "阿依努尔")),
        (("c so name: devonte price",), (0, "person", "devonte price")),
        (("a 英文名怎么拼", "c Z-H-A-O 空格 M-I-N-G"), (1, "person", "Z-H-A-O 空格 M-I-N-G")),
        (("a can i get the c v v", "c oh oh seven"), (1, "cvv", "oh oh seven")),
        (("a The passphrase on the account?", "c purple elephant"), (1, "secret", "purple elephant")),
        (("a And your verification word?", "c Tangerine"), (1, "secret", "Tangerine")),
        (("c my pin doesn't work", "a why", "c i put 5 8 2 1 and it fails"), (2, "secret", "5 8 2 1")),
        (("a date of birth", "c Aug 8 '72"), (1, "dob", "Aug 8 '72")),
        (
            ("a date of birth", "c first of the eleventh eighty three"),
            (1, "dob", "first of the eleventh eighty three"),
        ),
        (("c SSN last four 4410.",), (0, "ssn", "4410")),
        (("a Aadhaar or PAN?", "c PAN ABCPK1234F"), (1, "id_card", "ABCPK1234F")),
        (("c 押金刷4539578763621486，500对吧",), (0, "bank_card", "4539578763621486")),
        (("c 订单2211884470936551208怎么还不发货", "a 核对：18858120433"), (1, "phone", "18858120433")),
        (
            ("a 身份证号念一下", "c 一一零一零五", "c 一九九九年的", "c 零四一七", "c 二九七七"),
            (2, "id_card", "一九九九"),
        ),
        (("a And street?", "c 5/18 Ponsonby Rd, Auckland 1011"), (1, "address", "5/18 Ponsonby Rd, Auckland 1011")),
        (
            ("c Deliver to Av. Insurgentes Sur 1602, Col. Crédito Constructor, 03940 CDMX",),
            (0, "address", "Av. Insurgentes Sur 1602, Col. Crédito Constructor, 03940 CDMX"),
        ),
        (
            (
                "a Your name and a place to ship it?",
                "c Priyanka Rao, 408-555-0133, 1187 Saratoga Ave, San Jose, CA 95129",
            ),
            (1, "phone", "408-555-0133"),
        ),
    ],
)
def test_it_is_found(lines, expected):
    assert expected in said(*lines)


@pytest.mark.parametrize(
    "lines",
    [
        ("c I ordered the Calvin Klein jacket, size 42",),
        ("c I want to dispute a charge from Harry Winston Cafe",),
        ("c tracking number 1Z 879 E4W 03 1234 5678 says delivered",),
        ("c I paid on 2026-11-02 13:45:22, transaction id 20261102134522887",),
        ("a licence plate?", "c later", "a Vehicle model?", "c Mercedes C220"),
        ("a my mileage?", "c about 48,200"),
        ("a Which password?", "c The one on the sticker."),
        ("a Your confirmation code for the flight?", "c QX7T4L"),
        ("c 手机356938035643809没信号",),
        ("c 药品批号2409118，有效期到2027年8月",),
        ("c 马应龙、云南白药你们有货吗",),
        ("a 您的微信", "c 我是说五点再来"),
        ("c check its SHA-256 under HPKE please",),
        ("c between 292,000 and 357,000 calls",),
        ("c a passphrase that is shown once",),
    ],
)
def test_it_is_left(lines):
    assert said(*lines) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("c My details: Gwyneth Rhys-Jones, 7 Heol y Bryn, Aberystwyth SY23 2AX", (0, "person", "Gwyneth Rhys-Jones")),
        ("c Reporter: Ikechukwu Eze <ik.eze@uni-lagos.edu.ng>", (0, "person", "Ikechukwu Eze")),
        ("c my name is Kenji Sato, 1984-02-10", (0, "dob", "1984-02-10")),
    ],
)
def test_what_stands_beside_a_value_is_its_owner(line, expected):
    assert expected in said(line)


def test_dates_are_no_numbers_to_call():
    assert said("c Under warranty until 12/12/2027. Your phone?") == []


def test_an_order_is_no_passport():
    assert said("c 订单E20261125-88471，少发了一件") == []


@pytest.mark.parametrize(
    "lines",
    [
        ("a the cvv?", "c hold on", "a how much did you pay", "c two ninety nine"),
        ("a 查询密码是多少", "c 等一下", "a 您的工号", "c 3407吧"),
        ("a 短信验证码报一下", "c 等一下", "a 分机号多少", "c 2240"),
        ("a and the street address", "c one second", "a what seat", "c it's 1412"),
        ("a date of birth", "c hold on", "a What date was the purchase?", "c 11/02/2026"),
        ("a a good phone number", "c hold on", "a What date was it?", "c 2026-11-02 13:45:22"),
        ("a What's the imei?", "c EL3714493"),
        ("a what's the flight number", "c it's UA 2219 okay"),
        ("a 商品编码", "c 6265767934794846077"),
    ],
)
def test_a_newer_question_closes_the_one_before(lines):
    assert said(*lines) == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ("a the card number?", "c 4111 1111", "a what comes after that", "c 1111 1111"),
            (3, "bank_card", "1111 1111"),
        ),
        (("a 身份证号码", "c 330106", "a 后面多少", "c 199408272749"), (3, "id_card", "199408272749")),
        (("a phone number on the account", "c 602", "a okay", "c 776", "a go on", "c 0510"), (5, "phone", "0510")),
        (("a can i have your d o b", "c july 9, 1950"), (1, "dob", "july 9, 1950")),
        (("a 哪年哪月出生的", "c 1966-11-21"), (1, "dob", "1966-11-21")),
        (("a your travel document?", "c L24497273"), (1, "passport", "L24497273")),
        (("a 提取码呢", "c 4417"), (1, "secret", "4417")),
        (("a 卡是几月几年的", "c 零九二八"), (1, "card_expiry", "零九二八")),
        (("a name on the account", "c mercy adjei okay"), (1, "person", "mercy adjei")),
    ],
)
def test_a_question_stays_open_while_it_is_answered(lines, expected):
    assert expected in said(*lines)
