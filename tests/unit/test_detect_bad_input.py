"""Bad input, item by item: a result or a clear error, never a wrong offset, never a hang."""

import pytest

from hushkeep import detect
from hushkeep.kernel import Turn

PHONE = "13800138000"


def found(text: str, *, names: bool = False) -> list[tuple[str, str]]:
    return [(f.entity, text[f.start : f.end]) for f in detect.find([Turn("customer", text)], names=names)]


@pytest.mark.parametrize("before", ["\ud800", "\udfff\ud800", "\x00", "\x00\x1b[31m", "\x1e", "\ufffe", "\U0010ffff"])
def test_what_is_no_character_changes_no_offset(before):
    assert found(f"{before}电话{PHONE}{before}") == [("phone", PHONE)]


@pytest.mark.parametrize("mark", ["\u200b", "\u200d", "\u2060", "\ufeff", "\u202e", "\u2066", "\u00ad"])
def test_marks_that_nobody_sees_hide_no_number(mark):
    number = mark.join(("138", "0013", "8000"))
    assert found(f"我的手机号{number}") == [("phone", number)]


@pytest.mark.parametrize("text", ["e\u0301" * 200, "👩\u200d👩\u200d👧\u200d👦" * 50, "🇨🇳" * 80, "\u0301" * 300])
def test_combining_marks_and_joined_pictures_are_nothing(text):
    assert found(text) == []
    assert found(f"{text} 电话{PHONE}") == [("phone", PHONE)]


@pytest.mark.parametrize(
    "number", ["１３８００１３８０００", "१३८००१३८०००", "١٣٨٠٠١٣٨٠٠٠", "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎", "①③⑨⑨①②③④⑤⑥⑦"]
)
def test_digits_of_other_scripts_are_digits(number):
    assert found(f"电话{number}") == [("phone", number)]


def test_letters_that_look_like_others_cost_their_own_word_only():
    assert ("phone", PHONE) in found(f"pаypal (Cyrillic) 电话{PHONE}")


@pytest.mark.parametrize(
    ("text", "number"),
    [("Мой телефон +7 912 345-67-89", "+7 912 345-67-89"), ("رقم هاتفي +966 50 123 4567", "+966 50 123 4567")],
)
def test_another_language_is_read_by_its_shapes(text, number):
    assert found(text) == [("phone", number)]


def test_nothing_said_is_nothing_found():
    assert detect.find([]) == []
    assert detect.find_batch([]) == []
    assert detect.find_batch([[], [Turn("", "")], []]) == [[], [], []]
    assert detect.mask([], []) == ()
    assert found(" \n\t\u3000") == []


@pytest.mark.parametrize("speakers", [("", ""), ("agent", "agent"), ("系统", "\x00"), ("Customer", "AGENT")])
def test_speakers_that_nobody_knows_change_what_a_question_is_not_what_a_number_is(speakers):
    turns = [Turn(speakers[0], "phone?"), Turn(speakers[1], PHONE)]
    assert [(f.turn, f.entity) for f in detect.find(turns, names=False)] == [(1, "phone")]


def test_a_turn_of_a_million_characters_is_read_to_its_end():
    text = "您好，请问有什么可以帮您？" * 80_000 + f"电话{PHONE}"
    assert found(text) == [("phone", PHONE)]


@pytest.mark.parametrize(
    "unit", ["1", "a ", "at dot ", "路号", "oh ", "John ", "password ", ", ", "é", "\ud800", "1-", "住在", "one, "]
)
def test_a_turn_of_one_thing_over_and_over_is_read(unit):
    text = unit * (30_000 // len(unit))
    for finding in detect.find([Turn("customer", text)], names=False):
        assert 0 <= finding.start < finding.end <= len(text)


def test_very_many_turns_are_read():
    turns = [Turn("agent" if n % 2 else "customer", "好的") for n in range(20_000)]
    turns.append(Turn("customer", f"电话{PHONE}"))
    assert [(f.turn, f.entity) for f in detect.find(turns, names=False)] == [(20_000, "phone")]


def test_questions_without_an_end_are_answered_once():
    turns = [
        Turn("agent" if n % 2 else "customer", ("what is your e-mail?", "john dot")[n % 2 - 1]) for n in range(4_000)
    ]
    assert all(f.entity == "email" for f in detect.find(turns, names=False))
