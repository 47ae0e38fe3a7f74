"""Exports through the API: what leaves is what a second person saw, once, for one recipient, and any copy is traced."""

import io
import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import connections

from hushkeep import vault
from hushkeep.access import four_eyes
from hushkeep.access.models import Alarm, Approval
from hushkeep.identity.roles import Role
from hushkeep.kernel import IntegrityError
from hushkeep.records import _export_parts, export_writing
from hushkeep.records.export_marks import Entry, trace
from hushkeep.records.models import Conversation, Export
from hushkeep.runtime import clock, jobs, objects

pytestmark = pytest.mark.server

PHONE = "13499998888"
PRIVATE = X25519PrivateKey.generate()
RECIPIENT = PRIVATE.public_key().public_bytes_raw().hex()
WANTED = {"format": "jsonl", "purpose": "legal_duty", "recipient": RECIPIENT}


def talk(n):
    return {
        "id": f"talk-{n}",
        "channel": "chat" if n % 2 else "email",
        "language": "zh",
        "turns": [{"speaker": "customer", "text": f"我的手机号是{PHONE}", "at": "2026-03-04T08:00:00.123456Z"}],
    }


@pytest.fixture
def stored(program, run):
    """Six conversations, three of them chats."""
    assert program.batch(run, *(talk(n) for n in range(6))).json()["taken"] == 6
    return program.key.tenant


@pytest.fixture
def three(stored, person):
    """A DPO who asks, a security officer who says yes, a supervisor who may carry out."""
    return person(stored, Role.DPO), person(stored, Role.SECURITY), person(stored, Role.SUPERVISOR)


def reason(answer):
    assert answer.status_code in {403, 404, 409, 422}, answer.content
    return answer.json()["params"].get("reason") or answer.json()["code"]


def asked(who, **changes):
    answer = who.browser.post("/exports", WANTED | changes)
    assert answer.status_code == 201, answer.content
    return answer.json()


def approved(who, by, **changes):
    approval = asked(who, **changes)["id"]
    answer = by.browser.post(f"/approvals/{approval}/approve")
    assert answer.status_code == 200, answer.content
    return approval


def execute(who, approval):
    return who.browser.post(f"/approvals/{approval}/execute")


def written(tenant, who, approval):
    """Carry out, and let the worker do its part."""
    begun = execute(who, approval)
    assert begun.status_code == 202, begun.content
    jobs.run("records.export", str(tenant), {"export": UUID(begun.json()["id"]).urn})
    return begun.json()


def collected(who, export):
    taken = who.browser.post(f"/exports/{export}/take")
    assert taken.status_code == 200, taken.content
    pieces = [who.browser.get(f"/exports/{export}/parts/{n}") for n in range(taken.json()["parts"])]
    assert {p.status_code for p in pieces} == {200}
    return taken.json(), b"".join(p.content for p in pieces)


def opened(archive, secret=None):
    out = io.BytesIO()
    vault.open_archive(io.BytesIO(archive), out, secret or PRIVATE.private_bytes_raw())
    return out.getvalue()


def state(inside, tenant, export):
    with inside(tenant):
        return Export.objects.get(id=export).state


def payloads(inside, tenant):
    with inside(tenant), connections["default"].cursor() as cursor:
        cursor.execute("SELECT convert_from(body, 'utf8') FROM event_payload")
        return [json.loads(body) for (body,) in cursor.fetchall()]


