"""The object store: immutable byte strings by id, created once. A local folder by default."""

import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from uuid import UUID

from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.store import LocalStore

from hushkeep.kernel import Conflict, NotFound
from hushkeep.runtime.files import private_folder
from hushkeep.runtime.settings import settings

_CHUNK_BYTES = 4 * 1024 * 1024


@cache
def _store() -> LocalStore:
    folder = settings().objects_dir
    return LocalStore(prefix=folder if folder.exists() else private_folder(folder), mkdir=True)


def _path(object_id: UUID) -> str:
    # The last bytes of a UUIDv7 are random, the first are the time: folders fill evenly by the last.
    tail = object_id.hex[-4:]
    return f"{tail[:2]}/{tail[2:]}/{object_id}"


def put(object_id: UUID, chunks: Iterable[bytes]) -> None:
    """Store the joined ``chunks`` under ``object_id``; raises Conflict when it is there already."""
    shared = _shared_folder(object_id)
    try:
        _store().put(_path(object_id), iter(chunks), mode="create", use_multipart=False)
    except AlreadyExistsError:
        raise Conflict(f"object {object_id} is there already") from None
    if shared is not None:
        (shared / str(object_id)).chmod(0o660)


def put_anew(object_id: UUID, chunks: Iterable[bytes]) -> None:
    """Store the joined ``chunks`` under ``object_id``, in the place of what a try that died may have left there.

    Whoever calls it holds the object's row: nobody else writes it, and nothing that was left can be opened.
    """
    remove(object_id)
    put(object_id, chunks)


def remove(object_id: UUID) -> None:
    """Delete whatever there is of ``object_id``, half-written too; nothing there is fine."""
    with suppress(NotFound):
        delete(object_id)
    folder = (settings().objects_dir / _path(object_id)).parent
    for half in folder.glob(f"{object_id}#*"):  # the store writes beside, then renames
        half.unlink(missing_ok=True)


def _shared_folder(object_id: UUID) -> Path | None:
    """Make the object's folders where front and worker, two users, share the store by its group; else return None.

    Each process's own mask closes what it makes to everybody else, the other one too.
    """
    root = settings().objects_dir
    if not root.exists() or not root.stat().st_mode & stat.S_ISGID:
        return None
    folder = (root / _path(object_id)).parent
    for step in (folder.parent, folder):
        try:
            step.mkdir()
        except FileExistsError:
            continue
        step.chmod(0o2770)
    return folder


def get(object_id: UUID) -> Iterator[bytes]:
    """Yield the bytes of ``object_id`` in chunks of at least 4 MiB, but the last; raises NotFound."""
    try:
        found = _store().get(_path(object_id))
    except (FileNotFoundError, NotFoundError):
        raise NotFound(f"object {object_id}") from None
    for chunk in found.stream(min_chunk_size=_CHUNK_BYTES):
        yield bytes(chunk)


def read_range(object_id: UUID, start: int, end: int) -> bytes:
    """Return the bytes [start, end) of ``object_id``; raises NotFound."""
    try:
        return bytes(_store().get_range(_path(object_id), start=start, end=end))
    except (FileNotFoundError, NotFoundError):
        raise NotFound(f"object {object_id}") from None


def size(object_id: UUID) -> int:
    """Return the length of ``object_id`` in bytes; raises NotFound."""
    try:
        return int(_store().head(_path(object_id))["size"])
    except (FileNotFoundError, NotFoundError):
        raise NotFound(f"object {object_id}") from None


def delete(object_id: UUID) -> None:
    """Delete ``object_id``; raises NotFound when it is not there."""
    try:
        _store().delete(_path(object_id))
    except (FileNotFoundError, NotFoundError):
        raise NotFound(f"object {object_id}") from None
