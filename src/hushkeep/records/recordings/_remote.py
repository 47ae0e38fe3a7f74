"""A recogniser of somebody else: allowed by name, an event before each recording's speech leaves, a canary for each."""

import hashlib
import hmac
import http.client
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from hushkeep import audio
from hushkeep.audit.log import append
from hushkeep.kernel import Action, ActorKind, Denied, Event, EventId, Outcome, TenantId, Unavailable, new_id
from hushkeep.records.recordings.values import KIND
from hushkeep.runtime import clock
from hushkeep.runtime.secret_files import make_secret
from hushkeep.runtime.settings import settings
from hushkeep.runtime.tenancy import tenant_transaction

NOT_ALLOWED: Final = "destination_not_allowed"
KEY_FILE: Final = "recogniser.key"
"""The service's key, under the site's secrets; absent: none is sent."""
_CANARIES: Final = "recogniser-canaries"
_TIMEOUT_SECONDS: Final = 120.0
_LARGEST_ANSWER: Final = 16 << 20
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS: Final = {"https": 443, "http": 80}


def recogniser(tenant: TenantId, recording: UUID) -> audio.Recogniser:
    """Return the site's remote recogniser for ``recording``, once its event is committed.

    Deny by default: raises Denied("destination_not_allowed"), after its event, unless ``recogniser_allowed`` names the
    destination, and for anything in the clear that leaves this machine. No redirect is followed.
    """
    site, address = settings(), urlsplit(settings().recogniser_url or "")
    vendor = site.recogniser_vendor or ""
    allowed = destination(address) in site.recogniser_allowed and _guarded(address)
    _record(tenant, recording, vendor, Outcome.ALLOWED if allowed else Outcome.DENIED)
    if not allowed:
        raise Denied(NOT_ALLOWED)
    line = _Line(address)
    return audio.RemoteRecogniser(line.post, f"{vendor}/{site.recogniser_model}", digits=canary(vendor))


def destination(address: SplitResult) -> str:
    """Return ``host:port`` of ``address``."""
    return f"{address.hostname or ''}:{address.port or _PORTS.get(address.scheme, 0)}"


def canary(vendor: str) -> str:
    """Return the eight digits that this site tells ``vendor`` and nobody else.

    They go with each section as the number of the digit prompt: where they turn up, it came from there.
    """
    digest = hmac.digest(make_secret(_CANARIES).encode(), vendor.encode(), hashlib.sha256)
    return f"{int.from_bytes(digest[:8], 'big') % 10**8:08d}"


def _guarded(address: SplitResult) -> bool:
    return address.scheme == "https" or (address.scheme == "http" and address.hostname in _LOOPBACK)


def _record(tenant: TenantId, recording: UUID, vendor: str, outcome: Outcome) -> None:
    with tenant_transaction(tenant):
        append(
            Event(
                id=EventId(new_id()),
                tenant=tenant,
                at=clock.now(),
                actor=None,
                actor_kind=ActorKind.SYSTEM,
                action=Action.RECORDING_DISCLOSE,
                outcome=outcome,
                reason=f"vendor_{vendor}" if outcome is Outcome.ALLOWED else NOT_ALLOWED,
                target=recording,
                target_kind=KIND,
            )
        )


class _Line:
    """Posts to one address, and to no other whatever it answers."""

    def __init__(self, address: SplitResult) -> None:
        self._address = address

    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """Return the body of a 200; raises Unavailable for anything else."""
        where = destination(self._address)
        connection = self._connection()
        try:
            connection.request("POST", self._address.path.rstrip("/") + path, body, {**headers, **_key()})
            with connection.getresponse() as answer:
                data = answer.read(_LARGEST_ANSWER + 1)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"recogniser {where} did not answer: {type(error).__name__}") from None
        finally:
            connection.close()
        if answer.status != HTTPStatus.OK or len(data) > _LARGEST_ANSWER:
            raise Unavailable(f"recogniser {where} answered {answer.status}")
        return data

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._address.hostname or "", self._address.port
        if self._address.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # the world's services; our own peers speak 1.3
        return http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_SECONDS, context=context)


def _key() -> dict[str, str]:
    path = settings().secrets_dir / KEY_FILE
    return {"Authorization": f"Bearer {path.read_text(encoding='utf-8').strip()}"} if path.exists() else {}
