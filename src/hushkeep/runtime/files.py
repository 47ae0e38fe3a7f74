"""Files and folders that only their owner reads."""

import os
import tempfile
from pathlib import Path

from hushkeep.kernel import Conflict


def private_folder(path: Path, *, group: int | None = None) -> Path:
    """Return ``path``, made as a folder 0700; with ``group``, 0710 so that this group may pass through.

    Parents that are not there are made 0700: what ``mkdir`` makes of them is open to others.
    """
    for step in reversed([parent for parent in path.parents if not parent.exists()]):
        step.mkdir(mode=0o700, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    path.chmod(0o700 if group is None else 0o710)
    if group is not None:
        os.chown(path, -1, group)
    return path


def write_private(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Write ``content`` to ``path``, 0600, whole or not at all; raise Conflict if it exists, unless ``replace``."""
    if not path.parent.exists():
        private_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        if replace:
            Path(name).replace(path)
        else:
            os.link(name, path)
    except FileExistsError:
        raise Conflict(f"{path.name} is there already") from None
    finally:
        Path(name).unlink(missing_ok=True)
