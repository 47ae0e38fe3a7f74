"""How far the database's schema is, asked without Django: nothing is started on one that is not this program's."""

from pathlib import Path
from typing import Final

import psycopg

import hushkeep
from hushkeep.kernel import Unavailable
from hushkeep.runtime.database import conninfo
from hushkeep.runtime.roles import OWNER
from hushkeep.runtime.settings import Settings

_ROOMS: Final = Path(hushkeep.__file__).parent
_TAKEN: Final = "SELECT app, name FROM django_migrations WHERE app = ANY(%s)"


def require_current(site: Settings) -> None:
    """Return when the schema of ``site`` has every step that this program knows, and no other.

    Raises Unavailable, with what to do, where steps are missing, where the database is of a newer program, and where
    it is away.
    """
    known = _known()
    try:
        with psycopg.connect(conninfo(OWNER, site), connect_timeout=10) as connection:
            taken = set(connection.execute(_TAKEN, [sorted({room for room, _ in known})]).fetchall())
    except psycopg.errors.UndefinedTable:
        taken = set()
    except psycopg.OperationalError:
        raise Unavailable("the database does not answer") from None
    if known - taken:
        older = Unavailable(
            f"the database is of an older version: {len(known - taken)} steps of its schema are missing"
        )
        older.add_note("save the site with the version that it ran before, then run hushkeep init")
        raise older
    if taken - known:
        newer = Unavailable("the database is of a newer version than this program")
        newer.add_note("install the version that it ran last")
        raise newer


def _known() -> set[tuple[str, str]]:
    return {(file.parts[-3], file.stem) for file in _ROOMS.glob("*/migrations/[0-9]*.py")}
