"""The embedded PostgreSQL: never root, never on the network, never without a password; whole after any end."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import psycopg
import pytest

from hushkeep.kernel import Unavailable
from hushkeep.runtime.binaries import can_execute
from hushkeep.runtime.cluster import SUPERUSER, Cluster
from hushkeep.runtime.settings import Settings
from hushkeep.runtime.system_user import database_user

pytestmark = pytest.mark.server

NOBODY = 65534
DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


@pytest.fixture
def site(request):
    with tempfile.TemporaryDirectory(prefix="hushkeep-") as name:
        Path(name).chmod(0o711)
        yield Settings(data_dir=Path(name) / "d", **getattr(request, "param", {}))


@pytest.fixture
def started(site):
    cluster = Cluster.of(site)
    cluster.create("pass word")
    server = cluster.start()
    cluster.wait(server, "pass word")
    yield cluster, server
    if server.poll() is None:
        cluster.stop(server)


def _ask(cluster, query):
    with psycopg.connect(cluster.dsn(SUPERUSER, "pass word", "postgres")) as connection:
        return connection.execute(query).fetchone()[0]


def _owner(pid):
    return os.stat(f"/proc/{pid}").st_uid  # noqa: PTH116


def test_it_runs_as_no_root(started):
    cluster, server = started
    assert _owner(server.pid) == cluster.user.user != 0


def test_it_listens_on_its_socket_alone(started):
    cluster, _ = started
    assert _ask(cluster, "SHOW listen_addresses") == ""
    assert stat.S_IMODE((cluster.socket_dir / ".s.PGSQL.5432").stat().st_mode) == 0o700


def test_pages_are_summed_and_passwords_are_scram(started):
    cluster, _ = started
    assert _ask(cluster, "SHOW data_checksums") == "on"
    assert _ask(cluster, "SELECT rolpassword FROM pg_authid WHERE rolcanlogin").startswith("SCRAM-SHA-256$")
    assert _ask(cluster, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'") == 0


def test_no_folder_of_it_is_open(started, site):
    for folder in (site.data_dir, site.run_dir, site.cluster_dir, site.run_dir / "pg"):
        assert stat.S_IMODE(folder.stat().st_mode) & 0o067 == 0, folder


def test_its_log_says_nothing_of_a_failed_rows_values(site):
    cluster = Cluster.of(site)
    cluster.create("pass word")
    log = site.data_dir / "pg.log"
    with log.open("wb") as out:
        server = cluster.start(out)
        cluster.wait(server, "pass word")
        with psycopg.connect(cluster.dsn(SUPERUSER, "pass word", "postgres"), autocommit=True) as connection:
            connection.execute("CREATE TABLE t (phone text PRIMARY KEY, n int CHECK (n > 0))")
            connection.execute("INSERT INTO t VALUES ('13812345678', 1)")
            for query, values in [
                ("INSERT INTO t VALUES (%s, 1)", ["13812345678"]),
                ("INSERT INTO t VALUES (%s, -1)", ["13812345679"]),
                ("SELEC '13812345678'", None),
                ("SELECT %s::int", ["13812345678x"]),
            ]:
                with pytest.raises(psycopg.Error):
                    connection.execute(query, values)
        cluster.stop(server)
    said = log.read_text()
    assert "ready to accept connections" in said
    assert "1381234567" not in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_comes_back_after_any_end(started, number):
    cluster, server = started
    with psycopg.connect(cluster.dsn(SUPERUSER, "pass word", "postgres")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    server.send_signal(number)
    server.wait(60)
    again = cluster.start()
    try:
        cluster.wait(again, "pass word")
        assert _ask(cluster, "SELECT n FROM kept") == 7
    finally:
        cluster.stop(again)


def test_a_server_that_dies_while_it_is_being_stopped_is_no_fault(started):
    cluster, server = started
    server.send_signal(signal.SIGSTOP)  # so that it is there when it is asked to stop, and does not

    def die():
        server.kill()
        server.wait()

    timer = threading.Timer(1, die)
    timer.start()
    second = cluster.start()
    timer.join()
    try:
        cluster.wait(second, "pass word")
    finally:
        cluster.stop(second)


def test_a_server_left_over_is_stopped_before_the_next_starts(started):
    cluster, server = started
    again = cluster.start()
    try:
        cluster.wait(again, "pass word")
        assert server.wait(60) == 0
    finally:
        cluster.stop(again)


def test_a_half_made_cluster_is_made_anew(site):
    cluster = Cluster.of(site)
    part = cluster.folder / "part"
    part.mkdir()
    (part / "PG_VERSION").write_text("18\n")
    if cluster.user.drop:
        os.chown(part, cluster.user.user, cluster.user.group)
    assert not cluster.exists
    cluster.create("pass word")
    server = cluster.start()
    cluster.wait(server, "pass word")
    assert cluster.stop(server) == 0


def test_a_wrong_password_is_refused(started):
    cluster, _ = started
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(cluster.dsn(SUPERUSER, "word pass", "postgres"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops rights")
def test_under_root_a_data_dir_that_the_server_cannot_reach_is_told():
    with tempfile.TemporaryDirectory(prefix="hushkeep-") as name, pytest.raises(Unavailable, match="cannot pass"):
        Cluster.of(Settings(data_dir=Path(name) / "d"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops rights")
def test_under_root_no_user_may_be_root_or_absent():
    for name in ("root", "no-such-user"):
        with pytest.raises(Unavailable, match="does not exist or is root"):
            database_user(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_runs_it_as_themselves():
    source = Path(psycopg.__file__).parents[1]
    python = Path(sys.executable).resolve()
    if not can_execute(python, NOBODY, frozenset()):
        python = Path("/usr/bin/python3")
    program = Path(__file__).with_name("ordinary_user.py")
    reach = all(can_execute(path, NOBODY, frozenset()) for path in (source, program.parent))
    same = python.exists() and f"{sys.version_info[0]}.{sys.version_info[1]}" in subprocess.run(
        [str(python), "--version"], capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    if not (reach and same):
        pytest.skip("no Python of this version and this checkout are in an ordinary user's reach")
    with tempfile.TemporaryDirectory(prefix="hushkeep-") as name:
        os.chown(name, NOBODY, NOBODY)
        done = subprocess.run(
            [str(python), str(program), name],
            env={
                "PYTHONPATH": f"{Path(__file__).parents[3] / 'src'}:{source}",
                "HOME": name,
                "PATH": os.environ["PATH"],
            },
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(NOBODY), "42"]


@pytest.mark.skipif(not DEBIAN, reason="Debian's PostgreSQL is not installed")
@pytest.mark.parametrize("site", [{"database_bin": DEBIAN[-1].parent if DEBIAN else None}], indirect=True)
def test_debians_server_does_as_well(started):
    cluster, _ = started
    assert f"/{_ask(cluster, 'SHOW server_version_num')[:2]}/" in str(cluster.binaries.folder)
    assert _ask(cluster, "SELECT 'é' < 'z'") is False, "the order of C.UTF-8 is by code point"
