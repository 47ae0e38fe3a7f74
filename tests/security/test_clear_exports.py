"""Clear exports: stricter than masked ones at each step, and opened by what people's devices signed for alone."""

import io
import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from browser_key import BrowserKey
from hushkeep import vault
from hushkeep.access import four_eyes
from hushkeep.access.jobs import tell_device
from hushkeep.access.models import Alarm, Approval
from hushkeep.identity.roles import Role
from hushkeep.kernel import Denied, IntegrityError
from hushkeep.records import _export_parts, export_writing
from hushkeep.records.models import Conversation, Export, Wrap
from hushkeep.runtime import clock, jobs, objects
from hushkeep.watch.reconciliation import Round

pytestmark = pytest.mark.server

PHONE, CARD = "13499998888", "4000000000000002"
PRIVATE = X25519PrivateKey.generate()
RECIPIENT = PRIVATE.public_key().public_bytes_raw().hex()
WANTED = {"format": "jsonl", "purpose": "legal_duty", "recipient": RECIPIENT, "clear": True, "minutes": 60}


def talk(n):
    return {
        "id": f"talk-{n}",
        "channel": "chat",
        "language": "zh",
        "customer": {"id": f"C-{n}"},
        "turns": [{"speaker": "customer", "text": f"我的手机号是{PHONE}，卡号{CARD}", "at": "2026-03-04T08:00:00Z"}],
    }


@pytest.fixture
def stored(program, run):
    """Three conversations of three customers."""
    assert program.batch(run, *(talk(n) for n in range(3))).json()["taken"] == 3
    return program.key.tenant


@pytest.fixture
def key_of(person, stored):
    """A function that returns the trusted browser key of a new person in a role."""
    admin = person(stored)

    def make(role, *, trusted=True):
        made = BrowserKey(person(stored, role))
        made.id = made.who.browser.post("/devices", {"public_key_jwk": made.jwk, "label": "Desk"}).json()["id"]
        if trusted:
            assert admin.browser.post(f"/devices/{made.id}/trust").status_code == 200
            tell_device.work(stored, device=UUID(made.id))
        return made

    make.admin = admin
    return make


@pytest.fixture
def two(key_of):
    """A data-protection officer who asks and carries out, a security officer who says yes."""
    return key_of(Role.DPO), key_of(Role.SECURITY)


def reason(answer):
    assert answer.status_code in {403, 404, 409, 422}, answer.content
    return answer.json()["params"].get("reason") or answer.json()["code"]


def asked(who, **changes):
    answer = who.post("/exports", WANTED | changes)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def sign(who, approval):
    return who.post(f"/approvals/{approval}/sign", {"proof": who.pledge(approval)})


def approve(who, approval, **changed):
    return who.post(f"/approvals/{approval}/approve", {"proof": who.pledge(approval, **changed)})


def execute(who, approval, **changed):
    return who.post(f"/approvals/{approval}/execute-clear", {"proof": who.pledge(approval, **changed)})


def begun(dpo, security, **changes):
    approval = asked(dpo, **changes)
    assert approve(security, approval).status_code == 200
    started = execute(dpo, approval)
    assert started.status_code == 202, started.content
    return started.json()


def work(tenant, export):
    jobs.run("records.export", str(tenant), {"export": UUID(export).urn})


def collected(who, export):
    taken = who.post(f"/exports/{export}/take")
    assert taken.status_code == 200, taken.content
    out, pieces = io.BytesIO(), [who.get(f"/exports/{export}/parts/{n}") for n in range(taken.json()["parts"])]
    vault.open_archive(io.BytesIO(b"".join(p.content for p in pieces)), out, PRIVATE.private_bytes_raw())
    return out.getvalue().decode().splitlines()


def state(inside, tenant, export):
    with inside(tenant):
        return Export.objects.get(id=export).state


