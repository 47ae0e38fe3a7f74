"""The key service judges itself whether a conversation is live and its agent asks: a test for each bound thing."""

import hmac
import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from hushkeep.kernel import Conflict, Denied, InvalidInput, NotFound, canonical
from hushkeep.keys import protocol as p
from hushkeep.keys.limits import Rate

NUMBER = "+8613800138000"


@pytest.fixture
def call(house):
    """A customer with a bound number, a connector with its secret, an agent."""
    return Call(house)


class Call:
    def __init__(self, house):
        self.house = house
        self.subject = house.new_subject()
        self.agent, self.connector, self.conversation = uuid4(), uuid4(), uuid4()
        self.secret = house.ask(p.RegisterConnector(house.tenant, self.connector))
        house.ask(p.BindContacts(house.tenant, [(self.subject, "phone", NUMBER)]))

    def body(self, kind, **changed):
        said = {
            "type": f"conversation.{kind}",
            "tenant": self.house.tenant,
            "conversation": "pbx-1",
            "agent": self.agent,
            "contact": {"index": "phone", "value": NUMBER},
            "at": self.house.now,
        }
        return canonical(said | changed)

    def start(self, body=None, signature=None, conversation=None, connector=None):
        body = body or self.body("started")
        signature = signature or hmac.digest(self.secret, body, "sha256")
        request = p.LiveStart(
            self.house.tenant, connector or self.connector, conversation or self.conversation, body, signature
        )
        return self.house.ask(request)

    def end(self, **changed):
        body = self.body("ended", **changed)
        signature = hmac.digest(self.secret, body, "sha256")
        return self.house.ask(p.LiveEnd(self.house.tenant, self.connector, body, signature))

    def said(self, event, **changed):
        return {
            "use": "live",
            "tenant": self.house.tenant,
            "conversation": self.conversation,
            "subjects": [self.subject],
            "classes": ["contact"],
            "purpose": "customer_request",
            "event": event,
            "at": self.house.now,
        } | changed

    def ticket(self, device, event=None, proof=None, **asked):
        event = event or uuid4()
        proof = proof or device.sign(**self.said(event))
        values = {
            "actor": self.agent,
            "conversation": self.conversation,
            "classes": ["contact"],
            "purpose": "customer_request",
            "event": event,
        } | asked
        return self.house.ask(p.TicketLive(self.house.tenant, proof=proof, **values))


def test_a_live_call_earns_its_agent_a_ticket_for_its_customer(call, device_of):
    assert call.start() == call.subject
    grant = call.ticket(device_of(call.agent))
    assert (grant.kind, grant.subjects, grant.classes) == ("live", [call.subject], ["contact"])


def test_the_ticket_dies_after_the_call_and_its_wrap_up(call, device_of, house):
    wrap = house.wrap(call.subject, "contact")
    call.start()
    device = device_of(call.agent)
    ticket = call.ticket(device).id
    call.end()
    house.pass_seconds(59)
    assert house.ask(p.Unwrap(ticket, uuid4(), [wrap]))
    house.pass_seconds(2)
    with pytest.raises(Denied, match="ticket_expired"):
        house.ask(p.Unwrap(ticket, uuid4(), [wrap]))
    with pytest.raises(Denied, match="conversation_not_live"):
        call.ticket(device)


def test_a_clock_that_jumps_back_revives_no_ticket(call, device_of, house):
    wrap = house.wrap(call.subject, "contact")
    call.start()
    ticket = call.ticket(device_of(call.agent)).id
    call.end()
    house.pass_seconds(61)
    with pytest.raises(Denied):
        house.ask(p.Unwrap(ticket, uuid4(), [wrap]))
    house.pass_seconds(-3600)
    with pytest.raises(Denied, match="ticket_expired"):
        house.ask(p.Unwrap(ticket, uuid4(), [wrap]))


def test_ended_calls_are_swept_after_a_day_and_live_ones_stay(call, house):
    call.start()
    house.pass_seconds(2 * 86_400)
    house.service.work()
    call.end()
    house.pass_seconds(2 * 86_400)
    house.service.work()
    house.service.commit()
    with pytest.raises(NotFound):
        call.end()


def test_the_clock_does_not_go_back_over_a_restart(house):
    house.pass_seconds(3600)
    house.new_subject()
    before = house.ask(p.Status())["at"]
    house.pass_seconds(-7200)
    house.again()
    assert house.ask(p.Status())["at"] >= before


def test_no_call_no_ticket(call, device_of):
    with pytest.raises(Denied, match="conversation_not_live"):
        call.ticket(device_of(call.agent))


