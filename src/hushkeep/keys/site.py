"""Make a site's key store, its root key and its slots."""

import os
import secrets
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hushkeep import vault
from hushkeep.kernel import Conflict, new_id
from hushkeep.keys import certificate, slot_tests, slots, store
from hushkeep.keys.clock import Clock

STORE_FILE: Final = "store.sqlite"
LOG_FILE: Final = "keys.log"
PUBLIC_KEYS_FILE: Final = "public-keys.json"


def init_site(keys_dir: Path, *, key_file: Path, recovery_dir: Path) -> None:
    """Make the key store in ``keys_dir`` with a key-file slot and a recovery slot.

    ``key_file`` (made when absent, 32 random bytes, 0600) and the five recovery shares in ``recovery_dir``
    (``share-1.txt`` … ``share-5.txt``, 0600) lie outside ``keys_dir``; each share belongs in other hands.
    Raises Conflict when a store is already there.
    """
    if (keys_dir / slots.SLOTS_FILE).exists():
        raise Conflict("a key store is already there")
    for folder in (keys_dir, recovery_dir, key_file.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not key_file.exists():
        _write_new(key_file, secrets.token_bytes(vault.KEY_BYTES))
    root = vault.DataKey.random()
    site = new_id()
    secret, shares = slots.new_recovery()
    made = tuple(slots.make_slot(root, site, way) for way in (slots.KeyFile(key_file), slots.Recovery(secret)))
    _make_store(keys_dir, root, site)
    write_shares(recovery_dir, shares)
    # The slots come last: a site without them was never finished, and init may be run again.
    slots.write_slots(keys_dir, slots.SlotFile(site, root.id, made))
    _tested(keys_dir, *(slot.kind for slot in made))


def _tested(keys_dir: Path, *kinds: str) -> None:
    """Each was opened when it was made."""
    now = Clock().now()
    for kind in kinds:
        slot_tests.record(keys_dir, kind, now)


def write_shares(folder: Path, shares: list[str]) -> None:
    """Write ``share-1.txt`` … into ``folder``, 0600 each."""
    for number, share in enumerate(shares, 1):
        _write_new(folder / f"share-{number}.txt", share.encode() + b"\n")


def shares_suffice(folder: Path) -> bool:
    """Whether so many shares still lie in ``folder``, as ``write_shares`` wrote them, that they open everything."""
    return len(list(folder.glob("share-*.txt"))) >= slots.SHARES_NEEDED


def recover(keys_dir: Path, shares: list[str], *, key_file: Path, recovery_dir: Path) -> None:
    """Open the root key from three shares, and give the site a new key file and five new shares.

    The old key file and the old shares open nothing afterwards. ``key_file`` must not exist: Conflict.
    """
    if key_file.exists():
        raise Conflict("the new key file is there already")
    old = slots.Recovery.of_shares(shares)
    slots.open_root(keys_dir, old)
    recovery_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret, fresh = slots.new_recovery()
    _write_new(key_file, secrets.token_bytes(vault.KEY_BYTES))
    slots.put_slot(keys_dir, old, slots.KeyFile(key_file))
    write_shares(recovery_dir, fresh)
    slots.put_slot(keys_dir, slots.KeyFile(key_file), slots.Recovery(secret))
    _tested(keys_dir, slots.KEY_FILE, slots.RECOVERY)


def _write_new(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def signer_context(site: UUID) -> vault.WrapContext:
    """Return what the wrapped signing key of log and certificates is bound to."""
    return vault.WrapContext(tenant=site, purpose="signing", klass="ed25519", owner=site)


def _make_store(keys_dir: Path, root: vault.DataKey, site: UUID) -> None:
    for name in (STORE_FILE, STORE_FILE + "-wal", STORE_FILE + "-shm", LOG_FILE):
        (keys_dir / name).unlink(missing_ok=True)
    signing = Ed25519PrivateKey.generate()
    wrapped = vault.wrap_secret(root, root.id, signing.private_bytes_raw(), signer_context(site))
    made = store.connect(keys_dir / STORE_FILE, create=True)
    with made:
        store.write_meta(made, "signing_key", wrapped)
    made.close()
    slots.write_durably(keys_dir / PUBLIC_KEYS_FILE, certificate.public_keys(signing).encode())
