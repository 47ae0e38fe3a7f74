"""What a folder held when it was last taken in, and in which zone its times were read: what changed is noticed.

Names may be telephone numbers: the journal holds digests keyed by the intake program's key, sizes and times, no names.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterable
from pathlib import Path

from hushkeep.channels.folders import Found

_ZONE = "zone"  # no digest: those are 32 digits


class Journal:
    """The journal of the folder ``path``, kept under ``directory``; ``secret`` is the intake program's key file."""

    def __init__(self, directory: Path, path: Path, secret: str) -> None:
        self._key = hashlib.sha256(b"hushkeep intake journal\0" + secret.encode()).digest()
        self._file = directory / f"{self._digest(str(path.resolve()))}.json"

    def compare(self, files: Iterable[Found]) -> tuple[list[str], int]:
        """Return the names of files that changed since the last intake, and how many of then are gone."""
        before = self._read()
        now = {self._digest(file.name): (file.name, self._state(file)) for file in files}
        changed = [name for digest, (name, state) in now.items() if digest in before and before[digest] != state]
        return sorted(changed), len(before.keys() - now.keys())

    def other_zone(self, zone: str) -> str:
        """Return the zone that times without one were read in at the last intake; "" for ``zone``, or none kept."""
        before = self._kept().get(_ZONE)
        return before if isinstance(before, str) and before != zone else ""

    def write(self, files: Iterable[Found], zone: str) -> None:
        """Keep the state of ``files``, and the ``zone`` of times without one; whole or not at all."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept: dict[str, object] = {self._digest(file.name): self._state(file) for file in files}
        kept[_ZONE] = zone
        new = self._file.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(kept, stream)
        new.replace(self._file)

    def _read(self) -> dict[str, object]:
        """Return digest -> state of the files of the last intake."""
        return {digest: state for digest, state in self._kept().items() if digest != _ZONE}

    def _kept(self) -> dict[str, object]:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _state(self, file: Found) -> list[int]:
        try:
            return [file.size, file.path.stat().st_mtime_ns]
        except OSError:
            return [file.size, 0]

    def _digest(self, name: str) -> str:
        return hmac.new(self._key, name.encode("utf-8", "surrogateescape"), "sha256").hexdigest()[:32]
