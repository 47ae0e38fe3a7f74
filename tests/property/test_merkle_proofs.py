"""Proofs made by the ledger, judged by a second verifier that was written apart from it, over random trees."""

import random
from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hushkeep import ledger
from hushkeep.kernel import IntegrityError, InvalidInput
from hushkeep.ledger import Edge, MemoryTiles

LEAVES = [sha256(n.to_bytes(4, "big")).digest() for n in range(3000)]
TILES = MemoryTiles()
TILES.extend(LEAVES)


# The second verifier: recursive, from the definitions of RFC 6962 2.1.1 and 2.1.2, not from the loops of RFC 9162.


def split(size):
    half = 1
    while half * 2 < size:
        half *= 2
    return half


def second_root(leaf, index, size, path):
    if size == 1:
        if path:
            raise ValueError("too long")
        return leaf
    if not path:
        raise ValueError("too short")
    half = split(size)
    *below, top = path
    if index < half:
        left, right = second_root(leaf, index, half, below), top
    else:
        left, right = top, second_root(leaf, index - half, size - half, below)
    return sha256(b"\x01" + left + right).digest()


def second_includes(leaf, index, size, path, root):
    try:
        return 0 <= index < size and second_root(leaf, index, size, list(path)) == root
    except ValueError:
        return False


def second_roots(old, size, path, old_root, *, known):
    """Return (old root, new root) implied by the proof; ``known`` while the old tree is a whole left part."""
    if old == size:
        if known:
            if path:
                raise ValueError("too long")
            return old_root, old_root
        if len(path) != 1:
            raise ValueError("length")
        return path[0], path[0]
    if not path:
        raise ValueError("too short")
    half = split(size)
    *below, top = path
    if old <= half:
        older, newer = second_roots(old, half, below, old_root, known=known)
        return older, sha256(b"\x01" + newer + top).digest()
    older, newer = second_roots(old - half, size - half, below, old_root, known=False)
    return sha256(b"\x01" + top + older).digest(), sha256(b"\x01" + top + newer).digest()


def second_continues(old, size, path, old_root, root):
    if old == size:
        return not path and old_root == root
    try:
        return second_roots(old, size, list(path), old_root, known=True) == (old_root, root)
    except ValueError:
        return False


def holds(verify, *args):
    try:
        verify(*args)
    except IntegrityError:
        return False
    return True


def mutated(rng, path):
    """Return the path with one thing wrong: a bit, a step less, a step more, or two steps swapped."""
    kind = rng.choice(["bit", "less", "more", "swap"])
    if kind == "bit" and path:
        at, bit = rng.randrange(len(path)), rng.randrange(256)
        step = (int.from_bytes(path[at], "big") ^ (1 << bit)).to_bytes(32, "big")
        return (*path[:at], step, *path[at + 1 :])
    if kind == "less" and path:
        at = rng.randrange(len(path))
        return (*path[:at], *path[at + 1 :])
    if kind == "swap" and len(path) > 1:
        at = rng.randrange(len(path) - 1)
        return (*path[:at], path[at + 1], path[at], *path[at + 2 :])
    at = rng.randrange(len(path) + 1)
    return (*path[:at], rng.randbytes(32), *path[at:])


@pytest.mark.parametrize("seed", range(4))
def test_both_verifiers_accept_2500_random_inclusion_proofs_and_refuse_2500_mutated_ones(seed):
    rng = random.Random(seed)
    for _ in range(2500):
        size = rng.randint(1, rng.choice([3, 20, 300, len(LEAVES)]))
        index = rng.randrange(size)
        root = ledger.root_at(TILES, size)
        path = ledger.inclusion_proof(TILES, index, size)
        args = (LEAVES[index], index, size, path, root)
        assert holds(ledger.verify_inclusion, *args)
        assert second_includes(*args)
        wrong = (LEAVES[index], index, size, mutated(rng, path), root)
        assert not holds(ledger.verify_inclusion, *wrong)
        assert not second_includes(*wrong)


@pytest.mark.parametrize("seed", range(4))
def test_both_verifiers_accept_2500_random_consistency_proofs_and_refuse_2500_mutated_ones(seed):
    rng = random.Random(seed)
    for _ in range(2500):
        size = rng.randint(1, rng.choice([3, 20, 300, len(LEAVES)]))
        old = rng.randint(1, size)
        path = ledger.consistency_proof(TILES, old, size)
        args = (old, size, path, ledger.root_at(TILES, old), ledger.root_at(TILES, size))
        assert holds(ledger.verify_consistency, *args)
        assert second_continues(*args)
        wrong = (old, size, mutated(rng, path), *args[3:])
        assert not holds(ledger.verify_consistency, *wrong)
        assert not second_continues(*wrong)


