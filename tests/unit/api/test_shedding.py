"""Under more than can be answered lists go first, then the rest, then reveals; sign-ins and live events last."""

import asyncio
import json
import threading

import pytest

from hushkeep.api.routes import ROUTES
from hushkeep.api.shedding import LISTS, OTHERS, REVEALS, SIGN_INS, most_waiting
from hushkeep.runtime.bridge import Bridge

ID = "01900000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("asked", "most"),
    [
        ("GET /api/v1/conversations", LISTS),
        ("POST /api/v1/conversations/search", LISTS),
        ("GET /api/v1/events", LISTS),
        ("POST /api/v1/people", OTHERS),
        ("GET /assets/app.js", OTHERS),
        (f"POST /api/v1/conversations/{ID}/reveal", REVEALS),
        (f"GET /api/v1/customers/{ID}", REVEALS),
        ("GET /api/v1/live", REVEALS),
        ("POST /api/v1/challenges", REVEALS),
        ("POST /_allauth/browser/v1/auth/login", SIGN_INS),
        (f"POST /api/v1/live/{ID}/events", SIGN_INS),
    ],
)
def test_what_is_asked_decides_how_many_may_wait_before_it(asked, most):
    method, path = asked.split(" ")
    assert most_waiting({"method": method, "path": path}) == most


def test_the_order_is_lists_the_rest_reveals_sign_ins():
    assert LISTS < OTHERS < REVEALS < SIGN_INS


def test_every_route_of_the_table_has_a_class():
    for route in ROUTES:
        method, path = route.split(" ")
        assert most_waiting({"method": method, "path": "/api/v1" + path}) in {LISTS, OTHERS, REVEALS, SIGN_INS}


def test_a_full_front_turns_lists_away_and_still_takes_sign_ins():
    free = threading.Event()

    def wsgi(environ, start_response):
        free.wait(60)
        start_response("200 OK", [])
        return [b""]

    async def asked(bridge, path):
        sent = []

        async def receive():
            return {"type": "http.request", "body": b""}

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b""}
        scope |= {"scheme": "https", "http_version": "1.1", "headers": [], "client": None, "server": ("h", 1)}
        await bridge(scope | {"root_path": ""}, receive, send)
        return sent[0]["status"]

    async def run():
        bridge = Bridge(wsgi, 1, most_waiting)
        waiting = [asyncio.create_task(asked(bridge, "/api/v1/live")) for _ in range(LISTS)]
        await asyncio.sleep(0.05)
        refused = await asked(bridge, "/api/v1/conversations")
        taken = asyncio.create_task(asked(bridge, "/api/v1/me"))
        await asyncio.sleep(0.05)
        free.set()
        return refused, await taken, await asyncio.gather(*waiting)

    refused, taken, others = asyncio.run(run())
    assert (refused, taken, set(others)) == (503, 200, {200})


@pytest.mark.parametrize(
    ("size", "most", "status", "code"), [(1, 0, 503, "unavailable"), (17 * 1024 * 1024, 9, 413, "too_large")]
)
def test_what_is_turned_away_before_anybody_is_asked_gets_a_problem_too(size, most, status, code):
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"x" * size}

    async def send(message):
        sent.append(message)

    asyncio.run(Bridge(lambda *_: [], 1, lambda _: most)({"method": "GET", "path": "/"}, receive, send))
    headers = dict(sent[0]["headers"])
    assert sent[0]["status"] == status
    assert headers[b"content-type"] == b"application/problem+json"
    assert (b"retry-after" in headers) is (status == 503)
    assert json.loads(sent[1]["body"]) == {"code": code, "params": {}, "request_id": None}
