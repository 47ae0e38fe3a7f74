"""Inclusion and consistency proofs (RFC 9162, 2.1.3 and 2.1.4): made from tiles, checked without them."""

from collections.abc import Sequence
from functools import lru_cache, reduce
from typing import Protocol

from hushkeep.kernel import IntegrityError
from hushkeep.ledger.tree import EMPTY_ROOT, HASH_BYTES, Edge, fold, node_hash, paired

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT


class TileReader(Protocol):
    """Where the hashes of a tree are kept."""

    def hashes(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        """Return the roots of the full subtrees ``[start, stop)`` of 256**level leaves each; all are there."""
        ...


def subtree_hash(reader: TileReader, start: int, stop: int) -> bytes:
    """Return the hash over leaves ``[start, stop)``: an aligned subtree or the ragged right end of a tree.

    Raises ValueError for a range that is no subtree of any tree.
    """
    count = stop - start
    if start < 0 or count <= 0:
        raise ValueError(f"empty or negative range [{start}, {stop})")
    if count & (count - 1):
        split = start + (1 << (count.bit_length() - 1))
        return node_hash(subtree_hash(reader, start, split), subtree_hash(reader, split, stop))
    if start % count:
        raise ValueError(f"[{start}, {stop}) is not aligned")
    level, within = divmod(count.bit_length() - 1, TILE_HEIGHT)
    first = start >> (level * TILE_HEIGHT)
    return fold(reader.hashes(level, first, first + (1 << within)))


def root_at(reader: TileReader, size: int) -> bytes:
    """Return the root of the first ``size`` leaves."""
    return subtree_hash(reader, 0, size) if size else EMPTY_ROOT


def inclusion_proof(reader: TileReader, index: int, size: int) -> tuple[bytes, ...]:
    """Return the path from leaf ``index`` to the root of the first ``size`` leaves, the leaf's sibling first.

    Raises ValueError when the leaf is not in the tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        split = start + (1 << ((stop - start - 1).bit_length() - 1))
        if index < split:
            path.append(subtree_hash(reader, split, stop))
            stop = split
        else:
            path.append(subtree_hash(reader, start, split))
            start = split
    return tuple(reversed(path))


def consistency_proof(reader: TileReader, old: int, size: int) -> tuple[bytes, ...]:
    """Return the proof that the first ``old`` leaves of the tree of ``size`` are the older tree (0 <= old <= size).

    Empty when one of the trees is empty or both are the same.
    """
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {size} has no older tree of {old}")
    if old in (0, size):
        return ()
    path: list[bytes] = []
    start, stop, whole = 0, size, True
    while old != stop:
        split = start + (1 << ((stop - start - 1).bit_length() - 1))
        if old <= split:
            path.append(subtree_hash(reader, split, stop))
            stop = split
        else:
            path.append(subtree_hash(reader, start, split))
            start, whole = split, False
    if not whole:
        path.append(subtree_hash(reader, start, stop))
    return tuple(reversed(path))


@lru_cache(maxsize=64)
def _climbed(tile: bytes) -> Sequence[Sequence[bytes]]:
    """Return the rows of a tile: its hashes, the roots of each two of them, of each four, up to all 256."""
    rows = [[tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]]
    while len(rows[-1]) > 1:
        rows.append(paired(rows[-1]))
    return rows


def path_through(tiles: Sequence[bytes], index: int, edge: Edge) -> tuple[bytes, ...]:
    """Return the path from leaf ``index`` to the root over ``edge``, as ``inclusion_proof`` does.

    ``tiles`` are those that hold the leaf, one a level from 0 on, their hashes joined: within the full subtree in which
    the leaf lies they hold its path, and the tree's other peaks are the rest. Raises ValueError when the leaf is not in
    the tree or a tile is cut.
    """
    if not 0 <= index < edge.size:
        raise ValueError(f"leaf {index} is not in a tree of {edge.size}")
    heights = [height for height in range(edge.size.bit_length() - 1, -1, -1) if edge.size >> height & 1]
    place = next(n for n, height in enumerate(heights) if index >> height < edge.size >> height)
    path = list[bytes]()
    for height in range(heights[place]):
        level, within = divmod(height, TILE_HEIGHT)
        sibling = (index >> height ^ 1) % (TILE_WIDTH >> within)
        rows = _climbed(tiles[level]) if level < len(tiles) else ()
        if within >= len(rows) or sibling >= len(rows[within]):
            raise ValueError(f"a tile of level {level} is cut before leaf {index}'s path")
        path.append(rows[within][sibling])
    right = edge.peaks[place + 1 :]
    if right:
        path.append(reduce(lambda bagged, peak: node_hash(peak, bagged), reversed(right[:-1]), right[-1]))
    return (*path, *reversed(edge.peaks[:place]))


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Return when ``path`` leads from ``leaf`` to ``root`` (RFC 9162, 2.1.3.2); raise IntegrityError otherwise."""
    if not 0 <= index < size or any(len(step) != HASH_BYTES for step in (leaf, root, *path)):
        raise IntegrityError(f"leaf {index}: not in a tree of {size}")
    at, last, hashed = index, size - 1, leaf
    for step in path:
        if not last:
            raise IntegrityError(f"leaf {index}: the proof is too long")
        if at & 1 or at == last:
            hashed = node_hash(step, hashed)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hashed = node_hash(hashed, step)
        at, last = at >> 1, last >> 1
    if last or hashed != root:
        raise IntegrityError(f"leaf {index}: the proof does not lead to the root of {size}")


def _roots_of(steps: Sequence[bytes], at: int, last: int) -> tuple[bytes, bytes] | None:
    """Return (older root, newer root) reached from the first step, None when the steps are too many or too few."""
    older = newer = steps[0]
    for step in steps[1:]:
        if not last:
            return None
        if at & 1 or at == last:
            older, newer = node_hash(step, older), node_hash(step, newer)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            newer = node_hash(newer, step)
        at, last = at >> 1, last >> 1
    return None if last else (older, newer)


def verify_consistency(old: int, size: int, path: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    """Return when the tree of ``old`` is the start of the tree of ``size`` (RFC 9162, 2.1.4.2).

    Raises IntegrityError otherwise. The empty tree starts every tree, which says nothing: it is refused here.
    """
    wrong = IntegrityError(f"the tree of {old} is not the start of the tree of {size}")
    if not 1 <= old <= size or any(len(step) != HASH_BYTES for step in path):
        raise wrong
    if old == size:
        if path or old_root != root:
            raise wrong
        return
    # A tree of a power of two is itself a node of the newer one: the proof leaves it out.
    steps = list(path) if old & (old - 1) else [old_root, *path]
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not steps or _roots_of(steps, at, last) != (old_root, root):
        raise wrong
