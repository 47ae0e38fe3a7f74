"""A customer's data changed and deleted by mistake comes back as it was; what goes to the wrong customer is held."""

import pytest

from hushkeep.access.models import Alarm
from hushkeep.identity.roles import Role
from hushkeep.records import change_windows
from hushkeep.records.models import Capsule, Change, Conversation, SubjectIndex
from hushkeep.runtime import clock

pytestmark = pytest.mark.server

PHONE, NEW, OTHER = "13499998888", "13499996666", "13499997777"
WHY = {"purpose": "data_subject_request"}


def talk(number, phone):
    customer = {"id": f"C-{number}", "phone": phone, "email": f"canary{number}@example.com"}
    turns = [{"speaker": "customer", "text": "你好"}]
    return {"id": f"talk-{number}", "channel": "chat", "language": "zh", "customer": customer, "turns": turns}


@pytest.fixture
def customers(program, run, inside):
    assert program.batch(run, talk(0, PHONE), talk(1, OTHER)).json()["taken"] == 2
    with inside(program.key.tenant):
        return [str(subject) for subject in Conversation.objects.order_by("id").values_list("subject", flat=True)]


@pytest.fixture
def dpo(tenant, person, customers):
    return person(tenant, Role.DPO)


def reason(answer):
    assert answer.status_code in {403, 404, 409, 422}, answer.content
    return answer.json()["params"].get("reason") or answer.json()["code"]


def done(answer):
    assert answer.status_code in {200, 201}, answer.content
    return answer.json()


def change(who, customer, **fields):
    [made] = done(who.browser.post(f"/customers/{customer}/change", {"fields": fields}))["items"]
    return made


def card(who, customer):
    return {f["name"]: f["masked"] for f in done(who.browser.get(f"/customers/{customer}"))["fields"]}


def clear(who, customer, *names):
    answer = done(who.browser.post(f"/customers/{customer}/reveal", WHY | {"fields": [*names]}))
    return {field["name"]: field["text"] for field in answer["fields"]}


def stored(inside, tenant, customer):
    with inside(tenant):
        rows = Capsule.objects.filter(subject=customer, undone=False).order_by("id")
        return [(row.id, row.klass, row.version, bytes(row.sealed)) for row in rows]


def test_a_change_keeps_both_sides_and_is_undone_byte_for_byte(tenant, dpo, customers, inside, events):
    me, other = customers
    before, there = card(dpo, me), stored(inside, tenant, me)
    made = change(dpo, me, phone=NEW)
    assert (made["kind"], made["before"]["phone"], made["after"]["phone"]) == ("change", before["phone"], "134****6666")
    assert clear(dpo, me, "phone", "email") == {"phone": NEW, "email": "canary0@example.com"}
    assert NEW not in str(made)
    assert reason(dpo.browser.post(f"/customers/{me}/change", {"fields": {"phone": OTHER}})) == "contact_of_another"
    undone = done(dpo.browser.post(f"/changes/{made['id']}/undo"))
    assert (undone["state"], undone["undone_by"]) == ("undone", str(dpo.id))
    assert card(dpo, me) == before
    assert stored(inside, tenant, me) == there
    assert clear(dpo, me, "phone") == {"phone": PHONE}
    # The key service keeps a number for whom it was first: to another customer it is refused, and nothing is written.
    assert reason(dpo.browser.post(f"/customers/{other}/change", {"fields": {"phone": NEW}})) == "contact_of_another"
    assert change(dpo, me, phone=NEW)["after"]["phone"] == "134****6666"
    assert len(done(dpo.browser.get(f"/customers/{other}/history"))["items"]) == 0
    assert reason(dpo.browser.post(f"/changes/{made['id']}/undo")) == "change_undone"
    states = [h["state"] for h in done(dpo.browser.get(f"/customers/{me}/history"))["items"]]
    assert states == ["stands", "undone"]
    told = events(tenant, action="customer:undo")
    assert [e["outcome"] for e in told] == ["allowed", "failed"]


def test_a_deleted_record_comes_back_identical(tenant, dpo, customers, inside):
    me, _ = customers
    before, there = card(dpo, me), stored(inside, tenant, me)
    made = done(dpo.browser.post(f"/customers/{me}/delete", {"classes": ["contact", "identity", "payment"]}))["items"]
    assert card(dpo, me) == {}
    assert reason(dpo.browser.post(f"/customers/{me}/reveal", WHY | {"fields": ["phone"]})) == "invalid_input"
    assert reason(dpo.browser.post(f"/customers/{me}/delete", {"classes": ["contact"]})) == "nothing_there"
    for one in made:
        done(dpo.browser.post(f"/changes/{one['id']}/undo"))
    assert card(dpo, me) == before
    assert stored(inside, tenant, me) == there