def test_what_was_approved_leaves_once_and_a_leaked_row_names_who_took_it(stored, three, inside, events):
    dpo, security, _ = three
    approval = asked(dpo, channel="chat")
    assert (approval["count"], approval["scope"]["channel"], approval["clear"]) == (3, "chat", False)
    shown = security.browser.get(f"/approvals/{approval['id']}/preview").json()["lines"]
    assert security.browser.post(f"/approvals/{approval['id']}/approve").status_code == 200
    begun = written(stored, dpo, approval["id"])
    facts, archive = collected(dpo, begun["id"])
    assert (facts["count"], facts["size"]) == (3, len(archive))
    lines = opened(archive).decode().splitlines()
    rows = [json.loads(line) for line in lines[1:-1]]
    assert [row["id"] for row in rows] == [json.loads(line)["id"] for line in shown[1:-1]]
    assert {row["channel"] for row in rows} == {"chat"}
    assert PHONE not in opened(archive).decode()
    assert "134****8888" in rows[0]["turns"][0][1]

    register = security.browser.get("/exports/register").json()["items"]
    entries = [Entry(UUID(i["export"]), UUID(i["person"]), clock.now(), bytes.fromhex(i["key"])) for i in register]
    [found] = trace([lines[2].encode()], entries)
    assert (str(found.export), found.person, found.visible) == (begun["id"], dpo.id, False)

    [manifest] = [p for p in payloads(inside, stored) if "sha256" in p]
    assert manifest == {
        "export": begun["id"],
        "approval": approval["id"],
        "requester": str(dpo.id),
        "approver": str(security.id),
        "person": str(dpo.id),
        "count": 3,
        "size": len(archive),
        "sha256": facts["sha256"],
        "what": "conversations",
        "format": "jsonl",
        "values": "masked",
    }
    told = [(e["action"], e["outcome"]) for e in events(stored) if e["action"].startswith("export:")]
    assert told[:3] == [("export:request", "allowed"), ("export:execute", "allowed"), ("export:execute", "allowed")]


def test_an_archive_is_collected_once(stored, three):
    dpo, security, _ = three
    begun = written(stored, dpo, approved(dpo, security))
    collected(dpo, begun["id"])
    assert reason(dpo.browser.post(f"/exports/{begun['id']}/take")) == "export_taken"


def test_nobody_else_collects_it_nor_the_same_person_elsewhere(stored, three, new_browser):
    dpo, security, supervisor = three
    begun = written(stored, dpo, approved(dpo, security))
    assert reason(supervisor.browser.post(f"/exports/{begun['id']}/take")) == "not_yours"
    assert reason(security.browser.post(f"/exports/{begun['id']}/take")) == "not_permitted"
    assert dpo.browser.post(f"/exports/{begun['id']}/take").status_code == 200
    elsewhere = dpo.sign_in(new_browser())
    assert reason(elsewhere.get(f"/exports/{begun['id']}/parts/0")) == "other_session"
    assert reason(supervisor.browser.get(f"/exports/{begun['id']}/parts/0")) == "not_yours"
    assert elsewhere.get(f"/exports/{begun['id']}/parts/1").status_code in {403, 404}
    assert dpo.browser.get(f"/exports/{begun['id']}/parts/0").status_code == 200


def test_late_is_too_late(stored, three, inside):
    dpo, security, _ = three
    begun, other = (written(stored, dpo, approved(dpo, security)) for _ in range(2))
    assert dpo.browser.post(f"/exports/{begun['id']}/take").status_code == 200
    with inside(stored):
        Export.objects.update(
            expires_at=clock.now(),
            taken_at=clock.now() - timedelta(minutes=15),
            began_at=clock.now() - timedelta(hours=25),
        )
        places = list(Export.objects.values_list("object", flat=True))
    assert reason(dpo.browser.post(f"/exports/{other['id']}/take")) == "export_gone"
    assert reason(dpo.browser.get(f"/exports/{begun['id']}/parts/0")) == "export_gone"
    assert export_writing.clear(stored) == 2
    assert {state(inside, stored, each["id"]) for each in (begun, other)} == {"gone"}
    for place in places:
        assert _export_parts.purge(place) == 0


def test_what_is_not_approved_does_not_leave(stored, three, inside):
    dpo, security, _ = three
    waiting = asked(dpo)["id"]
    rejected = asked(dpo)["id"]
    assert security.browser.post(f"/approvals/{rejected}/reject").status_code == 200
    for approval in (waiting, rejected, str(uuid4())):
        assert execute(dpo, approval).json()["code"] == "approval_required"
    assert dpo.browser.get(f"/approvals/{waiting}/preview").status_code == 403
    with inside(stored):
        assert Export.objects.count() == 0


