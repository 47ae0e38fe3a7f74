"""Yes or no without the value; tickets within their counts, peers within their roles."""

import re
from uuid import uuid4

import cbor2
import pytest

from hushkeep.kernel import Denied, IntegrityError, InvalidInput, NotFound
from hushkeep.keys import protocol as p
from hushkeep.keys.limits import Buckets, Rate
from hushkeep.keys.service import ADMIN, ALL_ROLES, DESKS, FRONT, WORKER

FIELDS = {"phone": "+8613800138000", "birth_date": "1990-01-31"}


@pytest.fixture
def sealed(house):
    subject, row = house.new_subject(), uuid4()
    plain = cbor2.dumps(FIELDS, canonical=True)
    [capsule] = house.ask(p.SealCapsules(house.tenant, [(subject, "contact", "customer", row, 1, plain)]))
    return row, capsule


def _verify(house, sealed, question, value, **moved):
    place = ("customer", moved.get("row", sealed[0]), 1, sealed[1])
    return house.ask(p.Verify(moved.get("tenant", house.tenant), uuid4(), uuid4(), question, value, *place))


@pytest.mark.parametrize(
    ("question", "value", "matched"),
    [
        ("phone_last_4", "8000", True),
        ("phone_last_4", "8001", False),
        ("phone_last_4", "", False),
        ("phone", "+86 138 0013 8000", True),
        ("birth_date", "1990-01-31", True),
        ("birth_date", "1990-01-30", False),
    ],
)
def test_an_answer_matches_or_not(house, sealed, question, value, matched):
    assert _verify(house, sealed, question, value) is matched


def test_five_tries_a_subject_whoever_asks_and_the_right_answer_is_then_refused_too(house, sealed):
    for guess in range(5):
        assert not _verify(house, sealed, "phone_last_4", f"{guess:04}")
    with pytest.raises(Denied, match="rate_limited"):
        _verify(house, sealed, "phone_last_4", "8000")
    house.pass_seconds(181)
    assert _verify(house, sealed, "phone_last_4", "8000")


def test_neither_value_reaches_log_or_store(house, sealed):
    _verify(house, sealed, "birth_date", "1990-01-30")
    house.close()
    for path in house.keys_dir.iterdir():
        assert b"1990-01-3" not in path.read_bytes(), path.name
    house.open()


def test_a_question_is_bound_to_tenant_and_row(house, sealed):
    other = uuid4()
    house.ask(p.CreateTenant(other))
    with pytest.raises(NotFound):
        _verify(house, sealed, "phone", "x", tenant=other)
    with pytest.raises(IntegrityError):
        _verify(house, sealed, "phone", "x", row=uuid4())
    with pytest.raises(InvalidInput):
        _verify(house, sealed, "bank_card", "x")
    with pytest.raises(NotFound):
        _verify(house, sealed, "email", "x")


# As long as a PIN may be: six digits would stand in some hash of the files by chance, once in a thousand runs.
PIN = "271828182845"


def _pin(house, subject, row, pin=PIN):
    return house.ask(p.SealPin(house.tenant, subject, "customer", row, 1, pin))


def test_a_pin_matches_its_subject_alone_and_is_kept_nowhere(house):
    subject, other, row = house.new_subject(), house.new_subject(), uuid4()
    kept = (row, _pin(house, subject, row))
    assert _verify(house, kept, "pin", "2718 2818 2845")
    assert not _verify(house, kept, "pin", "271828182846")
    assert not _verify(house, kept, "pin", "")
    ticket = house.sample(subject, ("identity",))
    [opened] = house.ask(p.OpenCapsules(ticket, uuid4(), [("customer", row, 1, kept[1])]))
    assert PIN.encode() not in opened
    theirs = house.sample(other, ("identity",))
    [same] = house.ask(p.OpenCapsules(theirs, uuid4(), [("customer", row, 1, _pin(house, other, row))]))
    assert cbor2.loads(opened) != cbor2.loads(same), "one PIN of two people has two digests"
    house.close()
    for path in house.keys_dir.iterdir():
        assert PIN.encode() not in path.read_bytes(), path.name
    house.open()


@pytest.mark.parametrize("pin", ["123", "1" * 13, "12a4", "", "１２３４"])
def test_what_is_no_pin_is_refused(house, pin):
    with pytest.raises(InvalidInput):
        _pin(house, house.new_subject(), uuid4(), pin)


