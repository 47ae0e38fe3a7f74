"""Statements whose values and results go in PostgreSQL's binary form, which no cursor of Django's does."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import psycopg
import psycopg.errors
from django.db import connections
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

Value = tuple[int, bytes | None]
"""The number of a type, and a value of it in binary; None is null."""

Row = tuple[bytes | None, ...]


_prepared: WeakKeyDictionary[psycopg.Connection, dict[bytes, bytes]] = WeakKeyDictionary()


def execute(alias: str, statement: bytes, values: Sequence[Value], *, keep: bool = False) -> list[Row]:
    """Return the rows of ``statement`` (``$1`` …) in binary, run in the open transaction of ``alias``.

    With ``keep`` the server keeps its plan for the next time: planning over the months' partitions takes milliseconds.
    """
    connection = connections[alias]
    with connection.wrap_database_errors:
        connection.ensure_connection()
        server = connection.connection.pgconn
        oids, parameters = [oid for oid, _ in values], [value for _, value in values]
        formats = [Format.BINARY] * len(values)
        if keep:
            name = _prepare(connection.connection, statement, oids)
            result = server.exec_prepared(name, parameters, formats, Format.BINARY)
        else:
            result = server.exec_params(statement, parameters, oids, formats, Format.BINARY)
        _require_done(result)
        columns = range(result.nfields)
        return [tuple(result.get_value(row, column) for column in columns) for row in range(result.ntuples)]


def _prepare(connection: psycopg.Connection, statement: bytes, oids: list[int]) -> bytes:
    known = _prepared.setdefault(connection, {})
    if statement not in known:
        name = b"hushkeep_%d" % len(known)
        _require_done(connection.pgconn.prepare(name, statement, oids))
        known[statement] = name
    return known[statement]


def _require_done(result: PGresult) -> None:
    if result.status not in {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}:
        raise psycopg.errors.error_from_result(result, encoding="utf-8")
