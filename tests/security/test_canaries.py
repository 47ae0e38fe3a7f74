"""Canaries: 300 made-up identifiers go in by every door; none is found in what the site keeps, in any form."""

import json

import pytest
from django.db import connections

from hushkeep.identity.roles import Role
from hushkeep.records.protect import TABLE
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def trap(canaries):
    return canaries.everything()


@pytest.fixture
def taken(program, run, canaries):
    """Everything taken in: twice, changed, and in lines that are refused."""
    records = [canaries.record(number, values) for number, values in enumerate(canaries.CANARIES)]
    hung = [canaries.attachment(values) for values in canaries.CANARIES]
    for record, (named, _) in zip(records, hung, strict=True):
        record["attachments"] = [named]
    first = program.batch(run, *records).json()
    assert (first["taken"], first["rejected"], first["secrets_cut"]) == (canaries.COUNT, [], 2 * canaries.COUNT)
    for want in first["wanted"]:
        landed = program.send("POST", f"/intake/attachments/{want['id']}?run={run}", hung[want["line"] - 1][1])
        assert landed.json() == {"states": {"unread": 1}, "duplicate": False}, landed.content
    again = program.batch(run, *records).json()
    assert (again["duplicates"], again["wanted"]) == (canaries.COUNT, [])
    later = program.send("POST", "/intake/runs").json()["id"]
    records[0]["turns"].append({"speaker": "customer", "text": f"again {canaries.CANARIES[0]['phone']}"})
    assert program.batch(later, records[0]).json()["changed"] == 1
    broken = [json.dumps(record)[:-1] for record in records] + [record | {record["id"]: 1} for record in records]
    assert len(program.batch(later, *broken).json()["rejected"]) == 2 * canaries.COUNT
    return program


def _flushed():
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_flush_lsn()")
    connections["owner"].close()


def test_the_trap_finds_every_form_of_a_canary(trap, canaries, tmp_path):
    for value in (canaries.CANARIES[3]["phone"], canaries.CANARIES[7]["email"], canaries.CODES[5]):
        for form in canaries.forms(value):
            assert trap.hits(b"\x00\xff" + form + b"x")
    (tmp_path / "leak").write_bytes(b"...." + canaries.CANARIES[0]["id_card"].encode())
    assert trap.files(tmp_path) == ["leak"]
    assert not trap.hits(b"13912345678")


def test_no_canary_stands_in_database_wal_key_store_objects_or_logs(taken, trap, person, canaries, caplog):
    browser = person(taken.key.tenant, Role.DPO).browser
    items = browser.get("/conversations?limit=200").json()["items"]
    assert len(items) == canaries.COUNT
    for item in items[:5]:
        answer = browser.post(f"/conversations/{item['id']}/reveal", {"purpose": "complaint"})
        assert trap.hits(answer.content)  # the trap works: a reveal shows them
    assert (
        browser.post(f"/conversations/{items[5]['id']}/reveal", {"purpose": canaries.CANARIES[0]["phone"]}).status_code
        == 403
    )
    for name in ("phone", "id_card", "bank_card", "email"):
        found = browser.post("/conversations/search", {"index": name, "value": canaries.CANARIES[3][name]}).json()[
            "items"
        ]
        assert len(found) == 1
    _flushed()
    assert trap.files(settings().data_dir) == []
    assert not trap.hits(caplog.text.encode())


def test_no_answer_shows_a_canary_without_its_reveal_event(taken, trap, person):
    tenant = taken.key.tenant
    lists = [
        "/conversations?limit=200",
        "/events?limit=200",
        "/overview",
        "/intake/runs",
        "/people",
        "/sessions",
        "/me",
    ]
    with tenant_transaction(tenant), connections["default"].cursor() as cursor:
        cursor.execute("SELECT id FROM records_conversation")
        ids = [row[0] for row in cursor.fetchall()]
    for role in Role:
        browser = person(tenant, role).browser
        for path in [*lists, *(f"/conversations/{one}{tail}" for one in ids[:3] for tail in ("", "/trail"))]:
            assert not trap.hits(browser.get(path).content), (role, path)


def test_no_code_is_left_even_when_every_sealed_original_is_opened(taken, key_process, canaries):
    codes = canaries.Trap(canaries.CODES)
    tenant = taken.key.tenant
    with tenant_transaction(tenant), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT c.id, c.subject, c.version, c.sealed, w.wrapped FROM records_conversation c "
            "JOIN records_wrap w ON w.conversation = c.id"
        )
        rows = cursor.fetchall()
    assert len(rows) == canaries.COUNT
    job = key_process.ticket_job(tenant, rows[0][0], list({row[1] for row in rows}), ["text"], rows[0][0])
    items = [(bytes(row[4]), TABLE, row[2], bytes(row[3])) for row in rows]
    for clear in key_process.open_originals(job, rows[0][0], items):
        assert not codes.hits(clear)
        assert "手机号是1349".encode() in clear