def test_a_digest_moved_to_another_subjects_capsule_does_not_match(house):
    subject, other, row = house.new_subject(), house.new_subject(), uuid4()
    ticket = house.sample(subject, ("identity",))
    [digest] = house.ask(p.OpenCapsules(ticket, uuid4(), [("customer", row, 1, _pin(house, subject, row))]))
    [moved] = house.ask(p.SealCapsules(house.tenant, [(other, "identity", "customer", row, 1, digest)]))
    assert not _verify(house, (row, moved), "pin", PIN)


HASHES = re.compile(rb"[0-9a-f]{32,}")
"""Long rows of hex digits: in one of them any code of six digits stands by chance, now and then."""


def _code(house, subject):
    return house.ask(p.IssueCode(house.tenant, uuid4(), uuid4(), subject))


def _answer(house, subject, value, tenant=None):
    return house.ask(p.VerifyCode(tenant or house.tenant, uuid4(), uuid4(), subject, value))


def test_a_one_time_code_is_right_once(house):
    subject = house.new_subject()
    code = _code(house, subject)
    assert len(code) == 6
    assert not _answer(house, subject, "")
    assert _answer(house, subject, code)
    assert not _answer(house, subject, code)


def test_a_one_time_code_is_its_subjects_and_its_tenants(house):
    subject, other, elsewhere = house.new_subject(), house.new_subject(), uuid4()
    house.ask(p.CreateTenant(elsewhere))
    code = _code(house, subject)
    assert not _answer(house, other, code)
    assert not _answer(house, subject, code, tenant=elsewhere)
    assert _answer(house, subject, code)


def test_a_one_time_code_ends_after_five_minutes_at_the_next_one_and_with_the_service(house):
    subject = house.new_subject()
    late = _code(house, subject)
    house.pass_seconds(301)
    assert not _answer(house, subject, late)
    first = _code(house, subject)
    second = _code(house, subject)
    assert first == second or not _answer(house, subject, first)
    house.again()
    assert not _answer(house, subject, second)


def test_codes_and_guesses_are_few_and_no_code_is_logged(house):
    subject = house.new_subject()
    codes = [_code(house, subject) for _ in range(3)]
    with pytest.raises(Denied, match="rate_limited"):
        _code(house, subject)
    wrong = next(f"{n:06}" for n in range(4) if f"{n:06}" not in codes)
    for _ in range(5):
        assert not _answer(house, subject, wrong)
    with pytest.raises(Denied, match="rate_limited"):
        _answer(house, subject, codes[-1])
    said = [record for record in house.log() if record.kind == "one_time_code"]
    assert [(record.op, record.outcome) for record in said] == [
        *[("issue_code", "done")] * 3,
        *[("verify", "not_matched")] * 5,
    ]
    house.close()
    kept = b"".join(path.read_bytes() for path in house.keys_dir.iterdir())
    plain = HASHES.sub(b"", kept)
    assert len(plain) > len(kept) // 4
    assert not [code for code in codes if code.encode() in plain]
    house.open()


def test_nobody_without_keys_gets_a_code(house):
    with pytest.raises(NotFound):
        _code(house, uuid4())


def test_a_flood_is_refused_without_filling_the_log(house):
    actor = uuid4()

    def ask():
        with pytest.raises(Denied, match="rate_limited"):
            house.ask(p.Lookup(house.tenant, actor, uuid4(), "phone", "x"))

    for _ in range(50):
        house.ask(p.Lookup(house.tenant, actor, uuid4(), "phone", "x"))
    for _ in range(100):
        ask()
    assert [record.reason for record in house.log()].count("rate_limited") == 5
    house.pass_seconds(0.001)
    ask()


def test_digests_for_writing_have_a_limit_of_their_own(strict_house):
    def ask(count):
        return strict_house.ask(p.Index(strict_house.tenant, [("phone", str(number)) for number in range(count)]))

    assert len(ask(10)) == 10
    with pytest.raises(Denied, match="rate_limited"):
        ask(1)
    strict_house.pass_seconds(1)
    assert len(ask(10)) == 10
    other = uuid4()
    strict_house.ask(p.CreateTenant(other))
    assert strict_house.ask(p.Index(other, [("phone", "1")]))


