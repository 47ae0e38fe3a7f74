"""The edge of the API: before any view runs, who asks is read, limited and, on a POST, recognised when repeating."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse

from hushkeep.access.actors import Actor
from hushkeep.api import limits
from hushkeep.api.actors import read_actor
from hushkeep.api.problems import of_error, problem
from hushkeep.api.repeats import HEADER, Repeat
from hushkeep.api.routes import OWN_REPEATS, QUIET, ROUTES, Open, key
from hushkeep.identity.sign_in import client_address
from hushkeep.kernel import LEVEL, Action, ActorKind, Error

Run = Callable[..., HttpResponse]
_PREFIX = "api/v1/"
_WITHOUT_SESSION = (Open.PUBLIC, Open.SIGNED)


def edge(run: Run) -> Run:
    """Return the operation ``run`` behind the edge."""

    @wraps(run)
    def answer(request: HttpRequest, **values: object) -> HttpResponse:
        try:
            return _answer(request, run, values)
        except Error as failure:
            return of_error(failure)

    return answer


def _answer(request: HttpRequest, run: Run, values: dict[str, object]) -> HttpResponse:
    route = _route(request)
    asks = ROUTES[route]
    anybody = asks in _WITHOUT_SESSION
    actor = None if anybody else read_actor(request, quiet=route in QUIET, anew=_acts(request, asks))
    if actor is None and not anybody:
        return problem(401, "signed_out")
    if wait := _wait(request, actor):
        limited = problem(429, "too_many_requests", {"retry_after": wait})
        limited["Retry-After"] = str(wait)
        return limited
    request.hushkeep_actor = actor  # type: ignore[attr-defined]  # the views read it by actor_of
    repeatable = request.method == "POST" and HEADER in request.headers and route not in OWN_REPEATS
    if actor is not None and repeatable and _may_keep(asks):
        return _once(request, actor, run, values)
    return run(request, **values)


def _once(request: HttpRequest, actor: Actor, run: Run, values: dict[str, object]) -> HttpResponse:
    repeat = Repeat(request, f"{actor.tenant} {actor.person}")
    kept = repeat.kept()
    if kept is not None:
        return kept
    answer = run(request, **values)
    repeat.keep(answer)
    return answer


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    template = match.route.removeprefix(_PREFIX) if match else ""
    return key(request.method or "", template)


def _acts(request: HttpRequest, asks: Action | Open) -> bool:
    """Whether the request changes something or shows clear values: then who asks is looked up anew."""
    return request.method != "GET" or (isinstance(asks, Action) and LEVEL[asks] >= 3)


def _may_keep(asks: Action | Open) -> bool:
    """Clear values are not kept, and whoever asks for them again is recorded again."""
    return not isinstance(asks, Action) or LEVEL[asks] < 3


def _wait(request: HttpRequest, actor: Actor | None) -> int:
    if actor is None:
        return limits.wait_seconds(f"address {client_address(request)}", limits.STRANGER)
    limit = limits.PERSON if actor.kind is ActorKind.PERSON else limits.PROGRAM
    return limits.wait_seconds(f"actor {actor.person}", limit)
