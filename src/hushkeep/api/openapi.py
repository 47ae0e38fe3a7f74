"""The API's description for others (OpenAPI 3.1), as committed in ``docs/reference/openapi.json``."""

import json
from collections.abc import Iterator
from typing import Any

from hushkeep.api.assembly import assemble
from hushkeep.api.problems import CONTENT_TYPE
from hushkeep.api.routes import ROUTES, Open

PREFIX = "/api/v1"

_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457): a stable code, codes and numbers, the request's id.",
    "type": "object",
    "properties": {
        "code": {"type": "string"},
        "params": {"type": "object"},
        "request_id": {"type": ["string", "null"]},
    },
    "required": ["code", "params", "request_id"],
}

_SAID: dict[int, str] = {
    400: "The request cannot be read.",
    401: "Nobody is signed in.",
    403: "The decision says no, not yet (a second factor), or not alone (a second person).",
    404: "Absent, or not the caller's to know.",
    409: "The state has moved on.",
    413: "The body is too large.",
    422: "Something that was sent is malformed.",
    429: "Too many requests: Retry-After says when to ask again.",
    503: "A part of the site is away or has too much to do: asking again later is right.",
}

_MOVING = frozenset(
    {
        "GET /approvals/{approval}/preview",
        "GET /approvals/{approval}/statement",
        "GET /exports/{export}/parts/{part}",
    }
)
"""What is read of something that goes through states, and is there in some of them only."""


def document() -> str:
    """Return the OpenAPI document as JSON text, keys sorted."""
    schema = assemble().get_openapi_schema(path_prefix=PREFIX)
    schema["components"]["schemas"]["Problem"] = _PROBLEM
    schema["components"]["responses"] = {f"Problem{status}": _answer(status) for status in _SAID}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            route = f"{method.upper()} {path.removeprefix(PREFIX)}"
            for status in _problems(route, takes="requestBody" in operation or "parameters" in operation):
                operation["responses"].setdefault(status, {"$ref": f"#/components/responses/Problem{status}"})
    return json.dumps(_with_text_keys(schema), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _problems(route: str, *, takes: bool) -> Iterator[int]:
    """Which problems ``route`` may answer with: those of everybody at the edge, and those of what it takes."""
    yield from (429, 503)
    if not isinstance(ROUTES[route], Open) or ROUTES[route] is Open.MYSELF:
        yield from (401, 403)
    if takes:
        yield from (404, 422)
    if route in _MOVING:
        yield 409
    if not route.startswith("GET "):
        yield from (400, 403, 409, 413)


def _answer(status: int) -> dict[str, Any]:
    return {
        "description": _SAID[status],
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _with_text_keys(schema: dict[str, Any]) -> dict[str, Any]:
    """Statuses are numbers in the framework's dictionaries and text in JSON: sorting asks for one of the two."""
    for methods in schema["paths"].values():
        for operation in methods.values():
            operation["responses"] = {str(status): said for status, said in operation["responses"].items()}
    return schema
