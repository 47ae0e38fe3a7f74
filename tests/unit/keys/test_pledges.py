"""What people sign for beforehand earns the worker one ticket, for exactly that: a refusal for each bound thing."""

from uuid import uuid4

import pytest

from hushkeep.kernel import Denied, InvalidInput
from hushkeep.keys import protocol as p
from hushkeep.keys.service import FRONT, WORKER


class Wanted:
    """A clear export's request: its subjects, and the people whose devices may sign."""

    def __init__(self, house, device_of, subjects=1):
        self.house = house
        self.id = uuid4()
        self.subjects = [house.new_subject() for _ in range(subjects)]
        self.people = [device_of(uuid4(), reviewer=True) for _ in range(3)]

    def pledge(self, device, *, signed=None, **sent):
        said = {"subjects": self.subjects, "classes": ["text"], "purpose": "legal_duty", "event": self.id} | sent
        proof = device.sign(
            use="four_eyes",
            tenant=self.house.tenant,
            conversation=None,
            at=self.house.now,
            **(said | (signed or {})),
        )
        self.house.ask(p.Pledge(self.house.tenant, proof=proof, **said), {FRONT})

    def ticket(self, roles=(WORKER,), **sent):
        said = {"subjects": self.subjects, "classes": ["text"], "purpose": "legal_duty", "pledge": self.id} | sent
        said = {"tenant": self.house.tenant, "actor": uuid4(), "event": uuid4()} | said
        return self.house.ask(p.TicketPledged(**said), set(roles))


@pytest.fixture
def wanted(house, device_of):
    return Wanted(house, device_of)


def both_sign(wanted):
    for device in wanted.people[:2]:
        wanted.pledge(device)


def test_two_peoples_pledges_earn_one_ticket_that_opens_what_was_signed_for(wanted):
    both_sign(wanted)
    grant = wanted.ticket()
    assert (grant.kind, grant.subjects, grant.classes) == ("four_eyes", wanted.subjects, ["text"])
    house = wanted.house
    assert house.ask(p.Unwrap(grant.id, uuid4(), [house.wrap(wanted.subjects[0])])) == [b"s" * 32]
    with pytest.raises(Denied, match="ticket_other_subject"):
        house.ask(p.Unwrap(grant.id, uuid4(), [house.wrap(house.new_subject())]))
    with pytest.raises(Denied, match="pledge_missing"):
        wanted.ticket()


def test_one_person_with_two_devices_or_twice_is_one(wanted, device_of):
    one = wanted.people[0]
    for device in (one, device_of(one.actor, reviewer=True), one):
        wanted.pledge(device)
        wanted.house.pass_seconds(1)
    with pytest.raises(Denied, match="second_person_missing"):
        wanted.ticket()


@pytest.mark.parametrize(("subjects", "signers", "enough"), [(50, 2, True), (51, 2, False), (51, 3, True)])
def test_above_fifty_subjects_three_people_sign(house, device_of, subjects, signers, enough):
    wanted = Wanted(house, device_of, subjects)
    for device in wanted.people[:signers]:
        wanted.pledge(device)
    if enough:
        assert len(wanted.ticket().subjects) == subjects
    else:
        with pytest.raises(Denied, match="second_person_missing"):
            wanted.ticket()


@pytest.mark.parametrize(
    "signed",
    [{"subjects": [uuid4()]}, {"classes": ["voice"]}, {"purpose": "complaint"}, {"event": uuid4()}],
    ids=lambda signed: next(iter(signed)),
)
def test_a_signature_for_anything_else_is_no_pledge(wanted, signed):
    with pytest.raises(Denied, match="device_signature"):
        wanted.pledge(wanted.people[0], signed=signed)


@pytest.mark.parametrize("asked", ["subjects", "purpose", "pledge", "tenant"])
def test_the_worker_gets_no_ticket_for_anything_else_than_was_pledged(wanted, asked):
    both_sign(wanted)
    others = {
        "subjects": [*wanted.subjects, wanted.house.new_subject()],
        "purpose": "complaint",
        "pledge": uuid4(),
        "tenant": uuid4(),
    }
    with pytest.raises(Denied, match="pledge_missing"):
        wanted.ticket(**{asked: others[asked]})
    assert wanted.ticket()