def test_past_the_window_a_deletion_is_final_and_the_sealed_values_are_gone(tenant, dpo, customers, inside, events):
    me, _ = customers
    [made] = done(dpo.browser.post(f"/customers/{me}/delete", {"classes": ["contact"]}))["items"]
    with inside(tenant):
        Change.objects.update(undo_until=clock.now())
        assert Capsule.objects.filter(subject=me, klass="contact").count() == 2
    assert reason(dpo.browser.post(f"/changes/{made['id']}/undo")) == "change_final"
    assert change_windows.settle(tenant) == 1
    with inside(tenant):
        assert Capsule.objects.filter(subject=me, klass="contact").count() == 1  # what says that nothing is there
        assert not SubjectIndex.objects.filter(subject=me, name__in=["phone", "email"]).exists()
    assert len(events(tenant, reason="window_over")) == 1
    assert change_windows.settle(tenant) == 0


def test_only_the_latest_change_is_undone(dpo, customers):
    me, _ = customers
    first = change(dpo, me, phone=NEW)
    change(dpo, me, email="canary9@example.com")
    assert reason(dpo.browser.post(f"/changes/{first['id']}/undo")) == "changed_since"


def test_what_goes_to_the_right_customer_passes_and_what_does_not_is_held(tenant, dpo, customers, inside, events):
    me, _ = customers

    def check(text, value=PHONE, index="phone"):
        sent = {"index": index, "value": value, "text": text}
        answer = done(dpo.browser.post(f"/customers/{me}/outgoing", sent))
        return answer["held"], set(answer["reasons"])

    assert check(f"您的号码 {PHONE} 已登记") == (False, set())
    assert check("您好", value=OTHER) == (True, {"recipient_of_another"})
    assert check("您好", value="13499990000") == (True, {"recipient_unknown"})
    assert check(f"您的号码 {OTHER} 已登记") == (True, {"names_another"})
    assert check("write to canary1@example.com", value="canary0@example.com", index="email") == (
        True,
        {"names_another"},
    )
    with inside(tenant):
        [alarm] = Alarm.objects.filter(code="outgoing_held")
        assert (alarm.severity, alarm.count, alarm.person) == ("yellow", 4, dpo.id)
    assert len(events(tenant, action="customer:check")) == 5
    wrong = {"index": "name", "value": "Ann", "text": ""}
    assert reason(dpo.browser.post(f"/customers/{me}/outgoing", wrong)) == "contact_malformed"


def test_an_agent_neither_changes_deletes_undoes_nor_checks_without_a_call(tenant, person, customers):
    agent = person(tenant, Role.AGENT)
    me, _ = customers
    sent = {"index": "phone", "value": PHONE, "text": ""}
    assert agent.browser.post(f"/customers/{me}/change", {"fields": {"phone": NEW}}).status_code == 403
    assert agent.browser.post(f"/customers/{me}/delete", {"classes": ["contact"]}).status_code == 403
    assert agent.browser.post(f"/customers/{me}/outgoing", sent).status_code == 403
    assert agent.browser.get(f"/customers/{me}/history").status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("change", {"fields": {"phone": " "}}, "no_such_value"),
        ("change", {"fields": {"name": "x" * 501}}, "no_such_value"),
        ("change", {"fields": {"pin": "4821"}}, "secret_not_kept"),
        ("change", {"fields": {" PIN": "4821", "name": "Ann"}}, "secret_not_kept"),
        ("change", {"fields": {"": "Ann"}}, "field_malformed"),
        ("change", {"fields": {"x" * 65: "Ann"}}, "field_malformed"),
        ("delete", {"classes": ["voice"]}, "class_unknown"),
    ],
)
def test_what_cannot_be_done(dpo, customers, path, body, code):
    assert reason(dpo.browser.post(f"/customers/{customers[0]}/{path}", body)) == code


def test_a_change_of_another_center_is_not_found(dpo, customers, two_tenants, person):
    made = change(dpo, customers[0], phone=NEW)
    assert person(two_tenants[0], Role.DPO).browser.post(f"/changes/{made['id']}/undo").status_code == 404