def test_two_people_sign_and_what_was_said_leaves_with_cards_masked_and_its_reason_in_an_event(
    stored, two, events, inside, matched
):
    dpo, security = two
    approval = asked(dpo)
    shown = security.get(f"/approvals/{approval}/preview")
    assert PHONE not in shown.content.decode()
    assert approve(security, approval).json()["sampled"] is True
    export = execute(dpo, approval).json()["id"]
    work(stored, export)
    lines = collected(dpo, export)
    rows = [json.loads(line) for line in lines[1:-1]]
    assert len(rows) == 3
    assert all(PHONE in row["turns"][0][1] and CARD not in row["turns"][0][1] for row in rows)
    assert "CLEAR VALUES" in lines[0]
    [opening] = events(stored, action="key:unwrap")
    assert (opening["outcome"], opening["reason"], opening["purpose"]) == ("allowed", "export_clear", "legal_duty")
    assert (str(opening["target"]), str(opening["approval"]), opening["count"]) == (export, approval, 3)
    [revealed] = events(stored, action="export:reveal")
    assert (revealed["outcome"], revealed["purpose"], revealed["actor"]) == ("allowed", "legal_duty", dpo.who.id)
    assert matched() == Round(0, 0)
    with inside(stored):
        assert not Alarm.objects.filter(severity="red").exists()


def test_every_original_is_opened_under_the_signed_ticket_and_the_front_earns_none(stored, two, key_process):
    dpo, security = two
    since = key_process.status()["log_seq"]
    export = begun(dpo, security)["id"]
    work(stored, export)
    log = [
        (r.op, r.kind, r.count) for r in key_process.log_since(since) if r.op in {"pledge", "ticket", "open_originals"}
    ]
    assert log == [
        ("pledge", None, 3),
        ("pledge", None, 3),
        ("ticket", "four_eyes", 3),
        ("open_originals", "four_eyes", 3),
    ]


def test_without_a_signature_nobody_says_yes_or_carries_out(two):
    dpo, security = two
    approval = asked(dpo)
    for body in (None, {"proof": None}):
        assert reason(security.post(f"/approvals/{approval}/approve", body)) == "device_proof_missing"
    assert approve(security, approval).status_code == 200
    assert reason(dpo.post(f"/approvals/{approval}/execute-clear", {"proof": None})) == "device_proof_missing"
    assert execute(dpo, approval).status_code == 202


def test_a_signature_for_anything_else_is_refused_and_decides_nothing(two):
    dpo, security = two
    approval = asked(dpo)
    others = [{"subjects": [str(uuid4())]}, {"purpose": "complaint"}, {"event": str(uuid4())}, {"use": "sample"}]
    for changed in (*others, {"classes": ["voice"]}):
        assert reason(approve(security, approval, **changed)) == "device_signature"
    assert execute(dpo, approval).json()["code"] == "approval_required"
    assert approve(security, approval).status_code == 200
    for changed in others:
        assert reason(execute(dpo, approval, **changed)) == "device_signature"


def test_a_device_that_nobody_trusts_signs_nothing(key_of, two):
    dpo, _ = two
    stranger = key_of(Role.SECURITY, trusted=False)
    assert reason(approve(stranger, asked(dpo))) == "device_unknown"


def test_a_masked_approval_carries_out_nothing_clear_nor_a_clear_one_anything_masked(two):
    dpo, security = two
    masked = asked(dpo, clear=False)
    assert security.post(f"/approvals/{masked}/approve").status_code == 200
    assert dpo.post(f"/approvals/{masked}/execute-clear", {"proof": None}).json()["code"] == "approval_required"
    clear = asked(dpo)
    assert approve(security, clear).status_code == 200
    assert dpo.post(f"/approvals/{clear}/execute").json()["code"] == "approval_required"


def test_a_scope_turned_clear_in_the_database_opens_nothing(stored, two, inside):
    dpo, security = two
    masked = asked(dpo, clear=False)
    assert security.post(f"/approvals/{masked}/approve").status_code == 200
    with inside(stored):
        Approval.objects.filter(id=masked).update(action="export:reveal", clear=True)
    assert reason(execute(dpo, masked)) == "scope_changed"


