"""The glass call, whole: intake, a signed call, a masked card, a reveal that the device signed, then nothing more."""

import time
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from browser_key import BrowserKey, encode
from hushkeep.access.jobs import tell_device
from hushkeep.access.models import Alarm
from hushkeep.identity.roles import Role
from hushkeep.kernel import Denied, canonical, timestamp
from hushkeep.keys.protocol import Proof
from hushkeep.runtime import clock
from pbx import Pbx

pytestmark = pytest.mark.server

PHONE, NAME, CARD = "13499998888", "王芳", "4000000000000002"
OTHER_PHONE = "13499997777"
TALK = {
    "id": "talk-1",
    "channel": "chat",
    "language": "zh",
    "customer": {"id": "C-1", "phone": PHONE, "name": NAME},
    "turns": [{"speaker": "customer", "text": f"我的手机号是{PHONE}，卡号{CARD}"}],
}
OTHER = TALK | {"id": "talk-2", "customer": {"id": "C-2", "phone": OTHER_PHONE, "name": "李强"}}
OTHER = OTHER | {"turns": [{"speaker": "customer", "text": f"打{OTHER_PHONE}找我"}]}


class Device(BrowserKey):
    """A browser's key, and an agent behind it who signs everything that the console signs."""

    def statement(self, live, classes, purpose, event, at, **changed):
        said = {
            "v": 1,
            "use": "live",
            "tenant": self.who.tenant,
            "actor": self.who.id,
            "device": UUID(self.id),
            "conversation": live["conversation"],
            "subjects": [live["subject"]],
            "classes": sorted(classes),
            "purpose": purpose,
            "event": event,
            "at": at,
        }
        return canonical(said | changed)

    def proof(self, live, classes, purpose="customer_request", event=None, at=None, **changed):
        event = event or self.post("/challenges").json()["event"]
        at = at or clock.now()
        signature = self.sign(self.statement(live, classes, purpose, event, at, **changed))
        return {"event": event, "at": timestamp(at), "signature": encode(signature)}

    def reveal(self, live, talk, purpose="customer_request", **how):
        proof = how.pop("proof", None) or self.proof(live, ["text"], purpose, **how)
        return self.post(f"/conversations/{talk}/reveal", {"purpose": purpose, "proof": proof})

    def reveal_card(self, live, fields, classes, customer=None, **how):
        proof = self.proof(live, classes, **how)
        body = {"purpose": "customer_request", "fields": fields, "proof": proof}
        return self.post(f"/customers/{customer or live['subject']}/reveal", body)


@pytest.fixture
def device_of(person, tenant):
    """A function that returns the trusted device of a new person, which the key service knows."""
    admin = person(tenant)

    def make(role=Role.AGENT, *, trusted=True):
        device = Device(person(tenant, role))
        offered = device.who.browser.post("/devices", {"public_key_jwk": device.jwk, "label": "Desk"})
        device.id = offered.json()["id"]
        if trusted:
            assert admin.browser.post(f"/devices/{device.id}/trust").status_code == 200
            tell_device.work(tenant, device=UUID(device.id))
        return device

    make.admin = admin
    return make


@pytest.fixture
def desk(program, run, tenant, device_of, key_process, browser):
    """Two customers taken in, an agent with a trusted device, and the center's telephone system."""
    assert program.batch(run, TALK, OTHER).json()["taken"] == 2
    return device_of(), Pbx(tenant, key_process, browser)


def test_the_customer_on_the_line_is_found_by_any_contact_that_intake_brought(desk):
    agent, pbx = desk
    first = pbx.start(agent.who.id)
    assert first.status_code == 200, first.content
    again = pbx.start(agent.who.id, "C-1", "source_id", conversation="call-2")
    assert again.json()["subject"] == first.json()["subject"]
    other = pbx.start(agent.who.id, "+86" + OTHER_PHONE, conversation="call-3")
    assert other.json()["subject"] != first.json()["subject"]


