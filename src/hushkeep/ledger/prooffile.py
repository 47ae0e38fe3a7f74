"""Proof files: one entry's place in a signed log, checked offline (c2sp.org/tlog-proof)."""

from collections.abc import Sequence
from dataclasses import dataclass

from hushkeep.kernel import IntegrityError, InvalidInput
from hushkeep.ledger.checkpoint import Checkpoint, opened, parse_size
from hushkeep.ledger.note import COSIGNATURE, Note, VerifierKey, decode_base64, encode_base64
from hushkeep.ledger.proofs import verify_inclusion
from hushkeep.ledger.tree import leaf_hash

_HEAD = "c2sp.org/tlog-proof@v1"
_MAX_STEPS = 63


@dataclass(frozen=True, slots=True)
class ProofFile:
    """An entry's ``index``, its path to the root, and the checkpoint with its cosignatures, verbatim.

    ``extra`` is opaque and not authenticated: here the entry itself, so that the file stands alone.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __str__(self) -> str:
        """Return the published form."""
        lines = [_HEAD]
        if self.extra is not None:
            lines.append(f"extra {encode_base64(self.extra)}")
        lines.append(f"index {self.index}")
        lines += [encode_base64(step) for step in self.path]
        return "\n".join([*lines, "", self.checkpoint])

    @classmethod
    def parse(cls, text: str) -> "ProofFile":
        """Return the proof of its published form; raises InvalidInput for a malformed one."""
        head, blank, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if not blank or lines[0] != _HEAD or len(lines) < 2:
            raise InvalidInput("not a tlog-proof")
        extra = None
        if lines[1].startswith("extra "):
            extra = decode_base64(lines.pop(1).removeprefix("extra "))
        if len(lines) < 2 or not lines[1].startswith("index ") or len(lines) - 2 > _MAX_STEPS:
            raise InvalidInput("a tlog-proof names its index and at most 63 hashes")
        index = parse_size(lines[1].removeprefix("index "))
        return cls(index, tuple(decode_base64(line) for line in lines[2:]), checkpoint, extra)

    def verify(
        self, entry: bytes, keys: Sequence[VerifierKey], witnesses: Sequence[VerifierKey] = (), *, quorum: int = 0
    ) -> Checkpoint:
        """Return the checkpoint that proves ``entry``.

        ``keys`` are the log's, ``witnesses`` those the reader trusts, ``quorum`` how many of them must have cosigned.
        Raises IntegrityError when a signature, the quorum or the path fails.
        """
        checkpoint = opened(self.checkpoint, keys)
        cosigners = [key for key in witnesses if key.kind == COSIGNATURE]
        seen = Note.parse(self.checkpoint).verified_by(cosigners)
        if len(seen) < quorum:
            raise IntegrityError(f"checkpoint of {checkpoint.size}: {len(seen)} of {quorum} witnesses")
        verify_inclusion(leaf_hash(entry), self.index, checkpoint.size, self.path, checkpoint.root)
        return checkpoint
