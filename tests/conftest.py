"""Fixtures that the rooms share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connections

from hushkeep.identity import tenants
from hushkeep.kernel import TenantId
from hushkeep.keys import init_site
from hushkeep.runtime import clock
from hushkeep.runtime.database import migrate
from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.local_database import local_database
from hushkeep.runtime.settings import settings

_ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data():
    """The folder of the development data; skips when it is not beside the repository."""
    folder = Path(os.environ.get("HUSHKEEP_SHARED_DATA", _ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no development data at {folder}: set HUSHKEEP_SHARED_DATA")
    return folder


@pytest.fixture(scope="session")
def database():
    """The embedded PostgreSQL of this run, migrated; yields its Cluster."""
    with local_database(settings()) as cluster:
        migrate()
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
    command = [sys.executable, "-m", "hushkeep.keys", *(str(word) for pair in places.items() for word in pair)]
    environment = {"PYTHONPATH": str(_ROOT / "src"), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr.readline().startswith("hushkeep keys: ready")
        client = KeyClient(key_site / "run" / "k")
        yield client
        client.close()
        process.terminate()
        assert process.wait(timeout=20) == 0
