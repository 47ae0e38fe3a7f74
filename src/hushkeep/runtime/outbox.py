"""News of what was committed: ids only, over PostgreSQL's LISTEN and NOTIFY.

A notice leaves with the transaction that announced it, and not at all when that is rolled back.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import psycopg
from django.db import connections, transaction

from hushkeep.kernel import TenantId

CHANNEL = "hushkeep"
_AGAIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Notice:
    """Something of ``tenant`` happened under ``topic`` (a short code) to the thing ``id``."""

    tenant: TenantId
    topic: str
    id: UUID


def announce(tenant: TenantId, topic: str, thing: UUID, *, using: str = "default") -> None:
    """Announce at commit that ``topic`` happened to ``thing``.

    This process hears it before anything else is done (``overhear``), others some milliseconds later.
    """
    payload = json.dumps({"tenant": str(tenant), "topic": topic, "id": str(thing)})
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
    notice = Notice(tenant, topic, thing)
    transaction.on_commit(lambda: _hear_at_home(notice), using=using)


_at_home: list[Callable[[Notice], None]] = []


def overhear(receive: Callable[[Notice], None]) -> None:
    """Have ``receive`` called at commit for whatever this process announces. Repeatable."""
    if receive not in _at_home:
        _at_home.append(receive)


def _hear_at_home(notice: Notice) -> None:
    for receive in _at_home:
        receive(notice)


async def listen(
    conninfo: str, receive: Callable[[Notice], Awaitable[None]], hearing: Callable[[bool], None] = lambda _: None
) -> None:
    """Call ``receive`` for every notice, for ever; a lost connection is made again every half second.

    What was announced in between is lost: a client resumes from the table by the last id that it saw. ``hearing`` is
    told when notices begin to come, and when they no longer do.
    """
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                hearing(True)
                try:
                    async for heard in connection.notifies():
                        await receive(_notice(heard.payload))
                finally:
                    hearing(False)
        except psycopg.OperationalError:
            await asyncio.sleep(_AGAIN_SECONDS)


def _notice(payload: str) -> Notice:
    parts = json.loads(payload)
    return Notice(TenantId(UUID(parts["tenant"])), parts["topic"], UUID(parts["id"]))
