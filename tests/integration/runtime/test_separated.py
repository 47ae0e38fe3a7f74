"""Level separated: each process a user of its own, each with its own files, and none with another's."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from hushkeep.runtime.binaries import can_execute

pytestmark = [
    pytest.mark.server,
    pytest.mark.enable_socket,
    pytest.mark.timeout(240),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can give processes users of their own"),
]
NOBODY = 65534
TALK = {"id": "s1", "channel": "chat", "turns": [{"speaker": "customer", "text": "我的手机号是13499997777"}]}


def _python():
    """An interpreter that every user can run and that has what we need: a root's own lies where only root can pass."""
    for python in (sys.executable, "/usr/bin/python3"):
        known = Path(python).exists() and can_execute(Path(python), NOBODY, frozenset({NOBODY}))
        if (
            known
            and subprocess.run([python, "-c", "import django, granian"], check=False, env=_paths()).returncode == 0
        ):
            return python
    pytest.skip("no interpreter that other users can run")


def _paths():
    source = Path(__file__).parents[3] / "src"
    return {"PYTHONPATH": f"{source}:{sysconfig.get_paths()['purelib']}", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


@pytest.fixture(scope="module")
def separated(running_site):
    """A running site of this level."""
    folder = Path(tempfile.mkdtemp(prefix="hushkeep-separated-"))
    folder.chmod(0o711)
    site = type(running_site)(folder, _python())
    site.environment |= _paths()
    made = site.command("init", "--level", "separated", "--center", "own")
    assert made.returncode == 0, made.stderr
    site.start()
    yield site
    site.stop()
    for stream in (site.supervisor.stdout, site.supervisor.stderr):
        stream.close()
    shutil.rmtree(folder)


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


def test_four_processes_have_four_users_and_none_is_root(separated):
    users = _users(separated)
    assert set(users) == {"postgres", "keys", "front", "worker"}
    assert len({*users.values(), 0}) == 5


def test_each_reads_what_is_its_own(separated):
    users, secrets = _users(separated), separated.data_dir / "secrets"
    own = {
        "keys": separated.data_dir.with_name("site.rootkey"),
        "front": secrets / str(users["front"]) / "database",
        "worker": secrets / str(users["worker"]) / "database",
        "postgres": separated.data_dir / "pg" / "PG_VERSION",
    }
    for process, file in own.items():
        assert _as(separated, process, "/bin/cat", str(file)).returncode == 0, process


@pytest.mark.parametrize("process", ["front", "worker", "postgres"])
def test_nobody_else_reads_the_key_store_or_the_root_key(separated, process):
    for path in (separated.data_dir / "keys", separated.data_dir.with_name("site.rootkey")):
        assert _as(separated, process, "/bin/cat", str(path)).returncode != 0
    assert _as(separated, process, "/bin/ls", str(separated.data_dir / "keys")).returncode != 0


@pytest.mark.parametrize(
    "path", ["tls/ca.key", "audit/log.key", "secrets/database", "secrets/intake-own.key", "enrolment/own.txt", "pg"]
)
def test_the_front_reads_nothing_that_is_another_processes(separated, path):
    file = separated.data_dir / path
    assert file.exists()
    words = ("/bin/ls", str(file)) if file.is_dir() else ("/bin/cat", str(file))
    assert _as(separated, "front", *words).returncode != 0


def test_the_front_has_no_password_of_an_owner_a_superuser_or_the_sequencer(separated):
    mine = separated.data_dir / "secrets" / str(_users(separated)["front"]) / "database"
    assert set(json.loads(mine.read_text())) == {"hushkeep_app", "hushkeep_login"}
    theirs = separated.data_dir / "secrets" / str(_users(separated)["worker"]) / "database"
    assert _as(separated, "front", "/bin/cat", str(theirs)).returncode != 0


def test_the_key_service_knows_its_peers_by_their_users(separated):
    ask = (separated.python, "-c", _LOCK, str(separated.data_dir / "run" / "keys" / "keys.sock"))
    for process in ("front", "worker"):
        rights = {"user": _users(separated)[process], "group": _group(separated), "extra_groups": []}
        refused = subprocess.run(ask, check=False, capture_output=True, text=True, cwd="/", env=_paths(), **rights)
        assert "peer_not_allowed" in refused.stdout, (process, refused)
    stranger = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    assert subprocess.run(ask, check=False, capture_output=True, cwd="/", env=_paths(), **stranger).returncode != 0


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


def test_the_work_is_done_all_the_same(separated, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "talks.jsonl").write_text(json.dumps(TALK, ensure_ascii=False) + "\n")
    done = separated.command("protect", str(folder), "--center", "own", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["taken"] == 1
    assert separated.get("/api/v1/me")[0] == 401


def test_doctor_names_the_level_and_what_was_opened(separated):
    looked = separated.command("doctor", "--json")
    said = {row["check"]: row for row in map(json.loads, looked.stdout.splitlines())}
    assert said["users"]["well"]
    assert "level separated" in said["users"]["words"]
    keys = separated.data_dir / "keys"
    keys.chmod(0o750)
    looked = separated.command("doctor", "--json")
    keys.chmod(0o700)
    said = {row["check"]: row for row in map(json.loads, looked.stdout.splitlines())}
    assert not said["users"]["well"]
    assert str(keys) in said["users"]["words"]


def test_whoever_is_not_root_is_told_so():
    folder = Path(tempfile.mkdtemp(prefix="hushkeep-plain-"))
    os.chown(folder, NOBODY, NOBODY)
    environment = _paths() | {"HUSHKEEP_DATA_DIR": str(folder / "d"), "HOME": str(folder)}
    rights = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    command = [_python(), "-m", "hushkeep", "init", "--level", "separated"]
    said = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", env=environment, **rights)
    shutil.rmtree(folder)
    assert said.returncode == 2
    assert "root" in said.stderr
