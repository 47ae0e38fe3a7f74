"""The seals of a recording checked: every segment of every copy opened, what was harmed named by segment and second."""

import io
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import BinaryIO, cast
from uuid import UUID

from hushkeep import audio
from hushkeep.access import alarms
from hushkeep.access.actors import Target
from hushkeep.access.alarms import Severity
from hushkeep.access.gate import by_system
from hushkeep.kernel import Action, IntegrityError, InvalidInput, NotFound, Permit, SubjectId, TenantId
from hushkeep.records.models import Recording, RecordingCopy
from hushkeep.records.recordings import _copies
from hushkeep.records.recordings.values import KIND, Harm
from hushkeep.runtime import clock
from hushkeep.runtime.jobs import enqueue, job
from hushkeep.runtime.key_client import KeyClient, Ticket, keys

ALARM = "seal_broken"
_ROLES = (_copies.ORIGINAL, _copies.REDACTED, _copies.PLAYBACK, _copies.OPUS, _copies.MANIFEST)


@job("recording_check")
def CHECK(tenant: TenantId, *, recording: UUID) -> None:  # noqa: N802 - the job's name, as call sites read it
    """Check the seals of ``recording``; what is found stands in its row."""
    checked(tenant, recording)


def checked(tenant: TenantId, recording: UUID) -> list[Harm]:
    """Check the seals of ``recording`` as the installation itself, under an event; return what does not open."""
    return by_system(
        tenant,
        Action.RECORDING_VERIFY,
        Target(kind=KIND, id=recording),
        act=lambda permit: check(permit, recording, keys(), now=clock.now()),
    )


def ask(permit: Permit, recording: UUID, *, now: datetime) -> None:
    """Queue a check of the seals of ``recording``: an original opens in the worker alone. Raises NotFound."""
    permit.require(Action.RECORDING_VERIFY, recording, now=now)
    if not Recording.objects.filter(id=recording).exists():
        raise NotFound(f"recording {recording}")
    enqueue(CHECK, permit.tenant, recording=recording)


def check(permit: Permit, recording: UUID, client: KeyClient, *, now: datetime) -> list[Harm]:
    """Open every segment of every copy of ``recording``; return what does not open, and keep it in its row.

    Changed, cut, moved and exchanged alike: the seal binds each segment to its place, its file and its object. What is
    harmed sounds an alarm. Raises NotFound.
    """
    permit.require(Action.RECORDING_VERIFY, recording, now=now)
    row = Recording.objects.select_for_update().filter(id=recording).first()
    if row is None:
        raise NotFound(f"recording {recording}")
    whom = [SubjectId(row.subject)] + ([row.ring] if row.ring else [])
    ticket = client.ticket_job(TenantId(row.tenant), row.id, whom, [_copies.KLASS], permit.decision)
    found = [harm for role in _ROLES for harm in _harms(row, role, ticket, permit.decision, client)]
    row.harms, row.checked_at = [asdict(harm) for harm in found], now
    row.save(update_fields=["harms", "checked_at"])
    if found:
        alarms.sound(permit.tenant, ALARM, Severity.RED, person=None, event=permit.decision, now=now)
    return found


def _harms(row: Recording, role: str, ticket: Ticket, event: UUID, client: KeyClient) -> Iterator[Harm]:
    copies = _copies.rows(row.id, role)
    whole, before, first = sum(copy.size for copy in copies), 0, True
    for copy in copies:
        for segment, start, end in _copies.broken(copy, ticket, event, client):
            places = None if role == _copies.MANIFEST else (before + start, before + end)
            # Past the first harm nothing can be decoded any more.
            opening = (ticket, event, client) if first else None
            seconds = _seconds(row, copies, places, whole, opening) if places else None
            first = False
            yield Harm(role, copy.part, segment, *(seconds or (None, None)))
        before += copy.size


def _seconds(
    row: Recording,
    copies: Sequence[RecordingCopy],
    place: tuple[int, int],
    whole: int,
    opening: tuple[Ticket, UUID, KeyClient] | None,
) -> tuple[float, float] | None:
    """The seconds that bytes [start, end) of a copy hold; None where the recording's length is not known yet.

    A playable copy knows the offsets of its seconds. Of others what lies before the first harm is decoded: it begins
    there, and lasts about its share of the whole; later ones are placed by their share alone.
    """
    if row.seconds is None:
        return None
    start, end = place
    ends = _ends(row, copies[0].role)
    if ends:
        return seconds_between(ends, start, end)
    begin = _decoded(copies, start, opening) if opening else None
    share = row.seconds / max(whole, 1)
    begin = start * share if begin is None else min(begin, row.seconds)
    return round(begin, 3), round(min(row.seconds, begin + (end - start) * share), 3)


def _ends(row: Recording, role: str) -> list[int]:
    return list({_copies.PLAYBACK: row.pieces, _copies.OPUS: row.opus_pieces}.get(role, []))


def seconds_between(ends: Sequence[int], start: int, end: int) -> tuple[float, float]:
    """Return the whole seconds that bytes [start, end) touch; ``ends`` holds the offset of each second, and the end."""
    last = len(ends) - 1
    first = min(max(bisect_right(ends, start) - 1, 0), last - 1)
    return float(first), float(min(max(bisect_left(ends, max(end, start + 1)), first + 1), last))


def _decoded(copies: Sequence[RecordingCopy], start: int, opening: tuple[Ticket, UUID, KeyClient]) -> float | None:
    if not start:
        return 0.0
    try:
        file = _Until(_copies.opened(copies, *opening, whole=False), start)
        return audio.seconds(audio.Recording(cast(BinaryIO, file), copies[0].suffix))
    except (InvalidInput, IntegrityError, NotFound):
        return None


class _Until(io.RawIOBase):
    """The first ``size`` bytes of a file, as a file of its own."""

    def __init__(self, file: io.RawIOBase, size: int) -> None:
        super().__init__()
        self._file, self._size = file, size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(*((self._size + offset, io.SEEK_SET) if whence == io.SEEK_END else (offset, whence)))

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed: WriteableBuffer
        room = max(0, min(len(buffer), self._size - self._file.tell()))
        return self._file.readinto(memoryview(buffer).cast("B")[:room]) or 0
