"""The built files of the console: a closed list, read once, with their compressed forms."""

import gzip
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from hushkeep.kernel import Unavailable

_BUILT = Path(__file__).parent / "static"
_COMPRESSED = frozenset({".js", ".css", ".svg"})


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its media type, its bytes, and those bytes under gzip where that helps."""

    media_type: str
    content: bytes
    gzipped: bytes | None


def index_template() -> str:
    """Return index.html with its place-holders; raises Unavailable when the console has not been built."""
    return _template(_BUILT)


def assets() -> Mapping[str, Asset]:
    """Return file name -> asset; a name carries the hash of its content. Raises Unavailable as above."""
    return _assets(_BUILT)


@cache
def _template(built: Path) -> str:
    file = built / "index.html"
    if not file.is_file():
        raise Unavailable("the console is not built: run make console")
    return file.read_text(encoding="utf-8")


@cache
def _assets(built: Path) -> Mapping[str, Asset]:
    _template(built)
    return MappingProxyType({file.name: _read(file) for file in sorted((built / "assets").iterdir())})


def _read(file: Path) -> Asset:
    content = file.read_bytes()
    media_type = mimetypes.types_map.get(file.suffix, "application/octet-stream")
    if file.suffix == ".js":
        media_type = "text/javascript"  # RFC 9239; older tables of the system say otherwise
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    gzipped = gzip.compress(content, mtime=0) if file.suffix in _COMPRESSED else None
    return Asset(media_type, content, gzipped)
