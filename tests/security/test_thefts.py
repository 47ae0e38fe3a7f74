"""Thefts, played on a whole running site: what a thief with the source code carries away, and what it is worth.

Each stands beside its line in docs/threat-model.md.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from hushkeep.kernel import IntegrityError, TenantId
from hushkeep.keys import serving, slots
from hushkeep.records.protect import TABLE, original_turns
from hushkeep.runtime.binaries import find_binaries
from hushkeep.runtime.cluster import SUPERUSER
from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.roles import DATABASE

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

PHONES = [f"1349999{number:04}" for number in range(20)]


def _talk(phone):
    turns = [{"speaker": "customer", "text": f"我的手机号是{phone}"}]
    return {"id": f"talk-{phone[-4:]}", "channel": "chat", "customer": {"phone": phone}, "turns": turns}


def _forms(phone):
    raw = phone.encode()
    return [raw, raw.hex().encode(), base64.b64encode(raw).rstrip(b"="), phone.encode("utf-16-le")]


def _canaries(data):
    return [phone for phone in PHONES if any(form in data for form in _forms(phone))]


def _dsn(site):
    password = json.loads((site.data_dir / "secrets" / "database").read_text())["superuser"]
    return f"host={site.data_dir}/run/pg user={SUPERUSER} dbname={DATABASE} password={password}"


def _rows(site):
    query = (
        "SELECT c.subject, c.id, c.version, c.sealed, w.wrapped FROM records_conversation c"
        " JOIN records_wrap w ON w.conversation = c.id AND w.subject = c.subject"
    )
    with psycopg.connect(_dsn(site)) as own:
        return own.execute(query).fetchall()


def _open_all(client, tenant, rows):
    subjects, event = list({row[0] for row in rows}), uuid4()
    job = client.ticket_job(tenant, uuid4(), subjects, ["text"], event)
    opened = client.open_originals(job, event, [(bytes(row[4]), TABLE, row[2], bytes(row[3])) for row in rows])
    return [original_turns(clear)[0] for clear in opened]


@dataclass(frozen=True)
class Loot:
    """What a thief carries away of a site, and the site that they left: stopped, its key file lying outside."""

    site: object
    tenant: TenantId
    rows: list
    folder: Path


@pytest.fixture(scope="module")
def loot(started_site, tmp_path_factory):
    """The database's dump, the objects, and the key service's whole folder, of a site with twenty customers."""
    with started_site() as site:
        source, folder = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("loot")
        lines = [json.dumps(_talk(phone), ensure_ascii=False) for phone in PHONES]
        (source / "talks.jsonl").write_text("\n".join(lines) + "\n")
        done = site.command("protect", str(source), "--json")
        assert done.returncode == 0, done.stderr
        listed = tomllib.loads((site.data_dir / "site.toml").read_text())["tenant"]
        rows = _rows(site)
        with (folder / "dump.sql").open("wb") as out:
            dumped = [find_binaries().program("pg_dump"), f"--dbname={_dsn(site)}"]
            subprocess.run(dumped, stdout=out, check=True, timeout=180, env={"PATH": "/usr/bin:/bin"})
        assert site.stop() == 0
        for name in ("pg", "keys", "objects"):
            if (site.data_dir / name).exists():
                shutil.copytree(site.data_dir / name, folder / name)
        yield Loot(site, TenantId(UUID(listed[0]["id"])), rows, folder)


def test_database_objects_and_key_store_together_hold_no_canary_and_open_nothing(loot, tmp_path):
    assert len(loot.rows) == len(PHONES)
    for path in sorted(loot.folder.rglob("*")):
        if path.is_file():
            assert (path.name, _canaries(path.read_bytes())) == (path.name, [])
    assert b"COPY public.records_conversation" in (loot.folder / "dump.sql").read_bytes(), "the dump holds the rows"
    shutil.copytree(loot.folder / "keys", tmp_path / "keys")
    guess = tmp_path / "guess"
    guess.write_bytes(os.urandom(32))
    thief = serving.Start(keys_dir=tmp_path / "keys", socket=tmp_path / "s", provider=slots.KeyFile(guess))
    with pytest.raises(IntegrityError), serving.opened(thief):
        pass


def test_whoever_copies_the_key_file_too_reads_everything(loot, tmp_path):
    """Said openly: a root key in a file is worth what the file is worth; in `demo` one user reads both."""
    keys = shutil.copytree(loot.folder / "keys", tmp_path / "keys")
    key_file = shutil.copy(loot.site.data_dir.with_name("site.rootkey"), tmp_path / "copied")
    short = Path(tmp_path / "s")
    words = ["--keys-dir", str(keys), "--socket", str(short), "--key-file", str(key_file)]
    command = [sys.executable, "-m", "hushkeep.keys", *words]
    with subprocess.Popen(command, env=loot.site.environment, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr.readline().startswith("hushkeep keys: ready")
        with KeyClient(short) as client:
            clear = "".join(_open_all(client, loot.tenant, loot.rows))
        running.terminate()
    assert _canaries(clear.encode()) == PHONES
