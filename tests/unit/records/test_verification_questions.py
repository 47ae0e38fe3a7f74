"""What records offers to be asked is what the key service compares."""

from hushkeep.keys.answers import MATCHES
from hushkeep.records.verification import QUESTIONS


def test_questions_and_their_fields_are_the_key_services():
    assert {question: fields for question, (fields, _) in MATCHES.items()} == QUESTIONS
