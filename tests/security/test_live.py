"""Live conversations: a connector's signed word opens an agent's view of one customer, and its end closes it."""

import hmac
import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from hushkeep.access.actors import Actor, Target
from hushkeep.access.administration import founding
from hushkeep.access.gate import guarded
from hushkeep.access.models import LiveConversation
from hushkeep.identity.roles import Role, Scope
from hushkeep.kernel import Action, ConversationId, Denied, SubjectId, timestamp
from hushkeep.runtime import clock

pytestmark = pytest.mark.server

PHONE = "13900000000"


@pytest.fixture
def line(tenant, key_service, monkeypatch):
    """A connector of the center with its secret, and one customer whose phone is known."""
    monkeypatch.setattr("hushkeep.api.live.keys", lambda: key_service)
    connector = founding.create_service_account(tenant, name="pbx", scopes=(Scope.CONNECTOR,)).account
    subject = uuid4()
    key_service.create_tenant(tenant)
    key_service.create_subjects(tenant, [subject])
    key_service.bind_contacts(tenant, [(subject, "phone", PHONE)])
    return Line(tenant, connector, key_service.register_connector(tenant, connector), subject)


class Line:
    """What a telephone system would do."""

    def __init__(self, tenant, connector, secret, subject):
        self.tenant, self.connector, self.secret, self.subject = tenant, connector, secret, subject

    def started(self, agent, conversation="call-1", **changes):
        contact = {"index": "phone", "value": PHONE}
        return {
            "type": "conversation.started",
            "tenant": str(self.tenant),
            "conversation": conversation,
            "agent": str(agent),
            "contact": contact,
            "at": timestamp(clock.now()),
        } | changes

    def ended(self, conversation="call-1", **changes):
        return {
            "type": "conversation.ended",
            "tenant": str(self.tenant),
            "conversation": conversation,
            "at": timestamp(clock.now()),
        } | changes

    def tell(self, browser, event, *, secret=None, connector=None):
        body = json.dumps(event).encode()
        signature = hmac.digest(secret or self.secret, body, "sha256").hex()
        return browser.client.post(
            f"/api/v1/live/{connector or self.connector}/events",
            body,
            content_type="application/json",
            secure=True,
            headers={"Hushkeep-Signature": signature},
        )


def sees(who, subject):
    """Whether the agent gets past the gate to look at a conversation of the customer."""
    actor = Actor(person=who.id, tenant=who.tenant, role=who.role, second_factor_at=clock.now())
    one = uuid4()
    target = Target(kind="conversation", id=one, conversation=ConversationId(one), subject=SubjectId(subject))
    try:
        return guarded(actor, Action.CONVERSATION_VIEW, target, act=lambda permit: True)
    except Denied:
        return False


def test_from_the_start_to_the_end_of_wrap_up_and_not_a_second_longer(line, person, browser, inside, events):
    agent = person(line.tenant, Role.AGENT)
    assert not sees(agent, line.subject)
    begun = line.tell(browser, line.started(agent.id))
    assert begun.status_code == 200, begun.content
    assert UUID(begun.json()["subject"]) == line.subject
    assert sees(agent, line.subject)
    assert [c["id"] for c in agent.browser.get("/live").json()["items"]] == [begun.json()["id"]]

    ended = line.tell(browser, line.ended())
    assert ended.status_code == 200
    assert sees(agent, line.subject)
    with inside(line.tenant):
        row = LiveConversation.objects.get(id=begun.json()["id"])
        assert row.closes_at - row.ended_at == timedelta(seconds=60)
        row.closes_at = clock.now()
        row.save()
    assert not sees(agent, line.subject)
    assert agent.browser.get("/live").json()["items"] == []
    told = [(e["action"], e["outcome"]) for e in events(line.tenant, actor=line.connector)]
    assert told == [("conversation:start", "allowed"), ("conversation:end", "allowed")]


