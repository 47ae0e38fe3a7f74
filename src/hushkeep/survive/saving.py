"""Saving a running site: its database, objects, key store and files, each sealed under the backup key.

The order makes a whole: what the database names is there when the objects are read, and its keys are there when the
key store is. The key store's part is sealed by the key service under the day's epoch key before it comes here.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO, Final, cast

import psycopg

from hushkeep import vault
from hushkeep.kernel import Conflict, IntegrityError, Unavailable, new_id
from hushkeep.keys import slots
from hushkeep.keys.site import LOG_FILE, PUBLIC_KEYS_FILE
from hushkeep.runtime.binaries import Binaries, find_binaries
from hushkeep.runtime.cluster import SUPERUSER, Cluster
from hushkeep.runtime.database import PASSWORDS, SUPERUSER_KEY
from hushkeep.runtime.files import private_folder, write_private
from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.secret_files import role_passwords
from hushkeep.runtime.separation import crew_of
from hushkeep.runtime.settings import Settings
from hushkeep.runtime.site import read_site
from hushkeep.survive import backup_key, dumping, manifest

DATABASE: Final = "database.hksf"
DUMP: Final = "dump.hksf"
"""In place of DATABASE, of a site whose database is on a server elsewhere."""
OBJECTS: Final = "objects.hksf"
KEY_STORE: Final = "key-store.hksf"
KEYS: Final = "keys.hksf"
SITE: Final = "site.hksf"

LEFT_OUT: Final = frozenset({"pg", "run", "logs", "bin", "objects", "keys", "backup"})
"""What of the data directory the site's part leaves out: parts of their own, or nothing to keep."""

_KEYS_KEPT: Final = (slots.SLOTS_FILE, PUBLIC_KEYS_FILE, LOG_FILE)
_COPY_BYTES: Final = 1 << 20

Say = Callable[[str], None]
Step = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Saving:
    """One backup in the making: the site, where it goes, under which key, and who hears of it."""

    site: Settings
    folder: Path
    key: vault.DataKey
    say: Say
    step: Step
    binaries: Binaries
    admin: str | None


