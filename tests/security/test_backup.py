"""A site saved, stolen, lost and brought back: whole processes, and a data directory that is really gone."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

import made_files
import protecting
from hushkeep.kernel import Denied, Error, NotFound, TenantId
from hushkeep.keys import certificate, epochs, serving, slots
from hushkeep.keys import clock as key_clock
from hushkeep.records.protect import TABLE, original_turns
from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.roles import APP, DATABASE

pytestmark = [pytest.mark.server, pytest.mark.timeout(900), pytest.mark.usefixtures("shredded")]

PICTURE = b"\x89PNG 13499998888" + bytes(9000)
PHONES = {"kept": "13499998888", "gone": "13577776666"}


def _talk(name):
    return {
        "id": name,
        "channel": "chat",
        "customer": {"phone": PHONES[name]},
        "turns": [{"speaker": "customer", "text": f"我的手机号是{PHONES[name]}"}],
    }


class Center:
    """The demo center of a running site, as its database and its key service know it."""

    def __init__(self, site):
        self.site = site
        listed = tomllib.loads((site.data_dir / "site.toml").read_text())["tenant"]
        self.tenant = TenantId(UUID(listed[0]["id"]))

    def take_in(self, folder):
        folder.mkdir()
        lines = [json.dumps(_talk(name), ensure_ascii=False) for name in PHONES]
        (folder / "talks.jsonl").write_text("\n".join(lines) + "\n")
        (folder / "mail.eml").write_bytes(made_files.attached((b"image/png", b"me.png", PICTURE)))
        done = self.site.command("protect", str(folder), "--json")
        assert done.returncode == 0, done.stderr

    def rows(self):
        """Each chat: subject, id, version, sealed original, wrap."""
        return self._read(
            "SELECT c.subject, c.id, c.version, c.sealed, w.wrapped FROM records_conversation c"
            " JOIN records_wrap w ON w.conversation = c.id AND w.subject = c.subject WHERE c.channel = 'chat'"
        )

    def attached(self):
        """The bytes of every attachment."""
        return protecting.opened_pieces(self.site.data_dir, self.tenant, self._read(protecting.PIECES))

    def _read(self, query):
        password = json.loads((self.site.data_dir / "secrets" / "database").read_text())[APP]
        dsn = f"host={self.site.data_dir}/run/pg user={APP} dbname={DATABASE} password={password}"
        with psycopg.connect(dsn) as own:
            own.execute("SELECT set_config('app.tenant', %s, true)", [str(self.tenant)])
            return own.execute(query).fetchall()

    def read(self, row):
        """The original text of a row, by the site's key service; raises what that says."""
        subject, _, version, sealed, wrapped = row
        with KeyClient(self.site.data_dir / "run" / "keys" / "keys.sock") as client:
            ticket = client.ticket_sample(self.tenant, uuid4(), subject, ["text"], uuid4())
            [clear] = client.open_originals(ticket, uuid4(), [(bytes(wrapped), TABLE, version, bytes(sealed))])
        return original_turns(clear)[0]

    def subject_of(self, name):
        [row] = [row for row in self.rows() if PHONES[name] in self.read(row)]
        return row[0]


@pytest.fixture(scope="module")
def center(started_site, tmp_path_factory):
    """A center with two customers; its site runs until ``stopped`` is asked for."""
    with started_site() as site:
        made = Center(site)
        made.take_in(tmp_path_factory.mktemp("talks") / "in")
        yield made


