"""What is refused first when more is asked than can be answered: lists, then the rest, then reveals, sign-ins last.

A request waits for one of the front's threads; how many may wait before it is turned away (503 with Retry-After)
depends on what it asks. Connectors' words stand with the sign-ins: without them no conversation begins or ends.
"""

import re

from hushkeep.api.routes import ROUTES
from hushkeep.kernel import Action
from hushkeep.runtime.bridge import Message

LISTS, OTHERS, REVEALS, SIGN_INS = 24, 64, 160, 512
"""How many requests may wait in front of one of the class."""

_PREFIX = "/api/v1"
_SHOWING = frozenset(
    {
        Action.CONVERSATION_REVEAL,
        Action.CONVERSATION_VIEW,
        Action.CUSTOMER_REVEAL,
        Action.CUSTOMER_VIEW,
        Action.DESK_VIEW,
    }
)
_BESIDE_REVEALS = frozenset({"POST /challenges"})
_FIRST = frozenset(
    {"POST /live/{connector}/events", "GET /csrf", "GET /health", "GET /me", "POST /enrolment/begin"}
    | {"POST /enrolment/finish"}
)


def _class(route: str) -> int:
    asks = ROUTES[route]
    if route in _FIRST:
        return SIGN_INS
    if asks in _SHOWING or route in _BESIDE_REVEALS:
        return REVEALS
    collection = route.startswith("GET ") and "{" not in route
    return LISTS if collection or asks is Action.CONVERSATION_SEARCH else OTHERS


def _pattern(route: str) -> re.Pattern[str]:
    method, path = route.split(" ", 1)
    return re.compile(f"{method} {_PREFIX}" + re.sub(r"\{\w+\}", "[^/]+", path))


_CLASSES = tuple((_pattern(route), _class(route)) for route in ROUTES)


def most_waiting(scope: Message) -> int:
    """Return how many requests may wait before the one in ``scope`` is turned away."""
    path = str(scope["path"])
    if path.startswith("/_allauth/"):
        return SIGN_INS
    asked = f"{scope['method']} {path}"
    return next((most for pattern, most in _CLASSES if pattern.fullmatch(asked)), OTHERS)
