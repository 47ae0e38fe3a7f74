"""An export for a customer goes to that customer: checked when it is asked for, carried out and written."""

from uuid import UUID, uuid4

import pytest

from browser_key import BrowserKey
from hushkeep.access.jobs import tell_device
from hushkeep.access.models import Alarm
from hushkeep.identity.roles import Role
from hushkeep.records.models import Conversation, Export, SubjectIndex
from hushkeep.records.outgoing import Astray
from hushkeep.runtime import jobs

pytestmark = pytest.mark.server

ANN, BEN = "13499998888", "13499997777"
WANTED = {"format": "jsonl", "purpose": "data_subject_request", "recipient": None, "minutes": 60}


def talk(n, phone, text):
    return {
        "id": f"talk-{n}",
        "channel": "chat",
        "language": "zh",
        "customer": {"id": f"C-{phone}", "phone": phone},
        "turns": [{"speaker": "customer", "text": text}],
    }


@pytest.fixture
def customers(program, run, inside):
    """Two of Ann's conversations, one of Ben's; {phone: customer id}."""
    said = [talk(1, ANN, f"我的手机号是{ANN}"), talk(2, ANN, "你好"), talk(3, BEN, f"我的手机号是{BEN}")]
    assert program.batch(run, *said).json()["taken"] == 3
    with inside(program.key.tenant):
        owners = {row.id: row.subject for row in Conversation.objects.all()}
        counts = {subject: list(owners.values()).count(subject) for subject in owners.values()}
    ann, ben = (next(subject for subject, n in counts.items() if n == wanted) for wanted in (2, 1))
    return {ANN: str(ann), BEN: str(ben)}


@pytest.fixture
def two(customers, program, person):
    """A data-protection officer and a security officer, each with a trusted browser."""
    tenant, made = program.key.tenant, []
    admin = person(tenant)
    for role in (Role.DPO, Role.SECURITY):
        key = BrowserKey(person(tenant, role))
        key.id = key.who.browser.post("/devices", {"public_key_jwk": key.jwk, "label": "Desk"}).json()["id"]
        assert admin.browser.post(f"/devices/{key.id}/trust").status_code == 200
        tell_device.work(tenant, device=UUID(key.id))
        made.append(key)
    return made


def to(customer, phone):
    return {"addressee": {"customer": customer, "index": "phone", "value": phone}}


def reason(answer):
    assert answer.status_code in {403, 404, 409, 422}, answer.content
    return answer.json()["params"].get("reason") or answer.json()["code"]


def alarms(inside, tenant):
    with inside(tenant):
        return list(Alarm.objects.filter(code="outgoing_held").values_list("severity", flat=True))


def clear_of_ann(two, customers):
    dpo, security = two
    asked = dpo.post("/exports", WANTED | {"clear": True} | to(customers[ANN], ANN))
    assert asked.status_code == 201, asked.content
    approval = asked.json()["id"]
    assert ANN not in asked.content.decode()
    assert security.post(f"/approvals/{approval}/approve", {"proof": security.pledge(approval)}).status_code == 200
    return approval


def test_only_that_customers_things_leave_to_a_contact_of_theirs(two, customers):
    asked = two[0].post("/exports", WANTED | to(customers[ANN], ANN)).json()
    assert (asked["count"], asked["scope"]["customer"]) == (2, customers[ANN])


def test_it_does_not_go_to_anybody_else_and_that_is_an_alarm(two, customers, inside, events):
    dpo, _ = two
    for phone, code in ((BEN, "recipient_of_another"), ("13499996666", "recipient_unknown")):
        assert reason(dpo.post("/exports", WANTED | to(customers[ANN], phone))) == code
    with inside(dpo.who.tenant):
        assert list(Alarm.objects.filter(code="outgoing_held").values_list("severity", "count")) == [("yellow", 2)]
    assert [e["outcome"] for e in events(dpo.who.tenant, action="export:request")] == ["failed"] * 2


def test_clear_values_of_ones_own_go_to_oneself_and_a_contact_is_one(two):
    customer = str(uuid4())
    for changes, code in (
        ({"clear": True}, "addressee_missing"),
        ({"addressee": {"customer": customer, "index": "bank_card", "value": "4000000000000002"}}, "contact_malformed"),
        ({"addressee": {"customer": customer, "index": "phone", "value": "no number"}}, "contact_malformed"),
    ):
        assert reason(two[0].post("/exports", WANTED | changes)) == code


def test_a_contact_that_another_has_by_then_stops_the_execution(two, customers, inside):
    dpo, _ = two
    approval = clear_of_ann(two, customers)
    with inside(dpo.who.tenant):
        SubjectIndex.objects.filter(name="phone", subject=customers[ANN]).update(subject=customers[BEN])
    answer = dpo.post(f"/approvals/{approval}/execute-clear", {"proof": dpo.pledge(approval)})
    assert reason(answer) == "recipient_of_another"
    assert alarms(inside, dpo.who.tenant) == ["yellow"]


def executed(two, customers):
    dpo, _ = two
    approval = clear_of_ann(two, customers)
    begun = dpo.post(f"/approvals/{approval}/execute-clear", {"proof": dpo.pledge(approval)})
    assert begun.status_code == 202, begun.content
    return begun.json()["id"]


def work(tenant, export):
    jobs.run("records.export", str(tenant), {"export": UUID(export).urn})


def test_what_is_clean_is_written(two, customers, inside):
    dpo, _ = two
    export = executed(two, customers)
    work(dpo.who.tenant, export)
    with inside(dpo.who.tenant):
        assert Export.objects.get(id=export).state == "ready"


def test_a_contact_that_another_has_by_then_stops_the_writing(two, customers, inside):
    dpo, _ = two
    export = executed(two, customers)
    with inside(dpo.who.tenant):
        SubjectIndex.objects.filter(name="phone", subject=customers[ANN]).delete()
    with pytest.raises(Astray, match="recipient_unknown"):
        work(dpo.who.tenant, export)
    with inside(dpo.who.tenant):
        assert Export.objects.get(id=export).state == "failed"


def test_what_was_said_of_another_customer_does_not_leave_and_the_opening_has_its_event(
    two, customers, program, run, inside, events
):
    dpo, _ = two
    assert program.batch(run, talk(4, ANN, f"我朋友的手机号是{BEN}")).json()["taken"] == 1
    export = executed(two, customers)
    with pytest.raises(Astray, match="names_another"):
        work(dpo.who.tenant, export)
    with inside(dpo.who.tenant):
        assert Export.objects.get(id=export).state == "failed"
    assert [(e["outcome"], e["reason"]) for e in events(dpo.who.tenant, action="key:unwrap")] == [
        ("failed", "names_another")
    ]
    assert alarms(inside, dpo.who.tenant) == ["yellow"]
