"""The static layout of a log: tiles of 256 hashes and bundles of 256 entries (c2sp.org/tlog-tiles)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hushkeep.kernel import IntegrityError
from hushkeep.ledger.proofs import TILE_HEIGHT, TILE_WIDTH
from hushkeep.ledger.tree import HASH_BYTES, fold, leaf_hash

_PART = 1000
MAX_ENTRY_BYTES = (1 << 16) - 1


def _numbered(index: int) -> str:
    """Return 1234067 as ``x001/x234/067``."""
    parts = [f"{index % _PART:03d}"]
    while index := index // _PART:
        parts.append(f"x{index % _PART:03d}")
    return "/".join(reversed(parts))


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile of hashes, partial when ``width`` (1-256) is below 256."""
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{_numbered(index)}{partial}"


def bundle_path(index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a bundle of entries, partial when ``width`` (1-256) is below 256."""
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/entries/{_numbered(index)}{partial}"


def spans(count: int) -> Iterator[tuple[int, int]]:
    """Yield (index, width) of the tiles that hold ``count`` hashes of one level."""
    for index in range(-(-count // TILE_WIDTH)):
        yield index, min(TILE_WIDTH, count - index * TILE_WIDTH)


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """Return the entries, each after its length as a big-endian 16-bit number.

    Raises ValueError for an entry above 65,535 bytes.
    """
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise ValueError(f"an entry of {len(entry)} bytes does not fit a bundle")
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def read_bundle(bundle: bytes) -> tuple[bytes, ...]:
    """Return the entries of a bundle; raises IntegrityError for a length that runs past its end."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        if start > len(bundle) or at > len(bundle):
            raise IntegrityError(f"bundle ends inside its entry {len(entries)}")
        entries.append(bundle[start:at])
    return tuple(entries)


def read_tile(tile: bytes) -> tuple[bytes, ...]:
    """Return the hashes of a tile; raises IntegrityError for a broken one."""
    if len(tile) % HASH_BYTES or len(tile) > TILE_WIDTH * HASH_BYTES:
        raise IntegrityError(f"a tile of {len(tile)} bytes is no row of hashes")
    return tuple(tile[i : i + HASH_BYTES] for i in range(0, len(tile), HASH_BYTES))


@dataclass(slots=True)
class MemoryTiles:
    """The hashes of a whole tree in memory: for tests, small packs and verifiers.

    ``levels[l]`` holds the roots of the full subtrees of 256**l leaves.
    """

    levels: list[list[bytes]] = field(default_factory=lambda: [[]])

    @classmethod
    def of_entries(cls, entries: Iterable[bytes]) -> "MemoryTiles":
        """Return the tiles over entries, in order."""
        tiles = cls()
        tiles.extend(leaf_hash(entry) for entry in entries)
        return tiles

    @property
    def size(self) -> int:
        """Leaves so far."""
        return len(self.levels[0])

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append leaf hashes and every tile they complete."""
        self.levels[0].extend(leaves)
        level = 0
        while len(row := self.levels[level]) >= TILE_WIDTH:
            if level + 1 == len(self.levels):
                self.levels.append([])
            above = self.levels[level + 1]
            above.extend(
                fold(row[i * TILE_WIDTH : (i + 1) * TILE_WIDTH]) for i in range(len(above), len(row) // TILE_WIDTH)
            )
            level += 1

    def hashes(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        """Return the roots of the full subtrees ``[start, stop)`` of 256**level leaves each."""
        found = self.levels[level][start:stop]
        if len(found) != stop - start:
            raise IndexError(f"tile level {level} holds no [{start}, {stop})")
        return found

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield (path, bytes) of every tile of this tree, partial ones at the right edge."""
        for level, row in enumerate(self.levels):
            for index, width in spans(self.size >> (level * TILE_HEIGHT)):
                yield tile_path(level, index, width), b"".join(row[index * TILE_WIDTH : index * TILE_WIDTH + width])
