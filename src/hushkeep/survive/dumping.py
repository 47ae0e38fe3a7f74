"""The database of a site that lives on somebody else's server: dumped and loaded in its administrator's name.

Row-level security binds the site's own roles, the owner too: only an administrator reads every tenant's rows. The
password of the connection string goes to PostgreSQL's programs in a file, never in their arguments or environment.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, Final

import psycopg

from hushkeep.kernel import Conflict, InvalidInput, NotFound, Unavailable
from hushkeep.runtime.binaries import Binaries
from hushkeep.runtime.files import write_private
from hushkeep.runtime.roles import close_schema, make_database, make_roles
from hushkeep.runtime.settings import Settings

_COPY_BYTES: Final = 1 << 20
_ENVIRONMENT: Final[Mapping[str, str]] = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
_FILLED: Final = (
    "SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p'))"
)


def read_admin(file: Path | None) -> str:
    """Return the administrator's connection string in ``file``; raise NotFound, saying which file it would be."""
    if file is None:
        missing = NotFound("the database is on a server elsewhere: its administrator saves it and brings it back")
        missing.add_note("name a file with the administrator's DSN: --database-admin-file FILE")
        raise missing
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError:
        raise NotFound(f"no file {file}") from None


def database_of(site: Settings) -> str:
    """Return the name of the site's database on its server; raise InvalidInput when its DSN names none."""
    name = _parts(site.database_url or "").get("dbname")
    if not name:
        raise InvalidInput("database_url names no database")
    return str(name)


def dump(site: Settings, admin: str, binaries: Binaries, out: IO[bytes]) -> None:
    """Write the site's database, as of one moment, to ``out`` in PostgreSQL's custom form; raise Unavailable."""
    with _reaching(site, admin) as where:
        command = [binaries.program("pg_dump"), f"--dbname={where}", "--format=custom", "--compress=0", "--no-password"]
        command += ["--no-publications", "--no-subscriptions"]
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_ENVIRONMENT
        ) as running:
            if running.stdout is None:
                raise Unavailable("pg_dump gives no output")
            shutil.copyfileobj(running.stdout, out, _COPY_BYTES)
        _require_done("pg_dump", running.returncode)


def load(site: Settings, admin: str, binaries: Binaries, passwords: Mapping[str, str], source: BinaryIO) -> None:
    """Bring a dump back into the site's database, made with its roles where it is not there, in one transaction.

    Raises Conflict when it holds anything, Unavailable when the server refuses.
    """
    _prepare(admin, database_of(site), dict(passwords))
    with _reaching(site, admin) as where:
        command = [binaries.program("pg_restore"), f"--dbname={where}", "--single-transaction", "--no-password"]
        command += ["--exit-on-error", "--schema=public"]  # the schema itself is there already
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_ENVIRONMENT
        ) as running:
            if running.stdin is None:
                raise Unavailable("pg_restore takes no input")
            try:
                shutil.copyfileobj(source, running.stdin, _COPY_BYTES)
            except BrokenPipeError:
                running.wait()  # it has given up, and its code says so
            else:
                running.stdin.close()
        _require_done("pg_restore", running.returncode)


def _prepare(admin: str, name: str, passwords: dict[str, str]) -> None:
    """Make the roles and the empty database; where it is not empty nothing is changed, the roles' passwords neither."""
    try:
        with psycopg.connect(admin, autocommit=True) as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if there and _filled(admin, name):
                raise Conflict(f"the database {name} on the server is not empty: a site is restored into an empty one")
            make_roles(connection, passwords)
            make_database(connection, name)
        with psycopg.connect(admin, dbname=name, autocommit=True) as connection:
            close_schema(connection)
    except psycopg.Error as failure:
        why = failure.sqlstate or type(failure).__name__
        raise Unavailable(f"the database refused its preparation: {why}") from None


def _filled(admin: str, name: str) -> bool:
    with psycopg.connect(admin, dbname=name, autocommit=True) as connection:
        row = connection.execute(_FILLED).fetchone()
        return row is None or bool(row[0])


@contextmanager
def _reaching(site: Settings, admin: str) -> Iterator[str]:
    """Yield the administrator's connection string for the site's database, its password in a file meanwhile."""
    parts: dict[str, Any] = _parts(admin)
    password = str(parts.pop("password", ""))
    with tempfile.TemporaryDirectory(prefix="hushkeep-dsn-") as between:
        if password:
            passfile = Path(between) / "pass"
            escaped = password.replace("\\", "\\\\").replace(":", "\\:")
            write_private(passfile, f"*:*:*:*:{escaped}\n".encode())
            parts["passfile"] = str(passfile)
        yield psycopg.conninfo.make_conninfo(**parts | {"dbname": database_of(site), "connect_timeout": 10})


def _parts(dsn: str) -> dict[str, Any]:
    try:
        return dict(psycopg.conninfo.conninfo_to_dict(dsn))
    except psycopg.ProgrammingError:
        raise InvalidInput("a database's connection string is malformed") from None


def _require_done(name: str, code: int) -> None:
    if code != 0:
        raise Unavailable(f"{name} ended with code {code}: is the server there, and its administrator's DSN right?")