def test_a_call_outlives_a_restart_of_the_service_and_its_tickets_do_not(call, device_of, house):
    wrap = house.wrap(call.subject, "contact")
    call.start()
    device = device_of(call.agent)
    ticket = call.ticket(device).id
    house.again()
    with pytest.raises(Denied, match="ticket_unknown"):
        house.ask(p.Unwrap(ticket, uuid4(), [wrap]))
    assert house.ask(p.Unwrap(call.ticket(device).id, uuid4(), [wrap]))


@pytest.mark.parametrize("fault", ["signature", "body", "connector", "tenant", "stale", "early", "repeated", "same_id"])
def test_a_start_is_refused_unless_everything_holds(call, house, fault):
    changed = {"tenant": uuid4()} if fault == "tenant" else {}
    if fault in {"stale", "early"}:
        changed = {"at": house.now + timedelta(minutes=6 if fault == "early" else -6)}
    body = call.body("started", **changed)
    given = {"body": body}
    if fault == "signature":
        given["signature"] = bytes(32)
    if fault == "body":
        given["signature"] = hmac.digest(call.secret, body, "sha256")
        given["body"] = body.replace(NUMBER.encode(), b"+8613800138001")
    if fault == "connector":
        given["connector"] = uuid4()
    if fault in {"repeated", "same_id"}:
        call.start()
    if fault == "repeated":
        given["conversation"] = uuid4()
    if fault == "same_id":
        given["body"] = call.body("started", conversation="pbx-2")
    with pytest.raises(Denied):
        call.start(**given)


def test_an_unknown_number_starts_nothing(call):
    with pytest.raises(NotFound):
        call.start(call.body("started", contact={"index": "phone", "value": "+8613900139000"}))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"type":"conversation.started"}', b"9" * 10_000])
def test_a_malformed_start_is_bad_input_even_when_signed(call, body):
    with pytest.raises(InvalidInput):
        call.start(body) if body else call.start(b" ")


def test_an_end_must_be_signed_too(call, house):
    call.start()
    with pytest.raises(Denied, match="connector_signature"):
        house.ask(p.LiveEnd(house.tenant, call.connector, call.body("ended"), bytes(32)))
    with pytest.raises(NotFound):
        call.end(conversation="pbx-9")


@pytest.mark.parametrize(
    "signed",
    [
        {"tenant": uuid4()},
        {"conversation": uuid4()},
        {"subjects": [uuid4()]},
        {"classes": ["contact", "payment"]},
        {"purpose": "complaint"},
        {"event": uuid4()},
        {"use": "four_eyes"},
    ],
    ids=lambda signed: next(iter(signed)),
)
def test_a_device_signature_binds_everything_it_is_about(call, device_of, signed):
    call.start()
    device, event = device_of(call.agent), uuid4()
    with pytest.raises(Denied, match="device_signature"):
        call.ticket(device, event, device.sign(**(call.said(event) | signed)))
    assert call.ticket(device)


@pytest.mark.parametrize("seconds", [-61, 61])
def test_a_signature_of_another_time_earns_nothing(call, device_of, house, seconds):
    call.start()
    device, event = device_of(call.agent), uuid4()
    proof = device.sign(**(call.said(event) | {"at": house.now + timedelta(seconds=seconds)}))
    with pytest.raises(Denied, match="evidence_stale"):
        call.ticket(device, event, proof)
    with pytest.raises(Denied, match="device_signature"):
        call.ticket(device, event, p.Proof(proof.actor, proof.device, house.now, proof.signature))


def test_only_the_agents_own_registered_device_signs(call, device_of, unregistered_device, house):
    call.start()
    revoked = device_of(call.agent)
    house.ask(p.RevokeDevice(house.tenant, revoked.id))
    for device in (unregistered_device(call.agent), device_of(uuid4()), revoked):
        with pytest.raises(Denied, match="device_unknown"):
            call.ticket(device)


def test_another_agent_gets_nothing_from_a_live_call(call, device_of):
    call.start()
    other = device_of(uuid4())
    event = uuid4()
    with pytest.raises(Denied, match="conversation_of_another_agent"):
        call.ticket(other, event, other.sign(**call.said(event)), actor=other.actor)


@pytest.mark.parametrize("signature", [b"", bytes(64), b"x" * 63, b"x" * 65, b"\xff" * 64])
def test_what_is_no_signature_earns_nothing(call, device_of, house, signature):
    call.start()
    device = device_of(call.agent)
    with pytest.raises(Denied, match="device_signature"):
        call.ticket(device, proof=p.Proof(call.agent, device.id, house.now, signature))


