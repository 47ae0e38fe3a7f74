"""A proof holds for one key, one request, one moment; each thing that it binds has its refusal."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from hushkeep.identity.device_proof import check, read_key
from hushkeep.kernel import Denied, InvalidInput

NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)
HERE = {"method": "POST", "address": "https://localhost/api/v1/x?y=1", "body": b"{}", "now": NOW}
KEY = ec.generate_private_key(ec.SECP256R1())


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk_of(key):
    numbers = key.public_key().public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": encode(numbers.x.to_bytes(32, "big")),
        "y": encode(numbers.y.to_bytes(32, "big")),
    }


def proof(key=KEY, *, head=None, claims=None):
    head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk_of(key)} | (head or {})
    claims = {
        "jti": "0123456789abcdef",
        "htm": HERE["method"],
        "htu": HERE["address"],
        "iat": int(NOW.timestamp()),
        "bh": encode(hashlib.sha256(HERE["body"]).digest()),
    } | (claims or {})
    signed = ".".join(encode(json.dumps(part).encode()) for part in (head, claims))
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"{signed}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def test_a_proof_of_this_request_holds_and_names_its_key():
    assert check(proof(), **HERE).thumbprint == read_key(jwk_of(KEY)).thumbprint


def test_the_thumbprint_is_rfc_7638s():
    # The P-256 example of RFC 9449, 6.1 (the DPoP proof's key and its jkt).
    key = read_key(
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
            "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
        }
    )
    assert key.thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


@pytest.mark.parametrize(
    "elsewhere", [{"method": "GET"}, {"address": "https://localhost/api/v1/x?y=2"}, {"body": b"{} "}]
)
def test_a_proof_of_another_request_is_refused(elsewhere):
    with pytest.raises(Denied, match="proof_elsewhere"):
        check(proof(), **(HERE | elsewhere))


@pytest.mark.parametrize("seconds", [-61, 61])
def test_a_proof_of_another_time_is_refused(seconds):
    with pytest.raises(Denied, match="proof_stale"):
        check(proof(), **(HERE | {"now": NOW + timedelta(seconds=seconds)}))


def test_a_proof_signed_by_another_key_is_refused():
    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(Denied, match="proof_wrong"):
        check(proof(other, head={"jwk": jwk_of(KEY)}), **HERE)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_part_is_refused(part):
    parts = proof().split(".")
    flipped = bytearray(base64.urlsafe_b64decode(parts[part] + "=="))
    flipped[len(flipped) // 2] ^= 1
    parts[part] = encode(bytes(flipped))
    with pytest.raises(Denied):
        check(".".join(parts), **HERE)


@pytest.mark.parametrize(
    "bad",
    [
        {"head": {"alg": "none"}},
        {"head": {"alg": "HS256"}},
        {"head": {"typ": "JWT"}},
        {"head": {"jwk": {}}},
        {"head": {"jwk": jwk_of(KEY) | {"d": "A" * 43}}},
        {"claims": {"jti": "short"}},
        {"claims": {"iat": 1.5}},
        {"claims": {"iat": True}},
        {"claims": {"iat": -1}},
        {"claims": {"bh": None}},
    ],
)
def test_a_malformed_proof_is_refused(bad):
    with pytest.raises(Denied, match="proof_malformed"):
        check(proof(**bad), **HERE)


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "....", "é.é.é", "x" * 5000, "W10.W10.W10"])
def test_what_is_no_proof_is_refused(text):
    with pytest.raises(Denied, match="proof_malformed"):
        check(text, **HERE)


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "RSA"},
        jwk_of(KEY) | {"crv": "P-384"},
        jwk_of(KEY) | {"x": "A" * 43},
        jwk_of(KEY) | {"x": 7},
        jwk_of(KEY) | {"x": jwk_of(KEY)["x"] + "="},
    ],
)
def test_what_is_no_public_key_on_p256_is_refused(jwk):
    with pytest.raises(InvalidInput):
        read_key(jwk)
