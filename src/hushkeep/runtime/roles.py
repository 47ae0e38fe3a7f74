"""The database's roles: an owner that only migrates, and three that hold no more than their work needs.

None is superuser, none bypasses row-level security; tables force it on their owner too.
"""

from psycopg import Connection, sql

OWNER = "hushkeep_owner"  # migrates; owns every table
APP = "hushkeep_app"  # front and worker
SEQUENCER = "hushkeep_sequencer"  # puts audit events in order; retention
LOGIN = "hushkeep_login"  # looks a person up before a tenant is known
ROLES = (OWNER, APP, SEQUENCER, LOGIN)
DATABASE = "hushkeep"

# A migration that waits for a lock holds up everyone behind it: rather give up and try again.
_TIMEOUTS = {"lock_timeout": "4s", "statement_timeout": "300s"}
_REQUESTS = {
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    # What is prepared is planned once: over the months' partitions planning takes longer than answering.
    "plan_cache_mode": "force_generic_plan",
}


def make_roles(connection: Connection, passwords: dict[str, str]) -> None:
    """Make the roles, or set their passwords anew; ``connection`` is an administrator's, in autocommit."""
    for role in ROLES:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verb = sql.SQL("ALTER" if known else "CREATE")
        connection.execute(
            sql.SQL(
                "{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT PASSWORD {}"
            ).format(verb, sql.Identifier(role), sql.Literal(passwords[role]))
        )
        for name, value in (_TIMEOUTS if role == OWNER else _REQUESTS).items():
            connection.execute(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(
                    sql.Identifier(role), sql.Identifier(name), sql.Literal(value)
                )
            )


def make_database(connection: Connection, name: str = DATABASE) -> None:
    """Make the database ``name``, the owner's, closed to everyone but our roles."""
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER)))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    for role in ROLES:
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(name), sql.Identifier(role))
        )


def close_schema(connection: Connection) -> None:
    """In our database: the public schema is the owner's, the other roles may only use it."""
    connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(OWNER)))
    connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    for role in (APP, SEQUENCER, LOGIN):
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(role)))
