"""Chatwoot's deliveries: signed, fresh, once; and what they come to."""

import hmac
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hushkeep.channels import chatwoot
from hushkeep.channels.chatwoot import DELIVERY, SIGNATURE, TIMESTAMP, State
from hushkeep.cli.chatwoot import Translator
from hushkeep.kernel import Denied, InvalidInput

NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)
SECRET = b"per-webhook secret"
WANG, LI = UUID(int=7), UUID(int=8)
AGENTS = {7: WANG, 8: LI}
CUSTOMER = {"id": 4, "name": "陈静", "phone_number": "+8613800138000", "email": "Chen@Example.com", "identifier": "C-1"}


def conversation(status="open", assignee=7, first=0, *, verified=False, sender=None):
    return {
        "id": 207,
        "status": status,
        "channel": "Channel::WebWidget",
        "meta": {"sender": sender or CUSTOMER, "assignee": {"id": assignee, "name": "王敏"} if assignee else None},
        "contact_inbox": {"source_id": "x", "hmac_verified": verified},
        "messages": [{"message_type": first, "content": "my number is 13800138000"}] if first is not None else [],
    }


def event(kind, **changes):
    return json.dumps({"event": kind} | conversation(**changes)).encode()


def message(kind="incoming", **changes):
    return json.dumps(
        {"event": "message_created", "message_type": kind, "content": "hi", "conversation": conversation(**changes)}
    ).encode()


def headers(body, *, secret=SECRET, at=NOW, delivery="d-1"):
    said = str(int(at.timestamp()))
    signature = hmac.digest(secret, f"{said}.".encode() + body, "sha256").hex()
    return {SIGNATURE: f"sha256={signature}", TIMESTAMP: said, DELIVERY: delivery}


def walk(*bodies):
    """Return the words of ``bodies``, delivered one after the other."""
    state, told = State(), []
    for number, body in enumerate(bodies):
        step = chatwoot.read(body, f"d-{number}", AGENTS, state, now=NOW)
        state = step.state
        told += [(word["type"].removeprefix("conversation."), word.get("agent")) for word in step.words]
    return told


def test_what_chatwoot_signed_is_taken():
    body = event("conversation_created")
    assert chatwoot.check(headers(body), body, SECRET, State(), now=NOW) == "d-1"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"secret": b"another"}, "connector_signature"),
        ({"at": NOW - timedelta(minutes=5, seconds=1)}, "evidence_stale"),
        ({"at": NOW + timedelta(minutes=5, seconds=1)}, "evidence_stale"),
        ({"delivery": ""}, "connector_signature"),
        ({"delivery": "seen"}, "evidence_repeated"),
    ],
)
def test_a_delivery_is_refused_unless_everything_holds(changed, reason):
    body = event("conversation_created")
    with pytest.raises(Denied, match=reason):
        chatwoot.check(headers(body, **changed), body, SECRET, State(seen={"seen": NOW}), now=NOW)


@pytest.mark.parametrize("missing", [SIGNATURE, TIMESTAMP, DELIVERY])
def test_an_older_chatwoot_that_signs_nothing_is_refused(missing):
    body = event("conversation_created")
    sent = {name: value for name, value in headers(body).items() if name != missing}
    with pytest.raises(Denied, match="connector_signature"):
        chatwoot.check(sent, body, SECRET, State(), now=NOW)


def test_the_signature_binds_the_body_and_the_time():
    body = event("conversation_created")
    sent = headers(body)
    with pytest.raises(Denied, match="connector_signature"):
        chatwoot.check(sent, body + b" ", SECRET, State(), now=NOW)
    later = sent | {TIMESTAMP: str(int(NOW.timestamp()) + 1)}
    with pytest.raises(Denied, match="connector_signature"):
        chatwoot.check(later, body, SECRET, State(), now=NOW)


def test_open_and_assigned_is_live_and_resolved_is_over():
    assert walk(
        event("conversation_created", assignee=None),
        event("conversation_updated"),
        event("conversation_updated"),
        event("conversation_updated", assignee=8),
        event("conversation_status_changed", status="resolved", assignee=8),
        event("conversation_status_changed", status="open", assignee=8),
    ) == [("started", str(WANG)), ("transferred", str(LI)), ("ended", None), ("started", str(LI))]


