"""Checkpoints: origin, size and root of a log under its signature (c2sp.org/tlog-checkpoint)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hushkeep.kernel import IntegrityError, InvalidInput
from hushkeep.ledger.note import ED25519, Note, SigningKey, VerifierKey, decode_base64, encode_base64
from hushkeep.ledger.tree import EMPTY_ROOT, HASH_BYTES

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


def parse_size(text: str) -> int:
    """Return a tree's size or a leaf's index: decimal digits without leading zeroes."""
    if not _SIZE.fullmatch(text):
        raise InvalidInput("not a decimal number")
    return int(text)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: ``size`` leaves whose root is ``root`` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin or self.size < 0 or len(self.root) != HASH_BYTES:
            raise InvalidInput("a checkpoint has an origin, a size and a root of 32 bytes")
        if not self.size and self.root != EMPTY_ROOT:
            raise InvalidInput("an empty log has the empty tree's root")

    @property
    def text(self) -> str:
        """The note's text."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Return the checkpoint of a note's text; extension lines are passed over."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise InvalidInput("a checkpoint has at least three lines")
        return cls(lines[0], parse_size(lines[1]), decode_base64(lines[2]))

    def signed(self, key: SigningKey) -> Note:
        """Return the note of this checkpoint under the log's ``key``."""
        return Note(self.text, (key.sign(self.text),))


def opened(note: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """Return the checkpoint of ``note`` when one of the log's ``keys`` signed it.

    A key speaks for the origin it is named after, and for no other. Raises IntegrityError otherwise.
    """
    parsed = Note.parse(note)
    checkpoint = Checkpoint.parse(parsed.text)
    trusted = [key for key in keys if key.kind == ED25519 and key.name == checkpoint.origin]
    if not parsed.verified_by(trusted):
        raise IntegrityError(f"checkpoint of {checkpoint.size}: not signed by the log's key")
    return checkpoint