def test_an_export_turned_clear_in_the_database_has_no_signatures(stored, two, inside, events, matched):
    dpo, security = two
    masked = asked(dpo, clear=False)
    assert security.post(f"/approvals/{masked}/approve").status_code == 200
    export = dpo.post(f"/approvals/{masked}/execute").json()["id"]
    with inside(stored):
        Export.objects.filter(id=export).update(opening=uuid4())
    with pytest.raises(Denied, match="pledge_missing"):
        work(stored, export)
    assert state(inside, stored, export) == "failed"
    assert [e["outcome"] for e in events(stored, action="key:unwrap")] == ["failed"]
    assert matched() == Round(0, 0)


def test_a_supervisor_neither_asks_for_clear_values_nor_says_yes_nor_carries_them_out(two, key_of):
    dpo, security = two
    supervisor = key_of(Role.SUPERVISOR)
    assert reason(supervisor.post("/exports", WANTED)) == "not_permitted"
    approval = asked(dpo)
    assert reason(approve(supervisor, approval)) == "not_a_decider"
    assert approve(security, approval).status_code == 200
    assert reason(execute(supervisor, approval)) == "not_permitted"


def test_what_cannot_be_asked_for_in_the_clear(two):
    for changes, code in (
        ({"purpose": "customer_request"}, "purpose_not_clear"),
        ({"purpose": "complaint"}, "purpose_not_clear"),
        ({"minutes": 24 * 60 + 1}, "life_or_count_out_of_range"),
        ({"language": "en"}, "nothing_to_export"),
    ):
        assert reason(two[0].post("/exports", WANTED | changes)) == code


def test_what_was_sealed_by_a_client_cannot_leave_in_the_clear(stored, two, inside):
    with inside(stored):
        Conversation.objects.filter(id=Conversation.objects.first().id).update(scheme="mls")
    assert reason(two[0].post("/exports", WANTED)) == "sealed_by_client"


def test_a_large_one_takes_three_people_and_the_key_service_wants_each_ones_signature(
    stored, two, key_of, program, run, matched
):
    assert program.batch(run, *(talk(n) for n in range(3, 51))).json()["taken"] == 48
    dpo, security = two
    third = key_of(Role.DPO)
    approval = asked(dpo)
    assert sign(dpo, approval).status_code == 204
    assert approve(security, approval).json()["large"] is True
    assert reason(execute(dpo, approval)) == "third_person_missing"
    export = execute(third, approval).json()["id"]
    work(stored, export)
    assert len(collected(third, export)) == 51 + 2
    assert matched() == Round(0, 0)


def test_two_signatures_are_too_few_for_a_large_one(stored, two, key_of, program, run, inside):
    assert program.batch(run, *(talk(n) for n in range(3, 51))).json()["taken"] == 48
    dpo, security = two
    third = key_of(Role.DPO)
    approval = asked(dpo)
    assert approve(security, approval).status_code == 200
    export = execute(third, approval).json()["id"]
    with pytest.raises(Denied, match="second_person_missing"):
        work(stored, export)
    assert state(inside, stored, export) == "failed"
    assert reason(third.post(f"/exports/{export}/take")) == "export_failed"


def test_only_whoever_asked_signs_for_the_asking(two, key_of):
    dpo, _ = two
    approval = asked(dpo)
    assert reason(sign(key_of(Role.DPO), approval)) == "not_yours"
    assert reason(sign(key_of(Role.SECURITY), approval)) == "not_permitted"
    assert sign(dpo, approval).status_code == 204
    assert reason(dpo.get(f"/approvals/{uuid4()}/statement")) == "not_found"


def test_pieces_are_added_up_to_the_ceiling_of_clear_values(two, monkeypatch):
    monkeypatch.setattr(four_eyes, "CEILING", {False: 10**6, True: 8})
    dpo, security = two
    for _ in range(2):
        approval = asked(dpo)
        assert security.post(f"/approvals/{approval}/reject").status_code == 200
    assert reason(dpo.post("/exports", WANTED)) == "ceiling_reached"
    assert dpo.post("/exports", WANTED | {"clear": False}).status_code == 201