def test_those_who_sign_sign_for_the_same(wanted):
    wanted.pledge(wanted.people[0])
    with pytest.raises(Denied, match="pledged_otherwise"):
        wanted.pledge(wanted.people[1], subjects=[wanted.house.new_subject()])


def test_only_the_worker_redeems_and_only_the_front_hands_in(wanted):
    both_sign(wanted)
    with pytest.raises(Denied, match="peer_not_allowed"):
        wanted.ticket(roles=[FRONT])
    request = p.Pledge(
        wanted.house.tenant, wanted.subjects, ["text"], "x", wanted.id, p.Proof(uuid4(), uuid4(), wanted.house.now, b"")
    )
    with pytest.raises(Denied, match="peer_not_allowed"):
        wanted.house.ask(request, {WORKER})


@pytest.mark.parametrize("klass", ["contact", "identity", "payment", "voice", "consent"])
def test_only_what_was_said_may_be_pledged_for(wanted, klass):
    with pytest.raises(Denied, match="class_not_pledged"):
        wanted.pledge(wanted.people[0], classes=["text", klass])


def test_no_more_than_a_thousand_subjects_and_each_once(wanted):
    for subjects in ([], [*wanted.subjects, *wanted.subjects], [uuid4() for _ in range(1001)]):
        with pytest.raises(InvalidInput):
            wanted.pledge(wanted.people[0], subjects=subjects)


def test_a_tenant_has_two_thousand_subjects_a_day(house, device_of):
    for number in range(41):
        wanted = Wanted(house, device_of, 50)
        both_sign(wanted)
        if number < 40:
            wanted.ticket()
    with pytest.raises(Denied, match="rate_limited"):
        wanted.ticket()
    house.pass_seconds(50 * 86_400 / 2000)
    assert wanted.ticket()


def test_the_ticket_opens_a_thousand_originals_and_no_more(wanted):
    both_sign(wanted)
    ticket, house = wanted.ticket().id, wanted.house
    wrap = house.wrap(wanted.subjects[0])
    house.ask(p.Unwrap(ticket, uuid4(), [wrap] * 1000))
    with pytest.raises(Denied, match="ticket_used_up"):
        house.ask(p.Unwrap(ticket, uuid4(), [wrap]))


def test_a_pledge_ends_after_a_day_whoever_signs_again(wanted):
    wanted.pledge(wanted.people[0])
    wanted.house.pass_seconds(86_399)
    wanted.pledge(wanted.people[1])
    wanted.house.pass_seconds(1)
    with pytest.raises(Denied, match="pledge_missing"):
        wanted.ticket()


@pytest.mark.parametrize("end", ["revoked", "stopped", "restarted"])
def test_what_was_signed_dies_with_the_device_the_session_or_the_service(wanted, end):
    both_sign(wanted)
    house, signer = wanted.house, wanted.people[1]
    match end:
        case "revoked":
            house.ask(p.RevokeDevice(house.tenant, signer.id))
        case "stopped":
            house.ask(p.EndTickets(house.tenant, signer.actor))
        case _:
            house.again()
    with pytest.raises(Denied, match="pledge_missing" if end == "restarted" else "second_person_missing"):
        wanted.ticket()


def test_a_pledge_is_signed_now(wanted):
    house = wanted.house
    said = {"subjects": wanted.subjects, "classes": ["text"], "purpose": "legal_duty", "event": wanted.id}
    proof = wanted.people[0].sign(use="four_eyes", tenant=house.tenant, conversation=None, at=house.now, **said)
    house.pass_seconds(61)
    with pytest.raises(Denied, match="evidence_stale"):
        house.ask(p.Pledge(house.tenant, proof=proof, **said), {FRONT})


def test_a_signature_is_handed_in_once(wanted):
    wanted.pledge(wanted.people[0])
    with pytest.raises(Denied, match="evidence_repeated"):
        wanted.pledge(wanted.people[0])


def test_an_agents_device_pledges_for_nobody(wanted, device_of):
    with pytest.raises(Denied, match="device_not_reviewers"):
        wanted.pledge(device_of(uuid4()))
