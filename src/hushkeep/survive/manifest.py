"""The manifest of a backup: which files, how long, which SHA-256; signed (docs/crypto-spec.md, section 15)."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hushkeep.kernel import IntegrityError, NotFound, Plain, canonical, timestamp

MANIFEST_FILE: Final = "manifest.json"
_VERSION: Final = 1
_CONTEXT: Final = b"hushkeep backup manifest v1\x00"
_PIECE_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Sealed:
    """One file of a backup as it lies there: its name, its length in bytes and the SHA-256 of these bytes (hex)."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. ``at`` is when it was begun (RFC 3339); ``postgres`` is the database's major version."""

    at: str
    postgres: int
    files: tuple[Sealed, ...]

    def file(self, name: str) -> Sealed:
        """Return the entry of ``name``; raises IntegrityError when the backup has none."""
        for sealed in self.files:
            if sealed.name == name:
                return sealed
        raise IntegrityError(f"the backup holds no {name}")


def measure(path: Path, step: Callable[[int], None] = lambda _: None) -> Sealed:
    """Return the entry of the file at ``path``; ``step`` is told of each piece's bytes."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
            step(len(piece))
    return Sealed(path.name, size, digest.hexdigest())


def made(at: datetime, postgres: int, files: list[Sealed]) -> Manifest:
    """Return the manifest of ``files``, by name."""
    return Manifest(timestamp(at), postgres, tuple(sorted(files, key=lambda sealed: sealed.name)))


def signed(manifest: Manifest, key: Ed25519PrivateKey) -> bytes:
    """Return the manifest as it is written: canonical JSON of the body and its signature."""
    body: dict[str, Plain] = {
        "version": _VERSION,
        "at": manifest.at,
        "postgres": manifest.postgres,
        "files": [asdict(sealed) for sealed in manifest.files],
    }
    return canonical({"body": body, "ed25519": key.sign(_CONTEXT + canonical(body)).hex()}) + b"\n"


def read(folder: Path, key: Ed25519PublicKey) -> Manifest:
    """Return the manifest of the backup in ``folder``; raises NotFound, or IntegrityError when it does not verify."""
    try:
        content = (folder / MANIFEST_FILE).read_bytes()
    except OSError:
        raise NotFound(f"no backup in {folder}") from None
    try:
        outer = json.loads(content)
        body = outer["body"]
        key.verify(bytes.fromhex(outer["ed25519"]), _CONTEXT + canonical(body))
        if body["version"] != _VERSION:
            raise IntegrityError("the backup's manifest has a version that this program does not read")
        files = tuple(Sealed(f["name"], f["bytes"], f["sha256"]) for f in body["files"])
        return Manifest(body["at"], body["postgres"], files)
    except (InvalidSignature, ValueError, KeyError, TypeError):
        raise IntegrityError("the backup's manifest was changed, or signed by another backup key") from None


def check(folder: Path, manifest: Manifest, step: Callable[[int], None] = lambda _: None) -> None:
    """Hash every file of the backup; raises IntegrityError naming the first that is missing, foreign or changed."""
    listed = {sealed.name for sealed in manifest.files}
    for path in sorted(folder.iterdir()):
        if path.name not in listed | {MANIFEST_FILE, "slots.json"}:
            raise IntegrityError(f"the backup holds {path.name}, which its manifest does not name")
    for sealed in manifest.files:
        path = folder / sealed.name
        if not path.is_file() or measure(path, step) != sealed:
            raise IntegrityError(f"the backup's {sealed.name} is missing or was changed")
