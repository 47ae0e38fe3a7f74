"""Slots: independent ways to open the one root key (docs/crypto-spec.md, section 7).

``slots.json`` beside the store lists them; each holds the root key wrapped under its own key-encryption key, with a
commitment. At least two are demanded, one of them recovery.
"""

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from hushkeep import vault
from hushkeep.kernel import Conflict, Denied, IntegrityError, InvalidInput, NotFound, Unavailable

SLOTS_FILE: Final = "slots.json"
KEY_FILE: Final = "key_file"
PASSPHRASE: Final = "passphrase"  # noqa: S105 - the name of a kind
RECOVERY: Final = "recovery"
SHARES_NEEDED: Final = 3
SHARES: Final = 5
ARGON2_MEMORY_KIB: Final = 256 * 1024
MIN_WORDS: Final = 5
LEAST_SLOTS: Final = 2

_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot as it stands in the file; ``params`` are public, ``wrapped`` is the wrapped root key."""

    kind: str
    params: dict[str, str]
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class SlotFile:
    """The site's id, the root key's id, and its slots."""

    site: UUID
    root_id: bytes
    slots: tuple[Slot, ...]


class Provider(Protocol):
    """One way to seal and open the root key: a file, a passphrase, shares, a hardware module, a service."""

    @property
    def kind(self) -> str:
        """The slot's kind."""
        ...

    def new_params(self) -> dict[str, str]:
        """Return public parameters of a new slot."""
        ...

    def wrap(self, root: vault.DataKey, params: dict[str, str], context: vault.WrapContext) -> bytes:
        """Return ``root`` sealed, bound to ``context`` and committing to its key."""
        ...

    def unwrap(self, wrapped: bytes, params: dict[str, str], context: vault.WrapContext) -> vault.DataKey:
        """Return the root key; raises IntegrityError (wrong secret, changed slot) or Unavailable."""
        ...


class _Software:
    """A provider whose key-encryption key lies in this process for a moment."""

    kind = ""

    def new_params(self) -> dict[str, str]:
        """Return no parameters."""
        return {}

    def kek(self, params: dict[str, str]) -> vault.DataKey:
        """Return the key-encryption key."""
        raise NotImplementedError

    def wrap(self, root: vault.DataKey, params: dict[str, str], context: vault.WrapContext) -> bytes:
        """Return ``root`` wrapped under the key-encryption key (crypto-spec, section 4)."""
        return vault.wrap(self.kek(params), root, context)

    def unwrap(self, wrapped: bytes, params: dict[str, str], context: vault.WrapContext) -> vault.DataKey:
        """Return the root key; raises IntegrityError."""
        return vault.unwrap(self.kek(params), wrapped, context)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class KeyFile(_Software):
    """A file of 32 random bytes; Unavailable when it is absent, IntegrityError when it has another size."""

    kind = KEY_FILE

    def __init__(self, path: Path) -> None:
        self._path = path

    def kek(self, params: dict[str, str]) -> vault.DataKey:  # noqa: ARG002 - it has no parameters
        """Return the key that follows from the file."""
        try:
            secret = self._path.read_bytes()
        except OSError:
            raise Unavailable("key file of the root key is not readable") from None
        if len(secret) != vault.KEY_BYTES:
            raise IntegrityError("key file of the root key does not hold 32 bytes")
        return vault.DataKey.of(vault.derive(secret, b"hushkeep slot key_file v1"))


class Passphrase(_Software):
    """Argon2id (RFC 9106): 256 MiB, 3 passes, 4 lanes; at least five different words."""

    kind = PASSPHRASE

    def __init__(self, passphrase: str) -> None:
        self._passphrase = passphrase

    def new_params(self) -> dict[str, str]:
        """Return a fresh salt; raises InvalidInput for fewer than five different words."""
        if len(set(self._passphrase.split())) < MIN_WORDS:
            raise InvalidInput("a passphrase has at least five different words")
        return {"salt": secrets.token_hex(16), "memory_kib": str(ARGON2_MEMORY_KIB)}

    def kek(self, params: dict[str, str]) -> vault.DataKey:
        """Return the key that follows from the passphrase."""
        try:
            salt, memory = bytes.fromhex(params["salt"]), int(params["memory_kib"])
        except (KeyError, ValueError):
            raise IntegrityError("passphrase slot: its parameters were changed") from None
        # A weakened slot file must not make the passphrase cheap to guess from what this process derives.
        if not ARGON2_MEMORY_KIB <= memory <= 16 * ARGON2_MEMORY_KIB or len(salt) < 16:
            raise IntegrityError("passphrase slot: its parameters were changed")
        argon = Argon2id(salt=salt, length=32, iterations=3, lanes=4, memory_cost=memory)
        return vault.DataKey.of(argon.derive(self._passphrase.encode()))


class Recovery(_Software):
    """A random 256-bit secret that exists only as SLIP-39 shares on paper, 3 of 5."""

    kind = RECOVERY

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def of_shares(cls, shares: Sequence[str]) -> "Recovery":
        """Return the provider of three or more shares; raises Denied, without a word of a share."""
        return cls(combine(shares))

    def kek(self, params: dict[str, str]) -> vault.DataKey:  # noqa: ARG002 - it has no parameters
        """Return the key that follows from the secret."""
        return vault.DataKey.of(vault.derive(self._secret, b"hushkeep slot recovery v1"))


