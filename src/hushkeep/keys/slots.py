"""Slots: independent ways to open the one root key (docs/crypto-spec.md, section 7).

``slots.json`` beside the store lists them; each holds the root key wrapped under its own key-encryption key, with a
commitment. At least two are demanded, one of them recovery.
"""

import json
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
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


KekOf = Callable[[dict[str, str]], vault.DataKey]
"""From a slot's parameters to its key-encryption key."""


def context(site: UUID, kind: str) -> vault.WrapContext:
    """Return what a slot's wrapped root key is bound to."""
    return vault.WrapContext(tenant=site, purpose="root", klass=kind, owner=site)


def key_file_kek(path: Path) -> KekOf:
    """Return the key of a key-file slot; raises Unavailable when the file is absent, IntegrityError when malformed."""

    def kek(_params: dict[str, str]) -> vault.DataKey:
        try:
            secret = path.read_bytes()
        except OSError:
            raise Unavailable("key file of the root key is not readable") from None
        if len(secret) != vault.KEY_BYTES:
            raise IntegrityError("key file of the root key does not hold 32 bytes")
        return vault.DataKey.of(vault.derive(secret, b"hushkeep slot key_file v1"))

    return kek


def passphrase_kek(passphrase: str) -> KekOf:
    """Return the key of a passphrase slot: Argon2id, 256 MiB, 3 passes, 4 lanes (RFC 9106)."""

    def kek(params: dict[str, str]) -> vault.DataKey:
        memory = int(params["memory_kib"])
        if not 64 * 1024 <= memory <= 4 * 1024 * 1024:
            raise IntegrityError("passphrase slot: its parameters were changed")
        argon = Argon2id(salt=bytes.fromhex(params["salt"]), length=32, iterations=3, lanes=4, memory_cost=memory)
        return vault.DataKey.of(argon.derive(passphrase.encode()))

    return kek


def recovery_kek(secret: bytes) -> KekOf:
    """Return the key of the recovery slot from its 256-bit secret."""

    def kek(_params: dict[str, str]) -> vault.DataKey:
        return vault.DataKey.of(vault.derive(secret, b"hushkeep slot recovery v1"))

    return kek


def new_passphrase_params(passphrase: str) -> dict[str, str]:
    """Return fresh parameters; raises InvalidInput for fewer than five different words."""
    if len(set(passphrase.split())) < MIN_WORDS:
        raise InvalidInput("a passphrase has at least five different words")
    return {"salt": secrets.token_hex(16), "memory_kib": str(ARGON2_MEMORY_KIB)}


def new_recovery() -> tuple[bytes, list[str]]:
    """Return (secret, five SLIP-39 shares of which any three recover it)."""
    secret = secrets.token_bytes(vault.KEY_BYTES)
    return secret, generate_mnemonics(1, [(SHARES_NEEDED, SHARES)], secret)[0]


def combine(shares: Sequence[str]) -> bytes:
    """Return the recovery secret of three or more shares; raises Denied, without a word of a share."""
    try:
        secret: bytes = combine_mnemonics(shares)
    except (MnemonicError, ValueError, KeyError, IndexError):
        raise Denied("recovery shares do not fit together, or are fewer than three") from None
    return secret


def make_slot(root: vault.DataKey, site: UUID, kind: str, params: dict[str, str], kek: KekOf) -> Slot:
    """Return a slot that holds ``root``, tried once before it counts."""
    slot = Slot(kind, params, vault.wrap(kek(params), root, context(site, kind)))
    if open_slot(slot, site, kek).id != root.id:
        raise IntegrityError(f"slot {kind} does not give back the root key")
    return slot


def open_slot(slot: Slot, site: UUID, kek: KekOf) -> vault.DataKey:
    """Return the root key; raises IntegrityError when the secret is wrong or the slot was changed."""
    try:
        return vault.unwrap(kek(slot.params), slot.wrapped, context(site, slot.kind))
    except IntegrityError:
        raise IntegrityError(f"slot {slot.kind} does not open: wrong secret, or the slot was changed") from None


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
