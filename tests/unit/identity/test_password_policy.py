"""Weak passwords are refused, each for its own reason."""

import pytest

from hushkeep.identity.password_policy import Weakness, name_parts, weaknesses

NAMES = ("mei.lin", "林美美", "Harbour Center")
GOOD = "quartz otter violin 88"


def test_a_long_unguessable_password_will_do():
    assert weaknesses(GOOD, NAMES) == ()


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("qOt7!vin2Zp", Weakness.TOO_SHORT),
        ("x" * 129, Weakness.TOO_LONG),
        ("password1234", Weakness.GUESSABLE),
        ("aaaaaaaaaaaaaaaa", Weakness.GUESSABLE),
        ("qwertyuiop123", Weakness.GUESSABLE),
        ("woaini5201314", Weakness.GUESSABLE),
        ("quartz MEI violin 88", Weakness.HOLDS_NAME),
        ("quartz 林美美 violin 88", Weakness.HOLDS_NAME),
        ("quartz harbour violin 88", Weakness.HOLDS_NAME),
        ("quartz ｌｉｎ88 violin 88", Weakness.HOLDS_NAME),
    ],
)
def test_a_weak_password_is_refused_for_its_reason(password, why):
    assert why in weaknesses(password, NAMES)


def test_an_empty_password_is_too_short():
    assert Weakness.TOO_SHORT in weaknesses("", NAMES)


def test_eleven_characters_are_refused_and_twelve_are_not():
    assert Weakness.TOO_SHORT in weaknesses("k7#Vq9!zRm2", ())
    assert weaknesses("k7#Vq9!zRm2w", ()) == ()


def test_names_of_two_letters_do_not_forbid_half_of_all_words():
    assert name_parts(["Li Bo", "王芳", "a-b"]) == {"王芳"}
