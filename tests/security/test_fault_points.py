"""Killed at any moment of a reveal, the site has shown nothing that it has not recorded."""

import os
import signal
from contextlib import contextmanager

import pytest
from django.db import connections

from hushkeep.access import gate
from hushkeep.api import conversations
from hushkeep.identity.roles import Role
from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server

PHONE = "13499997777"
KILLS = int(os.environ.get("HUSHKEEP_FAULT_KILLS", "20"))
TALK = {"id": "fault", "channel": "chat", "turns": [{"speaker": "customer", "text": f"我的手机号是{PHONE}"}]}


def _die():
    os.kill(os.getpid(), signal.SIGKILL)


def _then_die(whole):
    def done(*args, **kwargs):
        whole(*args, **kwargs)
        _die()

    return done


@contextmanager
def _die_after_commit(tenant):
    with tenant_transaction(tenant):
        yield
    _die()


# Where it dies, what is replaced there, and whether the event is committed by then.
POINTS = {
    "decide": (gate, "_decide", _then_die(gate._decide), False),
    "open": (KeyClient, "open_originals", _then_die(KeyClient.open_originals), False),
    "append": (gate, "append", _then_die(gate.append), False),
    "commit": (gate, "tenant_transaction", _die_after_commit, True),
    "answer": (conversations, "RevealedOut", lambda **_: _die(), True),
}


@pytest.fixture
def revealer(program, run, person):
    """A browser, the path that it reveals, and a count of the committed events of revealing."""
    assert program.batch(run, TALK).json()["taken"] == 1
    tenant = program.key.tenant
    browser = person(tenant, Role.DPO).browser
    conversation = browser.get("/conversations").json()["items"][0]["id"]
    browser.csrf()

    def events():
        with tenant_transaction(tenant), connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM event_header WHERE action = 'conversation:reveal'")
            return cursor.fetchone()[0]

    return browser, f"/conversations/{conversation}/reveal", events


def _in_a_child(act):
    """Return what ``act`` wrote before its process ended, and the signal that ended it (0 for none)."""
    connections.close_all()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, act())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:  # noqa: PTH123 - a descriptor
        answer = pipe.read()
    return answer, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _reveal(browser, path):
    return lambda: browser.post(path, {"purpose": "complaint"}).content


def test_unhurt_an_answer_has_its_event(revealer):
    browser, path, events = revealer
    answer, ended = _in_a_child(_reveal(browser, path))
    assert ended == 0
    assert PHONE.encode() in answer
    assert events() == 1


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_fault_point_no_answer_leaves_without_its_event(revealer, monkeypatch, point):
    browser, path, events = revealer
    where, name, fault, recorded = POINTS[point]
    monkeypatch.setattr(where, name, fault)
    monkeypatch.setattr(gate, "REVEALS", frozenset())  # one person does it twenty times: nothing counts against them
    for kill in range(1, KILLS + 1):
        answer, ended = _in_a_child(_reveal(browser, path))
        assert (answer, ended) == (b"", -signal.SIGKILL)
        assert events() == (kill if recorded else 0)