@pytest.mark.parametrize("seed", range(2))
def test_the_path_through_tiles_and_peaks_is_the_proof(seed):
    rng = random.Random(seed)
    for _ in range(1000):
        size = rng.randint(1, rng.choice([3, 20, 300, len(LEAVES)]))
        index = rng.randrange(size)
        edge = Edge().grown(LEAVES[:size])
        tiles = [
            b"".join(TILES.levels[level][index >> 8 * (level + 1) << 8 : size >> 8 * level][:256]) for level in range(2)
        ]
        path = ledger.path_through(tiles, index, edge)
        assert path == ledger.inclusion_proof(TILES, index, size)
        if path and tiles[0]:
            cut = [tiles[0][:-32] if index % 256 else tiles[0][:32], *tiles[1:]]
            with suppress(ValueError):
                assert ledger.path_through(cut, index, edge) == path, "a cut tile gives the path or nothing"
    for outside in (-1, size):
        with pytest.raises(ValueError):
            ledger.path_through(tiles, outside, edge)


@pytest.mark.parametrize("moved", ["leaf", "index", "root"])
def test_a_proof_does_not_hold_for_another(moved):
    rng = random.Random(moved)
    for _ in range(300):
        size = rng.randint(2, 400)
        index = rng.randrange(size)
        leaf, root = LEAVES[index], ledger.root_at(TILES, size)
        path = ledger.inclusion_proof(TILES, index, size)
        other = (index + rng.randrange(1, size)) % size
        if moved == "leaf":
            leaf = LEAVES[other]
        elif moved == "root":
            root = ledger.root_at(TILES, size + 1)
        args = (leaf, other if moved == "index" else index, size, path, root)
        assert not holds(ledger.verify_inclusion, *args)


@given(st.lists(st.integers(0, 600), max_size=6))
def test_a_tree_grown_in_batches_has_the_root_of_the_tree_grown_at_once(batches):
    edge, size = Edge(), 0
    for count in batches:
        taken = min(count, len(LEAVES) - size)
        edge = edge.grown(LEAVES[size : size + taken])
        size += taken
        assert edge == Edge.decode(size, edge.encode())
    assert edge.size == size
    assert edge.root == ledger.root_of(LEAVES[:size]) == ledger.root_at(TILES, size)


@given(st.integers(0, 2**40), st.binary(max_size=320))
def test_an_edge_with_too_many_or_too_few_peaks_is_refused(size, peaks):
    if len(peaks) == 32 * size.bit_count():
        assert Edge.decode(size, peaks).encode() == peaks
    else:
        with pytest.raises(ValueError):
            Edge.decode(size, peaks)


@given(st.lists(st.binary(max_size=400), max_size=40))
def test_a_bundle_gives_back_its_entries(entries):
    assert ledger.read_bundle(ledger.write_bundle(entries)) == tuple(entries)


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=9), st.data())
def test_a_bundle_cut_inside_an_entry_is_refused(entries, data):
    bundle = ledger.write_bundle(entries)
    borders = {sum(2 + len(e) for e in entries[:n]) for n in range(len(entries) + 1)}
    cut = data.draw(st.integers(0, len(bundle)).filter(lambda n: n not in borders))
    with pytest.raises(IntegrityError):
        ledger.read_bundle(bundle[:cut])


@settings(max_examples=300)
@given(st.text(max_size=300))
def test_no_text_breaks_the_parsers_with_anything_but_invalid_input(text):
    for parse in (
        ledger.Note.parse,
        ledger.Checkpoint.parse,
        ledger.ProofFile.parse,
        ledger.Submission.parse,
        ledger.VerifierKey.parse,
    ):
        try:
            parse(text)
        except InvalidInput:
            continue


def test_tile_paths_are_those_of_the_specification():
    assert ledger.tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert ledger.tile_path(3, 0, 17) == "tile/3/000.p/17"
    assert ledger.bundle_path(999, 112) == "tile/entries/999.p/112"
    assert ledger.bundle_path(1000) == "tile/entries/x001/000"


def test_a_tree_of_70000_has_the_tiles_the_specification_counts():
    counts = [list(ledger.spans(70_000 >> (8 * level))) for level in range(3)]
    assert (len(counts[0]), counts[0][-1]) == (274, (273, 112))
    assert (len(counts[1]), counts[1][-1]) == (2, (1, 17))
    assert counts[2] == [(0, 1)]
