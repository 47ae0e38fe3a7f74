"""The API, put together: every router behind the edge, every error a problem."""

import logging
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError

from hushkeep.api import (
    alarms,
    approvals,
    changes,
    conversations,
    customers,
    devices,
    elevations,
    emergencies,
    enrolment,
    events,
    evidence,
    exports,
    intake,
    intake_attachments,
    intake_files,
    live,
    me,
    messages,
    people,
    recordings,
    reviews,
    screens,
    sessions,
    status,
    verification,
)
from hushkeep.api.edge import edge
from hushkeep.api.problems import of_database, of_error, problem
from hushkeep.api.routes import ROUTES
from hushkeep.kernel import Error

_log = logging.getLogger(__name__)

ROUTERS: tuple[Router, ...] = (
    me.router,
    enrolment.router,
    people.router,
    sessions.router,
    alarms.router,
    approvals.router,
    exports.router,
    emergencies.router,
    elevations.router,
    reviews.router,
    screens.router,
    live.router,
    devices.router,
    status.router,
    conversations.router,
    customers.router,
    changes.router,
    verification.router,
    messages.router,
    evidence.router,
    events.router,
    intake.router,
    intake_attachments.router,
    recordings.router,
    intake_files.router,
)


def assemble() -> NinjaAPI:
    """Return the API; raise LookupError when a route has no line in ``routes.ROUTES``, or a line no route."""
    api = NinjaAPI(title="Hushkeep", version="1", urls_namespace="v1", docs_url=None, openapi_url=None)
    api.add_decorator(edge, mode="view")
    for router in ROUTERS:
        api.add_router("", router)
    for kind, answer in _PROBLEMS:
        api.add_exception_handler(kind, answer)
    if missing := routes_of(api) ^ ROUTES.keys():
        raise LookupError(f"routes without a line in api/routes.py, or lines without a route: {sorted(missing)}")
    return api


def routes_of(api: NinjaAPI) -> frozenset[str]:
    """Return the keys of every route of ``api``: ``METHOD /path``."""
    paths = api.get_openapi_schema(path_prefix="")["paths"]
    return frozenset(f"{method.upper()} {path}" for path, methods in paths.items() for method in methods)


def _house(request: HttpRequest, error: Error) -> HttpResponse:  # noqa: ARG001 - the framework's signature
    return of_error(error)


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:  # noqa: ARG001
    """Where and of which kind; what was sent stays out."""
    faults = [{"at": [str(part) for part in e["loc"][1:]], "kind": e["type"]} for e in error.errors]
    return problem(422, "invalid_input", {"faults": faults})


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:  # noqa: ARG001
    return problem(error.status_code, "bad_request" if error.status_code == 400 else "denied")


def _absent(request: HttpRequest, error: Http404) -> HttpResponse:  # noqa: ARG001
    return problem(404, "not_found")


def _database(request: HttpRequest, error: OperationalError | InterfaceError | InternalError) -> HttpResponse:
    return of_database(error) or _unforeseen(request, error)


def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:  # noqa: ARG001
    """The outermost loop of this face: the kind of error is logged, its message may hold anything."""
    _log.error("unforeseen %s", type(error).__name__)
    return problem(500, "internal")


_PROBLEMS: tuple[tuple[type[Exception], Callable[[HttpRequest, Any], HttpResponse]], ...] = (
    (Error, _house),
    (ValidationError, _invalid),
    (HttpError, _http),
    (Http404, _absent),
    (OperationalError, _database),
    (InterfaceError, _database),
    (InternalError, _database),
    (Exception, _unforeseen),
)
