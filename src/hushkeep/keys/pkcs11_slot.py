"""A slot in a hardware module (PKCS#11): the key never leaves it. Loaded only where such a slot is used.

Layout of the wrapped root key: iv 12 | commitment 32 | ciphertext 32 | tag 16, sealed by the module with AES-GCM; the
associated data is the wrap context and the commitment (docs/crypto-spec.md, section 7).
"""

import hmac
import os
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import NoSuchKey, NoSuchToken, PinIncorrect, PKCS11Error

from hushkeep import vault
from hushkeep.kernel import Denied, IntegrityError, NotFound, Unavailable

KIND = "pkcs11"
_IV_BYTES = 12
_COMMITMENT_BYTES = 32


class Pkcs11:
    """A key of label ``hushkeep-root`` in the token ``token`` of the module at ``library``."""

    kind = KIND

    def __init__(self, library: Path, token: str, pin: str, *, label: str = "hushkeep-root") -> None:
        self._library = str(library)
        self._token = token
        self._pin = pin
        self._label = label

    def __repr__(self) -> str:
        return f"Pkcs11(token={self._token!r})"

    def new_params(self) -> dict[str, str]:
        """Return where the key lies, having made it (AES-256, sensitive, not extractable) when it was absent."""
        with self._session() as session:
            try:
                session.get_key(object_class=ObjectClass.SECRET_KEY, label=self._label)
            except NoSuchKey:
                session.generate_key(
                    KeyType.AES,
                    256,
                    label=self._label,
                    store=True,
                    template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
                )
        return {"library": self._library, "token": self._token, "label": self._label}

    def wrap(self, root: vault.DataKey, params: dict[str, str], context: vault.WrapContext) -> bytes:  # noqa: ARG002
        """Return ``root`` sealed by the module."""
        iv, commitment = os.urandom(_IV_BYTES), root.commitment
        with self._session() as session:
            key = self._key(session)
            gcm = pkcs11.GCMParams(iv, context.encode() + commitment, 128)
            sealed = key.encrypt(root.secret, mechanism=Mechanism.AES_GCM, mechanism_param=gcm)
        return iv + commitment + bytes(sealed)

    def unwrap(self, wrapped: bytes, params: dict[str, str], context: vault.WrapContext) -> vault.DataKey:  # noqa: ARG002
        """Return the root key; raises IntegrityError when the module refuses it."""
        iv, commitment, sealed = wrapped[:12], wrapped[12:44], wrapped[44:]
        with self._session() as session:
            try:
                key = self._key(session)
                gcm = pkcs11.GCMParams(iv, context.encode() + commitment, 128)
                secret = bytes(key.decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=gcm))
            except NoSuchKey:
                raise NotFound("the hardware module holds no such key") from None
            except PKCS11Error:
                raise IntegrityError("the hardware module does not open the root key") from None
        if len(secret) != vault.KEY_BYTES:
            raise IntegrityError("the hardware module does not open the root key")
        root = vault.DataKey.of(secret)
        if not hmac.compare_digest(root.commitment, commitment):
            raise IntegrityError("the hardware module does not open the root key")
        return root

    def _key(self, session: pkcs11.Session) -> Any:
        # Any: the library mixes encrypt and decrypt in when it meets the key.
        return session.get_key(object_class=ObjectClass.SECRET_KEY, label=self._label)

    def _session(self) -> pkcs11.Session:
        try:
            token = pkcs11.lib(self._library).get_token(token_label=self._token)
            return token.open(user_pin=self._pin, rw=True)
        except NoSuchToken:
            raise NotFound("the hardware module has no such token") from None
        except PinIncorrect:
            raise Denied("the hardware module refuses the PIN") from None
        except (PKCS11Error, RuntimeError):
            raise Unavailable("the hardware module does not answer") from None
