"""The table of routes is whole: the API does not start with a route that nobody gave an action."""

import pytest
from ninja import NinjaAPI, Router

from hushkeep.api import assembly
from hushkeep.api.routes import ROUTES, key
from hushkeep.api.sign_in import OFFERED, sign_in_patterns


def test_the_api_starts_and_its_routes_are_the_tables():
    assert assembly.routes_of(assembly.assemble()) == ROUTES.keys()


def test_a_route_without_a_line_does_not_start(monkeypatch):
    stray = Router()
    stray.get("/stray")(lambda request: None)
    monkeypatch.setattr(assembly, "ROUTERS", (*assembly.ROUTERS, stray))
    with pytest.raises(LookupError, match="GET /stray"):
        assembly.assemble()


def test_a_line_without_a_route_does_not_start(monkeypatch):
    monkeypatch.setattr(assembly, "ROUTERS", assembly.ROUTERS[1:])
    with pytest.raises(LookupError, match="GET /me"):
        assembly.assemble()


def test_a_routes_key_is_what_openapi_calls_it():
    assert key("POST", "people/<uuid:person>/role") == "POST /people/{person}/role"


def test_of_allauth_only_what_is_offered_is_there():
    def leaves(patterns, above=""):
        for pattern in patterns:
            here = above + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from leaves(pattern.url_patterns, here)
            else:
                yield here.removeprefix("browser/v1/")

    assert set(leaves(sign_in_patterns()[0])) == OFFERED


def test_openapi_says_nothing_of_itself_to_strangers():
    api = assembly.assemble()
    assert isinstance(api, NinjaAPI)
    assert (api.docs_url, api.openapi_url) == (None, None)