def test_the_grant_is_for_this_agent_and_this_customer(line, person, browser):
    agent, other = person(line.tenant, Role.AGENT), person(line.tenant, Role.AGENT)
    line.tell(browser, line.started(agent.id))
    assert sees(agent, line.subject)
    assert not sees(other, line.subject)
    assert not sees(agent, uuid4())
    assert other.browser.get("/live").json()["items"] == []


def test_a_forged_event_opens_nothing_and_is_recorded(line, person, browser, events):
    agent = person(line.tenant, Role.AGENT)
    for forged in ({"secret": b"x" * 32},):
        assert line.tell(browser, line.started(agent.id), **forged).status_code == 403
    assert not sees(agent, line.subject)
    assert [e["outcome"] for e in events(line.tenant, actor=line.connector)] == ["failed"]


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_stale_or_coming_event_opens_nothing(line, person, browser, minutes):
    agent = person(line.tenant, Role.AGENT)
    at = timestamp(clock.now() + timedelta(minutes=minutes))
    assert line.tell(browser, line.started(agent.id, at=at)).status_code == 403
    assert not sees(agent, line.subject)


def test_a_replayed_start_opens_nothing_anew(line, person, browser, inside):
    agent = person(line.tenant, Role.AGENT)
    event = line.started(agent.id)
    line.tell(browser, event)
    line.tell(browser, line.ended())
    with inside(line.tenant):
        LiveConversation.objects.update(closes_at=clock.now())
    assert line.tell(browser, event).status_code == 403
    assert not sees(agent, line.subject)


def test_an_end_before_its_start_is_not_there_and_an_end_told_twice_changes_nothing(line, person, browser, inside):
    agent = person(line.tenant, Role.AGENT)
    assert line.tell(browser, line.ended()).status_code == 404
    line.tell(browser, line.started(agent.id))
    first = line.tell(browser, line.ended()).json()
    assert line.tell(browser, line.ended()).json()["closes_at"] == first["closes_at"]


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.AGENT])
def test_only_agents_are_given_calls(line, person, browser, role):
    assert line.tell(browser, line.started(person(line.tenant, role).id)).status_code == 403


def test_an_agent_of_another_center_is_no_agent_here(line, person, two_tenants, browser):
    stranger = person(two_tenants[0], Role.AGENT)
    assert line.tell(browser, line.started(stranger.id)).status_code == 403


def test_a_customer_nobody_knows_opens_nothing(line, person, browser):
    agent = person(line.tenant, Role.AGENT)
    contact = {"index": "phone", "value": "13911111111"}
    assert line.tell(browser, line.started(agent.id, contact=contact)).status_code == 404
    assert agent.browser.get("/live").json()["items"] == []


def test_a_connector_speaks_for_its_own_center_only(line, person, two_tenants, browser):
    agent = person(line.tenant, Role.AGENT)
    assert line.tell(browser, line.started(agent.id, tenant=str(two_tenants[0]))).status_code == 403
    assert line.tell(browser, line.started(agent.id), connector=uuid4()).status_code == 403


def test_an_intake_program_is_no_connector(line, person, browser):
    intake = founding.create_service_account(line.tenant, name="intake", scopes=(Scope.INTAKE,)).account
    agent = person(line.tenant, Role.AGENT)
    answer = line.tell(browser, line.started(agent.id), connector=intake)
    assert (answer.status_code, answer.json()["params"]) == (403, {"reason": "connector_unknown"})


@pytest.mark.parametrize("body", [{}, {"type": "conversation.started"}, {"type": "x", "tenant": "y"}])
def test_what_is_no_event_is_refused_without_its_words(line, browser, body):
    answer = line.tell(browser, body | {"note": PHONE})
    assert answer.status_code == 422
    assert PHONE not in answer.content.decode()


def test_a_call_that_never_ends_is_over_after_four_hours(line, person, browser, inside):
    agent = person(line.tenant, Role.AGENT)
    line.tell(browser, line.started(agent.id))
    with inside(line.tenant):
        row = LiveConversation.objects.get(agent=agent.id)
    assert row.closes_at - row.started_at == timedelta(hours=4)
