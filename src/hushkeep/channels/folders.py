"""A folder's files, in a fixed order; nothing outside it is ever read."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hushkeep.channels.formats import kinds
from hushkeep.channels.formats.archives import harmless, unsafe

RECORDS = "records"
"""The kind of files that are read as intake records, line by line."""

OUTSIDE = "leads_out_of_the_folder"
UNREADABLE = "unreadable"
UNSAFE = "unsafe_name"
SPECIAL = "not_a_file"


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read; ``name`` is its place in the folder, ``size`` in bytes, ``kind`` as ``formats.kinds`` says."""

    path: Path
    name: str
    size: int
    kind: str = RECORDS


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not read, and why: a stable code."""

    name: str
    code: str


def walk(root: Path) -> Iterator[Found | LeftOut]:
    """Yield every file under ``root`` (or ``root`` itself, if it is one) by name; hidden ones too.

    Links that lead out of the folder, pipes and devices are left out, each with its reason.
    """
    if root.is_file():
        yield _judged(root, root.name, root.parent)
        return
    for folder, folders, files in os.walk(root, onerror=None):
        folders.sort()
        for name in [*folders]:
            linked = Path(folder, name)
            if linked.is_symlink():  # os.walk does not enter it
                yield LeftOut(harmless(str(linked.relative_to(root))), OUTSIDE)
        for name in sorted(files):
            path = Path(folder, name)
            yield _judged(path, str(path.relative_to(root)), root)


def _judged(path: Path, name: str, root: Path) -> Found | LeftOut:
    if unsafe(name):
        return LeftOut(harmless(name), UNSAFE)
    try:
        inside = path.resolve(strict=True).is_relative_to(root.resolve())
        size = path.stat().st_size
    except OSError:
        return LeftOut(name, UNREADABLE)
    if not inside:
        return LeftOut(name, OUTSIDE)
    if not path.is_file():
        return LeftOut(name, SPECIAL)
    kind = kinds.RECORDING if kinds.is_recording(name) else kinds.kind_of(name)
    if kind is None:
        return LeftOut(name, kinds.why_not(name))
    return Found(path, name, size, kind) if os.access(path, os.R_OK) else LeftOut(name, UNREADABLE)
