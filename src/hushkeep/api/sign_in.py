"""Sign-in: of allauth's routes for browsers, those that we mean to offer and no others.

What changes a person's own means of signing in, or shows a second factor afresh, asks for the session's device like
any request to the API: a stolen cookie alone earns no recovery codes and adds no passkey.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from allauth.headless import urls as allauth_urls
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver

from hushkeep.access.administration.sessions import compare_places
from hushkeep.api.actors import read_actor
from hushkeep.api.problems import of_error
from hushkeep.identity import sign_in
from hushkeep.kernel import Error

View = Callable[..., HttpResponseBase]

OFFERED = frozenset(
    {
        "config",
        "auth/session",
        "auth/login",
        "auth/2fa/authenticate",
        "auth/2fa/reauthenticate",
        "auth/webauthn/authenticate",
        "auth/webauthn/reauthenticate",
        "account/password/change",
        "account/authenticators",
        "account/authenticators/recovery-codes",
        "account/authenticators/webauthn",
    }
)
"""What follows ``/_allauth/browser/v1/``. Signing up, resetting by mail and dropping the second factor are not here;
nor is a password shown again: only a second factor makes a session fresh."""

OPENING = frozenset({"auth/2fa/authenticate", "auth/webauthn/authenticate"})
"""Where the second factor is shown, and a session opened."""

PASSKEY_SHOWN = frozenset({"auth/webauthn/authenticate", "auth/webauthn/reauthenticate"})


def sign_in_patterns() -> tuple[list[URLPattern | URLResolver], str]:
    """Return allauth's own tree of routes with every leaf cut that is not offered; its names keep resolving."""
    return _pruned(allauth_urls.urlpatterns, ""), allauth_urls.app_name


def _pruned(patterns: Sequence[URLPattern | URLResolver], above: str) -> list[URLPattern | URLResolver]:
    kept: list[URLPattern | URLResolver] = []
    for pattern in patterns:
        here = above + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if (name := here.removeprefix("browser/v1/")) in OFFERED:
                kept.append(_guarded(pattern, name))
            continue
        inner = _pruned(pattern.url_patterns, here)
        if inner:
            kept.append(URLResolver(pattern.pattern, inner, {}, pattern.app_name, pattern.namespace))
    return kept


def _guarded(pattern: URLPattern, name: str) -> URLPattern:
    view: View = pattern.callback
    if name in PASSKEY_SHOWN:
        view = _recording_refusals(view)
    if name in OPENING:
        view = _comparing_places(view)
    if name.startswith("account/") or name.endswith("/reauthenticate"):
        view = _on_own_device(view)
    return URLPattern(pattern.pattern, view, pattern.default_args, pattern.name)


def _on_own_device(view: View) -> View:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            read_actor(request, quiet=False)
        except Error as refusal:
            return of_error(refusal)
        return view(request, *args, **kwargs)

    return answer


def _comparing_places(view: View) -> View:
    """Wrap ``view``: who was just let in may be at work somewhere else as well."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answered = view(request, *args, **kwargs)
        opened = sign_in.opened(request) if answered.status_code == 200 else None
        if opened is not None:
            compare_places(*opened)
        return answered

    return answer


def _recording_refusals(view: View) -> View:
    """Wrap ``view``: allauth tells of a refused code by a signal, of a refused passkey by its answer alone."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answered = view(request, *args, **kwargs)
        if request.method == "POST" and answered.status_code == 400:
            sign_in.passkey_refused(request)
        return answered

    return answer
