"""Nothing is started on a database that is not this program's."""

import tempfile
from pathlib import Path

import psycopg
import pytest

from hushkeep.kernel import Unavailable
from hushkeep.runtime.database import conninfo
from hushkeep.runtime.roles import OWNER
from hushkeep.runtime.schema_state import require_current
from hushkeep.runtime.settings import Settings, settings

pytestmark = pytest.mark.server


@pytest.fixture
def steps(database):
    """A connection that writes down steps of the schema; what it did is undone."""
    with psycopg.connect(conninfo(OWNER), autocommit=True) as connection:
        before = connection.execute("SELECT app, name, applied FROM django_migrations").fetchall()
        yield connection
        connection.execute("DELETE FROM django_migrations")
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", before)


def test_a_database_that_was_brought_up_to_date_is_this_programs(database):
    require_current(settings())


def test_a_database_of_an_older_program_is_refused_and_said_how_to_bring_it_up_to_date(steps):
    steps.execute("DELETE FROM django_migrations WHERE app = 'watch' OR (app, name) = ('access', '0001_initial')")
    with pytest.raises(Unavailable, match="older version: 2 steps") as refused:
        require_current(settings())
    assert "hushkeep init" in refused.value.__notes__[0]


def test_a_database_of_a_newer_program_is_refused(steps):
    steps.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('records', '9999_later', now())")
    with pytest.raises(Unavailable, match="newer version than this program"):
        require_current(settings())


def test_steps_of_others_do_not_count(steps):
    steps.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '9999_later', now())")
    require_current(settings())


def test_a_database_that_is_away_is_said_to_be(database):
    with tempfile.TemporaryDirectory(prefix="hk-") as folder:  # pytest's own may be too long for a socket
        away = Settings(data_dir=Path(folder) / "site", database_url=f"postgresql:///hushkeep?host={folder}")
        with pytest.raises(Unavailable, match="does not answer"):
            require_current(away)
