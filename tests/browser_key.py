"""A browser's own key, as the console keeps one: it proves requests, and signs statements for the key service."""

import base64
import hashlib
import json
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from hushkeep.kernel import canonical, timestamp
from hushkeep.runtime import clock


def encode(data):
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class BrowserKey:
    """The key of ``browser``, in front of which ``who`` sits; ``id`` once the center knows it."""

    def __init__(self, who):
        self.who, self.id = who, None
        self.key = ec.generate_private_key(ec.SECP256R1())
        numbers = self.key.public_key().public_numbers()
        x, y = (encode(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
        self.jwk = {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def sign(self, data):
        """ES256, 64 bytes."""
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def header(self, method, path, body=b"", *, base="/api/v1"):
        """The proof of one request."""
        claims = {
            "jti": uuid4().hex,
            "htm": method,
            "htu": f"https://localhost{base}{path}",
            "iat": int(clock.now().timestamp()),
            "bh": encode(hashlib.sha256(body).digest()),
        }
        parts = ({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk}, claims)
        signed = ".".join(encode(json.dumps(part).encode()) for part in parts)
        return {"Hushkeep-Proof": f"{signed}.{encode(self.sign(signed.encode()))}"}

    def get(self, path):
        """GET from the API, proved."""
        return self.who.browser.get(path, **self.header("GET", path))

    def post(self, path, body=None):
        """POST to the API, proved."""
        sent = json.dumps(body).encode() if body is not None else b""
        return self.who.browser.post(path, body, **self.header("POST", path, sent))

    def step_up(self):
        """Show a second factor afresh, proved, in the session that is open."""
        path, base = "/auth/2fa/reauthenticate", "/_allauth/browser/v1"
        self.who.forget_used_codes()
        body = {"code": self.who.code()}
        proof = self.header("POST", path, json.dumps(body).encode(), base=base)
        shown = self.who.browser.send("POST", path, body, base=base, **proof)
        assert shown.status_code == 200, shown.content

    def pledge(self, approval, **changed):
        """The signature for a clear export, over what the server says is signed; a thief has ``changed`` it."""
        said = self.get(f"/approvals/{approval}/statement").json()
        at = clock.now()
        whole = {
            "v": 1,
            "use": "four_eyes",
            "tenant": self.who.tenant,
            "actor": self.who.id,
            "device": self.id,
            "conversation": None,
            "at": at,
        }
        whole |= {name: said[name] for name in ("subjects", "classes", "purpose", "event")} | changed
        whole["subjects"] = sorted(whole["subjects"])
        return {"event": said["event"], "at": timestamp(at), "signature": encode(self.sign(canonical(whole)))}