def test_after_its_end_nothing_clear_is_carried_out(stored, two, inside):
    dpo, security = two
    approval = asked(dpo)
    assert approve(security, approval).status_code == 200
    with inside(stored):
        past = clock.now() - timedelta(hours=2)
        Approval.objects.update(requested_at=past, decided_at=past, expires_at=clock.now() - timedelta(seconds=1))
    assert execute(dpo, approval).status_code == 403


def test_a_count_that_differs_at_execution_is_refused(stored, two, inside):
    dpo, security = two
    approval = asked(dpo)
    assert approve(security, approval).status_code == 200
    with inside(stored):
        one = Conversation.objects.values_list("id", flat=True)[0]
        Conversation.objects.filter(id=one).update(taken_at=clock.now())
    assert reason(execute(dpo, approval)) == "count_changed"


def test_rows_that_vanish_while_it_is_written_leave_nothing_and_no_opening_without_its_event(
    stored, two, inside, events, matched
):
    dpo, security = two
    export = begun(dpo, security)["id"]
    with inside(stored):
        one = Conversation.objects.values_list("id", flat=True)[0]
        Conversation.objects.filter(id=one).update(taken_at=clock.now())
    with pytest.raises(Denied, match="pledge_missing"):
        work(stored, export)
    assert state(inside, stored, export) == "failed"
    assert [e["outcome"] for e in events(stored, action="key:unwrap")] == ["failed"]
    assert matched() == Round(0, 0)


def test_one_original_without_its_key_fails_all_of_it(stored, two, inside, matched):
    dpo, security = two
    export = begun(dpo, security)["id"]
    with inside(stored):
        Wrap.objects.filter(conversation=Conversation.objects.order_by("-id")[0].id).delete()
    with pytest.raises(IntegrityError):
        work(stored, export)
    assert state(inside, stored, export) == "failed"
    assert matched() == Round(0, 0)


def test_killed_in_the_middle_nothing_is_ready_and_what_was_opened_has_its_event(
    stored, two, inside, events, monkeypatch, matched
):
    dpo, security = two
    export = begun(dpo, security)["id"]

    class Killed(BaseException):
        """As a signal ends a process: nothing of ours may tidy up."""

    def die(*_):
        raise Killed

    monkeypatch.setattr(objects, "put", die)
    with pytest.raises(Killed):
        work(stored, export)
    monkeypatch.undo()
    assert state(inside, stored, export) == "writing"
    assert reason(dpo.post(f"/exports/{export}/take")) == "export_writing"
    work(stored, export)  # as the worker would, started again
    assert state(inside, stored, export) == "failed"
    assert [(e["outcome"], e["reason"]) for e in events(stored, action="key:unwrap")] == [("failed", "export_cut_off")]
    with inside(stored):
        assert _export_parts.purge(Export.objects.get(id=export).object) == 0
    assert matched() == Round(0, 0)


def test_a_person_who_was_stopped_has_signed_nothing(stored, two, key_process, inside):
    dpo, security = two
    export = begun(dpo, security)["id"]
    key_process.end_tickets(stored, security.who.id)
    with pytest.raises(Denied, match="second_person_missing"):
        work(stored, export)
    assert state(inside, stored, export) == "failed"


def test_an_archive_of_clear_values_is_collected_once_by_its_maker_and_not_late(stored, two, key_of, inside):
    dpo, security = two
    export = begun(dpo, security)["id"]
    work(stored, export)
    assert reason(key_of(Role.DPO).post(f"/exports/{export}/take")) == "not_yours"
    assert len(collected(dpo, export)) == 5
    assert reason(dpo.post(f"/exports/{export}/take")) == "export_taken"
    late = begun(dpo, security)["id"]
    work(stored, late)
    with inside(stored):
        Export.objects.update(expires_at=clock.now(), began_at=clock.now() - timedelta(hours=25))
    assert reason(dpo.post(f"/exports/{late}/take")) == "export_gone"
    assert export_writing.clear(stored) >= 1
    assert state(inside, stored, late) == "gone"
