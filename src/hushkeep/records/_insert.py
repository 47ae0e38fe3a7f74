"""Many rows in one statement: arrays in binary form, unnested by the server.

COPY would be the natural way, but PostgreSQL refuses COPY FROM on tables with row-level security; unnest comes
closest (docs/benchmarks-intake.md).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from psycopg import sql

from hushkeep.kernel import ConversationId, SubjectId, TenantId, new_id

_JSON = "jsonb"


def _rows(
    table: str, columns: Mapping[str, str], tenant: TenantId, rows: Sequence[Sequence[Any]], *, end: str = ""
) -> int:
    """Insert ``rows`` (ids and tenant are added) into ``table``; ``columns`` maps names to types. Return how many."""
    if not rows:
        return 0
    names = [sql.Identifier(name) for name in columns]
    arrays = [sql.SQL("%b::{}[]").format(sql.SQL("text" if kind == _JSON else kind)) for kind in columns.values()]
    picked = [
        sql.SQL("u.{}::jsonb").format(name) if kind == _JSON else sql.SQL("u.{}").format(name)
        for name, kind in zip(names, columns.values(), strict=True)
    ]
    statement = sql.SQL("INSERT INTO {} (tenant, {}) SELECT %b::uuid, {} FROM unnest({}) AS u({}) {}").format(
        sql.Identifier(table), *(sql.SQL(", ").join(part) for part in (names, picked, arrays, names)), sql.SQL(end)
    )
    connection.ensure_connection()
    # A driver's own cursor: what it raises (a full disk, above all) is made Django's, as callers know it.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, [tenant, *([row[place] for row in rows] for place in range(len(columns)))])
        return cursor.rowcount


def subjects(tenant: TenantId, ids: Sequence[SubjectId], now: datetime) -> None:
    """Insert data subjects."""
    _rows("records_subject", {"id": "uuid", "created_at": "timestamptz"}, tenant, [(item, now) for item in ids])


def subject_indexes(tenant: TenantId, rows: Sequence[tuple[str, bytes, SubjectId]]) -> None:
    """Insert (index name, digest, subject)."""
    columns = {"id": "uuid", "name": "text", "digest": "bytea", "subject": "uuid"}
    _rows("records_subjectindex", columns, tenant, [(new_id(), *row) for row in rows])


def conversation_indexes(tenant: TenantId, rows: Sequence[tuple[str, bytes, ConversationId]]) -> None:
    """Insert (index name, digest, conversation); what is there already stays."""
    columns = {"id": "uuid", "name": "text", "digest": "bytea", "conversation": "uuid"}
    _rows(
        "records_conversationindex", columns, tenant, [(new_id(), *row) for row in rows], end="ON CONFLICT DO NOTHING"
    )


def wraps(tenant: TenantId, rows: Sequence[tuple[ConversationId, SubjectId, bytes]]) -> None:
    """Insert (conversation, subject, wrapped key)."""
    columns = {"id": "uuid", "conversation": "uuid", "subject": "uuid", "wrapped": "bytea"}
    _rows("records_wrap", columns, tenant, [(new_id(), *row) for row in rows])


def capsules(tenant: TenantId, rows: Sequence[tuple[UUID, SubjectId, str, int, bytes, bytes, str]]) -> None:
    """Insert (id, subject, class, version, content digest, sealed, masked fields as JSON)."""
    columns = {
        "id": "uuid",
        "subject": "uuid",
        "klass": "text",
        "version": "int4",
        "content": "bytea",
        "sealed": "bytea",
        "shown": _JSON,
    }
    _rows("records_capsule", columns, tenant, rows)


def attachments(tenant: TenantId, rows: Sequence[Sequence[Any]]) -> None:
    """Insert (conversation, n, turn, name, media type, size, content digest, state, reason, scan)."""
    columns = {
        "id": "uuid",
        "conversation": "uuid",
        "n": "int2",
        "turn": "int4",
        "name": "text",
        "media_type": "text",
        "size": "int8",
        "content": "bytea",
        "state": "text",
        "reason": "text",
        "scan": "text",
    }
    _rows("records_attachment", columns, tenant, [(new_id(), *row) for row in rows])


def attachment_parts(tenant: TenantId, rows: Sequence[tuple[ConversationId, bytes, int, int, bytes]]) -> None:
    """Insert (conversation, content digest, part, size, digest), each to become an object of its row's id."""
    columns = {
        "id": "uuid",
        "conversation": "uuid",
        "content": "bytea",
        "part": "int2",
        "size": "int4",
        "digest": "bytea",
    }
    _rows("records_attachmentpart", columns, tenant, [(new_id(), *row) for row in rows])


def wrapped_parts(rows: Sequence[tuple[UUID, bytes]]) -> None:
    """Note the wrapped key of each (piece of an attachment, wrapped key); the tenant's wall stands in the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE records_attachmentpart p SET wrapped = u.wrapped "
            "FROM unnest(%s::uuid[], %s::bytea[]) AS u(id, wrapped) WHERE p.id = u.id",
            [[part for part, _ in rows], [wrapped for _, wrapped in rows]],
        )


CONVERSATION_COLUMNS = {
    "id": "uuid",
    "run": "uuid",
    "seen_run": "uuid",
    "subject": "uuid",
    "source_digest": "bytea",
    "content_digest": "bytea",
    "channel": "text",
    "language": "text",
    "direction": "text",
    "agent": "text",
    "at": "timestamptz",
    "started_at": "timestamptz",
    "ended_at": "timestamptz",
    "taken_at": "timestamptz",
    "turn_count": "int4",
    "level": "int2",
    "secrets_cut": "int4",
    "entities": _JSON,
    "preview": "text",
    "masked": _JSON,
    "findings": _JSON,
    "scheme": "text",
    "sealed": "bytea",
    "version": "int4",
}


def conversations(tenant: TenantId, rows: Sequence[Sequence[Any]]) -> None:
    """Insert conversations; each row in the order of CONVERSATION_COLUMNS."""
    _rows("records_conversation", CONVERSATION_COLUMNS, tenant, rows)
