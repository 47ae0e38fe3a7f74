"""A slot in OpenBao (or HashiCorp Vault): its transit engine seals the root key under a derived key that stays there.

Layout of the wrapped root key: commitment 32 | the engine's ciphertext (ASCII). The derivation context is the wrap
context and the commitment, so that a slot moved elsewhere is refused by the service (docs/crypto-spec.md, section 7).
The key is made beforehand: ``bao write transit/keys/hushkeep-root derived=true``.
"""

import base64
import binascii
import hmac
import json
import re
from typing import Any, Final

from hushkeep import vault
from hushkeep.kernel import Denied, IntegrityError, InvalidInput, NotFound, Unavailable
from hushkeep.keys.remote import TIMEOUT_SECONDS, Endpoint

KIND: Final = "bao"
_COMMITMENT_BYTES: Final = 32
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OK, _MALFORMED, _FORBIDDEN, _ABSENT = 200, 400, 403, 404


class OpenBao:
    """The transit key ``key`` of the service at ``address``, asked with ``token``; nothing of it prints."""

    kind = KIND

    def __init__(self, address: str, key: str, token: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        if not _NAME.fullmatch(key):
            raise InvalidInput("the name of a transit key has letters, digits, - and _")
        self._endpoint = Endpoint(address, timeout_seconds=timeout_seconds)
        self._address, self._key, self._token = address, key, token

    def __repr__(self) -> str:
        return f"OpenBao(key={self._key!r})"

    def new_params(self) -> dict[str, str]:
        """Return where the key lies."""
        return {"address": self._address, "key": self._key}

    def wrap(self, root: vault.DataKey, params: dict[str, str], context: vault.WrapContext) -> bytes:
        """Return ``root`` sealed by the service."""
        asked = {"plaintext": _text(root.secret), "context": _text(context.encode() + root.commitment)}
        sealed = self._ask("encrypt", params, asked).get("ciphertext")
        if not isinstance(sealed, str) or not sealed.isascii():
            raise Unavailable("OpenBao gives no ciphertext")
        return root.commitment + sealed.encode()

    def unwrap(self, wrapped: bytes, params: dict[str, str], context: vault.WrapContext) -> vault.DataKey:
        """Return the root key; raises IntegrityError when the service refuses it or hands out another key."""
        commitment, sealed = wrapped[:_COMMITMENT_BYTES], wrapped[_COMMITMENT_BYTES:]
        if not sealed.isascii():
            raise IntegrityError("OpenBao does not open the root key")
        asked = {"ciphertext": sealed.decode(), "context": _text(context.encode() + commitment)}
        return committed(self._ask("decrypt", params, asked).get("plaintext"), commitment, "OpenBao")

    def _ask(self, what: str, params: dict[str, str], asked: dict[str, str]) -> dict[str, Any]:
        if params != self.new_params():
            raise IntegrityError("OpenBao: the slot names another key than was configured")
        headers = {"X-Vault-Token": self._token, "Content-Type": "application/json"}
        status, told = self._endpoint.post(f"/v1/transit/{what}/{self._key}", headers, json.dumps(asked).encode())
        if status == _FORBIDDEN:
            raise Denied("OpenBao refuses the token")
        if status == _ABSENT:
            raise NotFound("OpenBao has no such transit key")
        if status == _MALFORMED:
            raise IntegrityError("OpenBao does not open the root key")
        data = told.get("data")
        if status != _OK or not isinstance(data, dict):
            raise Unavailable(f"OpenBao answers {status}")
        return data


def committed(said: object, commitment: bytes, who: str) -> vault.DataKey:
    """Return the root key that ``who`` said (base64); raises IntegrityError unless ``commitment`` names it."""
    try:
        secret = base64.b64decode(said, validate=True) if isinstance(said, str) else b""
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != vault.KEY_BYTES:
        raise IntegrityError(f"{who} does not open the root key")
    root = vault.DataKey.of(secret)
    if not hmac.compare_digest(root.commitment, commitment):
        raise IntegrityError(f"{who} does not open the root key")
    return root


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
