"""Asking a key-management service over HTTPS: one small JSON request, one small JSON answer, never followed elsewhere.

Loaded only where such a slot is used: a key service without one opens no connection to anywhere.
"""

import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from hushkeep.kernel import InvalidInput, Unavailable

TIMEOUT_SECONDS: Final = 10.0
_MOST_BYTES: Final = 64 * 1024
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_SERVER_ERRORS: Final = 500
_SLOW_DOWN: Final = 429


class Endpoint:
    """A service at ``address`` (https; plain http on loopback alone); raises InvalidInput for any other."""

    def __init__(self, address: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(address)
        secure = parts.scheme == "https"
        if not parts.hostname or not (secure or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
            raise InvalidInput("a key-management service is reached by https")
        self.host, self._secure = parts.netloc, secure
        self._place, self._port = parts.hostname, parts.port
        self._prefix = parts.path.rstrip("/")
        self._timeout = timeout_seconds

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """Return (status, answer) of a POST; raises Unavailable when it is down, slow, overloaded or talks nonsense."""
        connection = self._connection()
        try:
            connection.request("POST", self._prefix + path, body, dict(headers))
            answer = connection.getresponse()
            content = answer.read(_MOST_BYTES + 1)
        except (OSError, http.client.HTTPException) as failure:
            raise Unavailable(f"the key-management service does not answer ({type(failure).__name__})") from None
        finally:
            connection.close()
        if answer.status >= _SERVER_ERRORS or answer.status == _SLOW_DOWN:
            raise Unavailable(f"the key-management service answers {answer.status}")
        try:
            told = json.loads(content) if len(content) <= _MOST_BYTES else None
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            raise Unavailable("the key-management service gives no answer that can be read")
        return answer.status, told

    def _connection(self) -> http.client.HTTPConnection:
        if not self._secure:
            return http.client.HTTPConnection(self._place, self._port, timeout=self._timeout)
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return http.client.HTTPSConnection(self._place, self._port, timeout=self._timeout, context=context)
