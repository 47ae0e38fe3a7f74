"""A connector's side of the public ingress: events signed with its secret, over TLS 1.3."""

import hmac
import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from hushkeep.kernel import InvalidInput, NotFound, Unavailable, timestamp

_TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class ConnectorKey:
    """What ``hushkeep connector add`` wrote down."""

    tenant: UUID
    connector: UUID
    secret: bytes = field(repr=False)


def read_connector_key(file: Path) -> ConnectorKey:
    """Return the key in ``file``; raises NotFound, and InvalidInput for what is none."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return ConnectorKey(UUID(said["tenant"]), UUID(said["connector"]), bytes.fromhex(said["secret"]))
    except FileNotFoundError:
        raise NotFound(f"no file {file}: hushkeep connector add makes it") from None
    except (ValueError, KeyError, TypeError):
        raise InvalidInput(f"{file.name} is no connector's file") from None


class ConnectorClient:
    """Tells the site at ``host``:``port`` what happens, trusting ``authority`` (a PEM file) alone."""

    def __init__(self, host: str, port: int, key: ConnectorKey, *, authority: str, now: Callable[[], datetime]) -> None:
        self._where = (host, port)
        self._key = key
        self._now = now
        self._tls = ssl.create_default_context(cafile=authority)
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_3

    def tell(self, said: Mapping[str, object]) -> tuple[int, str]:
        """Return (status, the reason of a refusal) of the site's answer to ``said``, signed and dated now."""
        body = json.dumps({**said, "tenant": str(self._key.tenant), "at": timestamp(self._now())}).encode()
        headers = {
            "Content-Type": "application/json",
            "Hushkeep-Signature": hmac.digest(self._key.secret, body, "sha256").hex(),
        }
        connection = http.client.HTTPSConnection(*self._where, timeout=_TIMEOUT_SECONDS, context=self._tls)
        try:
            with closing(connection):
                connection.request("POST", f"/api/v1/live/{self._key.connector}/events", body, headers)
                answer = connection.getresponse()
                return answer.status, _reason(answer.read())
        except OSError:
            silent = Unavailable(f"the site at {self._where[0]}:{self._where[1]} does not answer")
            silent.add_note("hushkeep up starts it")
            raise silent from None


def _reason(body: bytes) -> str:
    try:
        problem = json.loads(body)
    except ValueError:
        return ""
    return str(problem.get("params", {}).get("reason") or problem.get("code", ""))
