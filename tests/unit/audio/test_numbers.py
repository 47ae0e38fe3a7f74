"""Digit rules: runs, menus, articles and codes asked for."""

import pytest

from hushkeep.audio.digits import digits_in, maybe_digits_in, plain
from hushkeep.audio.numbers import code_prompts, runs, tokens
from hushkeep.audio.recogniser import Word, looped


def said(text, *, each=0.4, gap=0.1, start=0.0):
    words = []
    for word in text.split():
        words.append(Word(start, start + each, " " + word, 0.9))
        start += each + gap
    return tokens(words)


@pytest.mark.parametrize(
    ("text", "digits"),
    [("four", 1), ("4417", 4), ("４１", 2), ("1,001", 4), ("seventeen", 2), ("double", 1), ("三八", 2), ("幺", 1),
     ("零零", 2), ("兩", 1), ("hello", 0), ("一下", 0), ("两个", 0), ("forty-two", 3)],
)  # fmt: skip
def test_words_stand_for_digits(text, digits):
    assert digits_in(plain(text)) == digits


def test_misheard_digits_count_only_beside_digits():
    assert (digits_in("for"), maybe_digits_in("for")) == (0, 1)


@pytest.mark.parametrize(
    "text",
    ["four one seven two", "4 1 7", "my pin 4417 thanks", "四 一 七", "one oh seven", "four 1 seven", "4 um 1 uh 7"],
)
def test_three_digits_in_a_row_are_a_number(text):
    assert len(runs(said(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "you have 3 messages and 12 minutes",
        "press 1 for sales press 2 for help press 3 for more",
        "dial 9 to leave push 1 to stay",
        "one moment one moment one moment please",
        "等 一下 一个 一个 来",
        "按 1 键 按 2 键 按 3 键",
        "hello there",
    ],
)
def test_small_numbers_and_menus_are_none(text):
    assert runs(said(text)) == []


def test_a_long_pause_parts_a_run():
    words = [Word(t, t + 0.3, w, 0.9) for t, w in ((0.0, "4"), (0.5, "1"), (3.5, "7"), (4.0, "2"))]
    assert runs(tokens(words)) == []


def test_a_run_reaches_from_its_first_to_its_last_digit():
    run = runs(said("number is 4 1 7 2 thanks"))[0]
    assert (run.start, run.end, run.digits) == (pytest.approx(1.0), pytest.approx(2.9), 4)


@pytest.mark.parametrize(
    "text", ["what is the security code", "your password please", "请 说 验证码", "your one time code", "the cvv"]
)
def test_prompts_for_codes_are_heard(text):
    assert len(code_prompts(said(text))) == 1


def test_ordinary_talk_asks_for_no_code():
    assert code_prompts(said("the postal service is code named spinach")) == []


def test_a_run_shows_no_digits_when_printed():
    assert "4417" not in repr(runs(said("4417"))) + repr(Word(0, 1, "4417", 0.5))


def test_a_recogniser_that_repeats_itself_is_noticed():
    loop = [Word(1.0, 1.0, "6.", 0.5)] * 20
    assert looped(loop)
    assert not looped([Word(i, i + 0.3, "6.", 0.5) for i in range(20)])
    assert looped([Word(i, i + 0.3, (" with", " you,")[i % 2], 0.9) for i in range(12)])
    assert looped([Word(i, i + 0.3, "轻", 0.9) for i in range(10)])
    assert not looped([token.word for token in said("thank you thank you thank you very much bye bye")])
