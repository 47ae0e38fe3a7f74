"""Bringing a saved site back, into an empty data directory only; who was shredded is gone before it opens.

``surviving`` is the folder of keys that outlived the site (or its copy from the second place): always its
``epochs.json``, which no backup holds; its newest ``keys.log``, which knows who was shredded since; and its
``store.sqlite`` where that survived too.
"""

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from hushkeep import vault
from hushkeep.kernel import Conflict, IntegrityError, NotFound, Unavailable
from hushkeep.keys import epochs, serving, slots
from hushkeep.keys.journal import read_log
from hushkeep.keys.site import LOG_FILE, STORE_FILE
from hushkeep.runtime.binaries import Binaries, find_binaries
from hushkeep.runtime.files import private_folder
from hushkeep.runtime.separation import crew_of, own_objects
from hushkeep.runtime.settings import Settings
from hushkeep.runtime.site import read_site
from hushkeep.runtime.system_user import database_user
from hushkeep.survive import dumping, saving

Say = Callable[[str], None]
Step = Callable[[int], None]
_MANIFEST_OF_POSTGRES: Final = "backup_manifest"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: when the backup was begun (RFC 3339), and whether a newer key log told who was shredded since."""

    saved_at: str
    newer_log: bool


def restore(  # noqa: PLR0913 - from where to where, by which keys, and who hears of it
    site: Settings,
    source: Path,
    key: vault.DataKey,
    surviving: Path,
    *,
    say: Say,
    step: Step,
    admin_file: Path | None = None,
) -> Restored:
    """Bring the backup in ``source`` back into the data directory of ``site``, which must be empty or absent.

    A dumped database goes back to the server that ``database_url`` names, in the name of ``admin_file``'s
    administrator, and last of all. Raises Conflict when either is not empty; NotFound when something it needs is
    missing, or the epoch key of its key store was destroyed; IntegrityError when anything does not verify. The data
    directory stays as it was then.
    """
    if site.data_dir.exists() and any(site.data_dir.iterdir()):
        full = Conflict(f"{site.data_dir} is not empty: a site is restored into an empty data directory")
        full.add_note("move away what is there, or name another folder: HUSHKEEP_DATA_DIR=/folder hushkeep restore …")
        raise full
    _require(site, surviving)
    say("Verifying the backup …")
    listed = saving.verify(source, key, step)
    binaries = find_binaries(site.database_bin)
    dumped = any(sealed.name == saving.DUMP for sealed in listed.files)
    _require_same_kind(site, dumped=dumped)
    if binaries.major != listed.postgres and not (dumped and binaries.major > listed.postgres):
        raise Unavailable(f"the backup needs PostgreSQL {listed.postgres}, here is {binaries.major}")
    admin = dumping.read_admin(admin_file) if dumped else None
    part = site.data_dir.with_name(site.data_dir.name + ".restoring")
    shutil.rmtree(part, ignore_errors=True)  # of a restore that was killed: it was never a site
    private_folder(part)
    try:
        newer = _bring_back(_Restoring(site, source, key, surviving, part, say, admin), binaries)
        _put_in_place(part, site.data_dir)
    except OSError as failure:
        raise Unavailable(f"the site cannot be written: {failure.strerror}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Restored(listed.at, newer)


@dataclass(frozen=True, slots=True)
class _Restoring:
    site: Settings
    source: Path
    key: vault.DataKey
    surviving: Path
    part: Path
    say: Say
    admin: str | None


def _require_same_kind(site: Settings, *, dumped: bool) -> None:
    if dumped == (site.database_url is not None):
        return
    wrong = Unavailable(
        "the backup is of a site whose database was " + ("on a server elsewhere" if dumped else "its own")
    )
    empty = "set HUSHKEEP_DATABASE_URL to the server that shall hold it"
    wrong.add_note(empty if dumped else "restore it without HUSHKEEP_DATABASE_URL")
    raise wrong


def _require(site: Settings, surviving: Path) -> None:
    if not (surviving / epochs.EPOCHS_FILE).exists():
        missing = NotFound(f"no {epochs.EPOCHS_FILE} in {surviving}")
        missing.add_note("no backup holds it: take it from the site's folder of keys, or from its second place")
        raise missing
    if not site.root_key_file.exists():
        missing = NotFound(f"no root key at {site.root_key_file}")
        missing.add_note(
            "put the root key's file back; if it is lost: hushkeep keys recover on the folder above --keys"
        )
        raise missing


def _bring_back(work: _Restoring, binaries: Binaries) -> bool:
    work.say("Bringing back the site's files …")
    _unpack(work, saving.SITE, work.part)
    _unpack(work, saving.OBJECTS, private_folder(work.part / "objects"))
    crew = crew_of(read_site(work.part))
    if crew is not None:
        own_objects(work.part / "objects", crew)
    backup_slots = private_folder(work.part / "backup") / slots.SLOTS_FILE
    shutil.copyfile(work.source / slots.SLOTS_FILE, backup_slots)
    work.say("Bringing back the keys …")
    newer = _bring_back_keys(work)
    work.say("Bringing back the database …")
    _bring_back_database(work, binaries)
    return newer


def _bring_back_keys(work: _Restoring) -> bool:
    """Put the keys together and destroy again what the newest log says was destroyed; return whether it was newer."""
    keys = private_folder(work.part / "keys")
    _unpack(work, saving.KEYS, keys)
    newer = _take_surviving(keys, work.surviving)
    root = slots.KeyFile(work.site.root_key_file)
    if not (keys / STORE_FILE).exists():
        sealed = work.part / "key-store"
        with sealed.open("xb") as out, (work.source / saving.KEY_STORE).open("rb") as packed:
            vault.open_stream(packed, out, work.key)
        serving.restore_store(keys, root, sealed)
        sealed.unlink()
    # Opening the service does again every destruction that its log holds, and commits it before anybody is served.
    with serving.opened(serving.Start(keys_dir=keys, socket=keys / "none", provider=root)):
        pass
    return newer


def _take_surviving(keys: Path, surviving: Path) -> bool:
    """Take epochs, and log and store where they survived; raises IntegrityError for a log that is not this site's."""
    for name in (epochs.EPOCHS_FILE, slots.SLOTS_FILE):  # the slots of after a recovery, where there was one
        if (surviving / name).exists():
            shutil.copyfile(surviving / name, keys / name)
    newer = (surviving / LOG_FILE).exists()
    if newer:
        _require_continued(keys / LOG_FILE, surviving / LOG_FILE)
        shutil.copyfile(surviving / LOG_FILE, keys / LOG_FILE)
    for name in (STORE_FILE, STORE_FILE + "-wal"):
        if newer and (surviving / name).exists():
            shutil.copyfile(surviving / name, keys / name)
    for path in keys.iterdir():
        path.chmod(0o600)
    return newer