@pytest.mark.parametrize("status", ["resolved", "pending", "snoozed", ""])
def test_nothing_but_open_is_live(status):
    assert walk(event("conversation_created", status=status)) == []


def test_an_agent_nobody_named_sees_nobody_and_ends_what_went_on():
    assert walk(event("conversation_created", assignee=9)) == []
    assert walk(event("conversation_created"), event("conversation_updated", assignee=9))[-1] == ("ended", None)


def test_each_opening_has_a_reference_of_its_own():
    state = State()
    seen = set()
    for number, status in enumerate(["open", "resolved", "open"]):
        step = chatwoot.read(event("conversation_updated", status=status), f"d-{number}", AGENTS, state, now=NOW)
        state = step.state
        seen |= {word["conversation"] for word in step.words if word["type"].endswith("started")}
    assert len(seen) == 2


def test_what_an_agent_began_waits_for_the_customer():
    assert walk(event("conversation_created", first=1), message("outgoing", first=1)) == [("started", str(WANG))]
    told = walk(event("conversation_created", first=1), message(first=1), message(first=1))
    assert told == [("started", str(WANG)), ("answered", None)]
    told = walk(event("conversation_created", first=None), event("conversation_updated", first=None, verified=True))
    assert told == [("started", str(WANG)), ("verified", None)]


@pytest.mark.parametrize(("first", "direction"), [(0, "inbound"), (1, "outbound"), (None, "outbound"), (3, "outbound")])
def test_who_wrote_first_says_whose_doing_it_is(first, direction):
    step = chatwoot.read(event("conversation_created", first=first), "d", AGENTS, State(), now=NOW)
    assert step.words[0]["direction"] == direction


def test_the_customer_is_named_as_intake_knows_them():
    step = chatwoot.read(event("conversation_created"), "d", AGENTS, State(), now=NOW)
    assert step.contacts == (("source_id", "C-1"), ("phone", "+8613800138000"), ("email", "chen@example.com"))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"event": "conversation_created"}', b'{"event": 3}'])
def test_what_is_no_event_is_refused_without_its_words(body):
    with pytest.raises(InvalidInput, match="chatwoot_event_malformed"):
        chatwoot.read(body, "d", AGENTS, State(), now=NOW)


def test_other_events_come_to_nothing():
    assert walk(b'{"event": "webwidget_triggered", "id": 1}', b'{"event": "contact_updated", "id": 1}') == []


class Site:
    """The public ingress, as the translator meets it."""

    def __init__(self, *answers):
        self.answers, self.told = list(answers), []

    def tell(self, said):
        self.told.append(said)
        return (self.answers.pop(0) if self.answers else 200), ""


@pytest.fixture
def translated(tmp_path, monkeypatch):
    """A function that hands bodies to a translator over ``site``, and its memory afterwards."""
    monkeypatch.setattr("hushkeep.cli.chatwoot.now", lambda: NOW)
    monkeypatch.setattr("time.sleep", lambda _: None)

    def run(site, *bodies):
        taken = []
        for number, body in enumerate(bodies):
            # Each by a translator of its own: what it remembers is in its file.
            one = Translator(site, SECRET, AGENTS, tmp_path / "memory")
            taken.append(one.take(headers(body, delivery=f"d-{number}"), body))
        return taken, (tmp_path / "memory").read_text()

    return run


def test_a_start_tries_each_contact_and_nothing_of_the_customer_is_remembered(translated):
    site = Site(404, 200)
    taken, memory = translated(site, event("conversation_created"), event("conversation_updated", status="resolved"))
    assert taken == [1, 1]
    assert [said.get("contact", {}).get("index") for said in site.told] == ["source_id", "phone", None]
    assert not any(value in memory for value in ("13800138000", "Chen", "陈静", "C-1"))


def test_a_customer_whom_nobody_knows_makes_nothing_live(translated):
    site = Site(404, 404, 404)
    taken, _ = translated(site, event("conversation_created"), event("conversation_updated", status="resolved"))
    assert taken == [1, 0]


def test_a_word_that_is_turned_away_is_told_again(translated):
    site = Site(503, 429, 200)
    taken, _ = translated(site, event("conversation_created"))
    assert taken == [1]
    assert len(site.told) == 3
