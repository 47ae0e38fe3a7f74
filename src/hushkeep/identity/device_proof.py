"""Proof of possession of a device's key on each request, in the manner of DPoP (RFC 9449): pure.

A compact JWS (RFC 7515): header ``{"typ":"dpop+jwt","alg":"ES256","jwk":{…}}``, payload ``jti, htm, htu, iat, bh``
with ``htu`` the whole address, query included, and ``bh`` the SHA-256 of the body (base64url). One algorithm; the key
is P-256 and is named by its thumbprint (RFC 7638).
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from hushkeep.kernel import Denied, InvalidInput

HEADER = "Hushkeep-Proof"
WINDOW = timedelta(seconds=60)
"""How far a proof's time may lie from ours, either way."""

_MAX_CHARACTERS = 2048
_HALF_BYTES = 32
_JTI_CHARACTERS = range(16, 65)
_LATEST_SECONDS = 2**35


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A P-256 public key as a JWK's coordinates (base64url, 43 characters each) and its thumbprint."""

    x: str
    y: str

    @property
    def thumbprint(self) -> str:
        """The key's name: RFC 7638 over the required members, base64url."""
        members = json.dumps({"crv": "P-256", "kty": "EC", "x": self.x, "y": self.y}, separators=(",", ":"))
        return _encode(hashlib.sha256(members.encode()).digest())

    def public(self) -> ec.EllipticCurvePublicKey:
        """Return the key; raises ValueError for a point that is not on the curve."""
        x, y = (int.from_bytes(_decode(c), "big") for c in (self.x, self.y))
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds; that its ``jti`` comes once only is for the caller to see to."""

    thumbprint: str
    jti: str


def read_key(jwk: Mapping[str, Any]) -> DeviceKey:
    """Return the key of ``jwk``; raise InvalidInput("device_key_malformed") for any but a public one on P-256."""
    try:
        key = DeviceKey(jwk["x"], jwk["y"])
        sound = jwk["kty"] == "EC" and jwk["crv"] == "P-256" and "d" not in jwk
        whole = all(len(_decode(c)) == _HALF_BYTES and _encode(_decode(c)) == c for c in (key.x, key.y))
        key.public()
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InvalidInput("device_key_malformed") from None
    if not (sound and whole):
        raise InvalidInput("device_key_malformed")
    return key


def check(proof: str, *, method: str, address: str, body: bytes, now: datetime) -> Proof:
    """Return the proof when it was made for this very request, now.

    Raises Denied: ``proof_malformed``, ``proof_wrong`` (the signature), ``proof_elsewhere`` (another method, address
    or body) or ``proof_stale``.
    """
    head, claims, signed, signature = _parse(proof)
    try:
        key = read_key(head["jwk"])
    except (InvalidInput, KeyError, TypeError):
        raise Denied("proof_malformed") from None
    _verify(key, signed, signature)
    if (claims["htm"], claims["htu"], claims["bh"]) != (method, address, _encode(hashlib.sha256(body).digest())):
        raise Denied("proof_elsewhere")
    if abs(now - datetime.fromtimestamp(claims["iat"], UTC)) > WINDOW:
        raise Denied("proof_stale")
    return Proof(key.thumbprint, claims["jti"])


def _parse(proof: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    try:
        first, second, third = proof[: _MAX_CHARACTERS + 1].split(".")
        head, claims = json.loads(_decode(first)), json.loads(_decode(second))
        signature = _decode(third)
        sound = len(proof) <= _MAX_CHARACTERS and _sound(head, claims) and len(signature) == 2 * _HALF_BYTES
    except (KeyError, TypeError, ValueError):
        raise Denied("proof_malformed") from None
    if not sound:
        raise Denied("proof_malformed")
    return head, claims, f"{first}.{second}".encode(), signature


def _sound(head: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    return (
        (head["typ"], head["alg"]) == ("dpop+jwt", "ES256")
        and all(isinstance(claims[name], str) for name in ("jti", "htm", "htu", "bh"))
        and type(claims["iat"]) is int
        and 0 <= claims["iat"] < _LATEST_SECONDS
        and len(claims["jti"]) in _JTI_CHARACTERS
    )


def _verify(key: DeviceKey, signed: bytes, signature: bytes) -> None:
    r, s = (int.from_bytes(half, "big") for half in (signature[:_HALF_BYTES], signature[_HALF_BYTES:]))
    try:
        key.public().verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise Denied("proof_wrong") from None


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("not base64url") from None


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
