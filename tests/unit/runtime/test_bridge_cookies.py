"""The bridge gives Django one Cookie header, however many a client sent (RFC 9113, 8.2.3)."""

import asyncio

import pytest

from hushkeep.runtime.bridge import Bridge


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ([b"a=1"], "a=1"),
        ([b"a=1; b=2"], "a=1; b=2"),
        ([b"a=1", b"b=2", b"c=3"], "a=1; b=2; c=3"),
        ([], None),
    ],
)
def test_cookies_sent_one_by_one_reach_django_together(sent, read):
    seen = []

    def wsgi(environ, start_response):
        seen.append(environ.get("HTTP_COOKIE"))
        start_response("204 No Content", [])
        return []

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "http_version": "2",
        "headers": [(b"host", b"localhost"), *((b"cookie", crumb) for crumb in sent), (b"accept", b"*/*")],
    }
    bridge = Bridge(wsgi, 1)
    asyncio.run(bridge.call(scope, b""))
    bridge.pool.shutdown()
    assert seen == [read]
