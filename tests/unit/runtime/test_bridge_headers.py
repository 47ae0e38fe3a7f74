"""What WSGI could mistake in headers never reaches Django."""

import asyncio

import pytest

from hushkeep.runtime.bridge import Bridge


def read_of(name, *headers):
    """What Django reads as ``name`` when a client sent ``headers``."""
    seen = []

    def wsgi(environ, start_response):
        seen.append(environ.get(name))
        start_response("204 No Content", [])
        return []

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "http_version": "2",
        "headers": [(b"host", b"localhost"), *headers, (b"accept", b"*/*")],
    }
    bridge = Bridge(wsgi, 1)
    asyncio.run(bridge.call(scope, b""))
    bridge.pool.shutdown()
    return seen[0]


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
    """RFC 9113, 8.2.3."""
    assert read_of("HTTP_COOKIE", *((b"cookie", crumb) for crumb in sent)) == read


def test_a_name_with_an_underscore_adds_nothing_to_what_a_proxy_has_set():
    set_by_proxy, by_client = (b"x-forwarded-for", b"203.0.113.9"), (b"x_forwarded_for", b"10.0.0.1")
    assert read_of("HTTP_X_FORWARDED_FOR", set_by_proxy, by_client) == "203.0.113.9"
    assert read_of("HTTP_X_FORWARDED_FOR", by_client) is None
