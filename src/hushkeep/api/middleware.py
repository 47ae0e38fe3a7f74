"""What every answer passes through: a request id, the security headers, and problems instead of pages of error."""

import secrets
from collections.abc import Callable

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import Http404

from hushkeep.api.problems import CONTENT_TYPE, of_database, of_error, problem
from hushkeep.identity import request_ids
from hushkeep.kernel import Error, new_id

Respond = Callable[[HttpRequest], HttpResponseBase]

_NONCE_BYTES = 18

# What answers of the API may do in a browser that opens them as a page: nothing.
_API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"

# Ant Design writes <style> elements, hence the nonce; React and it set style attributes by CSSOM, which needs no leave.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; style-src-attr 'none'; "
    "img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types default dompurify"
)

_HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


class RequestIds:
    """Gives each request an id of our own: one from outside could carry anything into the ledger."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer under a fresh id, and name it in ``X-Request-Id``."""
        request_id = new_id()
        request_ids.set_current(request_id)
        try:
            answer = self.respond(request)
        finally:
            request_ids.set_current(None)
        answer["X-Request-Id"] = str(request_id)
        return answer


class SecurityHeaders:
    """Content Security Policy with a nonce for each request (``request.csp_nonce``), and its kin."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the headers of a page, or of the API."""
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        request.csp_nonce = nonce  # type: ignore[attr-defined]  # the console writes it into its index
        answer = self.respond(request)
        machine = _is_machine(request)
        answer["Content-Security-Policy"] = _API_POLICY if machine else _PAGE_POLICY.format(nonce=nonce)
        for name, value in _HEADERS.items():
            answer.setdefault(name, value)
        if machine:
            answer["Cache-Control"] = "no-store"
        return answer


class Problems:
    """Turns what is raised into problem+json, and Django's own pages of error on the API too."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; on the API an error without a problem's body gets one."""
        answer = self.respond(request)
        if answer.status_code >= 400 and request.path.startswith("/api/") and not _speaks_json(answer):
            refused = problem(answer.status_code, _CODES.get(answer.status_code, "internal"))
            if "Allow" in answer:  # which methods there are: RFC 9110, 15.5.6
                refused["Allow"] = answer["Allow"]
            return refused
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the problem of one of our errors or of the database; leave the rest to Django, which logs it.

        What is raised before the API's own handlers comes here: the look-up of who asks, above all.
        """
        if isinstance(exception, Error):
            return of_error(exception)
        if isinstance(exception, OperationalError | InterfaceError | InternalError) and _is_machine(request):
            return of_database(exception)
        if isinstance(exception, Http404) and _is_machine(request):
            return problem(404, "not_found")
        return None


_CODES = {400: "bad_request", 403: "denied", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def _is_machine(request: HttpRequest) -> bool:
    return request.path.startswith(("/api/", "/_allauth/"))


def _speaks_json(answer: HttpResponseBase) -> bool:
    return answer.get("Content-Type", "").startswith(("application/json", CONTENT_TYPE))