def context(site: UUID, kind: str) -> vault.WrapContext:
    """Return what a slot's wrapped root key is bound to."""
    return vault.WrapContext(tenant=site, purpose="root", klass=kind, owner=site)


def new_recovery() -> tuple[bytes, list[str]]:
    """Return (secret, five SLIP-39 shares of which any three recover it), tried once."""
    secret = secrets.token_bytes(vault.KEY_BYTES)
    shares: list[str] = generate_mnemonics(1, [(SHARES_NEEDED, SHARES)], secret)[0]
    if combine(shares[:SHARES_NEEDED]) != secret:
        raise IntegrityError("recovery shares do not give back their secret")
    return secret, shares


def combine(shares: Sequence[str]) -> bytes:
    """Return the recovery secret of three or more shares; raises Denied, without a word of a share."""
    try:
        secret: bytes = combine_mnemonics([share.strip().lower() for share in shares])
    except (MnemonicError, ValueError, KeyError, IndexError):
        raise Denied("recovery shares do not fit together, or are fewer than three") from None
    return secret


def make_slot(root: vault.DataKey, site: UUID, provider: Provider) -> Slot:
    """Return a slot that holds ``root``, opened once before it counts."""
    params = provider.new_params()
    slot = Slot(provider.kind, params, provider.wrap(root, params, context(site, provider.kind)))
    if open_slot(slot, site, provider).id != root.id:
        raise IntegrityError(f"slot {slot.kind} does not give back the root key")
    return slot


def open_slot(slot: Slot, site: UUID, provider: Provider) -> vault.DataKey:
    """Return the root key; raises IntegrityError when the secret is wrong or the slot was changed."""
    try:
        return provider.unwrap(slot.wrapped, slot.params, context(site, slot.kind))
    except IntegrityError:
        raise IntegrityError(f"slot {slot.kind} does not open: wrong secret, or the slot was changed") from None


def open_root(keys_dir: Path, provider: Provider) -> tuple[SlotFile, vault.DataKey]:
    """Return (the site's slots, the root key), opened by the slot of the provider's kind; raises IntegrityError."""
    listed = read_slots(keys_dir)
    root = open_slot(find_slot(listed, provider.kind), listed.site, provider)
    if root.id != listed.root_id:
        raise IntegrityError(f"slot {provider.kind} holds another root key than this site's")
    return listed, root


def require_two(keys_dir: Path, one: Provider, other: Provider) -> None:
    """Return when two different slots both open: what one person holds changes no slots alone.

    Raises Denied("second_slot_missing") when they are of one kind; IntegrityError when either does not open.
    """
    if one.kind == other.kind:
        raise Denied("second_slot_missing")
    for way in (one, other):
        open_root(keys_dir, way)


def put_slot(keys_dir: Path, opener: Provider, fresh: Provider) -> None:
    """Open the root key by ``opener`` and keep it in a slot of ``fresh``, in place of one of the same kind."""
    listed, root = open_root(keys_dir, opener)
    kept = [slot for slot in listed.slots if slot.kind != fresh.kind]
    write_slots(keys_dir, replace(listed, slots=(*kept, make_slot(root, listed.site, fresh))))


def remove_slot(keys_dir: Path, kind: str) -> None:
    """Drop the slot of ``kind``; raises NotFound, or Conflict when fewer than two or no recovery would be left."""
    listed = read_slots(keys_dir)
    find_slot(listed, kind)
    write_slots(keys_dir, replace(listed, slots=tuple(slot for slot in listed.slots if slot.kind != kind)))


def find_slot(slots: SlotFile, kind: str) -> Slot:
    """Return the first slot of ``kind``; raises NotFound."""
    for slot in slots.slots:
        if slot.kind == kind:
            return slot
    raise NotFound(f"this site has no slot of kind {kind}")


def read_slots(keys_dir: Path) -> SlotFile:
    """Return the slots of the site; raises Unavailable when there are none, IntegrityError when malformed."""
    path = keys_dir / SLOTS_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        raise Unavailable("the key service has no slots here: run hushkeep init") from None
    try:
        data = json.loads(text)
        if data["version"] != _VERSION:
            raise IntegrityError("slots: a version that this program does not read")
        slots = tuple(Slot(s["kind"], dict(s["params"]), bytes.fromhex(s["wrapped"])) for s in data["slots"])
        return SlotFile(UUID(data["site"]), bytes.fromhex(data["root"]), slots)
    except (ValueError, KeyError, TypeError):
        raise IntegrityError("slots: the file is malformed") from None


def write_slots(keys_dir: Path, slots: SlotFile) -> None:
    """Replace the slots of the site at once and durably; raises Conflict for fewer than two, or none for recovery."""
    kinds = [slot.kind for slot in slots.slots]
    if len(kinds) < LEAST_SLOTS or RECOVERY not in kinds:
        raise Conflict("a site keeps at least two slots, one of them recovery")
    data = {
        "version": _VERSION,
        "site": str(slots.site),
        "root": slots.root_id.hex(),
        "slots": [{"kind": s.kind, "params": s.params, "wrapped": s.wrapped.hex()} for s in slots.slots],
    }
    write_durably(keys_dir / SLOTS_FILE, json.dumps(data, indent=1).encode())


def write_durably(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` (0600) so that after a crash the old or the new file is there, whole."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
