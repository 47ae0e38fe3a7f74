"""Signed webhooks, as Standard Webhooks 1.0.0 has them: HMAC-SHA256 over ``id.timestamp.body``.

>>> from datetime import UTC, datetime
>>> at = datetime(2026, 3, 4, tzinfo=UTC)
>>> headers("whsec_" + "A" * 32, "msg_1", b"{}", at=at)["webhook-signature"]
'v1,sFPpuBYMRYDmCui+ksRY9hvgHEhGKFB1w7nfj02D6U4='
"""

import base64
import hmac
import http.client
import ssl
from contextlib import closing
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from hushkeep.kernel import InvalidInput, Unavailable

PREFIX = "whsec_"
_SECONDS = 20


def headers(secret: str, message: str, body: bytes, *, at: datetime) -> dict[str, str]:
    """Return the headers that sign ``body`` as ``message`` at ``at``; ``secret`` is ``whsec_`` and base64.

    Raises InvalidInput for a secret of another form.
    """
    seconds = str(int(at.timestamp()))
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:  # binascii's own, and what is no ASCII
        raise InvalidInput("the webhook's secret is not whsec_ and base64") from None
    mac = hmac.digest(key, f"{message}.{seconds}.".encode() + body, "sha256")
    return {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def post(address: str, signed: dict[str, str], body: bytes, *, authority: Path | None = None) -> None:
    """Send ``body`` to ``address`` (https); raise Unavailable for any answer but 2xx. Redirects are not followed."""
    where = urlsplit(address)
    if where.scheme != "https" or not where.hostname:
        raise InvalidInput("a webhook's address begins with https://")
    context = ssl.create_default_context(cafile=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    connection = http.client.HTTPSConnection(where.hostname, where.port, timeout=_SECONDS, context=context)
    path = (where.path or "/") + (f"?{where.query}" if where.query else "")
    try:
        with closing(connection):
            connection.request("POST", path, body, signed)
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as failure:
        raise Unavailable(f"webhook at {where.hostname}: {type(failure).__name__}") from None
    if not 200 <= status < 300:
        raise Unavailable(f"webhook at {where.hostname}: answered {status}")