def _require_continued(saved: Path, surviving: Path) -> None:
    """The surviving log must be the saved one, gone on: else it would not know who was shredded by then."""
    known = [after for _, after in read_log(saved)]
    if known and known[-1] not in (after for _, after in read_log(surviving)):
        raise IntegrityError("the surviving key log does not continue the one in the backup: it is older, or another's")


def _bring_back_database(work: _Restoring, binaries: Binaries) -> None:
    if work.admin is not None:
        passwords = json.loads((work.part / "secrets" / "database").read_text(encoding="utf-8"))
        with _opened(work, saving.DUMP) as plain:
            dumping.load(work.site, work.admin, binaries, passwords, plain)
        return
    cluster = private_folder(work.part / "pg")
    _unpack(work, saving.DATABASE, cluster)
    command = [binaries.program("pg_verifybackup"), "--no-parse-wal", "--quiet", str(cluster)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=3600, cwd="/", stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise IntegrityError("the database in the backup does not hash as PostgreSQL's own manifest says")
    (cluster / _MANIFEST_OF_POSTGRES).unlink()
    user = database_user(work.site.database_user)
    if user.drop:
        for path in (cluster, *cluster.rglob("*")):
            os.chown(path, user.user, user.group)


def _unpack(work: _Restoring, name: str, folder: Path) -> None:
    with _opened(work, name) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
        try:
            _extract(tar, folder)
        except tarfile.TarError:
            raise IntegrityError(f"the backup's {name} cannot be unpacked") from None
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() else 0o600)


def _extract(tar: tarfile.TarFile, folder: Path) -> None:
    """What was sealed by ourselves is unpacked with care all the same, where this Python knows how."""
    if hasattr(tarfile, "data_filter"):
        tar.extractall(folder, filter="data")
    else:
        tar.extractall(folder)  # noqa: S202 - authenticated under the backup key


@contextmanager
def _opened(work: _Restoring, name: str) -> Iterator[BinaryIO]:
    with (work.source / name).open("rb") as sealed, vault.SealedReader(sealed, work.key) as plain:
        yield cast("BinaryIO", plain)


def _put_in_place(part: Path, data_dir: Path) -> None:
    if data_dir.exists():
        data_dir.rmdir()
    part.rename(data_dir)
    handle = os.open(data_dir.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
