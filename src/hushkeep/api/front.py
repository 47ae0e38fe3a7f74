"""The front: one ASGI application, one listener, one origin.

``/stream/*`` is answered here, on the loop; everything else goes over the bridge to Django. A stream asks Django who
its reader is by the reader's own cookies, through the same middleware as any request, and again every few seconds.
"""

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.wsgi import get_wsgi_application

from hushkeep.api.shedding import most_waiting
from hushkeep.identity.remembered import REMEMBERED
from hushkeep.kernel import TenantId
from hushkeep.runtime import logs
from hushkeep.runtime.boot import boot
from hushkeep.runtime.bridge import Bridge, Message, Receive, Send
from hushkeep.runtime.database import conninfo
from hushkeep.runtime.death import end_with_parent
from hushkeep.runtime.outbox import Notice, listen, overhear
from hushkeep.runtime.roles import APP
from hushkeep.runtime.settings import Settings, settings
from hushkeep.runtime.streams import Stream, Streams

BEAT_SECONDS = 10.0
_ASK_AGAIN_SECONDS = 15.0
# Between ending the streams and asking the server to stop: the last bytes leave in this time.
_DRAIN_SECONDS = 0.2
_SIGNED_OUT = frozenset({401, 403})
_STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a stream."""

    tenant: TenantId
    session: UUID | None


def make() -> "Front":
    """Return the application of one front process; the server calls this once in each worker."""
    end_with_parent(signal.SIGKILL)
    logs.set_up("front")
    boot()
    site = settings()
    return Front(site, Bridge(get_wsgi_application(), site.front_threads, most_waiting))


class Front:
    """The ASGI application."""

    def __init__(self, site: Settings, bridge: Bridge) -> None:
        self.hosts = frozenset({site.host, "localhost", "127.0.0.1", "[::1]"})
        self.bridge = bridge
        self.streams = Streams()
        self.listening: asyncio.Task[None] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one connection's request, or live through the server's life span."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif not self._addressed(scope):
            await _answer(send, 421)  # another name than ours: a rebound DNS entry, RFC 9110, 15.5.20
        elif scope["path"].startswith("/stream/"):
            await self._stream(scope, receive, send)
        else:
            await self.bridge(scope, receive, send)

    def _addressed(self, scope: Message) -> bool:
        for name, value in scope["headers"]:
            if name in {b"host", b":authority"}:
                return _without_port(value.decode("latin-1")).lower() in self.hosts
        return False

    async def _stream(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["path"] == "/stream/health" and scope["method"] == "GET":
            await _answer(send, 200, b"ok")
        elif scope["path"] != "/stream/events":
            await _answer(send, 404)
        elif scope["method"] != "GET":
            await _answer(send, 405)
        elif self.streams.closing:
            await _answer(send, 503)
        else:
            status, reader = await self._reader(scope)
            if reader is None:
                await _answer(send, status)
            else:
                await self._events(reader, scope, receive, send)

    async def _events(self, reader: Reader, scope: Message, receive: Receive, send: Send) -> None:
        stream = Stream(reader.tenant, reader.session)
        self.streams.add(stream)
        watches = [
            asyncio.create_task(_until_gone(receive, stream)),
            asyncio.create_task(self._ask_again(reader, scope, stream)),
        ]
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _STREAM_HEADERS})
            async for line in stream.lines(BEAT_SECONDS):
                await send({"type": "http.response.body", "body": line, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.streams.remove(stream)
            for watch in watches:
                watch.cancel()

    async def _ask_again(self, reader: Reader, scope: Message, stream: Stream) -> None:
        while not stream.ended:
            await asyncio.sleep(_ASK_AGAIN_SECONDS)
            status, now = await self._reader(scope)
            # Neither a limit nor a database that is away for a moment says anything about who reads.
            if status in _SIGNED_OUT or (now is not None and now != reader):
                stream.end()

    async def _reader(self, scope: Message) -> tuple[int, Reader | None]:
        """Return Django's status for the reader's cookies, and who it is when that is 200."""
        asked = {**scope, "path": "/api/v1/me", "raw_path": b"/api/v1/me", "query_string": b"", "method": "GET"}
        status, _, body = await self.bridge.call(asked, b"")
        return status, _reader_of(json.loads(body)) if status == 200 else None

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        loop = asyncio.get_running_loop()
        # With streams open the server would wait for ever on SIGTERM: end them first, then ask it to stop.
        loop.add_signal_handler(signal.SIGTERM, self._close)
        overhear(REMEMBERED.hear)
        self.listening = loop.create_task(listen(conninfo(APP), self._hear, lambda now: REMEMBERED.hearing(now=now)))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.streams.close()
        self.listening.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    async def _hear(self, notice: Notice) -> None:
        REMEMBERED.hear(notice)
        await self.streams.receive(notice)

    def _close(self) -> None:
        self.streams.close()
        asyncio.get_running_loop().call_later(_DRAIN_SECONDS, os.kill, os.getpid(), signal.SIGINT)


async def _until_gone(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


async def _answer(send: Send, status: int, body: bytes = b"") -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _reader_of(me: Mapping[str, Any]) -> Reader:
    session = me.get("session") or {}
    return Reader(TenantId(UUID(me["tenant"]["id"])), UUID(session["id"]) if _is_uuid(session.get("id")) else None)


def _is_uuid(value: object) -> bool:
    return isinstance(value, str) and len(value) == len(str(UUID(int=0)))


def _without_port(host: str) -> str:
    head, colon, tail = host.rpartition(":")
    return head if colon and tail.isdigit() else host