def test_a_ticket_is_used_up(strict_house):
    subject = strict_house.new_subject()
    wrap = strict_house.wrap(subject)
    ticket = strict_house.ask(p.TicketJob(strict_house.tenant, uuid4(), [subject], ["text"], uuid4())).id
    strict_house.ask(p.Unwrap(ticket, uuid4(), [wrap] * 2))
    with pytest.raises(Denied, match="ticket_used_up"):
        strict_house.ask(p.Unwrap(ticket, uuid4(), [wrap] * 2))
    strict_house.ask(p.Unwrap(ticket, uuid4(), [wrap]))


def test_where_proof_is_demanded_a_reviewer_signs_for_each_subject(strict_house, unregistered_device):
    subject, other, event = strict_house.new_subject(), strict_house.new_subject(), uuid4()
    device = unregistered_device(uuid4())

    def register(reviewer):
        strict_house.ask(p.RegisterDevice(strict_house.tenant, device.actor, device.id, device.public_key, reviewer))

    register(True)
    said = {
        "use": "sample",
        "tenant": strict_house.tenant,
        "conversation": None,
        "subjects": [subject],
        "classes": ["text"],
        "purpose": "quality_review",
        "event": event,
        "at": strict_house.now,
    }

    def ask(proof, whom=subject, actor=device.actor):
        request = p.TicketSample(strict_house.tenant, actor, whom, ["text"], event, "quality_review", proof)
        return strict_house.ask(request)

    with pytest.raises(Denied, match="device_proof_missing"):
        ask(None)
    with pytest.raises(Denied, match="device_signature"):
        ask(device.sign(**said), whom=other)
    with pytest.raises(Denied, match="device_unknown"):
        ask(device.sign(**said), actor=uuid4())
    register(False)
    with pytest.raises(Denied, match="device_not_reviewers"):
        ask(device.sign(**said))
    register(True)
    assert ask(device.sign(**said)).kind == "sample"


def test_a_ticket_ends_with_its_time(house):
    subject = house.new_subject()
    wrap, ticket = house.wrap(subject), house.sample(subject)
    house.pass_seconds(299)
    house.ask(p.Unwrap(ticket, uuid4(), [wrap]))
    house.pass_seconds(1)
    with pytest.raises(Denied, match="ticket_expired"):
        house.ask(p.Unwrap(ticket, uuid4(), [wrap]))


def test_one_wrap_that_is_not_the_tickets_opens_none(house):
    mine, other = house.new_subject(), house.new_subject()
    with pytest.raises(Denied, match="ticket_other_subject"):
        house.ask(p.Unwrap(house.sample(mine), uuid4(), [house.wrap(mine), house.wrap(other)]))


@pytest.mark.parametrize("byte", [0, 15, 16, 17, 20, 30, 40, 60, 90, 127])
def test_a_wrap_with_a_changed_byte_is_refused(house, byte):
    subject = house.new_subject()
    wrap = bytearray(house.wrap(subject))
    wrap[byte] ^= 1
    with pytest.raises((IntegrityError, NotFound, Denied)):
        house.ask(p.Unwrap(house.sample(subject), uuid4(), [bytes(wrap)]))


def test_every_request_has_a_desk_and_no_peer_without_its_role_is_served(house):
    assert set(DESKS) == set(p.Request.__subclasses__())
    for kind, desk in DESKS.items():
        assert desk.peers <= ALL_ROLES, kind
        assert desk.peers, kind
    with pytest.raises(Denied, match="peer_not_allowed"):
        house.ask(p.TicketJob(house.tenant, uuid4(), [uuid4()], ["text"], uuid4()), roles={FRONT, ADMIN})
    with pytest.raises(Denied, match="peer_not_allowed"):
        house.ask(p.Rotate(house.tenant, uuid4(), uuid4()), roles={FRONT, WORKER})
    with pytest.raises(Denied, match="peer_not_allowed"):
        house.ask(p.Lock(), roles={FRONT, WORKER})
    assert [record.reason for record in house.log()][-3:] == ["peer_not_allowed"] * 3


def test_a_bucket_fills_again_and_never_beyond_its_burst():
    buckets, rate = Buckets(), Rate(count=2, seconds=1, burst=3)
    for _ in range(3):
        buckets.take(("a",), rate, 0)
    with pytest.raises(Denied):
        buckets.take(("a",), rate, 0)
    buckets.take(("b",), rate, 0)
    buckets.take(("a",), rate, 500_000)
    with pytest.raises(Denied):
        buckets.take(("a",), rate, 500_000)
    for _ in range(3):
        buckets.take(("a",), rate, 100_000_000)
    with pytest.raises(Denied):
        buckets.take(("a",), rate, 100_000_000)
