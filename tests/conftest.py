"""Fixtures that the rooms share."""

import functools
import http.client
import importlib
import json
import os
import shutil
import ssl
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

import hypothesis
import pytest
from django.db import connections
from xdist.scheduler import LoadScopeScheduling

from hushkeep.identity import tenants
from hushkeep.kernel import TenantId
from hushkeep.keys import init_site
from hushkeep.runtime import clock
from hushkeep.runtime.binaries import can_execute
from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.local_database import local_database
from hushkeep.runtime.schema import migrate
from hushkeep.runtime.settings import settings
from hushkeep.runtime.site import Site, write_site

# A busy machine is no fault of the code: nothing in the suite is timed. And a commit is judged the same each time: new
# examples are looked for by `make explore`, whose finds are written down beside their test.
_PATIENT = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("suite", derandomize=True, **_PATIENT)
hypothesis.settings.register_profile("explore", **_PATIENT)
hypothesis.settings.load_profile("suite")

_ROOT = Path(__file__).parents[1]
_NOBODY = 65534


# What runs in one process in this order, since it shares a site that takes long to start; any other file by itself.
_TOGETHER = {
    "browser": ("e2e/test_console.py", "e2e/test_desk.py", "e2e/test_drop.py", "e2e/test_passkeys.py"),
    "second browser": (
        "e2e/test_foureyes.py",
        "e2e/test_pages.py",
        "e2e/test_pictures.py",
        "e2e/test_recordings.py",
    ),
    "separated site": ("security/test_thefts_played.py", "integration/runtime/test_separated.py"),
    "site": ("integration/runtime/test_site.py", "integration/test_desk_command.py"),
}
# What takes longest, the longest first: begun last, it would leave the other processes without work.
_LONGEST_FIRST = (
    *("second browser", "browser", "integration/test_protect_killed.py", "separated site", "site"),
    *("integration/test_protect_command.py", "security/test_backup.py", "security/test_role_route_matrix.py"),
    *("integration/runtime/test_external_database.py", "security/test_recording_codes_saved.py"),
    *("security/test_reconciliation.py", "integration/test_event_faults.py", "security/test_insiders.py"),
    *("security/test_insiders_together.py", "security/test_thefts.py", "integration/keys/test_faults.py"),
)

_PLACES = {name: (group, n) for group, names in _TOGETHER.items() for n, name in enumerate(names)}


