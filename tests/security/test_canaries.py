"""Canaries: 300 made-up identifiers go in by every door; none is found in what the site keeps, in any form."""

import base64
import hashlib
import json
from random import Random

import hyperscan
import pytest
from django.db import connections

from hushkeep import vault
from hushkeep.channels.sample import identifiers
from hushkeep.identity.roles import Role
from hushkeep.kernel import ConversationId
from hushkeep.records import reveal
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction

pytestmark = pytest.mark.server

COUNT = 75  # of each of the four kinds
DIGEST_BYTES = 12  # a cut digest betrays as well
CODES = [f"{code:08d}" for code in Random(11).sample(range(10**7, 10**8), COUNT)]


def _canaries():
    rng = Random("canaries")
    return [
        {
            "phone": identifiers.cn_mobile(rng),
            "id_card": identifiers.resident_id(rng),
            "bank_card": identifiers.bank_card(rng, union_pay=True),
            "email": f"canary{rng.randrange(10**9)}@example.com",
        }
        for _ in range(COUNT)
    ]


CANARIES = _canaries()


def _record(number, values):
    """A conversation that carries its canaries wherever a source could put them."""
    said = [
        ("agent", "请问您的手机号是多少？"),
        ("customer", f"手机号是{values['phone']}"),
        ("agent", "麻烦报一下身份证号"),
        ("customer", f"身份证{values['id_card']}"),
        ("agent", "卡号是多少呢？"),
        ("customer", f"卡号是{values['bank_card']}"),
        ("agent", "您的邮箱是多少？"),
        ("customer", f"邮箱{values['email']}"),
        ("agent", "给您手机发了一个验证码，麻烦念一下"),
        ("customer", f"验证码{CODES[number]}"),
        (values["phone"], "好的"),  # a speaker named by a number
    ]
    return {
        "id": values["phone"] if number % 2 else values["email"],
        "conversation": values["email"],
        "agent": values["phone"],
        "channel": "chat",
        "language": "zh",
        "customer": {"id": values["id_card"], "name": "王芳", **values, "password": CODES[number]},
        "turns": [{"speaker": speaker, "text": text} for speaker, text in said],
    }


def _forms(value):
    """The bytes by which ``value`` could betray itself: as it is, in other encodings, or by a digest without a key."""
    raw = value.encode()
    digests = [hashlib.new(name, raw).digest()[:DIGEST_BYTES] for name in ("md5", "sha1", "sha256")]
    hexes = [digest.hex().encode() for digest in digests]
    return [raw, value.encode("utf-16-le"), raw.hex().encode(), base64.b64encode(raw).rstrip(b"="), *digests, *hexes]


class Trap:
    """Finds any form of any value in files and answers."""

    def __init__(self, values):
        forms = [form for value in values for form in _forms(value)]
        self._base = hyperscan.Database()
        self._base.compile(
            expressions=["".join(f"\\x{byte:02x}" for byte in form).encode() for form in forms],
            ids=range(len(forms)),
            elements=len(forms),
            flags=hyperscan.HS_FLAG_SINGLEMATCH,
        )

    def hits(self, data):
        found = []
        self._base.scan(data, match_event_handler=lambda *match: found.append(match[0]))
        return len(found)

    def files(self, folder):
        """The files under ``folder`` that betray a value."""
        return [
            str(path.relative_to(folder))
            for path in sorted(folder.rglob("*"))
            if path.is_file() and self.hits(path.read_bytes())
        ]


@pytest.fixture(scope="module")
def trap():
    return Trap([value for values in CANARIES for value in values.values()] + CODES)


@pytest.fixture
def taken(program, run):
    """Everything taken in: twice, changed, and in lines that are refused."""
    records = [_record(number, values) for number, values in enumerate(CANARIES)]
    first = program.batch(run, *records).json()
    assert (first["taken"], first["rejected"], first["secrets_cut"]) == (COUNT, [], 2 * COUNT)
    assert program.batch(run, *records).json()["duplicates"] == COUNT
    later = program.send("POST", "/intake/runs").json()["id"]
    records[0]["turns"].append({"speaker": "customer", "text": f"again {CANARIES[0]['phone']}"})
    assert program.batch(later, records[0]).json()["changed"] == 1
    broken = [json.dumps(record)[:-1] for record in records] + [record | {record["id"]: 1} for record in records]
    assert len(program.batch(later, *broken).json()["rejected"]) == 2 * COUNT
    return program


def _flushed():
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_flush_lsn()")
    connections["owner"].close()


def test_the_trap_finds_every_form_of_a_canary(trap, tmp_path):
    for value in (CANARIES[3]["phone"], CANARIES[7]["email"], CODES[5]):
        for form in _forms(value):
            assert trap.hits(b"\x00\xff" + form + b"x")
    (tmp_path / "leak").write_bytes(b"...." + CANARIES[0]["id_card"].encode())
    assert trap.files(tmp_path) == ["leak"]
    assert not trap.hits(b"13912345678")


def test_no_canary_stands_in_database_wal_key_store_objects_or_logs(taken, trap, person, caplog):
    browser = person(taken.key.tenant, Role.DPO).browser
    items = browser.get("/conversations?limit=200").json()["items"]
    assert len(items) == COUNT
    for item in items[:5]:
        answer = browser.post(f"/conversations/{item['id']}/reveal", {"purpose": "complaint"})
        assert trap.hits(answer.content)  # the trap works: a reveal shows them
    assert browser.post(f"/conversations/{items[5]['id']}/reveal", {"purpose": CANARIES[0]["phone"]}).status_code == 403
    for name in ("phone", "id_card", "bank_card", "email"):
        found = browser.post("/conversations/search", {"index": name, "value": CANARIES[3][name]}).json()["items"]
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
        for path in [*lists, *(f"/conversations/{one}{tail}" for one in ids[:20] for tail in ("", "/trail"))]:
            assert not trap.hits(browser.get(path).content), (role, path)


def test_no_code_is_left_even_when_every_sealed_original_is_opened(taken, key_process):
    codes = Trap(CODES)
    tenant = taken.key.tenant
    with tenant_transaction(tenant), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT c.id, c.subject, c.version, c.sealed, w.wrapped FROM records_conversation c "
            "JOIN records_wrap w ON w.conversation = c.id"
        )
        rows = cursor.fetchall()
    assert len(rows) == COUNT
    job = key_process.ticket_job(tenant, rows[0][0], list({row[1] for row in rows}), ["text"], rows[0][0])
    opened = key_process.unwrap(job, rows[0][0], [bytes(row[4]) for row in rows])
    for row, key in zip(rows, opened, strict=True):
        here = reveal.context(tenant, ConversationId(row[0]), row[2])
        clear = vault.open_sealed(vault.DataKey.of(key), bytes(row[3]), here)
        assert not codes.hits(clear)
        assert "手机号是1349".encode() in clear
