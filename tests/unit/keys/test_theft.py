"""Code that runs in the front: what it gets from the key service in an hour, and what it gets after hang-up."""

import hmac
from uuid import uuid4

import pytest

from hushkeep.kernel import Denied, Error, NotFound, canonical
from hushkeep.keys import protocol as p
from hushkeep.keys.service import FRONT

LIVE, IDLE = 20, 80


def _numbers():
    return [f"+86138{number:08}" for number in range(LIVE + IDLE)]


@pytest.fixture
def center(strict_house):
    """A hundred customers, twenty of them in a call."""
    house = strict_house
    subjects = [house.new_subject() for _ in range(LIVE + IDLE)]
    talks = [(uuid4(), "contact", subject, "conversation", 1, b"said") for subject in subjects]
    sealed = house.ask(p.SealOriginals(house.tenant, talks))
    wraps = [(wrap, "conversation", 1, original) for original, wrap in sealed]
    connector = uuid4()
    secret = house.ask(p.RegisterConnector(house.tenant, connector))
    items = [(subject, "phone", number) for subject, number in zip(subjects, _numbers(), strict=True)]
    house.ask(p.BindContacts(house.tenant, items))
    calls = [uuid4() for _ in range(LIVE)]
    agents = [uuid4() for _ in range(LIVE)]
    for at, (call, agent) in enumerate(zip(calls, agents, strict=True)):
        body = _word(house, "started", at, agent=agent, contact={"index": "phone", "value": _numbers()[at]})
        house.ask(p.LiveStart(house.tenant, connector, call, body, hmac.digest(secret, body, "sha256")))
    return house, connector, secret, calls, agents, wraps, subjects


def _word(house, kind, number, **more):
    said = {"type": f"conversation.{kind}", "tenant": house.tenant, "conversation": f"pbx-{number}", "at": house.now}
    return canonical(said | more)


def _everything_a_thief_can_try(house, calls, agents, wraps, subjects, devices):
    """Return how many customers were opened by a peer that has the front's role only."""
    opened = set()
    for call, agent in zip(calls, agents, strict=True):
        for at, subject in enumerate(subjects):
            for grant in _grants(house, call, agent, subject, devices.get(agent)):
                try:
                    house.ask(p.OpenOriginals(grant.id, uuid4(), [wraps[at]]), roles={FRONT})
                    opened.add(subject)
                except Denied:
                    continue
    return opened


def _grants(house, call, agent, subject, device):
    event = uuid4()
    said = {
        "tenant": house.tenant,
        "subjects": [subject],
        "classes": ["contact"],
        "purpose": "",
        "event": event,
        "at": house.now,
    }
    forged = p.Proof(agent, device.id if device else uuid4(), house.now, bytes(64))
    proofs = [forged]
    if device:
        proofs.append(device.sign(use="live", conversation=call, **said))
    requests = [
        p.TicketSample(house.tenant, agent, subject, ["contact"], event),
        p.TicketJob(house.tenant, agent, [subject], ["contact"], event),
        p.TicketFourEyes(house.tenant, agent, [subject], ["contact"], "", event, [forged, forged]),
        *[p.TicketLive(house.tenant, agent, call, ["contact"], "", event, proof) for proof in proofs],
    ]
    for request in requests:
        try:
            yield house.ask(request, roles={FRONT})
        except (Denied, NotFound):
            continue


def test_without_the_agents_devices_code_in_the_front_opens_nobody(center):
    house, _, _, calls, agents, wraps, subjects = center
    assert _everything_a_thief_can_try(house, calls[:4], agents[:4], wraps, subjects, {}) == set()
    assert any(record.outcome == "denied" for record in house.log())


def test_with_devices_that_sign_it_opens_the_live_customers_only_and_nobody_after_hang_up(center, unregistered_device):
    house, connector, secret, calls, agents, wraps, subjects = center
    devices = {agent: unregistered_device(agent) for agent in agents[:4]}
    for device in devices.values():
        house.ask(p.RegisterDevice(house.tenant, device.actor, device.id, device.public_key))
    # The thief makes the agents' own browsers sign whatever it likes; the limit on each agent's tickets holds too.
    opened = set()
    for call, agent, subject in zip(calls[:4], agents[:4], subjects, strict=False):
        opened |= _everything_a_thief_can_try(house, [call], [agent], wraps, [subject, *subjects[50:60]], devices)
        house.pass_seconds(60)
    assert opened <= set(subjects[:LIVE])
    assert opened
    for number in range(LIVE):
        body = _word(house, "ended", number)
        house.ask(p.LiveEnd(house.tenant, connector, body, hmac.digest(secret, body, "sha256")))
    house.pass_seconds(121)
    assert _everything_a_thief_can_try(house, calls[:4], agents[:4], wraps, subjects[:20], devices) == set()


def test_the_front_alone_gets_no_key_and_makes_no_connector_device_rotation_or_lock(center):
    house = center[0]
    for request in (
        p.Unwrap(bytes(16), uuid4(), []),
        p.WrapInteractions(house.tenant, []),
        p.RegisterConnector(house.tenant, uuid4()),
        p.RegisterDevice(house.tenant, uuid4(), uuid4(), b"x"),
        p.Rotate(house.tenant, uuid4(), uuid4()),
        p.LogSince(0, 10),
        p.Lock(),
    ):
        with pytest.raises(Error, match="peer_not_allowed"):
            house.ask(request, roles={FRONT})
