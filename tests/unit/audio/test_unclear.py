"""Single rules of what is hidden, on words and voice drawn by hand: where a number begins, what may hold one."""

import numpy as np
import pytest

from hushkeep.audio.numbers import RULES, STRICT_RULES, halves, runs, tokens
from hushkeep.audio.recogniser import Word
from hushkeep.audio.stretches import settled
from hushkeep.audio.unclear import answers, not_understood, room_for_numbers
from hushkeep.audio.voice import STEP_SECONDS, Voice

EACH = 0.8  # seconds of a word of clear talk
SHRED = (" digium", 0.5)


def voiced(*stretches, seconds=24.0):
    active = np.zeros(round(seconds / STEP_SECONDS), dtype=np.bool_)
    for start, end in stretches:
        active[round(start / STEP_SECONDS) : round(end / STEP_SECONDS)] = True
    return Voice(active)


def words(*given):
    return tuple(Word(start, end, text, sure) for start, end, text, sure in given)


def talk(odd, *, others=0.97, first=0, last=30):
    """The tokens of clear talk, word after word, with those of ``odd`` (text, probability) in their places."""
    said = [odd.get(n, (" plain", others)) for n in range(first, last)]
    return tokens(words(*((EACH * n, EACH * (n + 1), text, sure) for n, (text, sure) in enumerate(said, first))))


def starts(odd, hidden=(), prompts=(), **how):
    """Where in clear talk with ``odd`` in it strict mode sees room for a number, by places of words."""
    said = talk(odd, **how)
    voice = voiced((said[0].word.start, said[-1].word.end))
    rest = not_understood(voice, [said], hidden, STRICT_RULES, prompts)
    found = room_for_numbers(rest, voice, [said], hidden, STRICT_RULES, prompts)
    return [int(start / EACH) for start, _ in found]


@pytest.mark.parametrize(
    ("word", "near", "goes"),
    [
        (5, {}, False),
        (5, {"hidden": [(10.0, 11.0)]}, True),
        (5, {"hidden": [(11.5, 12.0)]}, False),
        (15, {"prompts": [1.0]}, True),
        (20, {"prompts": [1.0]}, False),
    ],
)
def test_a_shred_goes_near_a_number_or_a_prompt_for_a_code(word, near, goes):
    assert starts({word: SHRED}, **near) == [word] * goes


@pytest.mark.parametrize(
    ("odd", "how", "goes"),
    [
        ({10: (" 12", 0.9)}, {}, []),
        ({10: (" 12", 0.9)}, {"hidden": [(13.0, 14.0)]}, [10]),
        ({10: (" 12", 0.9)}, {"prompts": [5.0]}, [10]),
        ({10: (" 12", 0.3)}, {}, [10]),
        ({10: (" 12", 0.9)}, {"others": 0.72}, [10]),
        ({10: (" 12", 0.9), 11: (" 3", 0.9)}, {}, [10]),
        ({10: (" 2", 0.9), 13: (" 3", 0.9), 16: (" 4", 0.9)}, {}, []),
        ({10: (" 12", 0.9), 13: (" alt", 0.3), 14: (" rain", 0.3)}, {}, [10]),
        ({10: (" 12", 0.9)}, {"first": 10}, [10]),
        ({10: (" 12", 0.9)}, {"last": 11}, [10]),
    ],
    ids=[
        "in clear talk",
        "near a number",
        "asked for",
        "unsure",
        "unsure talk",
        "three digits",
        "one after the other",
        "near long doubt",
        "first",
        "last",
    ],
)
def test_a_small_number_stays_in_clear_talk_alone(odd, how, goes):
    assert [at for at in starts(odd, **how) if at in odd][:1] == goes


@pytest.mark.parametrize(("since", "goes"), [(1.0, True), (7.0, True), (9.0, False)])
def test_what_answers_a_prompt_for_a_code_goes_with_the_silence_beside_it(since, goes):
    at = 1.0 + since
    said = tokens(words((0.5, 1.0, " password", 0.95), (at, at + 0.35, " well", 0.3)))
    voice = voiced((0.5, 1.0), (at, at + 0.35))
    found = answers(not_understood(voice, [said], [], RULES, [1.0]), voice, RULES, [1.0])
    assert [(round(start, 2), round(end, 2)) for start, end in found] == [(at - 0.6, at + 0.95)] * goes


@pytest.mark.parametrize(
    ("said", "voice", "start"),
    [
        ([(0.7, 1.2, " is", 0.9), (1.2, 1.8, " 4", 0.9)], [(0.2, 1.3), (1.6, 2.0)], 1.6),
        ([(0.7, 1.2, " is", 0.9), (1.2, 2.05, " 4", 0.9)], [(0.2, 1.0), (1.4, 1.8), (2.0, 2.5)], 1.2),
        ([(1.0, 1.4, " 4", 0.9), (1.4, 2.2, " 1", 0.9)], [(1.0, 1.4), (1.5, 1.7), (1.9, 2.2)], 1.4),
        ([(0.7, 1.2, " is", 0.9), (1.2, 1.8, " 41", 0.9)], [(0.2, 1.3), (1.6, 2.0)], 1.2),
    ],
    ids=["after a pause", "the next one's onset", "within a number", "two digits"],
)
def test_a_number_begins_with_its_own_voice(said, voice, start):
    assert settled(words(*said), voiced(*voice), RULES)[-1].start == pytest.approx(start)


@pytest.mark.parametrize(("gap", "sure", "numbers"), [(3, 0.7, 1), (3, 0.85, 2), (7, 0.5, 1), (7, 0.7, 2), (9, 0.1, 2)])
def test_halves_of_a_number_are_one_the_closer_the_surer_what_is_between(gap, sure, numbers):
    said = tokens(words((0, 1, " 417", 0.9), (2, 2.5, " lit", sure), (1 + gap, 2 + gap, " 205", 0.9)))
    assert len(halves(runs(said, RULES), said, RULES)) == numbers
