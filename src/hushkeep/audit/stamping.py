"""Time stamps (RFC 3161): a stamper in other hands says that a checkpoint was there by a certain time."""

import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from hushkeep.kernel import IntegrityError, InvalidInput, Unavailable

_SECONDS = 10
_MAX_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Stamper:
    """A stamping service and the certificates that it is known by (PEM: its root, and intermediate ones if any)."""

    url: str
    authority: Path


@dataclass(frozen=True, slots=True)
class Stamp:
    """The whole answer of a stamper, DER, verified; ``at`` is the time that it attests (UTC)."""

    token: bytes
    at: datetime


def stamped(content: bytes, stamper: Stamper) -> Stamp:
    """Return the stamper's stamp over the SHA-256 of ``content``, asked for under a fresh nonce.

    Raises Unavailable when it does not answer, IntegrityError when its answer is not under its authority, not to our
    question or not over ``content``.
    """
    asked = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = _answer(stamper.url, asked.as_bytes())
    return _verified(answer, content, stamper, nonce=asked.nonce)


def verified(token: bytes, content: bytes, stamper: Stamper) -> Stamp:
    """Return a stamp of earlier, checked against ``content`` and the stamper's authority; raise IntegrityError."""
    return _verified(token, content, stamper, nonce=None)


def _answer(url: str, question: bytes) -> bytes:
    # The answer is signed and bound to our nonce: plain http, which many stampers speak, cannot alter it unseen.
    if not url.startswith(("https://", "http://")):
        raise InvalidInput("a stamper has an http or https address")
    headers = {"Content-Type": "application/timestamp-query"}
    request = urllib.request.Request(url, question, headers, method="POST")  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            content: bytes = answer.read(_MAX_ANSWER_BYTES)
            return content
    except OSError:
        raise Unavailable("the stamper does not answer") from None


def _verified(token: bytes, content: bytes, stamper: Stamper, *, nonce: int | None) -> Stamp:
    verifier = VerifierBuilder() if nonce is None else VerifierBuilder().nonce(nonce)
    for certificate in x509.load_pem_x509_certificates(stamper.authority.read_bytes()):
        root = certificate.subject == certificate.issuer
        verifier = (verifier.add_root_certificate if root else verifier.add_intermediate_certificate)(certificate)
    try:
        response = decode_timestamp_response(token)
        verifier.build().verify_message(response, content)
    except (VerificationError, ValueError):
        raise IntegrityError("the stamp does not verify") from None
    return Stamp(token, response.tst_info.gen_time)
