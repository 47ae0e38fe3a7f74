"""Certificates of destruction: canonical JSON signed twice, by Ed25519 and ML-DSA-65; verified without the service.

Layout: ``{"body": {…}, "signatures": {"ed25519": hex, "ml_dsa_65": hex}}``; the signatures are over the context string
and the canonical bytes of ``body`` (docs/crypto-spec.md, section 11).
"""

import json
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from hushkeep import vault
from hushkeep.kernel import IntegrityError, InvalidInput, Plain, canonical

TYPE: Final = "hushkeep key destruction certificate"
VERSION: Final = 1
_CONTEXT: Final = b"hushkeep certificate v1\x00"
_ML_DSA_INFO: Final = b"hushkeep ml-dsa-65 seed v1"


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The public halves of a site's signing keys."""

    ed25519: bytes
    ml_dsa_65: bytes

    def encode(self) -> bytes:
        """Return them as a line of JSON, as the site's ``public-keys.json`` holds them."""
        return canonical({"ed25519": self.ed25519.hex(), "ml_dsa_65": self.ml_dsa_65.hex()}) + b"\n"

    @classmethod
    def decode(cls, text: bytes) -> "PublicKeys":
        """Return the keys of ``text``; raises InvalidInput."""
        try:
            data = json.loads(text)
            return cls(bytes.fromhex(data["ed25519"]), bytes.fromhex(data["ml_dsa_65"]))
        except (ValueError, KeyError, TypeError):
            raise InvalidInput("public keys are malformed") from None


def _ml_dsa(signer: Ed25519PrivateKey) -> MLDSA65PrivateKey:
    return MLDSA65PrivateKey.from_seed_bytes(vault.derive(signer.private_bytes_raw(), _ML_DSA_INFO))


def public_keys(signer: Ed25519PrivateKey) -> PublicKeys:
    """Return the public halves that belong to ``signer``."""
    return PublicKeys(signer.public_key().public_bytes_raw(), _ml_dsa(signer).public_key().public_bytes_raw())


def sign(body: dict[str, Plain], signer: Ed25519PrivateKey) -> bytes:
    """Return the certificate of ``body`` as canonical JSON."""
    signed = _CONTEXT + canonical(body)
    signatures = {"ed25519": signer.sign(signed).hex(), "ml_dsa_65": _ml_dsa(signer).sign(signed).hex()}
    return canonical({"body": body, "signatures": signatures})


def verify(certificate: bytes, keys: PublicKeys) -> dict[str, Plain]:
    """Return the body of ``certificate``; raises IntegrityError unless both signatures hold under ``keys``."""
    try:
        data = json.loads(certificate)
        body: dict[str, Plain] = data["body"]
        ed25519, ml_dsa = (bytes.fromhex(data["signatures"][name]) for name in ("ed25519", "ml_dsa_65"))
        signed = _CONTEXT + canonical(body)
        Ed25519PublicKey.from_public_bytes(keys.ed25519).verify(ed25519, signed)
        MLDSA65PublicKey.from_public_bytes(keys.ml_dsa_65).verify(ml_dsa, signed)
    except (InvalidSignature, ValueError, KeyError, TypeError, RecursionError):
        raise IntegrityError("the certificate does not verify: it was changed, or another site signed it") from None
    if body.get("type") != TYPE or body.get("version") != VERSION:
        raise IntegrityError("the certificate is of a kind or version that this program does not know")
    return body
