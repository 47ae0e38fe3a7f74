"""Files dropped on the console: taken by those who may, whole or named, and under no name that leads elsewhere."""

import json
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import OperationalError
from psycopg.errors import AdminShutdown, DiskFull

from hushkeep.identity.roles import Role
from hushkeep.records import conversations

pytestmark = pytest.mark.server

TABLE = "会话ID,角色,消息内容,时间\nd-1,客户,我的手机号是13812345678,2026-03-04 16:00:01\nd-2,客服,好,noon\n"


def drop(browser, run, name, data, *, key=None, look=False, **headers):
    headers |= {"X-CSRFToken": browser.csrf(), "Origin": "https://localhost", "Hushkeep-File-Name": quote(name)}
    headers["Idempotency-Key"] = key or str(uuid4())
    return browser.client.generic(
        "POST",
        f"/api/v1/intake/files?run={run}{'&look=true' if look else ''}",
        data,
        content_type="application/octet-stream",
        secure=True,
        headers=headers,
    )


@pytest.fixture
def administrator(person, center, key_process):
    key_process.create_tenant(center)
    return person(center, Role.ADMINISTRATOR).browser


@pytest.fixture
def run(administrator):
    return administrator.post("/intake/runs").json()["id"]


def test_an_administrator_drops_a_table_and_finds_it_masked(administrator, person, center, run):
    answer = drop(administrator, run, "chat.csv", TABLE.encode("gb18030"), **{"Hushkeep-Time-Zone": "Asia/Shanghai"})
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert (said["taken"], said["messages"], said["entities"]) == (1, 1, {"phone": 1})
    assert said["days"] == {"2026-03-04": 1}
    assert [(r["line"], r["code"], r["member"]) for r in said["rejected"]] == [(3, "bad_time", "")]
    assert said["columns"] == {"conversation": 1, "speaker": 2, "text": 3, "at": 4}
    [item] = person(center, Role.SUPERVISOR).browser.get("/conversations").json()["items"]
    assert "13812345678" not in item["preview"]


def test_a_look_says_how_a_table_would_be_read_and_takes_nothing(administrator, run):
    table = TABLE.replace("d-", "look-").encode()
    said = drop(administrator, run, "chat.csv", table, look=True).json()
    assert said["columns"] == {"conversation": 1, "speaker": 2, "text": 3, "at": 4}
    assert [(one["heading"], one["field"], one["cells"], one["entities"]) for one in said["layout"]] == [
        ("会话ID", "conversation", "code", []),
        ("角色", "speaker", "text", []),
        ("消息内容", "text", "text", ["phone"]),
        ("时间", "at", "text", []),
    ]
    assert (said["taken"], said["refused"], said["rejected"]) == (0, 0, [])
    talk = drop(administrator, run, "talk.txt", b"agent: hello", look=True).json()
    assert (talk["columns"], talk["layout"]) == ({}, [])
    assert administrator.get(f"/intake/runs/{run}").json()["taken"] == 0
    assert drop(administrator, run, "chat.csv", table).json()["taken"] == 1


def test_a_look_shows_no_cell_and_hides_what_is_personal_in_a_heading(administrator, run):
    table = TABLE.replace("时间", "备注13987654321").encode()
    answer = drop(administrator, run, "chat.csv", table, look=True)
    assert answer.json()["layout"][3]["heading"] == "备注139****4321"
    said = answer.content.decode()
    assert all(value not in said for value in ("13987654321", "13812345678", "我的手机号", "d-1"))


def test_nobody_looks_at_a_file_who_may_not_take_it(person, center, run):
    auditor = person(center, Role.AUDITOR).browser
    assert drop(auditor, run, "chat.csv", TABLE.encode(), look=True).status_code == 403


def test_the_same_drop_again_takes_nothing_twice(administrator, run):
    key = str(uuid4())
    first, again = (drop(administrator, run, "a.txt", b"agent: hello", key=key).json() for _ in range(2))
    assert (first["taken"], again["taken"]) == (1, 1)
    assert drop(administrator, run, "a.txt", b"agent: hello").json()["duplicates"] == 1


def test_what_lies_in_an_archive_is_named_by_its_member(administrator, run, made_files):
    data = made_files.zipped({"in/tool.exe": b"MZ", "in/talk.txt": b"agent: hello"})
    said = drop(administrator, run, "all.zip", data).json()
    assert (said["taken"], said["refused"]) == (1, 1)
    assert [(r["member"], r["code"]) for r in said["rejected"]] == [("in/tool.exe", "format_not_taken_yet")]


