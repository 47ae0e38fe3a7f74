"""A witness's judgement: cosign a checkpoint only when it continues the last one seen (c2sp.org/tlog-witness).

Pure: the caller keeps the memory, and must write the new one to disk, in order, before the answer leaves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hushkeep.kernel import IntegrityError, InvalidInput
from hushkeep.ledger.checkpoint import Checkpoint, opened, parse_size
from hushkeep.ledger.note import Note, SigningKey, VerifierKey, decode_base64, encode_base64
from hushkeep.ledger.proofs import verify_consistency

MAX_STEPS = 63
MAX_REQUEST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Submission:
    """A log's request: the size it believes the witness saw last, the proof from there, and the new checkpoint."""

    old: int
    path: tuple[bytes, ...]
    note: str

    def __str__(self) -> str:
        """Return the request's body."""
        return "\n".join([f"old {self.old}", *(encode_base64(step) for step in self.path), "", self.note])

    @classmethod
    def parse(cls, body: str) -> "Submission":
        """Return the request of its body; raises InvalidInput for a malformed one."""
        head, blank, note = body.partition("\n\n")
        lines = head.split("\n")
        if not blank or not lines[0].startswith("old ") or len(lines) - 1 > MAX_STEPS:
            raise InvalidInput("a submission starts with the old size and at most 63 hashes")
        return cls(parse_size(lines[0].removeprefix("old ")), tuple(decode_base64(line) for line in lines[1:]), note)


@dataclass(frozen=True, slots=True)
class Cosigned:
    """Agreed: the signature lines to answer with, and the checkpoint (with them) to remember."""

    lines: str
    remembered: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Not agreed: the HTTP status of the protocol, why, and the size last seen (409 alone)."""

    status: int
    reason: str
    seen: int | None = None


def _disagreement(sent: Submission, new: Checkpoint, last: Checkpoint | None) -> Refused | None:
    seen = last.size if last else 0
    if sent.old > new.size:
        return Refused(400, "old_above_new")
    if sent.old != seen:
        return Refused(409, "old_is_not_the_last_seen", seen)
    try:
        if last is None or not last.size:
            if sent.path:
                return Refused(422, "proof_from_nothing")
        else:
            verify_consistency(last.size, new.size, sent.path, last.root, new.root)
    except IntegrityError:
        return Refused(422, "inconsistent")
    return None


def consider(
    sent: Submission, keys: Sequence[VerifierKey], remembered: str | None, signer: SigningKey, *, seconds: int
) -> Cosigned | Refused:
    """Return the witness's answer to a log whose ``keys`` it trusts, at POSIX time ``seconds``.

    ``remembered`` is the last note it cosigned for that origin, None before the first. Raises InvalidInput for a
    malformed checkpoint.
    """
    if not keys:
        return Refused(404, "unknown_log")
    try:
        new = opened(sent.note, keys)
    except IntegrityError:
        return Refused(403, "not_signed_by_the_log")
    last = Checkpoint.parse(Note.parse(remembered).text) if remembered else None
    if refusal := _disagreement(sent, new, last):
        return refusal
    note = Note.parse(sent.note)
    own = tuple(line for line in note.signatures if Note(note.text, (line,)).verified_by(keys))
    line = signer.sign(note.text, seconds=seconds)
    return Cosigned(line, str(Note(note.text, (*own, line))))