def test_a_contact_that_a_crash_left_unbound_is_bound_by_the_first_call_and_no_stranger_by_any(
    program, run, tenant, device_of, key_process, browser, monkeypatch
):
    monkeypatch.setattr("hushkeep.records._subjects._bind", lambda *_: None)  # died between COMMIT and this
    assert program.batch(run, TALK, OTHER).json()["taken"] == 2
    agent, pbx = device_of(), Pbx(tenant, key_process, browser)
    started = pbx.start(agent.who.id)
    assert started.status_code == 200, started.content
    assert (
        pbx.start(agent.who.id, "C-2", "source_id", conversation="call-2").json()["subject"]
        != started.json()["subject"]
    )
    for value, index in (("+8613499990000", "phone"), ("C-3", "source_id"), (PHONE, "shoe_size")):
        assert pbx.start(agent.who.id, value, index, conversation="call-3").status_code in {404, 422}


def test_a_desk_shows_a_masked_card_and_nothing_of_anybody_else(desk):
    agent, pbx = desk
    live = pbx.start(agent.who.id).json()
    other = pbx.start(uuid4(), "+86" + OTHER_PHONE, conversation="call-2")
    assert other.status_code == 403
    shown = agent.get(f"/customers/{live['subject']}")
    assert shown.status_code == 200, shown.content
    card = shown.json()
    assert {f["name"] for f in card["fields"]} == {"name", "phone"}
    assert [len(card["conversations"]), card["conversations"][0]["channel"]] == [1, "chat"]
    talk = agent.get(f"/conversations/{card['conversations'][0]['id']}")
    for value in (PHONE, NAME, CARD):
        assert value not in shown.content.decode() + talk.content.decode()
    assert agent.get(f"/customers/{uuid4()}").status_code == 403
    assert agent.get("/conversations").status_code == 403


def test_a_reveal_that_the_device_signed_opens_the_call_and_is_the_one_event(desk, events, key_process):
    agent, pbx = desk
    live = pbx.start(agent.who.id).json()
    before = key_process.status()["log_seq"]
    talk = agent.get(f"/customers/{live['subject']}").json()["conversations"][0]["id"]
    seen = agent.reveal(live, talk)
    assert seen.status_code == 200, seen.content
    assert PHONE in seen.json()["turns"][0]["text"]
    card = agent.reveal_card(live, ["phone", "name"], ["contact", "identity"])
    assert {f["name"]: f["text"] for f in card.json()["fields"]} == {"phone": PHONE, "name": NAME}
    told = [e for e in events(agent.who.tenant, actor=agent.who.id) if e["action"].endswith(":reveal")]
    assert [(str(e["id"]), e["outcome"], e["count"]) for e in told] == [
        (seen.json()["event"], "allowed", 1),
        (card.json()["event"], "allowed", 2),
    ]
    opened = {str(opening.event) for opening in key_process.openings_since(before)[1]}
    assert opened == {seen.json()["event"], card.json()["event"]}