def test_an_approval_is_good_for_one_export(stored, three, inside):
    dpo, security, _ = three
    approval = approved(dpo, security)
    written(stored, dpo, approval)
    assert execute(dpo, approval).status_code == 403
    with inside(stored):
        assert Export.objects.count() == 1


def test_what_came_in_after_the_request_is_not_in_it(stored, three, program, run):
    dpo, security, _ = three
    approval = approved(dpo, security)
    assert program.batch(run, talk(7)).json()["taken"] == 1
    begun = written(stored, dpo, approval)
    _, archive = collected(dpo, begun["id"])
    assert len(opened(archive).splitlines()) == 6 + 2


def test_a_count_that_differs_at_execution_is_refused_and_alarms(stored, three, inside):
    dpo, security, _ = three
    approval = approved(dpo, security)
    with inside(stored):
        one = Conversation.objects.values_list("id", flat=True)[0]
        Conversation.objects.filter(id=one).update(taken_at=clock.now())  # as a revision does
    assert reason(execute(dpo, approval)) == "count_changed"
    with inside(stored):
        assert Alarm.objects.filter(code="count_changed").count() == 1
        assert Export.objects.count() == 0


def test_a_scope_that_grew_in_the_database_is_refused(stored, three, inside):
    dpo, security, _ = three
    approval = approved(dpo, security, channel="chat")
    with inside(stored):
        row = Approval.objects.get(id=approval)
        Approval.objects.filter(id=approval).update(scope=row.scope | {"channel": None}, count=6)
    assert reason(execute(dpo, approval)) == "scope_changed"


def test_rows_that_vanish_while_it_is_written_leave_nothing(stored, three, inside, events):
    dpo, security, _ = three
    begun = execute(dpo, approved(dpo, security)).json()
    with inside(stored):
        Conversation.objects.filter(channel="email").update(taken_at=clock.now())
    with pytest.raises(export_writing.Conflict, match="count_changed"):
        jobs.run("records.export", str(stored), {"export": UUID(begun["id"]).urn})
    assert state(inside, stored, begun["id"]) == "failed"
    assert reason(dpo.browser.post(f"/exports/{begun['id']}/take")) == "export_failed"
    told = events(stored, target=UUID(begun["id"]), reason="conflict", action="export:execute")
    assert [e["outcome"] for e in told] == ["failed"]


def test_killed_in_the_middle_nothing_is_ready_nothing_opens_and_nothing_is_kept(stored, three, inside, monkeypatch):
    dpo, security, _ = three
    begun = execute(dpo, approved(dpo, security)).json()
    monkeypatch.setattr(_export_parts, "PART_BYTES", 512)
    left = []

    class Killed(BaseException):
        """As a signal ends a process: nothing of ours may tidy up."""

    def store_two_and_die(place, pieces, put=objects.put):
        if len(left) == 2:
            raise Killed
        left.append((place, b"".join(pieces)))
        put(*left[-1][:1], [left[-1][1]])

    monkeypatch.setattr(objects, "put", store_two_and_die)
    monkeypatch.setattr(export_writing, "_GATHERED_BYTES", 64)
    with inside(stored):  # enough to fill segments of 64 KiB
        row = Conversation.objects.first()
        Conversation.objects.filter(id=row.id).update(masked=[["customer", "*" * 300_000, None]])
    with pytest.raises(Killed):
        jobs.run("records.export", str(stored), {"export": UUID(begun["id"]).urn})
    monkeypatch.undo()
    assert state(inside, stored, begun["id"]) == "writing"
    assert reason(dpo.browser.post(f"/exports/{begun['id']}/take")) == "export_writing"
    with pytest.raises(IntegrityError):
        opened(b"".join(piece for _, piece in left))
    jobs.run("records.export", str(stored), {"export": UUID(begun["id"]).urn})  # as the worker would, started again
    assert state(inside, stored, begun["id"]) == "failed"
    with inside(stored):
        place = Export.objects.get(id=begun["id"]).object
    assert len(left) == 2
    assert _export_parts.purge(place) == 0


