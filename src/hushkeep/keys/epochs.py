"""Epoch keys: each day's backups of the key store are sealed under a key that is itself destroyed on time.

They stand in one small file that is rewritten in place and belongs in no backup: a shredded key in an old backup dies
with the epoch (docs/crypto-spec.md, section 12).
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from hushkeep import vault
from hushkeep.kernel import IntegrityError, NotFound, new_id
from hushkeep.keys.ground import SECOND, Ground
from hushkeep.keys.slots import write_durably

EPOCHS_FILE: Final = "epochs.json"
KEEP_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Epoch:
    """One day's key, wrapped under the root key, and how many backups it sealed."""

    day: date
    wrapped: bytes
    backups: int

    @property
    def destroyed_by(self) -> date:
        """The day on which its key is destroyed at the latest."""
        return self.day + timedelta(days=KEEP_DAYS)


def _context(site: UUID, day: date) -> vault.WrapContext:
    return vault.WrapContext(tenant=site, purpose="epoch", klass=day.isoformat(), owner=site)


def read_epochs(keys_dir: Path) -> list[Epoch]:
    """Return the epochs whose keys still exist, oldest first; raises IntegrityError when the file is malformed."""
    path = keys_dir / EPOCHS_FILE
    if not path.exists():
        return []
    try:
        rows = json.loads(path.read_text(encoding="ascii"))
        return [Epoch(date.fromisoformat(r["day"]), bytes.fromhex(r["wrapped"]), int(r["backups"])) for r in rows]
    except (ValueError, KeyError, TypeError):
        raise IntegrityError("epochs: the file is malformed") from None


def write_epochs(keys_dir: Path, epochs: list[Epoch]) -> None:
    """Replace the epochs; the old file is overwritten first, so that a destroyed key does not linger in it."""
    path = keys_dir / EPOCHS_FILE
    rows = [{"day": e.day.isoformat(), "wrapped": e.wrapped.hex(), "backups": e.backups} for e in epochs]
    old = path.with_name(path.name + ".old")
    if path.exists():
        old.unlink(missing_ok=True)
        old.hardlink_to(path)
    write_durably(path, json.dumps(rows).encode())
    wipe(old)


def wipe(path: Path) -> None:
    """Overwrite ``path`` with zeros and remove it (a file system that copies on write may keep the old blocks)."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()


def today(now: int) -> date:
    """Return the day (UTC) of ``now`` in microseconds."""
    return datetime.fromtimestamp(now // SECOND, UTC).date()


def roll(ground: Ground) -> int:
    """Destroy the epoch keys whose time has come; return how many."""
    wipe(ground.keys_dir / (EPOCHS_FILE + ".old"))
    epochs = read_epochs(ground.keys_dir)
    kept = [epoch for epoch in epochs if epoch.destroyed_by > today(ground.clock.now())]
    if len(kept) < len(epochs):
        write_epochs(ground.keys_dir, kept)
        ground.journal.append("epochs_destroyed", "done", count=len(epochs) - len(kept))
    return len(epochs) - len(kept)


def backup(ground: Ground, target: Path) -> None:
    """Write the store, sealed under today's epoch key, to ``target`` (which must not exist)."""
    roll(ground)
    day = today(ground.clock.now())
    epochs = read_epochs(ground.keys_dir)
    mine = next((epoch for epoch in epochs if epoch.day == day), None)
    if mine is None:
        key = vault.DataKey.random()
        mine = Epoch(day, vault.wrap(ground.opened_root, key, _context(ground.site, day)), 0)
    # Counted before it is written: a certificate must never miss a backup that could revive a key.
    counted = Epoch(day, mine.wrapped, mine.backups + 1)
    write_epochs(ground.keys_dir, [epoch for epoch in epochs if epoch.day != day] + [counted])
    ground.journal.append("backup", "done", kind="epoch", count=counted.backups)
    ground.commit()
    _seal_copy(ground, _epoch_key(ground.opened_root, ground.site, mine), target)


def _epoch_key(root: vault.DataKey, site: UUID, epoch: Epoch) -> vault.DataKey:
    return vault.unwrap(root, epoch.wrapped, _context(site, epoch.day))


def _seal_copy(ground: Ground, key: vault.DataKey, target: Path) -> None:
    copy = ground.keys_dir / "backup.copy"
    wipe(copy)
    try:
        ground.store.execute("VACUUM INTO ?", (str(copy),))
        with copy.open("rb") as plain, target.open("xb") as sealed:
            vault.seal_stream(plain, sealed, key, new_id())
            sealed.flush()
            os.fsync(sealed.fileno())
    finally:
        wipe(copy)


def open_backup(keys_dir: Path, site: UUID, root: vault.DataKey, source: Path, target: Path) -> None:
    """Open the key-store backup ``source`` into ``target``.

    Raises NotFound when its epoch key is destroyed, IntegrityError when it was changed.
    """
    with source.open("rb") as sealed:
        wanted = vault.read_header(sealed.read(104)).key_id
        sealed.seek(0)
        for epoch in read_epochs(keys_dir):
            if (key := _epoch_key(root, site, epoch)).id == wanted:
                with target.open("xb") as plain:
                    vault.open_stream(sealed, plain, key)
                    plain.flush()
                    os.fsync(plain.fileno())
                return
    raise NotFound("the epoch key of this backup was destroyed: nobody can open it any more")
