"""The Merkle tree of RFC 9162, 2.1: hashes of leaves and nodes, and the right edge that grows by appending."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 32

EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves (RFC 9162, 2.1.1)."""

# The prefixes keep a leaf from being read as a node (second-preimage attack).
_LEAF, _NODE = b"\x00", b"\x01"


def leaf_hash(entry: bytes) -> bytes:
    """Return the 32-byte hash of one entry."""
    return sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the 32-byte hash of an inner node."""
    return sha256(_NODE + left + right).digest()


def paired(row: Iterable[bytes]) -> list[bytes]:
    """Return the hashes of the nodes over each two of ``row``; of an odd number the last has none."""
    pairs = iter(row)
    # Not by node_hash: a call for each would take as long as its hash.
    return [sha256(_NODE + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of equally high subtrees; raises ValueError for another number."""
    if not hashes or len(hashes) & (len(hashes) - 1):
        raise ValueError(f"{len(hashes)} subtrees do not fill a subtree")
    row = list(hashes)
    while len(row) > 1:
        row = paired(row)
    return row[0]


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes, in order."""
    return Edge().grown(leaves).root


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree: all that is needed to append to it and to name its root.

    ``peaks`` are the roots of the full subtrees, the largest (leftmost) first: one for each bit set in ``size``.
    Raises ValueError when their number does not fit the size.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise ValueError(f"an edge of {self.size} leaves has {self.size.bit_count()} peaks, not {len(self.peaks)}")

    def grown(self, leaves: Iterable[bytes]) -> "Edge":
        """Return the edge with ``leaves`` (32-byte leaf hashes) appended."""
        return self.grow(leaves)[0]

    def grow(self, leaves: Iterable[bytes]) -> tuple["Edge", list[Sequence[bytes]]]:
        """Return the edge with ``leaves`` appended, and the full subtrees that this completed.

        The list's item h holds the new roots of the full subtrees of 2**h leaves, those of places ``size >> h`` and
        on (item 0: the leaves). One hash for each inner node, level by level.
        """
        heights = [height for height in range(self.size.bit_length() - 1, -1, -1) if self.size >> height & 1]
        peaks = dict(zip(heights, self.peaks, strict=True))
        row, done = list(leaves), list[Sequence[bytes]]()
        size = self.size + len(row)
        while row:
            height = len(done)
            done.append(tuple(row))
            if height in peaks:
                row.insert(0, peaks.pop(height))
            if len(row) & 1:
                peaks[height] = row.pop()
            row = paired(row)
        return Edge(size, tuple(peaks[height] for height in sorted(peaks, reverse=True))), done

    @property
    def root(self) -> bytes:
        """The root of the tree so far."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def encode(self) -> bytes:
        """Return the peaks joined, 32 bytes each, the largest first."""
        return b"".join(self.peaks)

    @classmethod
    def decode(cls, size: int, peaks: bytes) -> "Edge":
        """Return the edge that ``encode`` wrote; raises ValueError when the bytes do not fit the size."""
        if len(peaks) % HASH_BYTES:
            raise ValueError("peaks are whole hashes")
        return cls(size, tuple(peaks[i : i + HASH_BYTES] for i in range(0, len(peaks), HASH_BYTES)))
