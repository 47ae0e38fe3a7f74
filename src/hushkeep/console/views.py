"""The console's two kinds of answer: the index, new each time, and hashed files, good for ever."""

import re
from html import escape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_safe

from hushkeep.console.assets import assets, index_template
from hushkeep.runtime.site import read_site

_FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def index(request: HttpRequest, path: str = "") -> HttpResponse:  # noqa: ARG001 - the page reads its own address
    """Return the page that loads the console; its nonce is this request's, so it is never kept.

    The nonce is ``request.csp_nonce``, from the middleware that sends it in the policy. The cookie against forged
    requests is set, and named in the page.
    """
    get_token(request)
    values = {
        "__HUSHKEEP_NONCE__": request.csp_nonce,  # type: ignore[attr-defined]
        "__HUSHKEEP_CSRF_COOKIE__": settings.CSRF_COOKIE_NAME,
        "__HUSHKEEP_DEMO__": "true" if read_site().demo else "false",
    }
    page = re.sub("|".join(values), lambda found: escape(values[found[0]]), index_template())
    return HttpResponse(page, headers={"Cache-Control": "no-store"})


@require_safe
def asset(request: HttpRequest, name: str) -> HttpResponse:
    """Return one built file; 404 for a name that is not one of them, whatever lies beside them on disk."""
    found = assets().get(name)
    if found is None:
        raise Http404
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
    if found.gzipped is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(
            found.gzipped, content_type=found.media_type, headers={**headers, "Content-Encoding": "gzip"}
        )
    return HttpResponse(found.content, content_type=found.media_type, headers=headers)
