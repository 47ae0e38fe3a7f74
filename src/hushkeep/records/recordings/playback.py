"""Playing: whole seconds of the redacted copy, at most five at a time, each handing-out logged where it is decided."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import Final
from uuid import UUID

from django.db import connections

from hushkeep import vault
from hushkeep.kernel import Action, ApprovalRequired, Denied, InvalidInput, NotFound, Permit, SubjectId, new_id
from hushkeep.records.models import Recording
from hushkeep.records.recordings import _copies
from hushkeep.records.recordings.checking import seconds_between
from hushkeep.records.recordings.values import BrokenSealError, Codec, Playing
from hushkeep.runtime.key_client import KeyClient, Proof, Ticket

MAX_SECONDS: Final = 5
"""The most that one decision hands out."""
_COPIES: Final = {Codec.FLAC: (_copies.PLAYBACK, "pieces"), Codec.OPUS: (_copies.OPUS, "opus_pieces")}
_NOT_PLAYABLE: Final = "not_redacted"
_TICKET_ENDS_BEFORE: Final = timedelta(seconds=10)
_MOST_TICKETS: Final = 1000
_FOLLOWS_WITHIN: Final = timedelta(minutes=1)
_MOST_OFFSETS: Final = 64


class _Tickets:
    """One ticket for each listener and recording while it lasts: a ticket for each second would drain the limits."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[tuple[UUID, UUID], tuple[Ticket, UUID]] = {}

    def of(
        self, permit: Permit, subject: SubjectId, keys: KeyClient, proof: Proof | None, now: datetime
    ) -> tuple[Ticket, UUID]:
        """The ticket, and the event that it was given for, under which the key service logs what it opens.

        Which seconds were heard is in the log of the gate.
        """
        place = (permit.actor, subject)
        with self._lock:
            held = self._held.get(place)
            if held is not None and now < held[0].expires_at - _TICKET_ENDS_BEFORE:
                return held
        ticket = keys.ticket_sample(
            permit.tenant,
            permit.actor,
            subject,
            [_copies.KLASS],
            permit.decision,
            purpose=permit.purpose or "",
            proof=proof,
        )
        with self._lock:
            if len(self._held) >= _MOST_TICKETS:
                self._held = {at: kept for at, kept in self._held.items() if kept[0].expires_at > now}
            self._held[place] = ticket, permit.decision
        return ticket, permit.decision

    def drop(self, permit: Permit, subject: SubjectId) -> None:
        with self._lock:
            self._held.pop((permit.actor, subject), None)


_tickets = _Tickets()


def play(  # noqa: PLR0913 - what, from where, with what
    permit: Permit,
    recording: UUID,
    first: int,
    last: int,
    keys: KeyClient,
    *,
    now: datetime,
    proof: Proof | None = None,
    codec: Codec = Codec.FLAC,
) -> Playing:
    """Return the bytes ``[first, last]`` (both included, as in HTTP) of a playable copy, widened to whole seconds.

    Call it inside the gate alone: what is handed out is logged in its transaction, under its event. Cut to five
    seconds; the player asks again, and is decided upon again. ``proof``, the signature of the listener's device for
    this very event, earns the ticket of five minutes. Raises Denied("not_redacted" or "device_proof_missing"),
    NotFound, InvalidInput("range_outside" or "no_such_copy"), BrokenSealError naming segment and second of a changed
    copy.
    """
    permit.require(Action.RECORDING_PLAY, recording, now=now)
    if permit.purpose is None:
        raise Denied("purpose_missing")
    role, offsets = _COPIES[codec]
    subject, state, copy = _playable(permit, recording, role)
    if state != "redacted":
        raise Denied(_NOT_PLAYABLE)
    pieces = _ends(recording, offsets, copy.id) if copy else ()
    if copy is None or not pieces:
        raise InvalidInput("no_such_copy")
    start_second, end_second = seconds_of(pieces, first, last)
    start, end = pieces[start_second], pieces[end_second]
    try:
        data = _bytes(permit, subject, copy, (start, end), keys, proof, now)
    except vault.BrokenSegmentError as broken:
        second = int(seconds_between(pieces, *vault.segment_bounds(broken.segment))[0])
        said = f"recording {recording}: segment {broken.segment} of its {role} does not open, second {second}"
        raise BrokenSealError(said, broken.segment, second) from None
    _log(permit, recording, (start_second, end_second), now)
    return Playing(start, end, pieces[-1], end_second - start_second, data)


