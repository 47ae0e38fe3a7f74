"""What records offers to be asked is what the key service compares."""

from hushkeep.keys import answers
from hushkeep.records import verification


def test_questions_and_their_fields_are_the_key_services():
    assert verification.FIELDS is answers.FIELDS


def test_what_compares_the_end_of_a_value_is_a_question_and_says_how_much():
    assert {name: int(name[-1]) for name in verification.FIELDS if "_last_" in name} == answers._ENDS
