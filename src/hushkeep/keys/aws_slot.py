"""A slot in AWS KMS: a key there seals the root key, bound by an encryption context.

Layout of the wrapped root key: commitment 32 | the service's ciphertext blob. Requests are signed by Signature Version
4, which has published vectors; the service is asked some ten times a day, too few to carry its whole SDK.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from hushkeep import vault
from hushkeep.kernel import Denied, IntegrityError, InvalidInput, NotFound, Unavailable
from hushkeep.keys.bao_slot import committed
from hushkeep.keys.clock import Clock
from hushkeep.keys.remote import TIMEOUT_SECONDS, Endpoint

KIND: Final = "aws_kms"
_COMMITMENT_BYTES: Final = 32
_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_OK: Final = 200
_REFUSALS: Final[dict[str, Callable[[str], Exception]]] = {
    "AccessDeniedException": Denied,
    "IncorrectKeyException": IntegrityError,
    "IncompleteSignature": Denied,
    "InvalidCiphertextException": IntegrityError,
    "InvalidSignatureException": Denied,
    "NotFoundException": NotFound,
    "UnrecognizedClientException": Denied,
}
"""What the service refuses → our error; anything else may pass by itself: Unavailable."""


class AwsKms:
    """The key ``key`` (id or ARN) in ``region``; ``credentials`` (access key id and secret) do not print."""

    kind = KIND

    def __init__(  # noqa: PLR0913 - where, which, as whom
        self,
        region: str,
        key: str,
        credentials: tuple[str, str],
        *,
        address: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        clock: Clock | None = None,
    ) -> None:
        if not region.replace("-", "").isalnum() or not key:
            raise InvalidInput("an AWS slot names its region and its key")
        self._region, self._key, self._credentials = region, key, credentials
        self._endpoint = Endpoint(address or f"https://kms.{region}.amazonaws.com", timeout_seconds=timeout_seconds)
        self._clock = clock or Clock()

    def __repr__(self) -> str:
        return f"AwsKms(region={self._region!r})"

    def new_params(self) -> dict[str, str]:
        """Return where the key lies."""
        return {"region": self._region, "key": self._key}

    def wrap(self, root: vault.DataKey, params: dict[str, str], context: vault.WrapContext) -> bytes:
        """Return ``root`` sealed by the service."""
        asked = {"Plaintext": base64.b64encode(root.secret).decode(), **_bound(context, root.commitment)}
        sealed = self._ask("Encrypt", params, asked).get("CiphertextBlob")
        if not isinstance(sealed, str):
            raise Unavailable("AWS KMS gives no ciphertext")
        return root.commitment + base64.b64decode(sealed)

    def unwrap(self, wrapped: bytes, params: dict[str, str], context: vault.WrapContext) -> vault.DataKey:
        """Return the root key; raises IntegrityError when the service refuses it or hands out another key."""
        commitment, sealed = wrapped[:_COMMITMENT_BYTES], wrapped[_COMMITMENT_BYTES:]
        asked = {"CiphertextBlob": base64.b64encode(sealed).decode(), **_bound(context, commitment)}
        return committed(self._ask("Decrypt", params, asked).get("Plaintext"), commitment, "AWS KMS")

    def _ask(self, what: str, params: dict[str, str], asked: dict[str, Any]) -> dict[str, Any]:
        if params != self.new_params():
            raise IntegrityError("AWS KMS: the slot names another key than was configured")
        body = json.dumps({"KeyId": self._key, **asked}).encode()
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "host": self._endpoint.host,
            "x-amz-target": f"TrentService.{what}",
        }
        at = datetime.fromtimestamp(self._clock.now() // 1_000_000, UTC)
        signed = sign("POST", "/", headers, body, (self._region, "kms"), self._credentials, at)
        status, told = self._endpoint.post("/", signed, body)
        if status != _OK:
            code = str(told.get("__type", "")).rpartition("#")[2]
            refusal = _REFUSALS.get(code, Unavailable)
            raise refusal(f"AWS KMS answers {status}")
        return told


def sign(  # noqa: PLR0913, PLR0917 - what is signed, for where, by whom, when
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    scope: tuple[str, str],
    credentials: tuple[str, str],
    at: datetime,
) -> dict[str, str]:
    """Return ``headers`` with date and authorization by AWS Signature Version 4; names of headers are lower case.

    ``scope`` is region and service, ``credentials`` access key id and secret.
    """
    moment = at.strftime("%Y%m%dT%H%M%SZ")
    signed = {**headers, "x-amz-date": moment}
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name].strip()}\n" for name in sorted(signed))
    request = "\n".join((method, path, "", lines, names, hashlib.sha256(body).hexdigest()))
    place = "/".join((moment[:8], *scope, "aws4_request"))
    said = "\n".join((_ALGORITHM, moment, place, hashlib.sha256(request.encode()).hexdigest()))
    key = b"AWS4" + credentials[1].encode()
    for part in place.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, said.encode(), "sha256").hex()
    credential = f"{credentials[0]}/{place}"
    signed["authorization"] = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return signed


def _bound(context: vault.WrapContext, commitment: bytes) -> dict[str, Any]:
    """Return the encryption context: what the key is bound to. It stands in the service's own log, and is ids only."""
    return {"EncryptionContext": {"hushkeep": (context.encode() + commitment).hex()}}
