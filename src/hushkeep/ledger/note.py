"""Signed notes: text under one or more Ed25519 signatures (c2sp.org/signed-note, c2sp.org/tlog-cosignature)."""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hushkeep.kernel import IntegrityError, InvalidInput

ED25519 = 0x01
COSIGNATURE = 0x04

_KEY_BYTES = 32
_ID_BYTES = 4
_TIME_BYTES = 8
_MAX_SIGNATURES = 64
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DASH = "\u2014 "


def decode_base64(text: str) -> bytes:
    """Return the bytes of standard base64; raises InvalidInput for anything else."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput("not base64") from None


def encode_base64(value: bytes) -> str:
    """Return standard base64 (RFC 4648, section 4)."""
    return base64.b64encode(value).decode("ascii")


def _checked_name(name: str) -> str:
    if not name or "+" in name or any(c.isspace() for c in name) or _CONTROL.search(name):
        raise InvalidInput("a key's name is not empty and holds no space or plus")
    return name


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:_ID_BYTES]


def cosigned_message(text: str, seconds: int) -> bytes:
    """Return the bytes a witness signs over a checkpoint's text at POSIX time ``seconds`` (cosignature/v1)."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name and kind (1 a log's own signature, 4 a witness's cosignature)."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        _checked_name(self.name)
        if self.kind not in (ED25519, COSIGNATURE) or len(self.public) != _KEY_BYTES:
            raise InvalidInput(f"key {self.name}: neither Ed25519 nor an Ed25519 cosigner")

    @classmethod
    def parse(cls, vkey: str) -> "VerifierKey":
        """Return the key of ``name+id+base64``; raises InvalidInput when its id does not match."""
        parts = vkey.strip().split("+", 2)
        if len(parts) != 3:
            raise InvalidInput("a verifier key has three parts")
        material = decode_base64(parts[2])
        if not material:
            raise InvalidInput("a verifier key names its kind")
        key = cls(parts[0], material[0], material[1:])
        if key.id.hex() != parts[1]:
            raise InvalidInput(f"key {key.name}: id does not match")
        return key

    @property
    def id(self) -> bytes:
        """The first 4 bytes of SHA-256 over name, kind and key."""
        return _key_id(self.name, self.kind, self.public)

    def __str__(self) -> str:
        """Return ``name+id+base64``."""
        return f"{self.name}+{self.id.hex()}+{encode_base64(bytes([self.kind]) + self.public)}"

    def verified_time(self, text: str, signature: bytes) -> int | None:
        """Return a cosignature's POSIX seconds, None for a plain signature; raise IntegrityError when it is wrong."""
        seconds: int | None = None
        message, raw = text.encode(), signature
        if self.kind == COSIGNATURE:
            seconds, raw = int.from_bytes(signature[:_TIME_BYTES], "big"), signature[_TIME_BYTES:]
            message = cosigned_message(text, seconds)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(raw, message)
        except InvalidSignature:
            raise IntegrityError(f"signature of {self.name} does not verify") from None
        return seconds


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its name and kind; it does not print."""

    name: str
    kind: int
    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, name: str, kind: int, seed: bytes) -> "SigningKey":
        """Return the key of a 32-byte seed."""
        return cls(_checked_name(name), kind, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.kind, self.private.public_key().public_bytes_raw())

    def sign(self, text: str, *, seconds: int | None = None) -> str:
        """Return a signature line over ``text``; a cosigner gives its POSIX time in ``seconds``, a log none."""
        if (self.kind == COSIGNATURE) != (seconds is not None):
            raise ValueError("a cosignature carries its time, a log's signature none")
        if seconds is None:
            signature = self.private.sign(text.encode())
        else:
            signature = seconds.to_bytes(_TIME_BYTES, "big") + self.private.sign(cosigned_message(text, seconds))
        return f"{_DASH}{self.name} {encode_base64(self.verifier.id + signature)}\n"


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature line, not yet verified: the key's name and id, and the bytes after them."""

    name: str
    key_id: bytes
    signature: bytes

    @classmethod
    def parse(cls, line: str) -> "Signed":
        """Return the parts of ``— name base64``."""
        if not line.startswith(_DASH):
            raise InvalidInput("a signature line starts with a dash")
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        raw = decode_base64(encoded)
        if not name or len(raw) <= _ID_BYTES:
            raise InvalidInput("a signature line holds name, key id and signature")
        return cls(name, raw[:_ID_BYTES], raw[_ID_BYTES:])


@dataclass(frozen=True, slots=True)
class Note:
    """A text (its last newline included) and its signature lines."""

    text: str
    signatures: tuple[str, ...]

    @classmethod
    def parse(cls, note: str) -> "Note":
        """Return the note of its published form; raises InvalidInput for a malformed one."""
        text, blank, lines = note.rpartition("\n\n")
        if not blank or not lines.endswith("\n") or _CONTROL.search(note):
            raise InvalidInput("not a signed note")
        signatures = tuple(line + "\n" for line in lines[:-1].split("\n"))
        if not 0 < len(signatures) <= _MAX_SIGNATURES:
            raise InvalidInput("a note carries 1 to 64 signatures")
        for line in signatures:
            Signed.parse(line[:-1])
        return cls(text + "\n", signatures)

    def __str__(self) -> str:
        """Return the published form."""
        return self.text + "\n" + "".join(self.signatures)

    def verified_by(self, keys: Iterable[VerifierKey]) -> dict[str, int | None]:
        """Return key name -> cosignature's POSIX seconds (None for a plain one), for the given keys that signed.

        Lines of other keys are passed over. Raises IntegrityError when a line of a given key does not verify.
        """
        known = {(key.name, key.id): key for key in keys}
        times: dict[str, int | None] = {}
        for line in self.signatures:
            signed = Signed.parse(line[:-1])
            key = known.get((signed.name, signed.key_id))
            if key is not None:
                times[key.name] = key.verified_time(self.text, signed.signature)
        return times
