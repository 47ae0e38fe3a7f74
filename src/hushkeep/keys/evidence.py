"""Evidence that the key service judges itself: connectors' signed bytes and agents' device signatures. Pure.

Connector: HMAC-SHA256 over the raw body under the connector's secret. Device: ES256 (ECDSA P-256, SHA-256, 64 bytes
r | s as browsers make it) over the canonical statement (docs/crypto-spec.md, section 10).
"""

import hmac
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from hushkeep.kernel import Denied, InvalidInput, canonical

CONNECTOR_SKEW: Final = 5 * 60 * 1_000_000
DEVICE_SKEW: Final = 60 * 1_000_000
_HALF: Final = 32

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Contact(msgspec.Struct, frozen=True):
    """How the customer reached the center: the name of a blind index and the normalised value."""

    index: Annotated[str, msgspec.Meta(pattern="^(phone|email|source_id)$")]
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=320)]

    def __repr__(self) -> str:
        return f"Contact(index={self.index!r})"


class Started(msgspec.Struct, frozen=True):
    """A connector's word that a conversation began; ``conversation`` is the connector's own id.

    ``outbound``: the agent began it. ``wrap_up_seconds`` is what the queue allows after the end.
    """

    type: Literal["conversation.started"]
    tenant: UUID
    conversation: _Id
    agent: UUID
    contact: Contact
    at: datetime
    wrap_up_seconds: Annotated[int, msgspec.Meta(ge=0, le=120)] = 60
    direction: Literal["inbound", "outbound"] = "inbound"


class Ended(msgspec.Struct, frozen=True):
    """A connector's word that a conversation ended."""

    type: Literal["conversation.ended"]
    tenant: UUID
    conversation: _Id
    at: datetime


class _Told(msgspec.Struct, frozen=True, tag_field="type", kw_only=True):
    """What every word on a conversation that goes on says."""

    tenant: UUID
    conversation: _Id
    at: datetime


class Answered(_Told, frozen=True, tag="conversation.answered", kw_only=True):
    """The customer is on the line."""


class Verified(_Told, frozen=True, tag="conversation.verified", kw_only=True):
    """The customer has shown who they are: to the telephone system, never to an agent's own word."""


class Transferred(_Told, frozen=True, tag="conversation.transferred", kw_only=True):
    """Another agent serves the customer from here on, and nobody else."""

    agent: UUID


class Joined(_Told, frozen=True, tag="conversation.joined", kw_only=True):
    """One more agent is on the call."""

    agent: UUID


class Left(_Told, frozen=True, tag="conversation.left", kw_only=True):
    """An agent who had joined is on the call no more."""

    agent: UUID


Change = Answered | Verified | Transferred | Joined | Left

_started = msgspec.json.Decoder(Started)
_change: msgspec.json.Decoder[Change] = msgspec.json.Decoder(Change)
_ended = msgspec.json.Decoder(Ended)


def check_connector(secret: bytes, body: bytes, signature: bytes) -> None:
    """Return when ``signature`` is the connector's over ``body``; raise Denied("connector_signature")."""
    if not hmac.compare_digest(hmac.digest(secret, body, "sha256"), signature):
        raise Denied("connector_signature")


def read_started(body: bytes) -> Started:
    """Return what a start says; raises InvalidInput, without a word of what it held."""
    try:
        return _started.decode(body)
    except (msgspec.DecodeError, ValueError):
        raise InvalidInput("malformed start of a conversation") from None


def read_ended(body: bytes) -> Ended:
    """Return what an end says; raises InvalidInput, without a word of what it held."""
    try:
        return _ended.decode(body)
    except (msgspec.DecodeError, ValueError):
        raise InvalidInput("malformed end of a conversation") from None


def read_change(body: bytes) -> Change:
    """Return what a word on a conversation that goes on says; raises InvalidInput, without a word of what it held."""
    try:
        return _change.decode(body)
    except (msgspec.DecodeError, ValueError):
        raise InvalidInput("malformed word on a conversation") from None


def microseconds(at: datetime) -> int:
    """Return ``at`` (aware) in microseconds since 1970."""
    return int(at.timestamp() * 1_000_000)


def fresh(at: datetime, now: int, skew: int) -> None:
    """Return when ``at`` lies within ``skew`` of ``now`` (microseconds); raise Denied("evidence_stale")."""
    if at.tzinfo is None or abs(microseconds(at) - now) > skew:
        raise Denied("evidence_stale")


def statement(  # noqa: PLR0913 - what the signature binds, by name
    *,
    use: str,
    tenant: UUID,
    actor: UUID,
    device: UUID,
    conversation: UUID | None,
    subjects: list[UUID],
    classes: list[str],
    purpose: str,
    event: UUID,
    at: datetime,
) -> bytes:
    """Return the bytes that a device signs: canonical JSON of everything the ticket will allow."""
    return canonical(
        {
            "v": 1,
            "use": use,
            "tenant": tenant,
            "actor": actor,
            "device": device,
            "conversation": conversation,
            "subjects": sorted(str(subject) for subject in subjects),
            "classes": sorted(classes),
            "purpose": purpose,
            "event": event,
            "at": at,
        }
    )


def load_device_key(der: bytes) -> ec.EllipticCurvePublicKey:
    """Return the P-256 key of ``der`` (SubjectPublicKeyInfo); raises InvalidInput for any other."""
    try:
        key = load_der_public_key(der)
    except ValueError:
        raise InvalidInput("a device key is not readable") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InvalidInput("a device key lies on P-256")
    return key


def check_device(key: ec.EllipticCurvePublicKey, signature: bytes, signed: bytes) -> None:
    """Return when ``signature`` (64 bytes) is the device's over ``signed``; raise Denied("device_signature")."""
    if len(signature) != 2 * _HALF:
        raise Denied("device_signature")
    r, s = int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big")
    try:
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Denied("device_signature") from None
