"""The key log: what was asked of the keys, chained by hashes, written before the answer leaves.

A line is a record as JSON, a tab, and 64 hexadecimal digits: SHA-256(hash before | 0x00 | JSON). Before the first stand
32 zero bytes. A checkpoint is a record with an Ed25519 signature over the hash before it (docs/crypto-spec.md,
section 8).
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hushkeep.kernel import IntegrityError
from hushkeep.keys.clock import Clock
from hushkeep.keys.protocol import LogRecord

GENESIS: Final = bytes(32)
CHECKPOINT_EVERY: Final = 1000
_CHECKPOINT_CONTEXT: Final = b"hushkeep key log checkpoint v1\x00"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(LogRecord).decode


def chain(before: bytes, line: bytes) -> bytes:
    """Return the hash of ``line`` after ``before``."""
    return hashlib.sha256(before + b"\x00" + line).digest()


def _checkpoint_body(seq: int, before: bytes) -> bytes:
    return _CHECKPOINT_CONTEXT + seq.to_bytes(8, "big") + before


def read_log(path: Path, public_key: Ed25519PublicKey | None = None) -> Iterator[tuple[LogRecord, bytes]]:
    """Yield (record, hash) of each line of the log at ``path``, each verified.

    Raises IntegrityError naming the first record that does not hold. A last line without its end (a write cut by a
    crash, never answered) ends the log.
    """
    before = GENESIS
    with path.open("rb") as file:
        for number, line in enumerate(file):
            if not line.endswith(b"\n"):
                return
            body, _, digest = line[:-1].partition(b"\t")
            after = chain(before, body)
            if digest != after.hex().encode():
                raise IntegrityError(f"key log: record {number} was changed")
            record = _read(body, number)
            if record.signature is not None and public_key is not None:
                _check_signature(record, before, public_key)
            yield record, after
            before = after


def _read(body: bytes, number: int) -> LogRecord:
    try:
        record = _decode(body)
    except (msgspec.DecodeError, ValueError):
        raise IntegrityError(f"key log: record {number} is malformed") from None
    if record.seq != number:
        raise IntegrityError(f"key log: record {number} stands in the wrong place")
    return record


def _check_signature(record: LogRecord, before: bytes, public_key: Ed25519PublicKey) -> None:
    try:
        public_key.verify(bytes.fromhex(record.signature or ""), _checkpoint_body(record.seq, before))
    except (InvalidSignature, ValueError):
        raise IntegrityError(f"key log: checkpoint {record.seq} is not signed by this service") from None


class Journal:
    """The open log: appends are gathered and become durable together at :meth:`commit`."""

    def __init__(
        self,
        path: Path,
        signer: Ed25519PrivateKey,
        clock: Clock,
        *,
        known: tuple[int, bytes] = (0, GENESIS),
        durable: bool = True,
    ) -> None:
        self.path = path
        self._signer = signer
        self._clock = clock
        self._durable = durable
        self.seq = 0
        self.head = GENESIS
        self._places: list[int] = []
        self._size = 0
        self._buffer: list[bytes] = []
        self.shreds: list[LogRecord] = []
        self._load(known)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def _load(self, known: tuple[int, bytes]) -> None:
        """Verify the log from its beginning, hold it to what the store knows of it, cut off a torn last line."""
        self.path.touch(mode=0o600)
        heads = {0: GENESIS}
        for record, after in read_log(self.path, self._signer.public_key()):
            self._clock.advance(record.at)
            self._remember(len(_encode(record)) + 66)
            self.head = after
            if self.seq == known[0]:
                heads[self.seq] = after
            if record.op == "shred" and record.outcome == "done":
                self.shreds.append(record)
        if heads.get(known[0]) != known[1]:
            raise IntegrityError(f"key log: it was cut or replaced, the store knows {known[0]} records")
        os.truncate(self.path, self._size)

    def _remember(self, line_bytes: int) -> None:
        if self.seq % CHECKPOINT_EVERY == 0:
            self._places.append(self._size)
        self._size += line_bytes
        self.seq += 1

    def append(  # noqa: PLR0913 - the record's own fields, by name
        self,
        op: str,
        outcome: str,
        *,
        tenant: UUID | None = None,
        actor: UUID | None = None,
        event: UUID | None = None,
        kind: str | None = None,
        subject: UUID | None = None,
        conversation: UUID | None = None,
        reason: str | None = None,
        count: int = 0,
    ) -> None:
        """Add one record; it is durable once :meth:`commit` returns."""
        self._add(
            LogRecord(
                self.seq,
                self._clock.now(),
                op,
                outcome,
                tenant,
                actor,
                event,
                kind,
                subject,
                conversation,
                reason,
                count,
            )
        )
        if self.seq % CHECKPOINT_EVERY == 0:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Add a signed record over everything before it."""
        signature = self._signer.sign(_checkpoint_body(self.seq, self.head)).hex()
        self._add(LogRecord(self.seq, self._clock.now(), "checkpoint", "signed", signature=signature))

    def _add(self, record: LogRecord) -> None:
        body = _encode(record)
        self.head = chain(self.head, body)
        self._buffer.append(body + b"\t" + self.head.hex().encode() + b"\n")
        self._remember(len(body) + 66)

    @property
    def pending(self) -> bool:
        """Whether something waits for :meth:`commit`."""
        return bool(self._buffer)

    def commit(self) -> None:
        """Write what was appended and, when the log is durable, wait for the disk."""
        if not self._buffer:
            return
        data = memoryview(b"".join(self._buffer))
        while data:
            data = data[os.write(self._file, data) :]
        self._buffer.clear()
        if self._durable:
            os.fdatasync(self._file)

    def since(self, seq: int, limit: int) -> list[LogRecord]:
        """Return at most ``limit`` records from ``seq`` on."""
        self.commit()
        if seq >= self.seq:
            return []
        block = seq // CHECKPOINT_EVERY
        records = []
        with self.path.open("rb") as file:
            file.seek(self._places[block])
            for number, line in enumerate(file, block * CHECKPOINT_EVERY):
                if number >= seq:
                    records.append(_decode(line.partition(b"\t")[0]))
                if len(records) == limit:
                    break
        return records

    def close(self) -> None:
        """Sign what stands and close the file."""
        self.checkpoint()
        self.commit()
        os.close(self._file)