def test_one_second_after_the_wrap_up_the_same_agent_with_the_same_token_gets_nothing(desk, events, key_process):
    agent, pbx = desk
    live = pbx.start(agent.who.id, wrap_up_seconds=1).json()
    talk = agent.get(f"/customers/{live['subject']}").json()["conversations"][0]["id"]
    assert agent.reveal(live, talk).status_code == 200
    at, event = clock.now(), uuid4()
    signature = agent.sign(agent.statement(live, ["text"], "customer_request", event, at))
    proof = Proof(agent.who.id, UUID(agent.id), at, signature)
    ticket = key_process.ticket_live(
        agent.who.tenant, agent.who.id, UUID(live["conversation"]), ["text"], "customer_request", event, proof
    )
    closes = datetime.fromisoformat(pbx.tell("ended").json()["closes_at"])
    time.sleep(max(0, (closes - clock.now()).total_seconds()) + 1)
    for answer in (
        agent.reveal(live, talk),
        agent.reveal_card(live, ["phone"], ["contact"]),
        agent.get(f"/customers/{live['subject']}"),
        agent.get(f"/conversations/{talk}"),
    ):
        assert answer.status_code == 403, answer.content
    with pytest.raises(Denied, match="ticket_expired"):
        key_process.unwrap(ticket, uuid4(), [b"x" * 128])
    fresh = clock.now()
    signed = agent.sign(agent.statement(live, ["text"], "customer_request", event, fresh))
    # Whoever owns the front may ask the key service straight away: it knows that the call is over.
    with pytest.raises(Denied, match="conversation_not_live"):
        key_process.ticket_live(
            agent.who.tenant,
            agent.who.id,
            UUID(live["conversation"]),
            ["text"],
            "customer_request",
            event,
            Proof(agent.who.id, UUID(agent.id), fresh, signed),
        )
    denied = [e["action"] for e in events(agent.who.tenant, actor=agent.who.id) if e["outcome"] == "denied"]
    assert denied == ["conversation:reveal", "customer:reveal", "customer:view", "conversation:view"]
    assert agent.get("/live").json()["items"] == []


def _without_signature(agent, live, talk):
    return agent.post(f"/conversations/{talk}/reveal", {"purpose": "customer_request"})


def _signed_by_another_key(agent, live, talk):
    mine, agent.key = agent.key, ec.generate_private_key(ec.SECP256R1())
    event = str(uuid4())
    at = clock.now()
    signature = encode(agent.sign(agent.statement(live, ["text"], "customer_request", event, at)))
    agent.key = mine
    event = agent.post("/challenges").json()["event"]
    return agent.reveal(live, talk, proof={"event": event, "at": timestamp(at), "signature": signature})


def _for_another_purpose(agent, live, talk):
    proof = agent.proof(live, ["text"], "complaint")
    return agent.reveal(live, talk, "customer_request", proof=proof)


def _for_another_customer(agent, live, talk):
    return agent.reveal(live, talk, subjects=[str(uuid4())])


def _for_another_conversation(agent, live, talk):
    return agent.reveal(live, talk, conversation=str(uuid4()))


def _for_another_class(agent, live, talk):
    return agent.reveal(live, talk, proof=agent.proof(live, ["contact"]))


def _for_an_event_of_its_own(agent, live, talk):
    return agent.reveal(live, talk, event=str(uuid4()))


def _twice(agent, live, talk):
    proof = agent.proof(live, ["text"])
    assert agent.reveal(live, talk, proof=proof).status_code == 200
    return agent.reveal(live, talk, proof=proof)


def _stale(agent, live, talk):
    at = datetime.fromtimestamp(clock.now().timestamp() - 61, clock.now().tzinfo)
    return agent.reveal(live, talk, at=at)


@pytest.mark.parametrize(
    ("attempt", "reason"),
    [
        (_without_signature, "live_evidence_missing"),
        (_signed_by_another_key, "device_signature"),
        (_for_another_purpose, "device_signature"),
        (_for_another_customer, "device_signature"),
        (_for_another_conversation, "device_signature"),
        (_for_another_class, "device_signature"),
        (_for_an_event_of_its_own, "challenge_unknown"),
        (_twice, "challenge_unknown"),
        (_stale, "evidence_stale"),
    ],
)
def test_a_reveal_is_refused_unless_the_device_signed_for_just_this(desk, events, attempt, reason):
    agent, pbx = desk
    live = pbx.start(agent.who.id).json()
    talk = agent.get(f"/customers/{live['subject']}").json()["conversations"][0]["id"]
    answer = attempt(agent, live, talk)
    assert (answer.status_code, answer.json()["params"]) == (403, {"reason": reason})
    last = events(agent.who.tenant, actor=agent.who.id, action="conversation:reveal")[-1]
    assert (last["outcome"], last["reason"]) in {("denied", reason), ("failed", reason)}


