"""The backup key: its own key, in its own slots, beside the data directory and never in it nor in a backup.

A thief of backups needs it beside everything else; whoever lost its file comes back by three of its own five shares.
"""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hushkeep import vault
from hushkeep.kernel import NotFound, new_id
from hushkeep.keys import site as key_site
from hushkeep.keys import slots
from hushkeep.runtime.files import private_folder, write_private
from hushkeep.runtime.settings import Settings

_SIGNING: Final = b"hushkeep backup manifest v1"


def key_file_of(site: Settings) -> Path:
    """Return where the backup key's file lies by default: ``<data_dir>.backupkey``."""
    return site.data_dir.with_name(site.data_dir.name + ".backupkey")


def slots_dir_of(site: Settings) -> Path:
    """Return the folder of the backup key's slots: ``<data_dir>/backup``."""
    return site.data_dir / "backup"


def make_key(folder: Path, key_file: Path, recovery_dir: Path) -> None:
    """Make the backup key with a key-file slot and a recovery slot in ``folder``; nothing happens when it is there."""
    if (folder / slots.SLOTS_FILE).exists():
        return
    private_folder(folder)
    private_folder(recovery_dir)
    if not key_file.exists():
        write_private(key_file, secrets.token_bytes(vault.KEY_BYTES))
    key, site = vault.DataKey.random(), new_id()
    secret, shares = slots.new_recovery()
    made = tuple(slots.make_slot(key, site, way) for way in (slots.KeyFile(key_file), slots.Recovery(secret)))
    key_site.write_shares(recovery_dir, shares)
    slots.write_slots(folder, slots.SlotFile(site, key.id, made))


def open_key(folder: Path, key_file: Path, shares: Sequence[Path] = ()) -> vault.DataKey:
    """Return the backup key from the slots in ``folder``, by its file or by three shares.

    Raises NotFound without the file, Denied for shares that do not fit, IntegrityError when it does not open.
    """
    if shares:
        words = [_text(share) for share in shares]
        return slots.open_root(folder, slots.Recovery.of_shares(words))[1]
    if not os.path.lexists(key_file):
        missing = NotFound(f"no backup key at {key_file}")
        missing.add_note("name its file with --key-file, or three of its shares with --share")
        raise missing
    return slots.open_root(folder, slots.KeyFile(key_file))[1]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise NotFound(f"no share at {path}") from None


def signer(key: vault.DataKey) -> Ed25519PrivateKey:
    """Return the key that signs manifests: it follows from the backup key."""
    return Ed25519PrivateKey.from_private_bytes(vault.derive(key.secret, _SIGNING))
