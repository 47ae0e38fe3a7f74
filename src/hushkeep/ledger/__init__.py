"""The tree, proofs and checkpoints of a tamper-evident log.

>>> from hushkeep import ledger
>>> tiles = ledger.MemoryTiles.of_entries([b"seen", b"changed", b"exported"])
>>> path = ledger.inclusion_proof(tiles, 1, tiles.size)
>>> ledger.verify_inclusion(ledger.leaf_hash(b"changed"), 1, 3, path, ledger.root_at(tiles, 3))
>>> ledger.verify_inclusion(ledger.leaf_hash(b"altered"), 1, 3, path, ledger.root_at(tiles, 3))
Traceback (most recent call last):
    ...
hushkeep.kernel.errors.IntegrityError: leaf 1: the proof does not lead to the root of 3

The formats are other people's: RFC 9162 for the tree, C2SP's tlog-tiles, tlog-checkpoint, signed-note,
tlog-cosignature, tlog-proof and tlog-witness for what is written and sent.
A pure library: no network, no database, no settings, no clock.
"""

from hushkeep.ledger.checkpoint import Checkpoint, opened, parse_size
from hushkeep.ledger.note import COSIGNATURE, ED25519, Note, Signed, SigningKey, VerifierKey
from hushkeep.ledger.prooffile import ProofFile
from hushkeep.ledger.proofs import (
    TILE_HEIGHT,
    TILE_WIDTH,
    TileReader,
    consistency_proof,
    inclusion_proof,
    path_through,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from hushkeep.ledger.tiles import (
    MAX_ENTRY_BYTES,
    MemoryTiles,
    bundle_path,
    read_bundle,
    read_tile,
    spans,
    tile_path,
    write_bundle,
)
from hushkeep.ledger.tree import EMPTY_ROOT, HASH_BYTES, Edge, fold, leaf_hash, node_hash, root_of
from hushkeep.ledger.witness import MAX_REQUEST_BYTES, Cosigned, Refused, Submission, consider

__all__ = [
    "COSIGNATURE",
    "ED25519",
    "EMPTY_ROOT",
    "HASH_BYTES",
    "MAX_ENTRY_BYTES",
    "MAX_REQUEST_BYTES",
    "TILE_HEIGHT",
    "TILE_WIDTH",
    "Checkpoint",
    "Cosigned",
    "Edge",
    "MemoryTiles",
    "Note",
    "ProofFile",
    "Refused",
    "Signed",
    "SigningKey",
    "Submission",
    "TileReader",
    "VerifierKey",
    "bundle_path",
    "consider",
    "consistency_proof",
    "fold",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "opened",
    "parse_size",
    "path_through",
    "read_bundle",
    "read_tile",
    "root_at",
    "root_of",
    "spans",
    "tile_path",
    "verify_consistency",
    "verify_inclusion",
    "write_bundle",
]
