"""Sealed objects of a recording: sealed while their bytes arrive, read back anywhere; no clear byte meets a disk."""

import io
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, cast
from uuid import UUID

from hushkeep import vault
from hushkeep.kernel import IntegrityError, NotFound, SubjectId, TenantId
from hushkeep.records import discarded
from hushkeep.records.models import Recording, RecordingCopy
from hushkeep.runtime import clock, objects
from hushkeep.runtime.key_client import KeyClient, Ticket

KLASS = "voice"
ORIGINAL, REDACTED, PLAYBACK, OPUS, MANIFEST = "original", "redacted", "playback", "opus", "manifest"


@dataclass(frozen=True, slots=True)
class Sealed:
    """An object that is stored: its id, its plaintext length in bytes, its key wrapped (an original's: in halves)."""

    id: UUID
    size: int
    subject_wrap: bytes = field(repr=False)
    ring_wrap: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Readable:
    """What a stretch of a stored object is read by: its id, its plaintext length in bytes, its key wrapped."""

    id: UUID
    size: int
    subject_wrap: bytes = field(repr=False)


class _Pipe(io.RawIOBase):
    """Takes what the writer seals and hands it on."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed: ReadableBuffer
        self.held.append(bytes(data))
        return len(self.held[-1])

    def drained(self) -> bytes:
        whole, self.held = b"".join(self.held), []
        return whole


class _Counted:
    """Passes chunks on and counts their bytes."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            yield chunk


def seal(  # noqa: PLR0913 - under which id, whose, what, with what
    object_id: UUID,
    tenant: TenantId,
    subject: SubjectId,
    chunks: Iterable[bytes],
    keys: KeyClient,
    *,
    ring: UUID | None = None,
) -> Sealed:
    """Store ``chunks`` as the sealed object ``object_id``, its fresh key wrapped for ``subject``.

    With ``ring`` the key is split: each half alone is random, and either one destroyed destroys the object. The id was
    reserved; whoever makes its row claims it (``discarded.claim``).
    """
    key, first = secrets.token_bytes(vault.KEY_BYTES), secrets.token_bytes(vault.KEY_BYTES)
    halves: list[tuple[UUID, str, bytes, list[UUID]]] = [(object_id, KLASS, key, [subject])]
    if ring is not None:
        halves = [(object_id, KLASS, first, [subject]), (object_id, KLASS, _either(key, first), [ring])]
    wraps = keys.wrap_interactions(tenant, halves)
    counted = _Counted(chunks)
    objects.put(object_id, _sealed(counted, vault.DataKey.of(key), object_id))
    return Sealed(object_id, counted.size, wraps[0][0], wraps[1][0] if ring is not None else None)


def seal_part(row: Recording, content: bytes, keys: KeyClient, *, object_id: UUID) -> Sealed:
    """Store ``content`` (at most 16 MiB), a part of ``row``, sealed by the key service: its key is never here.

    The key is split between the customer and the recording's ring, as ``seal`` does it.
    """
    sealed, (subject_wrap, ring_wrap) = keys.seal_file(
        TenantId(row.tenant), object_id, KLASS, SubjectId(row.subject), content, ring=row.ring
    )
    objects.put(object_id, [sealed])
    return Sealed(object_id, len(content), subject_wrap, ring_wrap)


def stretch(  # noqa: PLR0913, PLR0917 - of what, from where to where, under which leave
    copy: Readable, start: int, end: int, ticket: Ticket, event: UUID, keys: KeyClient
) -> bytes:
    """Return the plaintext [start, end) of ``copy``, opened by the key service: no key comes here.

    Raises IntegrityError for what was changed, moved or cut, naming the segment.
    """
    stored = objects.size(copy.id)
    if stored != vault.sealed_size(copy.size):
        segment = vault.place_of(max(0, min(stored, vault.sealed_size(copy.size)) - vault.FILE_HEADER_BYTES))[0]
        raise vault.BrokenSegmentError(f"object {copy.id} has another length than its row", segment)
    wanted = vault.segments_between(stored, start, end)
    head = objects.read_range(copy.id, 0, vault.FILE_HEADER_BYTES)
    data = memoryview(objects.read_range(copy.id, wanted[0].start, wanted[-1].stop))
    pieces = [
        (one.number, one.last, bytes(data[one.start - wanted[0].start : one.stop - wanted[0].start])) for one in wanted
    ]

    def open_(some: Sequence[_Piece]) -> list[bytes]:
        return keys.open_segments(ticket, event, [copy.subject_wrap], copy.id, head, some)

    try:
        opened = b"".join(open_(pieces))
    except IntegrityError:
        raise _first_broken(pieces, open_) from None
    within = vault.place_of(start)[1]
    return opened[within : within + end - start]


_Piece = tuple[int, bool, bytes]


def _first_broken(pieces: Sequence[_Piece], open_: Callable[[Sequence[_Piece]], object]) -> vault.BrokenSegmentError:
    """Return the refusal of the first of ``pieces`` (number, last, sealed) that does not open by itself."""
    for piece in pieces:
        try:
            open_([piece])
        except IntegrityError as error:
            return vault.BrokenSegmentError(str(error), piece[0])
    return vault.BrokenSegmentError("segments do not open together", pieces[0][0])