def test_a_signature_earns_one_ticket(call, device_of):
    call.start()
    device, event = device_of(call.agent), uuid4()
    proof = device.sign(**call.said(event))
    call.ticket(device, event, proof)
    with pytest.raises(Denied, match="evidence_repeated"):
        call.ticket(device, event, proof)


def test_a_contact_belongs_to_one_subject_for_good(call, house):
    other = house.new_subject()
    house.ask(p.BindContacts(house.tenant, [(call.subject, "phone", NUMBER)]))
    with pytest.raises(Conflict):
        house.ask(p.BindContacts(house.tenant, [(other, "phone", NUMBER)]))
    assert call.start() == call.subject


def test_a_device_id_and_a_connector_are_registered_once(call, device_of, unregistered_device, house):
    device, other = device_of(call.agent), unregistered_device(uuid4())
    with pytest.raises(Conflict):
        house.ask(p.RegisterDevice(house.tenant, other.actor, device.id, other.public_key))
    with pytest.raises(Conflict):
        house.ask(p.RegisterConnector(house.tenant, call.connector))
    with pytest.raises(InvalidInput):
        house.ask(p.RegisterDevice(house.tenant, uuid4(), uuid4(), b"no key"))


def _four_eyes(house, subject, people, event, **changed):
    said = {
        "use": "four_eyes",
        "tenant": house.tenant,
        "conversation": None,
        "subjects": [subject],
        "classes": ["payment"],
        "purpose": "fraud_check",
        "event": event,
        "at": house.now,
    } | changed
    proofs = [device.sign(**said) for device in people]
    return house.ask(p.TicketFourEyes(house.tenant, uuid4(), [subject], ["payment"], "fraud_check", event, proofs))


def test_two_people_earn_what_one_does_not(house, device_of):
    subject, event = house.new_subject(), uuid4()
    one, two = device_of(uuid4(), reviewer=True), device_of(uuid4(), reviewer=True)
    assert _four_eyes(house, subject, [one, two], event).kind == "four_eyes"
    for people in ([one], [one, device_of(one.actor, reviewer=True)], []):
        with pytest.raises(Denied, match="second_person_missing"):
            _four_eyes(house, subject, people, uuid4())


def test_agents_are_not_the_two_people_whoever_owns_their_pages(house, device_of):
    subject, above = house.new_subject(), device_of(uuid4(), reviewer=True)
    for people in ([device_of(uuid4()), device_of(uuid4())], [above, device_of(uuid4())]):
        with pytest.raises(Denied, match="device_not_reviewers"):
            _four_eyes(house, subject, people, uuid4())


def test_two_people_open_so_many_customers_a_day_and_no_more(house, device_of):
    people = [device_of(uuid4(), reviewer=True) for _ in range(2)]
    house.service._ground.limits = replace(house.service._ground.limits, four_eyes_tenant=Rate(2, 86_400, 2))
    for _ in range(2):
        _four_eyes(house, house.new_subject(), people, uuid4())
    with pytest.raises(Denied, match="rate_limited"):
        _four_eyes(house, house.new_subject(), people, uuid4())
    house.pass_seconds(43_200)
    assert _four_eyes(house, house.new_subject(), people, uuid4()).kind == "four_eyes"


@pytest.mark.parametrize("changed", [{"subjects": [uuid4()]}, {"classes": ["text"]}, {"use": "live"}, {"purpose": "x"}])
def test_two_people_sign_for_exactly_this(house, device_of, changed):
    with pytest.raises(Denied, match="device_signature"):
        _four_eyes(
            house, house.new_subject(), [device_of(uuid4(), reviewer=True) for _ in range(2)], uuid4(), **changed
        )


def test_evidence_leaves_no_number_in_log_or_store(call, house):
    call.start()
    call.end()
    house.close()
    for path in house.keys_dir.iterdir():
        assert NUMBER.encode() not in path.read_bytes(), path.name
        assert NUMBER[1:].encode() not in path.read_bytes(), path.name
    house.open()
    assert json.dumps([record.op for record in house.log()]).count("live_") == 2


def tell(call, kind, **changed):
    body = call.body(kind, **changed)
    request = p.LiveChange(call.house.tenant, call.connector, body, hmac.digest(call.secret, body, "sha256"))
    return call.house.ask(request)


@pytest.mark.parametrize(("allowed", "held"), [(0, 0), (1, 1), (120, 120)])
def test_a_queue_says_how_long_its_wrap_up_is(call, device_of, house, allowed, held):
    call.start(call.body("started", wrap_up_seconds=allowed))
    device = device_of(call.agent)
    call.end()
    if held:
        house.pass_seconds(held - 1)
        assert call.ticket(device)
    house.pass_seconds(1)
    with pytest.raises(Denied, match="conversation_not_live"):
        call.ticket(device)