class Together(LoadScopeScheduling):
    """Hands whole groups to processes, by the tables above; xdist's own marks of groups say nothing under pytest 9."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0].removeprefix("tests/")
        return _PLACES.get(file, (file, 0))[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Schedule by groups where a run asks for scopes."""
    return Together(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Put what takes longest first, and the files of a group in their order."""
    ranks = {group: rank for rank, group in enumerate(_LONGEST_FIRST)}
    for name in {*_PLACES, *ranks} - _TOGETHER.keys():
        if not (_ROOT / "tests" / name).exists():
            raise pytest.UsageError(f"tests/conftest.py names tests/{name}, which is not there")
    ranked = []
    for number, item in enumerate(items):
        file = os.path.relpath(item.path, _ROOT / "tests")
        group, within = _PLACES.get(file, (file, 0))
        ranked.append((ranks.get(group, len(ranks)), within, number))
    items[:] = [items[number] for *_, number in sorted(ranked)]


@pytest.fixture(scope="session")
def shared_data():
    """The folder of the development data; skips when it is not beside the repository."""
    folder = Path(os.environ.get("HUSHKEEP_SHARED_DATA", _ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no development data at {folder}: set HUSHKEEP_SHARED_DATA")
    return folder


@pytest.fixture(scope="session")
def database():
    """The embedded PostgreSQL of this run, migrated; yields its Cluster. The site is of level ``separated``.

    It does not wait for the disk: clients are killed here, the machine is not.
    """
    with local_database(settings(), fsync="off") as cluster:
        migrate()
        write_site(Site("separated", ()))
        yield cluster
        connections.close_all()


def _fresh() -> TenantId:
    return tenants.create("Test center", demo=False, now=clock.now()).id


@pytest.fixture
def tenant(database):
    """A tenant that no other test uses."""
    yield _fresh()
    connections.close_all()


@pytest.fixture
def two_tenants(database):
    """Two tenants that no other test uses."""
    yield _fresh(), _fresh()
    connections.close_all()


@pytest.fixture(scope="module")
def key_site(tmp_path_factory):
    """A fresh site's folder with keys/, root.key, recovery/ and run/; nothing serves it yet."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "run").mkdir()
    init_site(folder / "keys", key_file=folder / "root.key", recovery_dir=folder / "recovery")
    return folder


@pytest.fixture(scope="module")
def key_service(key_site):
    """A client of a key service that runs as its own process."""
    places = {"--keys-dir": key_site / "keys", "--socket": key_site / "run" / "k", "--key-file": key_site / "root.key"}
    command = [
        sys.executable,
        "-m",
        "hushkeep.keys",
        "--unproved-samples",
        *(str(word) for pair in places.items() for word in pair),
    ]
    environment = {"PYTHONPATH": str(_ROOT / "src"), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr.readline().startswith("hushkeep keys: ready")
        client = KeyClient(key_site / "run" / "k")
        yield client
        client.close()
        process.terminate()
        assert process.wait(timeout=60) == 0


class RunningSite:
    """A whole site under ``hushkeep up``, in a data directory of its own, on a port of its own."""

    def __init__(self, folder, python=sys.executable):
        self.python = python
        self.data_dir = folder / "site"
        self.environment = {**os.environ, "HUSHKEEP_DATA_DIR": str(self.data_dir), "HUSHKEEP_PORT": "0"}
        self.supervisor = None

    def command(self, *arguments, **environment):
        """Run ``hushkeep`` with ``arguments`` on this site; return the completed process."""
        return subprocess.run(
            [self.python, "-m", "hushkeep", *arguments],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def start(self):
        """Start ``hushkeep up`` and wait until everything is healthy."""
        self.supervisor = subprocess.Popen(
            [self.python, "-m", "hushkeep", "up"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in self.supervisor.stderr:
            if line.startswith("Console: "):
                self.port = int(line.rpartition(":")[2])
                return
        raise AssertionError(f"hushkeep up ended with code {self.supervisor.wait()}")

    @property
    def address(self):
        """Where the site answers."""
        return f"https://localhost:{self.port}"

    def trust(self, **versions):
        """A TLS context that trusts this site's authority alone."""
        context = ssl.create_default_context(cafile=str(self.data_dir / "tls" / "ca.pem"))
        for name, value in versions.items():
            setattr(context, name, value)
        return context

    def get(self, path, headers=None):
        """(status, headers, body) of a GET over a connection of its own."""
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=60, context=self.trust())
        with closing(connection):
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), answer.read()

    def pids(self):
        """Name -> process id of the process as it was last started."""
        whole, _, _ = (self.data_dir / "logs" / "supervisor.log").read_text().rpartition("\n")
        facts = [json.loads(line) for line in whole.splitlines()]
        return {fact["name"]: fact["pid"] for fact in facts if fact["event"] == "process_started"}

    def stop(self):
        """Stop it in good order; return the exit code."""
        self.supervisor.terminate()
        self.supervisor.communicate(timeout=120)
        return self.supervisor.returncode

    def looked_at(self):
        """(exit code, findings) of ``hushkeep doctor``."""
        looked = self.command("doctor", "--json")
        return looked.returncode, [json.loads(line) for line in looked.stdout.splitlines()]

    def ill(self, *, but=()):
        """What is ill, ``but`` some checks, once nothing is, or after a minute of asking.

        The doctor waits two seconds for an answer, which are too few when the machine stands still.
        """
        until = time.monotonic() + 60
        while True:
            code, findings = self.looked_at()
            assert (code == 0) == all(row["well"] for row in findings)
            ill = [row for row in findings if not row["well"] and row["check"] not in but]
            if not ill or time.monotonic() > until:
                return ill
            time.sleep(0.5)


@contextmanager
def _unmade_site(where=None):
    folder = Path(tempfile.mkdtemp(prefix="hushkeep-site-", dir=where))
    folder.chmod(0o711)  # under root, postgres passes through as another user
    try:
        yield RunningSite(folder)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def made_site():
    """A folder with a site of level demo as ``hushkeep init`` leaves it; a copy is as good as one made anew."""
    with _unmade_site() as site:
        made = site.command("init", "--json")
        assert made.returncode == 0, made.stderr
        yield site.data_dir.parent


@contextmanager
def _started_site(made_site, where=None):
    with _unmade_site(where) as site:
        # With its owners: under root the database is another user's.
        subprocess.run(["cp", "-a", f"{made_site}/.", str(site.data_dir.parent)], check=True)
        site.start()
        try:
            yield site
        finally:
            if site.supervisor.poll() is None:
                site.stop()
            for stream in (site.supervisor.stdout, site.supervisor.stderr):
                stream.close()


@pytest.fixture
def unmade_site():
    """A site's command line before ``hushkeep init``."""
    with _unmade_site() as site:
        yield site


@pytest.fixture(scope="session")
def running_site(made_site):
    """One site for the whole run; tests leave it running and healthy."""
    with _started_site(made_site) as site:
        yield site


@pytest.fixture
def own_site(made_site):
    """A running site for one test, which may end it as it likes."""
    with _started_site(made_site) as site:
        yield site


def _python():
    """An interpreter that every user can run and that has what we need: a root's own lies where only root can pass."""
    for python in (sys.executable, "/usr/bin/python3"):
        known = Path(python).exists() and can_execute(Path(python), _NOBODY, frozenset({_NOBODY}))
        asked = [python, "-c", "import django, granian"]
        if known and subprocess.run(asked, check=False, env=_reachable()).returncode == 0:
            return python
    pytest.skip("no interpreter that other users can run")


def _reachable():
    paths = f"{_ROOT / 'src'}:{sysconfig.get_paths()['purelib']}"
    return {"PYTHONPATH": paths, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


@pytest.fixture(scope="session")
def reachable():
    """(interpreter, environment) that every system user can run us with."""
    return _python(), _reachable()


@pytest.fixture(scope="session")
def separated_site(reachable):
    """A running site of level separated, with the center "own"; tests leave it running and healthy."""
    folder = Path(tempfile.mkdtemp(prefix="hushkeep-separated-"))
    folder.chmod(0o711)
    python, environment = reachable
    site = RunningSite(folder, python)
    site.environment |= environment
    made = site.command("init", "--level", "separated", "--center", "own")
    assert made.returncode == 0, made.stderr
    site.start()
    yield site
    site.stop()
    for stream in (site.supervisor.stdout, site.supervisor.stderr):
        stream.close()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def started_site(made_site):
    """A context manager that yields a running site of level demo for a module of tests, in a folder if one is given."""
    return functools.partial(_started_site, made_site)


@pytest.fixture(scope="session")
def made_files():
    """The module that makes a file of every kind, good and bad, with what must become of each."""
    return importlib.import_module("made_files")


@pytest.fixture(scope="session")
def canaries():
    """The module of the values that may be found nowhere, and of the trap that finds them."""
    return importlib.import_module("canaries")