def test_what_hangs_on_a_dropped_mail_is_sealed_shown_masked_and_counted_once(
    administrator, person, center, run, made_files
):
    hung = ((b"image/png", b"13812345678.png", made_files.PICTURE), (b"text/csv", b"c.csv", b"a,13812345678"))
    data = made_files.zipped({"in/a.eml": made_files.attached(*hung, id_=str(uuid4()).encode())})
    first = drop(administrator, run, "all.zip", data).json()
    assert (first["taken"], first["refused"], first["attachments"]) == (1, 0, {"read": 1, "unread": 1})
    again = drop(administrator, run, "all.zip", data).json()
    assert (again["duplicates"], again["attachments"]) == (1, {})
    assert administrator.get(f"/intake/runs/{run}").json()["attachments"] == {"read": 1, "unread": 1}
    viewer = person(center, Role.SUPERVISOR).browser
    shown = [viewer.get(f"/conversations/{one['id']}") for one in viewer.get("/conversations").json()["items"]]
    [answer] = [one for one in shown if one.json()["attachments"]]
    assert b"13812345678" not in answer.content
    picture, table = answer.json()["attachments"]
    assert (picture["state"], picture["here"], picture["turn"]) == ("unread", True, None)
    assert picture["size"] == len(made_files.PICTURE)
    assert (picture["media_type"], table["media_type"], table["state"]) == ("image/png", "text/csv", "read")
    assert answer.json()["turns"][table["turn"]]["text"].startswith("[c.csv]")


def test_a_record_whose_attachment_nobody_has_is_taken_and_the_attachment_named(administrator, run):
    hung = {"name": "a.png", "media_type": "image/png", "size": 1, "parts": ["0" * 64]}
    line = {
        "id": str(uuid4()),
        "channel": "email",
        "turns": [{"speaker": "customer", "text": "x"}],
        "attachments": [hung],
    }
    said = drop(administrator, run, "a.jsonl", json.dumps(line).encode()).json()
    assert (said["taken"], said["attachments"]) == (1, {})
    assert [(r["line"], r["code"]) for r in said["rejected"]] == [(1, "attachment_without_bytes")]


def test_a_paused_run_takes_nothing_until_it_is_resumed_and_a_cancelled_one_never(administrator, center, run, events):
    def refused():
        answer = drop(administrator, run, "a.txt", b"agent: hello, paused")
        return answer.status_code, answer.json().get("params", {}).get("reason")

    assert administrator.post(f"/intake/runs/{run}/pause").json()["state"] == "paused"
    assert refused() == (409, "run_paused")
    assert administrator.post(f"/intake/runs/{run}/pause").status_code == 409
    assert administrator.post(f"/intake/runs/{run}/resume").json()["state"] == "running"
    assert drop(administrator, run, "a.txt", b"agent: hello, paused").json()["taken"] == 1
    assert administrator.post(f"/intake/runs/{run}/cancel").json()["state"] == "cancelled"
    assert refused() == (409, "run_cancelled")
    state = administrator.get(f"/intake/runs/{run}/report").json()
    assert (state["state"], state["taken"]) == ("cancelled", 1)
    steps = [
        (one["action"], one["outcome"], one["reason"])
        for one in events(center, target=run)
        if one["action"] in {"intake:pause", "intake:resume", "intake:cancel"}
    ]
    assert [(action, outcome) for action, outcome, _ in steps] == [
        ("intake:pause", "allowed"),
        ("intake:pause", "failed"),
        ("intake:resume", "allowed"),
        ("intake:cancel", "allowed"),
    ]


@pytest.mark.parametrize("step", ["pause", "resume", "cancel"])
def test_no_other_role_steers_a_run(person, center, administrator, run, step):
    for role in Role:
        if role is not Role.ADMINISTRATOR:
            assert person(center, role).browser.post(f"/intake/runs/{run}/{step}").status_code == 403, role
    assert administrator.get(f"/intake/runs/{run}").json()["state"] == "running"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_no_other_role_takes_data_in(person, center, run, role):
    assert drop(person(center, role).browser, run, "a.txt", b"agent: hello").status_code == 403


def test_nobody_drops_into_somebody_elses_run(person, center, run):
    other = person(center, Role.ADMINISTRATOR).browser
    assert drop(other, run, "a.txt", b"agent: hello").status_code == 404


