"""ASGI to WSGI in one hop: the body is read on the loop, Django runs in one of a few threads, the answer is joined.

Django is synchronous and stays so: served over ASGI it runs on a single thread.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from a2wsgi.wsgi import build_environ

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

BODY_BYTES = 16 * 1024 * 1024
_WAITING = 512


class Bridge:
    """An ASGI application around ``wsgi``, run in ``threads`` threads; 413 above 16 MiB, 503 when too many wait.

    ``most_waiting`` says of a request's scope how many may wait before it is one too many.
    """

    def __init__(self, wsgi: Wsgi, threads: int, most_waiting: Callable[[Message], int] = lambda _: _WAITING) -> None:
        self.wsgi = wsgi
        self.most_waiting = most_waiting
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="django")
        self.waiting = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        body = await read_body(receive)
        if body is None:
            status, headers, answer = _problem(413, b"too_large")
        elif self.waiting >= self.most_waiting(scope):
            status, headers, answer = _problem(503, b"unavailable", (b"retry-after", b"1"))
        else:
            status, headers, answer = await self.call(scope, body)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def call(self, scope: Message, body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Return (status, headers, body) of Django's answer to the request in ``scope`` with ``body``."""
        self.waiting += 1
        try:
            # Each request gets a context of its own: a tenant left over from another cannot be seen.
            run = contextvars.Context().run
            return await asyncio.get_running_loop().run_in_executor(self.pool, run, self._run, scope, body)
        finally:
            self.waiting -= 1

    def _run(self, scope: Message, body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
            started.append((status, headers))

        environ: dict[str, Any] = dict(build_environ(_unambiguous(scope), BytesIO(body)))  # type: ignore[arg-type]
        environ["CONTENT_LENGTH"] = str(len(body))
        answer = self.wsgi(environ, start_response)
        try:
            joined = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()  # Django closes its files and old connections here
        status, headers = started[-1]
        return int(status[:3]), [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers], joined


def _problem(status: int, code: bytes, *more: tuple[bytes, bytes]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Return a refusal in the form of every other (``api.problems``): it has no request id, nobody was asked."""
    body = b'{"code": "%s", "params": {}, "request_id": null}' % code
    head = [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(body))]
    return status, [*head, (b"cache-control", b"no-store"), *more], body


def _unambiguous(scope: Message) -> Message:
    """Return ``scope`` with headers that WSGI cannot mistake for one another.

    Cookies stand in one header: HTTP/2 sends each in one of its own (RFC 9113, 8.2.3). A name with an underscore goes:
    WSGI would read ``x_forwarded_for`` as the header that a proxy in front has set (and left that one alone).
    """
    crumbs = [value for name, value in scope["headers"] if name == b"cookie"]
    others = [(name, value) for name, value in scope["headers"] if name != b"cookie" and b"_" not in name]
    return {**scope, "headers": [*others, (b"cookie", b"; ".join(crumbs))] if crumbs else others}


async def read_body(receive: Receive) -> bytes | None:
    """Return the whole body, or None when it is longer than 16 MiB or the client has gone."""
    parts, length = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        length += len(part)
        if length > BODY_BYTES:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)
