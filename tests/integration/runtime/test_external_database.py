"""A site on somebody else's PostgreSQL: made with its administrator's word, run without it."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from hushkeep.runtime.cluster import SUPERUSER, Cluster
from hushkeep.runtime.roles import ROLES
from hushkeep.runtime.settings import Settings

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]

PASSWORD = "theirs alone"


@pytest.fixture
def elsewhere():
    """A database server that is not the site's, and the connection string of its administrator."""
    with tempfile.TemporaryDirectory(prefix="hushkeep-") as name:
        Path(name).chmod(0o711)
        cluster = Cluster.of(Settings(data_dir=Path(name) / "db"))
        cluster.create(PASSWORD)
        server = cluster.start()
        cluster.wait(server, PASSWORD)
        yield cluster
        cluster.stop(server)


@pytest.fixture
def site(elsewhere, unmade_site):
    """A site that names the server elsewhere; not made yet."""
    unmade_site.environment["HUSHKEEP_DATABASE_URL"] = f"postgresql:///hushkeep?host={elsewhere.socket_dir}"
    return unmade_site


@pytest.fixture
def admin_file(elsewhere, tmp_path):
    """A file with the administrator's connection string."""
    file = tmp_path / "admin"
    file.write_text(elsewhere.dsn(SUPERUSER, PASSWORD, "postgres") + "\n")
    return str(file)


def test_a_site_lives_on_a_server_elsewhere(site, admin_file, elsewhere, tmp_path):
    made = site.command("init", "--level", "external", "--database-admin-file", admin_file, "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["level"] == "external"
    admin = Path(admin_file).read_text()
    os.remove(admin_file)  # noqa: PTH107 - from here on nobody has the administrator's word
    site.start()
    try:
        assert site.get("/api/v1/health")[0] == 200
        assert "postgres" not in site.pids()
        assert site.ill(but={"shares"}) == []
        talk = {"id": "1", "channel": "chat", "turns": [{"speaker": "customer", "text": "my card is 4000000000000002"}]}
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "talk.jsonl").write_text(json.dumps(talk))
        taken = site.command("protect", str(tmp_path / "in"), "--json")
        assert (taken.returncode, json.loads(taken.stdout)["taken"]) == (0, 1), taken.stderr
        refused = site.command("backup", str(tmp_path / "saved"))
        assert (refused.returncode, "--database-admin-file" in refused.stderr) == (4, True)
        Path(admin_file).write_text(admin)
        saved = site.command("backup", str(tmp_path / "saved"), "--database-admin-file", admin_file)
        assert saved.returncode == 0, saved.stderr
    finally:
        assert site.stop() == 0
    with psycopg.connect(elsewhere.dsn(SUPERUSER, PASSWORD, "hushkeep")) as connection:
        assert connection.execute("SELECT count(*) FROM records_conversation").fetchone() == (1,)
    assert site.command("init", "--level", "external").returncode == 0, "made once, it is brought up to date without"
    _lost_and_brought_back(site, elsewhere, admin_file, tmp_path)


def _lost_and_brought_back(site, elsewhere, admin_file, tmp_path):
    """The data directory and the database are gone; both come back, never over what is there."""
    events = "SELECT count(*) FROM event_leaf"
    with psycopg.connect(elsewhere.dsn(SUPERUSER, PASSWORD, "hushkeep")) as connection:
        placed = connection.execute(events).fetchone()
    assert b"4000000000000002" not in b"".join(path.read_bytes() for path in (tmp_path / "saved").iterdir())
    shutil.copytree(site.data_dir / "keys", tmp_path / "keys")
    shutil.rmtree(site.data_dir)
    words = ["restore", str(tmp_path / "saved"), "--keys", str(tmp_path / "keys"), "--database-admin-file", admin_file]
    over = site.command(*words)
    assert (over.returncode, "not empty" in over.stderr) == (7, True)
    assert not site.data_dir.exists()
    with psycopg.connect(elsewhere.dsn(SUPERUSER, PASSWORD, "postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE hushkeep")
        for role in ROLES:
            connection.execute(f"DROP ROLE {role}")
    assert site.command(*words[:4]).returncode == 4, "not without the administrator"
    done = site.command(*words)
    assert done.returncode == 0, done.stderr
    site.start()
    try:
        assert site.get("/api/v1/health")[0] == 200
        assert site.ill(but={"slots", "shares"}) == [], "all but the paper, which is to be tested again"
    finally:
        assert site.stop() == 0
    with psycopg.connect(elsewhere.dsn(SUPERUSER, PASSWORD, "hushkeep")) as connection:
        assert connection.execute("SELECT count(*) FROM records_conversation").fetchone() == (1,)
        assert connection.execute(events).fetchone() >= placed
        forced = "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'records_conversation'"
        assert connection.execute(forced).fetchone() == (True,)


def test_without_an_administrators_word_nothing_can_be_made_and_it_says_so(site):
    refused = site.command("init", "--level", "external")
    assert refused.returncode == 11, refused.stderr
    assert "--database-admin-file" in refused.stderr
    assert not (site.data_dir / "site.toml").exists()