def test_a_large_one_takes_a_third_person_outside_the_line(stored, three, person, monkeypatch):
    monkeypatch.setattr(four_eyes, "LARGE", {False: 10, True: 1})
    dpo, security, supervisor = three
    administrator = person(stored)
    line = str(uuid4())
    for one in (dpo, security):
        assert administrator.browser.post(f"/people/{one.id}/line", {"line": line}).status_code == 204
    assert asked(dpo)["large"] is False
    pieces = asked(dpo)  # six and six: more than ten in a week
    assert pieces["large"] is True
    assert reason(security.browser.post(f"/approvals/{pieces['id']}/approve")) == "same_line"
    assert administrator.browser.post(f"/people/{security.id}/line", {"line": None}).status_code == 204
    assert security.browser.post(f"/approvals/{pieces['id']}/approve").json()["sampled"] is True
    assert reason(execute(dpo, pieces["id"])) == "third_person_missing"
    begun = written(stored, supervisor, pieces["id"])
    collected(supervisor, begun["id"])


def test_rejected_pieces_count_to_the_ceiling(stored, three, monkeypatch, inside):
    monkeypatch.setattr(four_eyes, "CEILING", {False: 13, True: 1})
    dpo, security, _ = three
    for _ in range(2):
        approval = asked(dpo)["id"]
        assert security.browser.post(f"/approvals/{approval}/reject").status_code == 200
    assert reason(dpo.browser.post("/exports", WANTED)) == "ceiling_reached"
    with inside(stored):
        assert Alarm.objects.filter(code="ceiling_reached", severity="red").count() == 1
        Approval.objects.update(requested_at=clock.now() - timedelta(days=6))
    assert reason(dpo.browser.post("/exports", WANTED)) == "ceiling_reached"
    with inside(stored):
        Approval.objects.update(requested_at=clock.now() - timedelta(days=7, seconds=1))
    asked(dpo)


def test_a_passphrase_is_shown_once_and_opens_it(stored, three, inside):
    dpo, security, _ = three
    begun = written(stored, dpo, approved(dpo, security, recipient=None))
    assert len(begun["passphrase"]) >= 27
    _, archive = collected(dpo, begun["id"])
    assert begun["passphrase"].encode() not in archive
    assert len(opened(archive, begun["passphrase"]).splitlines()) == 8
    seen = dpo.browser.get(f"/approvals/{begun['approval']}/export").content.decode()
    assert begun["passphrase"] not in seen
    with inside(stored), connections["default"].cursor() as cursor:
        cursor.execute("SELECT slot::text FROM records_export")
        assert begun["passphrase"] not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"entity": "passport"}, "nothing_to_export"),
        ({"purpose": "curiosity"}, "purpose_unknown"),
        ({"recipient": "ab"}, "invalid_input"),
        ({"minutes": 0}, "invalid_input"),
        ({"since": "2026-01-01T00:00:00"}, "time_without_zone"),
        ({"clear": True, "purpose": "complaint"}, "purpose_not_clear"),
    ],
)
def test_what_cannot_be_asked_for(three, changes, code):
    assert reason(three[0].browser.post("/exports", WANTED | changes)) == code


@pytest.mark.parametrize("role", [Role.AGENT, Role.QA, Role.SECURITY, Role.AUDITOR, Role.ADMINISTRATOR])
def test_other_roles_ask_for_no_export_and_their_trying_alarms(stored, person, role, inside):
    assert person(stored, role).browser.post("/exports", WANTED).status_code == 403
    with inside(stored):
        assert Alarm.objects.filter(code="export_refused", severity="red").count() == 1
