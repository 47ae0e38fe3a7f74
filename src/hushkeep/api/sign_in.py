"""Sign-in: of allauth's routes for browsers, those that we mean to offer and no others."""

from collections.abc import Sequence

from allauth.headless import urls as allauth_urls
from django.urls import URLPattern, URLResolver

OFFERED = frozenset(
    {
        "config",
        "auth/session",
        "auth/login",
        "auth/reauthenticate",
        "auth/2fa/authenticate",
        "auth/2fa/reauthenticate",
        "account/password/change",
        "account/authenticators",
        "account/authenticators/recovery-codes",
    }
)
"""What follows ``/_allauth/browser/v1/``. Signing up, resetting by mail and dropping the second factor are not here."""


def sign_in_patterns() -> tuple[list[URLPattern | URLResolver], str]:
    """Return allauth's own tree of routes with every leaf cut that is not offered; its names keep resolving."""
    return _pruned(allauth_urls.urlpatterns, ""), allauth_urls.app_name


def _pruned(patterns: Sequence[URLPattern | URLResolver], above: str) -> list[URLPattern | URLResolver]:
    kept: list[URLPattern | URLResolver] = []
    for pattern in patterns:
        here = above + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if here.removeprefix("browser/v1/") in OFFERED:
                kept.append(pattern)
            continue
        inner = _pruned(pattern.url_patterns, here)
        if inner:
            kept.append(URLResolver(pattern.pattern, inner, {}, pattern.app_name, pattern.namespace))
    return kept