@pytest.mark.parametrize(
    ("name", "zone", "code"),
    [("../a.txt", "UTC", "unsafe_name"), ("a\u202etxt.txt", "UTC", "unsafe_name"), ("a.txt", "Moon", "unknown_zone")],
)
def test_names_and_zones_that_are_none_are_refused(administrator, run, name, zone, code):
    answer = drop(administrator, run, name, b"agent: hello", **{"Hushkeep-Time-Zone": zone})
    assert answer.status_code == 422
    assert code in answer.content.decode()


def test_a_person_adds_and_never_replaces_what_is_stored(administrator, person, center, run):
    before, after = (
        f"会话ID,角色,消息内容\nkeep-1,客户,{text}\n".encode() for text in ("请把货发到上海", "请把货发到北京")
    )
    assert drop(administrator, run, "a.csv", before).json()["taken"] == 1
    later = administrator.post("/intake/runs").json()["id"]
    said = drop(administrator, later, "a.csv", after).json()
    assert (said["taken"], said["changed"]) == (0, 0)
    assert [r["code"] for r in said["rejected"]] == ["stored_with_other_content"]
    items = person(center, Role.SUPERVISOR).browser.get("/conversations").json()["items"]
    [item] = [one for one in items if "请把货发到" in one["preview"]]
    assert "上海" in item["preview"]
    found = person(center, Role.AUDITOR).browser.get("/events?action=conversation:revise").json()["items"]
    assert [(e["outcome"], e["conversation"], e["reason"]) for e in found] == [("denied", item["id"], "not_permitted")]


def test_the_report_tells_what_was_found_when_and_what_was_refused(administrator, person, center):
    run = administrator.post("/intake/runs").json()["id"]
    table = TABLE.replace("d-1", "r-1").replace("d-2", "r-2").encode()
    key = str(uuid4())
    for _twice in range(2):
        drop(administrator, run, "chat.csv", table, key=key, **{"Hushkeep-Time-Zone": "Asia/Shanghai"})
    drop(administrator, run, "tool.exe", b"MZ")
    drop(administrator, run, "13812345678.jsonl", b"{}")
    assert administrator.post(f"/intake/runs/{run}/finish").status_code == 200
    answer = person(center, Role.AUDITOR).browser.get(f"/intake/runs/{run}/report")
    said = answer.json()
    assert said["reasons"] == {"bad_time": 1, "format_not_taken_yet": 1, "missing": 1}
    assert (said["taken"], said["rejected"], said["files"], said["bytes"]) == (1, 3, 3, len(table) + 4)
    assert (said["classes"], said["levels"]) == ({"contact": 1}, {"3": 1})
    assert said["periods"] == [
        {
            "began": "2026-03-04",
            "channels": {"chat": 1},
            "entities": {"phone": 1},
            "classes": {"contact": 1},
            "levels": {"3": 1},
        }
    ]
    assert b"13812345678" not in answer.content


def test_what_a_sender_saw_is_counted_once_and_only_of_its_own_run(administrator, person, center):
    run = administrator.post("/intake/runs").json()["id"]
    seen = {"files": 2, "bytes": 9, "missing": 1, "reasons": {"gone": 1}}
    other = person(center, Role.ADMINISTRATOR).browser
    assert other.post(f"/intake/runs/{run}/finish", seen).status_code == 404
    for reasons in ({"A name": 1}, {"gone": -1}, {f"c{n}": 1 for n in range(201)}):
        assert administrator.post(f"/intake/runs/{run}/finish", {"reasons": reasons}).status_code == 422
    for _twice in range(2):
        state = administrator.post(f"/intake/runs/{run}/finish", seen).json()
        assert {name: state[name] for name in seen} == seen
        assert state["rejected"] == 1


@pytest.mark.parametrize(("fault", "reason"), [(DiskFull, "disk_full"), (AdminShutdown, "database_away")])
def test_a_database_that_cannot_is_said_and_leaves_nothing_half_written(administrator, run, monkeypatch, fault, reason):
    store = conversations.store

    def fail(*args, **kwargs):
        store(*args, **kwargs)
        raise OperationalError("13812345678") from fault()

    monkeypatch.setattr(conversations, "store", fail)
    key = str(uuid4())
    data = f"agent: hello, {reason}".encode()
    answer = drop(administrator, run, "away.txt", data, key=key)
    assert (answer.status_code, answer.json()["params"]) == (503, {"reason": reason})
    monkeypatch.undo()
    said = drop(administrator, run, "away.txt", data, key=key).json()
    assert (said["taken"], said["duplicates"]) == (1, 0)
