"""Level separated: each process a user of its own, each with its own files, and none with another's."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.server,
    pytest.mark.enable_socket,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can give processes users of their own"),
]
NOBODY = 65534
TALK = {"id": "s1", "channel": "chat", "turns": [{"speaker": "customer", "text": "我的手机号是13499997777"}]}


def _users(site):
    """Real user ids: an undumpable process's folder belongs to root."""
    found = {}
    for process, pid in site.pids().items():
        line = next(ln for ln in Path(f"/proc/{pid}/status").read_text().splitlines() if ln.startswith("Uid:"))
        found[process] = int(line.split()[1])
    return found


def _group(site):
    return site.data_dir.stat().st_gid


def _as(site, process, *command):
    """Run ``command`` with the rights of ``process``."""
    rights = {"user": _users(site)[process], "group": _group(site), "extra_groups": []}
    return subprocess.run(command, check=False, capture_output=True, cwd="/", **rights)


def _made(path):
    """Return ``path`` once it is there: the log's key comes with the first checkpoint."""
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until, path
        time.sleep(0.1)
    return path


def test_four_processes_have_four_users_and_none_is_root(separated_site):
    users = _users(separated_site)
    assert set(users) == {"postgres", "keys", "front", "worker"}
    assert len({*users.values(), 0}) == 5


def test_each_reads_what_is_its_own(separated_site):
    users, secrets = _users(separated_site), separated_site.data_dir / "secrets"
    own = {
        "keys": separated_site.data_dir.with_name("site.rootkey"),
        "front": secrets / str(users["front"]) / "database",
        "worker": secrets / str(users["worker"]) / "database",
        "postgres": separated_site.data_dir / "pg" / "PG_VERSION",
    }
    for process, file in own.items():
        assert _as(separated_site, process, "/bin/cat", str(file)).returncode == 0, process


@pytest.mark.parametrize("process", ["front", "worker", "postgres"])
def test_nobody_else_reads_the_key_store_or_the_root_key(separated_site, process):
    for path in (separated_site.data_dir / "keys", separated_site.data_dir.with_name("site.rootkey")):
        assert _as(separated_site, process, "/bin/cat", str(path)).returncode != 0
    assert _as(separated_site, process, "/bin/ls", str(separated_site.data_dir / "keys")).returncode != 0


@pytest.mark.parametrize(
    "path", ["tls/ca.key", "audit/log.key", "secrets/database", "secrets/intake-own.key", "enrolment/own.txt", "pg"]
)
def test_the_front_reads_nothing_that_is_another_processes(separated_site, path):
    file = _made(separated_site.data_dir / path)
    words = ("/bin/ls", str(file)) if file.is_dir() else ("/bin/cat", str(file))
    assert _as(separated_site, "front", *words).returncode != 0


@pytest.mark.parametrize("process", ["front", "keys", "postgres"])
def test_the_logs_signing_key_is_the_workers_alone(separated_site, process):
    file = str(_made(separated_site.data_dir / "audit" / "log.key"))
    assert _as(separated_site, "worker", "/bin/cat", file).returncode == 0
    assert _as(separated_site, process, "/bin/cat", file).returncode != 0


def test_the_front_has_no_password_of_an_owner_a_superuser_or_the_sequencer(separated_site):
    mine = separated_site.data_dir / "secrets" / str(_users(separated_site)["front"]) / "database"
    assert set(json.loads(mine.read_text())) == {"hushkeep_app", "hushkeep_login"}
    theirs = separated_site.data_dir / "secrets" / str(_users(separated_site)["worker"]) / "database"
    assert _as(separated_site, "front", "/bin/cat", str(theirs)).returncode != 0


def test_the_key_service_knows_its_peers_by_their_users(separated_site, reachable):
    ask = (separated_site.python, "-c", _LOCK, str(separated_site.data_dir / "run" / "keys" / "keys.sock"))
    for process in ("front", "worker"):
        rights = {"user": _users(separated_site)[process], "group": _group(separated_site), "extra_groups": []}
        refused = subprocess.run(ask, check=False, capture_output=True, text=True, cwd="/", env=reachable[1], **rights)
        assert "peer_not_allowed" in refused.stdout, (process, refused)
    stranger = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    assert subprocess.run(ask, check=False, capture_output=True, cwd="/", env=reachable[1], **stranger).returncode != 0


_LOCK = """
import sys
from pathlib import Path
from hushkeep.kernel import Denied
from hushkeep.runtime.key_client import KeyClient
try:
    KeyClient(Path(sys.argv[1])).lock()
except Denied as refusal:
    print(refusal)
"""