def test_a_device_that_is_revoked_signs_nothing_more_for_the_key_service(desk, device_of, key_process):
    agent, pbx = desk
    live = pbx.start(agent.who.id).json()
    device_of.admin.browser.post(f"/devices/{agent.id}/revoke")
    tell_device.work(agent.who.tenant, device=UUID(agent.id))
    at, event = clock.now(), uuid4()
    signed = agent.sign(agent.statement(live, ["text"], "customer_request", event, at))
    with pytest.raises(Denied, match="device_unknown"):
        key_process.ticket_live(
            agent.who.tenant,
            agent.who.id,
            UUID(live["conversation"]),
            ["text"],
            "customer_request",
            event,
            Proof(agent.who.id, UUID(agent.id), at, signed),
        )


def test_a_device_that_nobody_trusts_earns_no_ticket_and_the_try_is_an_alarm(desk, device_of, inside):
    _, pbx = desk
    agent = device_of(trusted=False)
    live = pbx.start(agent.who.id).json()
    answer = agent.reveal_card(live, ["phone"], ["contact"])
    assert (answer.status_code, answer.json()["params"]) == (403, {"reason": "device_unknown"})
    with inside(agent.who.tenant):
        assert Alarm.objects.filter(code="device_unknown", person=agent.who.id).count() == 1


def test_what_an_agent_began_stays_masked_until_the_customer_was_there_for_20_seconds(desk, inside):
    agent, pbx = desk
    live = pbx.start(agent.who.id, direction="outbound").json()
    assert live["opens_at"] is None
    assert agent.get(f"/customers/{live['subject']}").status_code == 403
    answered = pbx.tell("answered")
    assert answered.status_code == 200, answered.content
    assert answered.json()["opens_at"] is not None
    assert agent.get(f"/customers/{live['subject']}").status_code == 403


def test_what_an_agent_began_opens_at_once_for_a_verified_customer(desk):
    agent, pbx = desk
    live = pbx.start(agent.who.id, direction="outbound").json()
    assert agent.reveal_card(live, ["phone"], ["contact"]).status_code == 403
    told = pbx.tell("verified")
    assert told.status_code == 200, told.content
    assert told.json()["opens_at"] is not None
    assert agent.reveal_card(live, ["phone"], ["contact"]).status_code == 200


def test_a_transfer_takes_the_customer_to_the_next_agent_at_once(desk, device_of):
    first, pbx = desk
    second = device_of()
    live = pbx.start(first.who.id).json()
    moved = pbx.tell("transferred", agent=str(second.who.id))
    assert moved.status_code == 200, moved.content
    assert first.get(f"/customers/{live['subject']}").status_code == 403
    assert second.reveal_card(live, ["phone"], ["contact"]).status_code == 200
    assert [c["id"] for c in second.get("/live").json()["items"]] == [live["id"]]


def test_two_on_one_call_both_see_the_customer_until_one_leaves(desk, device_of):
    first, pbx = desk
    second = device_of()
    live = pbx.start(first.who.id).json()
    assert pbx.tell("joined", agent=str(second.who.id)).status_code == 200
    assert first.reveal_card(live, ["phone"], ["contact"]).status_code == 200
    assert second.reveal_card(live, ["phone"], ["contact"]).status_code == 200
    assert pbx.tell("left", agent=str(second.who.id)).status_code == 200
    assert second.reveal_card(live, ["phone"], ["contact"]).status_code == 403
    assert first.get(f"/customers/{live['subject']}").status_code == 200


@pytest.mark.parametrize("kind", ["answered", "verified", "transferred", "joined", "left"])
def test_a_word_on_a_call_that_never_began_or_is_over_changes_nothing(desk, kind):
    agent, pbx = desk
    said = {} if kind in {"answered", "verified"} else {"agent": str(agent.who.id)}
    assert pbx.tell(kind, **said).status_code == 404
    pbx.start(agent.who.id)
    pbx.tell("ended")
    assert pbx.tell(kind, **said).status_code == 403