@pytest.fixture(scope="module")
def saved(center, tmp_path_factory):
    """The center's site, saved into a folder; tests change copies of it alone."""
    folder = tmp_path_factory.mktemp("saved") / "backup"
    done = center.site.command("backup", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    return folder


@dataclass(frozen=True)
class Shredded:
    """A customer who was shredded after the one backup that there was: their id, and what was signed for it."""

    subject: UUID
    signed: object
    trusted: object


@pytest.fixture(scope="module")
def shredded(center, saved):
    """One of the center's customers, shredded before any other backup is made."""
    site, gone = center.site, center.subject_of("gone")
    with KeyClient(site.data_dir / "run" / "keys" / "keys.sock") as client:
        signed = client.shred(center.tenant, gone, actor=uuid4(), event=uuid4(), basis="erasure_request")
    trusted = certificate.PublicKeys.decode((site.data_dir / "keys" / "public-keys.json").read_bytes())
    return Shredded(gone, signed, trusted)


@pytest.fixture(scope="module")
def stopped(center, shredded):
    """The center's site, stopped for good."""
    assert center.site.stop() == 0
    return center.site


@pytest.fixture
def later(stopped):
    """The center on a copy of the stopped site and all that lies beside it: a test may lose it and bring it back."""
    folder = Path(tempfile.mkdtemp(prefix="hushkeep-later-"))
    folder.chmod(0o711)
    # With its owners: under root the database is another user's.
    subprocess.run(["cp", "-a", f"{stopped.data_dir.parent}/.", str(folder)], check=True)
    site = type(stopped)(folder)
    yield Center(site)
    if site.supervisor is not None:
        assert site.stop() == 0
        for stream in (site.supervisor.stdout, site.supervisor.stderr):
            stream.close()
    shutil.rmtree(folder)


def _lose(site, tmp_path, *, keep):
    """Lose the data directory of a stopped site; return a folder with the files ``keep`` of its keys."""
    second = tmp_path / "second"
    second.mkdir()
    for name in keep:
        shutil.copy(site.data_dir / "keys" / name, second / name)
    shutil.rmtree(site.data_dir)
    return second


def test_a_stolen_backup_with_the_source_code_holds_none_of_its_customers_values(center, saved):
    held = b"".join(path.read_bytes() for path in saved.iterdir())
    assert [phone for phone in PHONES.values() if phone.encode() in held] == []
    assert center.site.command("backup", "--verify", str(saved)).returncode == 0


def test_a_backup_killed_at_work_leaves_no_backup_and_the_next_one_is_whole(center, tmp_path):
    target = tmp_path / "backup"
    for seconds in (0.6, 1.0, 1.4):
        with subprocess.Popen(
            [sys.executable, "-m", "hushkeep", "backup", str(target)],
            env=center.site.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as running:
            time.sleep(seconds)
            running.send_signal(signal.SIGKILL)
        if target.exists():  # it was done before the kill: then it is whole
            assert center.site.command("backup", "--verify", str(target)).returncode == 0
            shutil.rmtree(target)
    assert center.site.command("backup", str(target)).returncode == 0
    assert center.site.command("backup", "--verify", str(target)).returncode == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_what_cannot_be_is_said_with_its_code(center, saved, tmp_path):
    site = center.site
    keys = site.data_dir / "keys"

    def ended(*words):
        done = site.command(*map(str, words))
        return done.returncode, done.stderr

    assert ended("backup", saved)[0] == 7
    assert ended("restore", saved, "--keys", keys)[0] == 7, "a site is never written over"
    assert ended("backup", "--verify", tmp_path)[0] in {4, 11}
    code, words = ended("backup", "--verify", saved, "--key-file", tmp_path / "nothing")
    assert (code, "--share" in words) == (4, True)
    shares = sorted(site.data_dir.with_name("site.recovery").glob("backup/share-*.txt"))
    assert ended("backup", "--verify", saved, *(f"--share={share}" for share in shares[:3]))[0] == 0
    assert ended("backup", "--verify", saved, *(f"--share={share}" for share in shares[:2]))[0] == 5


def test_a_site_that_is_not_up_cannot_be_saved(later, tmp_path):
    assert later.site.command("backup", str(tmp_path / "another")).returncode == 11
    assert not (tmp_path / "another").exists()


def test_a_lost_site_comes_back_whole_and_the_shredded_stay_gone(later, saved, shredded, tmp_path):
    """Also the certificate: before the epoch's end it says that this backup could revive the subject."""
    site, gone = later.site, shredded.subject
    second = _lose(site, tmp_path, keep=["epochs.json", "keys.log"])
    done = site.command("restore", str(saved), "--keys", str(second))
    assert done.returncode == 0, done.stderr
    site.start()
    texts = []
    for row in later.rows():
        if row[0] == gone:
            with pytest.raises((NotFound, Denied)):
                later.read(row)
        else:
            texts.append(later.read(row))
    assert texts == [f"我的手机号是{PHONES['kept']}"]
    assert later.attached() == [PICTURE]
    body = certificate.verify(shredded.signed, shredded.trusted)
    assert [(reviver["backups"]) for reviver in body["could_revive"]] == [1]
    assert body["irrecoverable_after"] is not None


def test_without_the_newer_log_the_shredded_come_back_until_the_epochs_end_and_it_is_said(later, saved, tmp_path):
    """What the certificate warns of, and why: then the epoch key dies, and this backup's key store opens for nobody."""
    site = later.site
    second = _lose(site, tmp_path, keep=["epochs.json"])
    early = site.command("restore", str(saved), "--keys", str(second))
    assert early.returncode == 0
    assert "who was shredded since this backup is back" in early.stderr
    keys = site.data_dir / "keys"
    _end_epochs(keys, site)
    shutil.copy(keys / "epochs.json", second / "epochs.json")
    shutil.rmtree(site.data_dir)
    late = site.command("restore", str(saved), "--keys", str(second))
    assert (late.returncode, "epoch key" in late.stderr) == (4, True)
    assert not site.data_dir.exists()


def _end_epochs(keys, site):
    """Thirty-one days pass for a key service."""
    root = slots.KeyFile(site.data_dir.with_name("site.rootkey"))
    clock = key_clock.Clock()
    clock.advance(clock.now() + int(timedelta(days=31).total_seconds() * 1e6))
    with serving.opened(serving.Start(keys_dir=keys, socket=keys / "none", provider=root), clock) as service:
        service.work()
    assert epochs.read_epochs(keys) == []


def test_after_the_epochs_end_yesterdays_database_opens_by_the_living_store_but_for_the_shredded(
    later, saved, shredded, tmp_path
):
    site, gone = later.site, shredded.subject
    _end_epochs(site.data_dir / "keys", site)
    second = tmp_path / "keys"
    shutil.copytree(site.data_dir / "keys", second)
    shutil.rmtree(site.data_dir)
    done = site.command("restore", str(saved), "--keys", str(second))
    assert done.returncode == 0, done.stderr
    site.start()
    readable = {}
    for row in later.rows():
        try:
            readable[row[0]] = later.read(row)
        except Error as refusal:
            readable[row[0]] = type(refusal)
    assert readable[gone] in {NotFound, Denied}
    assert [text for subject, text in readable.items() if subject != gone] == [f"我的手机号是{PHONES['kept']}"]
    assert certificate.verify(shredded.signed, shredded.trusted)["approval"] == "asserted"


def test_a_changed_byte_anywhere_is_told_and_restores_nothing(later, saved, tmp_path):
    copy = shutil.copytree(saved, tmp_path / "backup")

    def verified():
        return later.site.command("backup", "--verify", str(copy)).returncode

    for path in sorted(copy.iterdir()):
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        assert (path.name, verified()) == (path.name, 10)
        path.write_bytes(content)
    assert verified() == 0
    (copy / "objects.hksf").unlink()
    assert verified() == 10
    second = _lose(later.site, tmp_path, keep=["epochs.json", "keys.log"])
    assert later.site.command("restore", str(copy), "--keys", str(second)).returncode == 10
    assert not later.site.data_dir.exists()