def test_the_key_service_locks_its_memory_and_has_no_other_right_of_roots(separated_site):
    status = Path(f"/proc/{separated_site.pids()['keys']}/status").read_text()
    facts = dict(line.split(":\t") for line in status.splitlines() if ":\t" in line)
    if int(Path("/proc/self/status").read_text().split("CapBnd:\t")[1][:16], 16) >> 14 & 1:
        assert int(facts["CapEff"], 16) == int(facts["CapPrm"], 16) == 1 << 14
        assert int(facts["VmLck"].split()[0]) > 10_000
    told = json.loads(separated_site.command("keys", "status").stdout)
    assert (told["level"], told["memory_locked"]) == ("separated", int(facts["VmLck"].split()[0]) > 0)
    assert told["demand_proof"]
    assert told["memory_undumpable"]


def test_no_other_process_has_any_right_of_roots(separated_site):
    for process in ("front", "worker", "postgres"):
        status = Path(f"/proc/{separated_site.pids()[process]}/status").read_text()
        assert int(status.split("CapEff:\t")[1][:16], 16) == 0, process


def test_the_work_is_done_all_the_same(separated_site, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "talks.jsonl").write_text(json.dumps(TALK, ensure_ascii=False) + "\n")
    done = separated_site.command("protect", str(folder), "--center", "own", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["taken"] == 1
    assert separated_site.get("/api/v1/me")[0] == 401


def test_doctor_names_the_level_and_what_was_opened(separated_site):
    said = {row["check"]: row for row in separated_site.looked_at()[1]}
    assert said["users"]["well"]
    assert "level separated" in said["users"]["words"]
    keys = separated_site.data_dir / "keys"
    keys.chmod(0o750)
    said = {row["check"]: row for row in separated_site.looked_at()[1]}
    keys.chmod(0o700)
    assert not said["users"]["well"]
    assert str(keys) in said["users"]["words"]


def test_whoever_is_not_root_is_told_so(reachable):
    folder = Path(tempfile.mkdtemp(prefix="hushkeep-plain-"))
    os.chown(folder, NOBODY, NOBODY)
    environment = reachable[1] | {"HUSHKEEP_DATA_DIR": str(folder / "d"), "HOME": str(folder)}
    rights = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    command = [reachable[0], "-m", "hushkeep", "init", "--level", "separated"]
    said = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", env=environment, **rights)
    shutil.rmtree(folder)
    assert said.returncode == 2
    assert "root" in said.stderr


def test_a_backup_leaves_the_site_as_it_was_and_comes_back_to_those_who_read_it(separated_site, tmp_path):
    site, users = separated_site, _users(separated_site)
    held = site.data_dir / "objects" / "ab"
    assert _as(site, "worker", "mkdir", "-p", str(held)).returncode == 0
    assert _as(site, "worker", "dd", "if=/dev/urandom", f"of={held}/object", "bs=64", "count=1").returncode == 0
    before = {path: _owned(path) for path in (site.data_dir, site.data_dir / "run", site.data_dir / "run" / "pg")}
    saved = site.command("backup", str(tmp_path / "saved"))
    assert saved.returncode == 0, saved.stderr
    assert {path: _owned(path) for path in before} == before
    assert site.ill(but={"shares"}) == []
    elsewhere = _beside_copies_of_its_keys(site)
    brought = site.command(
        "restore", str(tmp_path / "saved"), "--keys", str(site.data_dir / "keys"), HUSHKEEP_DATA_DIR=str(elsewhere)
    )
    assert brought.returncode == 0, brought.stderr
    objects = site.data_dir / "objects"
    for path in (elsewhere / "objects", *(elsewhere / "objects").rglob("*")):
        mode = 0o2770 if path.is_dir() else 0o660
        assert _owned(path) == (users["worker"], objects.stat().st_gid, mode), path
    shutil.rmtree(elsewhere.parent)


def _owned(path):
    status = path.stat()
    return status.st_uid, status.st_gid, status.st_mode & 0o7777


def _beside_copies_of_its_keys(site):
    """Where the site may be brought back to: another folder, with the root's and the backups' key beside it."""
    folder = Path(tempfile.mkdtemp(prefix="hushkeep-restored-"))
    folder.chmod(0o711)
    for name in ("site.rootkey", "site.backupkey"):
        shutil.copy(site.data_dir.with_name(name), folder / name)
    return folder / "site"
