"""A value counts once however many turns it is said over; the last digits of an identity number are found alone."""

import pytest

from hushkeep import detect
from hushkeep.kernel import Turn


def found(*lines: str) -> list[detect.Finding]:
    turns = [Turn({"c": "customer", "a": "agent"}[line[0]], line[2:]) for line in lines]
    return detect.find(turns, names=False)


@pytest.mark.parametrize(
    ("lines", "entity"),
    [
        (("a what's your email", "c j underscore", "a ok", "c stanwick", "c at hotmail dot com"), "email"),
        (("a delivery address?", "c six eleven juniper lane", "a ok", "c dover delaware 19901"), "address"),
        (("a card number", "c 4111 1111", "a 4111 1111", "c 1111 1111"), "bank_card"),
        (("a 身份证", "c 330106", "a 嗯", "c 19940827", "a 最后四位", "c 2749"), "id_card"),
    ],
)
def test_a_value_said_in_pieces_counts_once(lines, entity):
    findings = found(*lines)
    assert len([f for f in findings if f.entity == entity]) > 1
    assert detect.counted(findings) == {entity: 1}


def test_two_values_count_twice():
    assert detect.counted(found("c 13800138000 or 13911112222, mail a.b@example.com")) == {"phone": 2, "email": 1}


@pytest.mark.parametrize(
    "lines",
    [
        ("a 核对下身份证尾号后四位", "c 2749"),
        ("a 身份证末四位", "c 274X"),
        ("c 尾号2749的身份证",),
        ("c my id ends in 2749",),
        ("c last four of my id is 2749",),
        ("a your id's last four digits", "c 2749"),
    ],
)
def test_the_end_of_an_identity_number_is_found_alone(lines):
    assert [f.entity for f in found(*lines)] == ["id_card"]