def _either(one: bytes, other: bytes) -> bytes:
    """The other half of a key split by exclusive or: a one-time pad."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _sealed(chunks: Iterable[bytes], key: vault.DataKey, object_id: UUID) -> Iterator[bytes]:
    pipe = _Pipe()
    writer = vault.SealedWriter(pipe, key, object_id)  # type: ignore[arg-type]  # a BinaryIO as far as it is used
    for chunk in chunks:
        writer.write(chunk)
        if pipe.held:
            yield pipe.drained()
    writer.close()
    yield pipe.drained()


def row(sealed: Sealed, recording: UUID, role: str, *, part: int, suffix: str) -> RecordingCopy:
    """Return the row that makes ``sealed`` a copy of ``recording``."""
    return RecordingCopy(
        id=sealed.id,
        recording=recording,
        role=role,
        part=part,
        size=sealed.size,
        suffix=suffix,
        subject_wrap=sealed.subject_wrap,
        ring_wrap=sealed.ring_wrap,
    )


def rows(recording: UUID, role: str) -> list[RecordingCopy]:
    """Return the copies of one role, in the order of their parts."""
    return list(RecordingCopy.objects.filter(recording=recording, role=role).order_by("part"))


class _Stored(io.RawIOBase):
    """A stored object, readable by ranges."""

    def __init__(self, object_id: UUID) -> None:
        super().__init__()
        self._id, self._size, self._at = object_id, objects.size(object_id), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence] + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._at + size, self._size)
        if end <= self._at:
            return b""
        try:
            data = objects.read_range(self._id, self._at, end)
        except NotFound:  # a later scan has put another original in its place, or somebody took it away
            raise IntegrityError(f"object {self._id} went while it was read") from None
        self._at = end
        return data


def opened(
    copies: Sequence[RecordingCopy], ticket: Ticket, event: UUID, keys: KeyClient, *, whole: bool = True
) -> "Joined":
    """Return the plaintext of ``copies``, joined and seekable; raises IntegrityError for what was changed or moved.

    Objects of others, in another order, or shorter than their row says do not open; with ``whole`` False the segments
    before a harmed one still do.
    """
    readers = []
    for number, copy in enumerate(copies):
        if copy.part != number:
            raise IntegrityError(f"recording {copy.recording} lacks a part of its {copy.role}")
        stored, key = cast(BinaryIO, _Stored(copy.id)), _key(copy, ticket, event, keys)
        reader = vault.SealedReader(stored, key, object_id=copy.id, unfinished=not whole)
        if whole and reader.size != copy.size:
            raise IntegrityError(f"object {copy.id} has another length than its row")
        readers.append(reader)
    return Joined(readers)


def _key(copy: RecordingCopy, ticket: Ticket, event: UUID, keys: KeyClient) -> vault.DataKey:
    wraps = [bytes(copy.subject_wrap)] + ([bytes(copy.ring_wrap)] if copy.ring_wrap is not None else [])
    halves = keys.unwrap(ticket, event, wraps)
    return vault.DataKey.of(halves[0] if len(halves) == 1 else _either(halves[0], halves[1]))


def broken(copy: RecordingCopy, ticket: Ticket, event: UUID, keys: KeyClient) -> list[tuple[int, int, int]]:
    """Return (segment, first plaintext byte, end) of all of ``copy`` that does not open: everything, if it is gone."""
    key = _key(copy, ticket, event, keys)
    try:
        stored: BinaryIO = cast(BinaryIO, _Stored(copy.id))
    except NotFound:
        stored = io.BytesIO()
    return vault.broken_segments(stored, key, copy.size, object_id=copy.id)


class Joined(io.RawIOBase):
    """Sealed readers end to end as one seekable file.

    Decoders swallow what is raised in their reads: a segment that does not open ends the file and stands in ``broken``.
    Whoever reads asks :meth:`demand_whole` in the end.
    """

    def __init__(self, readers: Sequence[vault.SealedReader]) -> None:
        super().__init__()
        self._readers = readers
        self.size = sum(reader.size for reader in readers)
        self.broken: IntegrityError | None = None
        self._at = 0

    def demand_whole(self) -> None:
        """Raise the IntegrityError of a segment that was read and did not open."""
        if self.broken is not None:
            raise self.broken

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to ``offset`` bytes from the start, the position or the end; return the position."""
        self._at = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence] + offset
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed: WriteableBuffer
        """Fill ``buffer`` from the position on; return the number of bytes (0 at the end)."""
        wanted = memoryview(buffer).cast("B")
        done, base = 0, 0
        for reader in self._readers:
            if done < len(wanted) and self._at < base + reader.size:
                reader.seek(self._at - base)
                try:
                    read = reader.readinto(wanted[done:])
                except IntegrityError as error:
                    self.broken = self.broken or error
                    return done
                done += read
                self._at += read
            base += reader.size
        return done


def remove(copies: Sequence[RecordingCopy]) -> list[UUID]:
    """Delete the rows of ``copies``, their wraps with them; return the objects to delete once that is committed.

    They are noted too: whoever dies before deleting them leaves nothing.
    """
    ids = [copy.id for copy in copies]
    discarded.note(ids, at=clock.now())
    RecordingCopy.objects.filter(id__in=ids).delete()
    return ids


def delete_objects(ids: Sequence[UUID]) -> None:
    """Delete objects whose keys are gone."""
    for object_id in ids:
        objects.remove(object_id)