def save(  # noqa: PLR0913 - what, to where, under which key, when, and who hears of it
    site: Settings, target: Path, key_file: Path, *, now: datetime, say: Say, step: Step, admin_file: Path | None = None
) -> manifest.Manifest:
    """Save the running ``site`` into the new folder ``target``, which appears only when all of it is there.

    ``admin_file`` holds the administrator's DSN of a database elsewhere. Raises Conflict when ``target`` exists,
    Unavailable when the site does not run, NotFound without what it needs.
    """
    if os.path.lexists(target):
        raise Conflict(f"{target} is there already")
    admin = dumping.read_admin(admin_file) if site.database_url is not None else None
    folder = backup_key.slots_dir_of(site)
    backup_key.make_key(folder, key_file, site.backup_recovery_dir)
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)  # of a backup that was killed: it was never one
    private_folder(part)
    try:
        binaries = find_binaries(site.database_bin)
        saving = Saving(site, part, backup_key.open_key(folder, key_file), say, step, binaries, admin)
        _save_parts(saving)
        shutil.copyfile(folder / slots.SLOTS_FILE, part / slots.SLOTS_FILE)
        made = _sign(saving, now)
        part.rename(target)
    except OSError as failure:
        raise Unavailable(f"the backup cannot be written: {failure.strerror}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    _settle(target.parent)
    return made


def _save_parts(saving: Saving) -> None:
    saving.say("Saving the database …")
    with _sealing(saving, DATABASE if saving.admin is None else DUMP) as out:
        if saving.admin is None:
            # As it runs: a cluster of another group would take the folders from the site's own users.
            crew = crew_of(read_site(saving.site.data_dir))
            _base_backup(saving, Cluster.of(saving.site, crew.group if crew else None), out)
        else:
            dumping.dump(saving.site, saving.admin, saving.binaries, cast("IO[bytes]", out))
    saving.say("Saving the objects …")
    with _sealing(saving, OBJECTS) as out:
        _pack(out, saving.site.objects_dir, sorted(_names(saving.site.objects_dir)))
    saving.say("Saving the keys …")
    _save_keys(saving)
    saving.say("Saving the site's files …")
    kept = sorted(_names(saving.site.data_dir) - LEFT_OUT)
    with _sealing(saving, SITE) as out:
        _pack(out, saving.site.data_dir, kept)


def _save_keys(saving: Saving) -> None:
    """The store first, its log after: the log then holds what the store knows of it."""
    keys = saving.site.keys_dir
    for left in keys.glob("backup-*"):  # of a backup that was killed
        left.unlink()
    copy = keys / f"backup-{new_id()}"  # the service writes where it may, whoever it runs as
    try:
        with KeyClient(saving.site.keys_socket) as client:
            client.backup(copy)
        with _sealing(saving, KEY_STORE) as out, copy.open("rb") as sealed:
            shutil.copyfileobj(sealed, cast("IO[bytes]", out), _COPY_BYTES)
    finally:
        copy.unlink(missing_ok=True)
    with _sealing(saving, KEYS) as out:
        _pack(out, keys, [name for name in _KEYS_KEPT if (keys / name).exists()])


@contextmanager
def _sealing(saving: Saving, name: str) -> Iterator["_Sealing"]:
    """Yield where to write the plaintext of the part ``name``; it is on the disk, closed, when the block ends well."""
    path = saving.folder / name
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with vault.SealedWriter(file, saving.key, new_id()) as writer:
            yield _Sealing(writer, saving.step)
        file.flush()
        os.fsync(file.fileno())


class _Sealing:
    """A file to write into, as tarfile and copyfileobj want it."""

    def __init__(self, writer: vault.SealedWriter, step: Step) -> None:
        self._writer = writer
        self._step = step

    def write(self, data: bytes) -> int:
        """Seal ``data``."""
        self._step(len(data))
        return self._writer.write(data)


def _pack(out: _Sealing, folder: Path, names: list[str]) -> None:
    """Pack files and folders. Each file is measured once open: it may be replaced, or grow, while the site works."""
    with tarfile.open(fileobj=cast("IO[bytes]", out), mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for path in (step for name in names for step in _walk(folder / name)):
            place = str(path.relative_to(folder))
            try:
                if path.is_dir():
                    tar.addfile(tar.gettarinfo(path, place))
                    continue
                with path.open("rb") as file:
                    tar.addfile(tar.gettarinfo(arcname=place, fileobj=file), file)
            except FileNotFoundError:
                continue  # it went away meanwhile: no part of the site any more


def _walk(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir():
        for inner in sorted(path.iterdir()):
            if not inner.name.startswith(".new-"):  # half-written: the whole file stands under its own name
                yield from _walk(inner)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _base_backup(saving: Saving, cluster: Cluster, out: _Sealing) -> None:
    """Stream PostgreSQL's own backup, with its SHA-256 manifest and the log that makes it consistent."""
    password = role_passwords(PASSWORDS)[SUPERUSER_KEY]
    with tempfile.TemporaryDirectory(dir=saving.site.run_dir, prefix="backup-") as between:
        passfile = Path(between) / "pass"
        write_private(passfile, f"*:*:*:{SUPERUSER}:{password}\n".encode())
        where = psycopg.conninfo.make_conninfo(
            host=str(cluster.socket_dir), user=SUPERUSER, passfile=str(passfile), connect_timeout=10
        )
        command = [
            cluster.binaries.program("pg_basebackup"),
            f"--dbname={where}",
            "--pgdata=-",
            "--format=tar",
            "--wal-method=fetch",
            "--checkpoint=fast",
            "--manifest-checksums=SHA256",
            "--no-password",
        ]
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        ) as running:
            if running.stdout is None:
                raise Unavailable("pg_basebackup gives no output")
            shutil.copyfileobj(running.stdout, cast("IO[bytes]", out), _COPY_BYTES)
        if running.returncode != 0:
            raise Unavailable(f"pg_basebackup ended with code {running.returncode}: does the site run?")


def _sign(saving: Saving, now: datetime) -> manifest.Manifest:
    saving.say("Writing the manifest …")
    database = DATABASE if saving.admin is None else DUMP
    files = [manifest.measure(saving.folder / name) for name in (database, OBJECTS, KEY_STORE, KEYS, SITE)]
    made = manifest.made(now, saving.binaries.major, files)
    write_private(saving.folder / manifest.MANIFEST_FILE, manifest.signed(made, backup_key.signer(saving.key)))
    _settle(saving.folder)
    return made


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Nowhere:
    """Takes what was opened and keeps nothing of it."""

    def __init__(self, step: Step) -> None:
        self._step = step

    def write(self, data: bytes | memoryview) -> int:
        """Count ``data``."""
        self._step(len(data))
        return len(data)


def verify(folder: Path, key: vault.DataKey, step: Step) -> manifest.Manifest:
    """Return the manifest of the backup in ``folder`` when its signature holds, every file hashes and opens whole.

    Raises NotFound, or IntegrityError naming what does not hold.
    """
    listed = manifest.read(folder, backup_key.signer(key).public_key())
    manifest.check(folder, listed)
    for sealed in listed.files:
        try:
            with (folder / sealed.name).open("rb") as source:
                vault.open_stream(source, cast("BinaryIO", _Nowhere(step)), key)
        except IntegrityError as failure:
            failure.add_note(f"it is {sealed.name}")
            raise
    return listed