@pytest.mark.parametrize("seconds", [-1, 121, "60"])
def test_a_wrap_up_beyond_two_minutes_is_no_start(call, seconds):
    with pytest.raises(InvalidInput):
        call.start(call.body("started", wrap_up_seconds=seconds))


def test_what_an_agent_began_opens_nothing_before_the_customer_was_there_for_20_seconds(call, device_of, house):
    call.start(call.body("started", direction="outbound"))
    device = device_of(call.agent)
    for seconds in (0, 3600):
        house.pass_seconds(seconds)
        with pytest.raises(Denied, match="conversation_not_answered"):
            call.ticket(device)
    tell(call, "answered")
    house.pass_seconds(19)
    with pytest.raises(Denied, match="conversation_not_answered"):
        call.ticket(device)
    house.pass_seconds(1)
    assert call.ticket(device)


def test_what_an_agent_began_opens_at_once_when_the_customer_was_verified(call, device_of, house):
    call.start(call.body("started", direction="outbound"))
    house.pass_seconds(1)
    device = device_of(call.agent)
    with pytest.raises(Denied, match="conversation_not_answered"):
        call.ticket(device)
    tell(call, "verified")
    assert call.ticket(device)


def test_a_call_that_was_put_down_at_once_never_opens_anything(call, device_of, house):
    call.start(call.body("started", direction="outbound"))
    house.pass_seconds(1)
    tell(call, "answered")
    house.pass_seconds(5)
    call.end()
    house.pass_seconds(30)
    with pytest.raises(Denied, match="conversation_not_answered"):
        call.ticket(device_of(call.agent))


def test_an_agent_begins_20_conversations_an_hour_and_no_more(call, house):
    def begin(number, **how):
        call.start(call.body("started", conversation=f"pbx-{number}", **how), conversation=uuid4())

    for number in range(20):
        begin(number, direction="outbound")
    with pytest.raises(Denied, match="rate_limited"):
        begin(20, direction="outbound")
    begin(21)
    begin(22, direction="outbound", agent=uuid4())
    house.pass_seconds(180)
    begin(23, direction="outbound")


def test_a_transfer_takes_the_customer_along_and_kills_the_tickets_left_behind(call, device_of, house):
    wrap = house.wrap(call.subject, "contact")
    call.start()
    first, second = device_of(call.agent), uuid4()
    ticket = call.ticket(first).id
    house.pass_seconds(1)
    tell(call, "transferred", agent=second)
    with pytest.raises(Denied, match="ticket_expired"):
        house.ask(p.Unwrap(ticket, uuid4(), [wrap]))
    with pytest.raises(Denied, match="conversation_of_another_agent"):
        call.ticket(first)
    assert call.ticket(device_of(second), actor=second)


def test_two_agents_serve_one_call_until_one_leaves(call, device_of, house):
    call.start()
    second = uuid4()
    house.pass_seconds(1)
    tell(call, "joined", agent=second)
    assert call.ticket(device_of(call.agent))
    device = device_of(second)
    assert call.ticket(device, actor=second)
    house.pass_seconds(1)
    tell(call, "left", agent=second)
    with pytest.raises(Denied, match="conversation_of_another_agent"):
        call.ticket(device, actor=second)
    assert call.ticket(device_of(call.agent))


@pytest.mark.parametrize("kind", ["answered", "verified", "transferred", "joined", "left"])
def test_a_word_on_a_call_is_refused_unless_everything_holds(call, house, kind):
    with pytest.raises(NotFound):
        tell(call, kind)
    call.start()
    house.pass_seconds(1)
    body = call.body(kind)
    for changed in (
        {"tenant": uuid4()},
        {"at": house.now - timedelta(minutes=6)},
        {"at": house.now + timedelta(minutes=6)},
    ):
        with pytest.raises(Denied):
            tell(call, kind, **changed)
    with pytest.raises(Denied, match="connector_signature"):
        house.ask(p.LiveChange(house.tenant, call.connector, body, b"x" * 32))
    with pytest.raises(Denied, match="connector_unknown"):
        house.ask(p.LiveChange(house.tenant, uuid4(), body, hmac.digest(call.secret, body, "sha256")))
    tell(call, kind)
    for at in (house.now, house.now - timedelta(seconds=1)):
        with pytest.raises(Denied, match="evidence_out_of_order"):
            tell(call, kind, at=at)
    call.end()
    house.pass_seconds(1)
    with pytest.raises(Denied, match="conversation_not_live"):
        tell(call, kind)
