"""A list of joiners, movers and leavers: read row by row, planned without doing anything."""

from uuid import uuid4

import pytest

from hushkeep.access.administration.people_list import MOST_ROWS, What, plan, read
from hushkeep.identity.people import Person
from hushkeep.identity.roles import Role
from hushkeep.kernel import InvalidInput, TenantId

HEAD = "login,name,role,state\n"


def person(login, role=Role.AGENT, *, left=False):
    return Person(uuid4(), TenantId(uuid4()), login, "N", role, "en", True, True, left, 1)


def whats(text, *known):
    return [(step.what, step.reason) for step in plan(read(text), {one.login: one for one in known})]


def test_each_row_comes_to_what_the_center_does_not_have_yet():
    text = HEAD + "a,A,agent,\nb,B,qa,active\nc,C,agent,left\nd,D,agent,\n"
    assert whats(text, person("b"), person("c"), person("d")) == [
        (What.JOINS, ""),
        (What.MOVES, ""),
        (What.LEAVES, ""),
        (What.STAYS, ""),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,A,king,", "role_unknown"),
        ("a,A,,", "role_unknown"),
        ("a,A,agent,gone", "state_unknown"),
        ("a,A,agent,active,more", "row_too_long"),
        ("gone,A,agent,", "has_left"),
    ],
)
def test_a_row_that_is_wrong_is_refused_by_itself(row, reason):
    assert whats(f"{HEAD}{row}\nb,B,agent,\n", person("gone", left=True)) == [(What.REFUSED, reason), (What.JOINS, "")]


def test_a_login_twice_counts_once():
    assert whats(HEAD + "a,A,agent,\nA,B,qa,\n") == [(What.JOINS, ""), (What.REFUSED, "login_twice")]


def test_whoever_is_not_in_the_list_stays():
    assert whats(HEAD + "a,A,agent,\n", person("b"), person("c")) == [(What.JOINS, "")]


def test_a_list_from_a_spreadsheet_is_read():
    assert whats('\ufefflogin,name,role\r\n"王,敏","王敏",Agent\r\n') == [(What.JOINS, "")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "list_columns"),
        ("login,name\na,A\n", "list_columns"),
        ("login,name,role,password\na,A,agent,x\n", "list_columns"),
        (HEAD, "list_length"),
        (HEAD + 'a,"A,agent,\n', "list_malformed"),
        (HEAD + "a,A,agent,\n" * (MOST_ROWS + 1), "list_length"),
    ],
)
def test_a_list_that_is_wrong_is_refused_whole(text, reason):
    with pytest.raises(InvalidInput, match=reason):
        read(text)
