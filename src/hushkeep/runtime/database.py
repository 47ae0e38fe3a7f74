"""Connections to the database by role, and what makes it ready for migrations: roles, database, schema.

Without Django, since the supervisor and the commands that only talk to a running site need none of it.
"""

from collections.abc import Mapping
from typing import Any

import psycopg

from hushkeep.kernel import Unavailable
from hushkeep.runtime.roles import (
    APP,
    DATABASE,
    LOGIN,
    OWNER,
    ROLES,
    SEQUENCER,
    close_schema,
    make_database,
    make_roles,
)
from hushkeep.runtime.secret_files import role_passwords
from hushkeep.runtime.settings import Settings, settings

ALIASES: Mapping[str, str] = {"default": APP, "owner": OWNER, "sequencer": SEQUENCER, "login": LOGIN}
SUPERUSER_KEY = "superuser"
PASSWORDS = (*ROLES, SUPERUSER_KEY)


def conninfo(role: str, site: Settings | None = None) -> str:
    """Return the libpq connection string of ``role``; raise Unavailable before the site is made."""
    site = site or settings()
    password = role_passwords(PASSWORDS).get(role)
    if password is None:
        raise Unavailable(f"this process has no password of the role {role}")
    if site.database_url is not None:
        return psycopg.conninfo.make_conninfo(site.database_url, user=role, password=password)
    return psycopg.conninfo.make_conninfo(host=str(site.run_dir / "pg"), dbname=DATABASE, user=role, password=password)


def django_databases() -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES: one alias for each role whose password we have.

    Connections are kept for ten minutes and not tested by a query.
    """
    known = role_passwords(PASSWORDS)
    return {alias: _django_database(role) for alias, role in ALIASES.items() if role in known}


def _django_database(role: str) -> dict[str, Any]:
    parts = psycopg.conninfo.conninfo_to_dict(conninfo(role))
    names = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER", "password": "PASSWORD"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "OPTIONS": {key: value for key, value in parts.items() if key not in names} | {"application_name": role},
        **{django: str(parts[libpq]) for libpq, django in names.items() if libpq in parts},
    }


def prepare(admin_dsn: str, name: str = DATABASE) -> None:
    """Make roles, database and schema through an administrator's connection string; repeatable.

    Raises Unavailable when the server does not let us.
    """
    passwords = role_passwords(PASSWORDS)
    try:
        with psycopg.connect(admin_dsn, autocommit=True) as connection:
            make_roles(connection, passwords)
            make_database(connection, name)
        with psycopg.connect(admin_dsn, dbname=name, autocommit=True) as connection:
            close_schema(connection)
    except psycopg.Error as failure:
        raise Unavailable(
            f"the database refused its preparation: {failure.sqlstate or type(failure).__name__}"
        ) from None


def require_prepared() -> None:
    """Return when the owner may connect; raise Unavailable, with what to do, on a server that was never prepared."""
    try:
        psycopg.connect(conninfo(OWNER), connect_timeout=10).close()
    except psycopg.OperationalError:
        refused = Unavailable("the server in database_url is away, or was not prepared for this site")
        refused.add_note("hushkeep init --database-admin-file FILE prepares it: the file holds an administrator's DSN")
        raise refused from None
