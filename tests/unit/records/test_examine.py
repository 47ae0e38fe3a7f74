"""Examination: what is shown, what is sealed, what is searched for, and what is cut before anything is kept."""

from dataclasses import replace

import pytest

from hushkeep.kernel import Attachment, AttachmentState, Channel, Conversation, Customer, Turn
from hushkeep.records._examine import examine, shown_name
from hushkeep.records._fingerprint import content_of, source_of
from hushkeep.records._normal import normal
from hushkeep.records.protect import original_bytes, original_turns

PHONE, CARD = "13491234567", "4000000000000002"


def _examined(*texts, customer=None, speaker="customer"):
    turns = tuple(Turn(speaker, text) for text in texts)
    return examine([Conversation("s-1", Channel.CHAT, turns, customer=customer, agent="A01")])[0]


def test_the_masked_text_hides_what_the_sealed_original_keeps():
    item = _examined(f"我的手机号是{PHONE}")
    assert PHONE not in item.masked[0].text
    assert original_turns(original_bytes(item)) == [f"我的手机号是{PHONE}"]


def test_a_secret_is_in_neither():
    item = _examined("验证码582917", "我的密码是 hunter2xyz")
    assert item.secrets_cut == 2
    for secret in ("582917", "hunter2xyz"):
        assert secret not in item.masked[0].text + item.masked[1].text
        assert secret.encode() not in original_bytes(item)


@pytest.mark.parametrize("name", ["password", "pin", "otp", "cvv", "code", "PIN", " Password "])
def test_a_secret_among_the_customers_fields_is_dropped(name):
    item = _examined("hi", customer=Customer(values=((name, "48213377"), ("phone", PHONE))))
    assert dict(item.customer) == {"phone": PHONE}
    assert item.secrets_cut == 1


def test_a_known_value_is_found_where_no_rule_would_see_it():
    customer = Customer(values=(("name", "Zyx Qwv"),))
    assert "person" in _examined("ask zyx qwv or Zyx Qwv about it", customer=customer).entities


def test_the_header_carries_neither_turns_nor_customer():
    item = _examined(f"call {PHONE}", customer=Customer(values=(("phone", PHONE),)))
    assert (item.header.turns, item.header.customer) == ((), None)
    assert PHONE.encode() not in original_bytes(_examined("hi", customer=Customer(values=(("phone", PHONE),))))


def test_an_attachments_name_is_shown_masked_and_sealed_as_it_was_without_its_codes():
    names = ("Zyx Qwv passport.pdf", f"{PHONE}.jpg", "验证码582917.png")
    hung = tuple(Attachment(name, "image/png", 1, (str(n),), AttachmentState.UNREAD) for n, name in enumerate(names))
    customer = Customer(values=(("name", "Zyx Qwv"),))
    talk = Conversation("s-1", Channel.EMAIL, (Turn("customer", "hi"),), customer=customer, attachments=hung)
    [item] = examine([talk])
    shown = " ".join(one.name for one in item.attachments)
    assert not any(value in shown for value in ("Zyx Qwv", PHONE, "582917"))
    assert shown.count(".") == 3
    sealed = original_bytes(item)
    assert [value.encode() in sealed for value in ("Zyx Qwv passport.pdf", PHONE, "582917")] == [True, True, False]
    assert original_turns(sealed) == ["hi"]
    assert item.header.attachments == ()


def test_two_mails_alike_but_for_what_hangs_on_them_are_two_contents():
    talk = Conversation("s-1", Channel.EMAIL, (Turn("customer", "hi"),))
    hung = Attachment("a.png", "image/png", 1, ("0",), AttachmentState.UNREAD)
    talks = [talk, *(replace(talk, attachments=(one,)) for one in (hung, replace(hung, parts=("1",))))]
    assert len({content_of(one) for one in talks}) == 3


def test_a_speakers_own_name_is_not_shown():
    assert _examined("hello", speaker="王芳").masked[0].speaker == "other"


def test_an_agents_sign_that_is_a_number_is_masked():
    assert shown_name("A07") == "A07"
    assert PHONE not in shown_name(PHONE)


def test_identifiers_are_normal_and_joined_over_turns():
    assert ("phone", f"+86{PHONE}") in _examined(f"手机号{PHONE}").identifiers
    split = examine(
        [
            Conversation(
                "s-2",
                Channel.CALL,
                (
                    Turn("agent", "麻烦提供一下您的手机号码"),
                    Turn("customer", "一三四"),
                    Turn("agent", "嗯"),
                    Turn("customer", "九幺二三"),
                    Turn("agent", "好的"),
                    Turn("customer", "四五六七"),
                ),
            )
        ]
    )[0]
    assert split.identifiers == (("phone", f"+86{PHONE}"),)
    assert split.entities == {"phone": 1}


@pytest.mark.parametrize(
    ("entity", "text", "value"),
    [
        ("phone", "0086-134 9123 4567", f"+86{PHONE}"),
        ("phone", "１３４９１２３４５６７", f"+86{PHONE}"),
        ("phone", "一三四九幺二三四五六七", f"+86{PHONE}"),
        ("phone", "two oh two five five five oh one double three", "+12025550133"),
        ("phone", "010-5550 1234", "01055501234"),
        ("phone", "12345", None),
        ("phone", "1" * 30, None),
        ("bank_card", "4000 0000-0000 0002", CARD),
        ("bank_card", "三个四 12", None),
        ("id_card", "11010119900307000x", "11010119900307000X"),
        ("email", "Li点wei艾特example点com", "li.wei@example.com"),
        ("email", "li underscore wei at example dot com", "li_wei@example.com"),
        ("email", "nobody", None),
        ("name", "王芳", None),
    ],
)
def test_equal_values_are_equal_text(entity, text, value):
    assert normal(entity, text) == value


@pytest.mark.parametrize(
    "changes",
    [
        {"source_id": "other"},
        {"thread": "t"},
        {"channel": Channel.CALL},
        {"language": "zh"},
        {"agent": "A02"},
        {"customer": Customer(values=(("phone", PHONE),))},
        {"customer": Customer(source_id="C1")},
        {"turns": (Turn("agent", "hi"),)},
        {"turns": (Turn("customer", "hi "),)},
    ],
)
def test_every_part_of_a_conversation_is_in_its_fingerprint(changes):
    whole = {"source_id": "s", "channel": Channel.CHAT, "turns": (Turn("customer", "hi"),), "agent": "A01"}
    assert content_of(Conversation(**whole)) != content_of(Conversation(**(whole | changes)))


def test_the_same_id_of_another_source_is_another_conversation():
    turns = (Turn("customer", "hi"),)
    one, two = (Conversation("s", Channel.CHAT, turns, source=source) for source in ("batch", "desk"))
    assert source_of(one) != source_of(two)


def test_values_that_make_a_whole_person_raise_the_level():
    assert _examined("姓名：王芳").level == 3
    assert _examined("身份证110101199003074610").level == 4
    assert _examined("姓名：王芳，身份证110101199003074610").level == 5
    assert _examined("您好").level == 1


def test_health_is_masked_only_where_the_site_asks_for_it():
    talk = Conversation("s-3", Channel.CHAT, (Turn("customer", "我有糖尿病"),))
    assert examine([talk])[0].masked[0].text == "我有糖尿病"
    asked = examine([talk], health=True)[0]
    assert "糖尿病" not in asked.masked[0].text
    assert (asked.entities, asked.level) == ({"health": 1}, 4)