def original(permit: Permit, recording: UUID, *, now: datetime) -> None:
    """Refuse: a kept original opens only to two people together, which no door does yet."""
    permit.require(Action.RECORDING_PLAY, recording, now=now)
    raise ApprovalRequired("second_person_missing")


def seconds_of(pieces: Sequence[int], first: int, last: int) -> tuple[int, int]:
    """Return the half-open range of seconds, at most five, that bytes ``first`` to ``last`` lie in; pure.

    ``pieces`` holds the offset of each second, and the end. Raises InvalidInput("range_outside").
    """
    if not 0 <= first <= last or first >= pieces[-1]:
        raise InvalidInput("range_outside")
    start = bisect_right(pieces, first) - 1
    end = bisect_left(pieces, min(last + 1, pieces[-1]))
    return start, min(end, start + MAX_SECONDS)


# One statement: a player asks for each second anew.
_PLAYABLE: Final = """
    SELECT recording.subject, recording.state, copy.id, copy.size, copy.subject_wrap
    FROM records_recording recording
    LEFT JOIN records_recordingcopy copy
      ON copy.tenant = recording.tenant AND copy.recording = recording.id AND copy.role = %s AND copy.part = 0
    WHERE recording.tenant = %s AND recording.id = %s
"""


def _playable(permit: Permit, recording: UUID, role: str) -> tuple[SubjectId, str, _copies.Readable | None]:
    """The recording's customer and state, and its copy of ``role`` if there is one; raises NotFound."""
    with connections["default"].cursor() as cursor:
        cursor.execute(_PLAYABLE, [role, permit.tenant, recording])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(f"recording {recording}")
    subject, state, copy, size, wrap = row
    return SubjectId(subject), state, _copies.Readable(copy, size, bytes(wrap)) if copy else None


def _bytes(  # noqa: PLR0913, PLR0917 - what is read, by whom, with what
    permit: Permit,
    subject: SubjectId,
    copy: _copies.Readable,
    stretch: tuple[int, int],
    keys: KeyClient,
    proof: Proof | None,
    now: datetime,
) -> bytes:
    ticket, event = _tickets.of(permit, subject, keys, proof, now)
    try:
        return _copies.stretch(copy, *stretch, ticket, event, keys)
    except Denied:
        _tickets.drop(permit, subject)
        if event == permit.decision:
            raise
        # The service was started anew, or the ticket is used up: another is asked for.
        return _copies.stretch(copy, *stretch, *_tickets.of(permit, subject, keys, proof, now), keys)


@lru_cache(maxsize=_MOST_OFFSETS)
def _ends(recording: UUID, column: str, _copy: UUID) -> tuple[int, ...]:
    """The offset of each second of a copy, and its end: read once, since a copy never changes, another replaces it."""
    found = Recording.objects.filter(id=recording).values_list(column, flat=True).first()
    return tuple(found or ())


# One statement for both: what was heard before tells whether this is a jump.
_HEARD: Final = """
    INSERT INTO records_listening (id, tenant, event, recording, actor, at, first, "end", seek)
    SELECT %(id)s, %(tenant)s, %(event)s, %(recording)s, %(actor)s, %(at)s, %(first)s, %(end)s, coalesce(
        (SELECT "end" <> %(first)s FROM records_listening
          WHERE tenant = %(tenant)s AND recording = %(recording)s AND actor = %(actor)s AND at > %(since)s
          ORDER BY id DESC LIMIT 1), false)
"""


def _log(permit: Permit, recording: UUID, seconds: tuple[int, int], now: datetime) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            _HEARD,
            {
                "id": new_id(),
                "tenant": permit.tenant,
                "event": permit.decision,
                "recording": recording,
                "actor": permit.actor,
                "at": now,
                "first": seconds[0],
                "end": seconds[1],
                "since": now - _FOLLOWS_WITHIN,
            },
        )
