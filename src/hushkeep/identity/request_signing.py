"""Requests signed by a program's Ed25519 key (RFC 8032): pure, for both ends.

Signed is, in canonical JSON: version, method, path with its query, SHA-256 of the body, time and nonce. Headers:
``Hushkeep-Key`` (tenant and account id), ``Hushkeep-Timestamp`` (RFC 3339, UTC), ``Hushkeep-Nonce`` (32 hex digits),
``Hushkeep-Signature`` (base64).

A key file is JSON of three lines: ``tenant``, ``account`` and ``secret`` (base64 of 32 bytes).
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hushkeep.kernel import Denied, InvalidInput, TenantId, canonical, timestamp

KEY, TIMESTAMP, NONCE, SIGNATURE = "Hushkeep-Key", "Hushkeep-Timestamp", "Hushkeep-Nonce", "Hushkeep-Signature"
WINDOW = timedelta(minutes=5)
"""How far a signature's time may lie from ours, either way."""
_NONCE_HEX = 32


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """A program's key: whose it is, and its 32 secret bytes. ``repr`` shows no secret."""

    tenant: TenantId
    account: UUID
    secret: bytes = field(repr=False)

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return Ed25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw()

    def text(self) -> str:
        """Return the content of a key file."""
        secret = base64.b64encode(self.secret).decode()
        return json.dumps({"tenant": str(self.tenant), "account": str(self.account), "secret": secret}, indent=1) + "\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """The four headers, taken apart."""

    tenant: TenantId
    account: UUID
    at: datetime
    nonce: str
    value: bytes = field(repr=False)


def read_key(text: str) -> ServiceKey:
    """Return the key of a key file; raise InvalidInput, quoting nothing of it."""
    try:
        data = json.loads(text)
        secret = base64.b64decode(data["secret"], validate=True)
        key = ServiceKey(TenantId(UUID(data["tenant"])), UUID(data["account"]), secret)
        _ = key.public
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidInput("not a service key file") from None
    return key


def sign(key: ServiceKey, *, method: str, path: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers that sign a request; ``path`` is what follows the host, query included."""
    nonce = secrets.token_hex(_NONCE_HEX // 2)
    signed = _message(method, path, body, now, nonce)
    value = Ed25519PrivateKey.from_private_bytes(key.secret).sign(signed)
    return {
        KEY: f"{key.tenant}/{key.account}",
        TIMESTAMP: timestamp(now),
        NONCE: nonce,
        SIGNATURE: base64.b64encode(value).decode(),
    }


def parse(headers: Mapping[str, str]) -> Signature:
    """Return the signature that the headers carry; raise Denied("signature_malformed") for anything else."""
    try:
        tenant, _, account = headers[KEY].partition("/")
        nonce = headers[NONCE]
        at = datetime.fromisoformat(headers[TIMESTAMP])
        value = base64.b64decode(headers[SIGNATURE], validate=True)
        parsed = Signature(TenantId(UUID(tenant)), UUID(account), at, nonce, value)
        bytes.fromhex(nonce)
    except (KeyError, ValueError, binascii.Error):
        raise Denied("signature_malformed") from None
    if at.tzinfo is None or len(nonce) != _NONCE_HEX:
        raise Denied("signature_malformed")
    return parsed


def verify(  # noqa: PLR0913 - what is signed has so many parts
    public: bytes, signature: Signature, *, method: str, path: str, body: bytes, now: datetime
) -> None:
    """Return when the signature holds; raise Denied("signature_stale") or Denied("signature_wrong").

    That a nonce comes once only is for the caller to see to.
    """
    if abs(now - signature.at) > WINDOW:
        raise Denied("signature_stale")
    signed = _message(method, path, body, signature.at, signature.nonce)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature.value, signed)
    except InvalidSignature:
        raise Denied("signature_wrong") from None


def _message(method: str, path: str, body: bytes, at: datetime, nonce: str) -> bytes:
    digest = hashlib.sha256(body).hexdigest()
    return canonical({"v": 1, "method": method, "path": path, "body": digest, "at": at, "nonce": nonce})
