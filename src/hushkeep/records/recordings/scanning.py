"""The scan: a landed recording is searched, silenced, checked, signed and published; nothing unsearched is kept long.

The original is decrypted as it is read and never whole; what is made lies in anonymous memory until it is sealed.
Only when the last transaction commits does a copy exist that anybody can play.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import BinaryIO, Final, cast
from uuid import UUID

from django.db import transaction

from hushkeep import audio
from hushkeep.access.actors import Target
from hushkeep.access.gate import by_system
from hushkeep.kernel import (
    Action,
    ConversationId,
    Denied,
    IntegrityError,
    InvalidInput,
    NotFound,
    Permit,
    SubjectId,
    TenantId,
    Unavailable,
)
from hushkeep.records import discarded
from hushkeep.records.discarded import Made
from hushkeep.records.models import Recording, RecordingCopy
from hushkeep.records.recordings import _copies, _lease, _remote, _searching
from hushkeep.records.recordings._lease import Lease, LeaseLostError
from hushkeep.records.recordings.values import KIND, NEXT, RecordingState
from hushkeep.runtime import clock, logs
from hushkeep.runtime.jobs import enqueue, job
from hushkeep.runtime.key_client import KeyClient, keys
from hushkeep.runtime.outbox import announce
from hushkeep.runtime.tenancy import tenant_transaction

TOPIC: Final = "recording"
_TELL_SECONDS: Final = 2
_MOST_SCANS: Final = 5
_CHUNK_BYTES: Final = 1 << 20
_MADE: Final = (_copies.REDACTED, _copies.PLAYBACK, _copies.OPUS, _copies.MANIFEST)


@dataclass(frozen=True, slots=True)
class _Begun:
    """What a scan works on: the recording as it stands, its lease, and the event that its keys are opened under.

    ``made`` are the ids that it has reserved for what it makes: objects, and the ring of a new original.
    """

    row: Recording
    lease: Lease
    originals: tuple[RecordingCopy, ...]
    event: UUID
    made: list[UUID] = field(default_factory=list)

    def reserve(self, what: Made = Made.OBJECT) -> UUID:
        """Return the id of what is about to be made."""
        self.made.append(discarded.reserve(self.tenant, what))
        return self.made[-1]

    @property
    def tenant(self) -> TenantId:
        return TenantId(self.row.tenant)

    @property
    def subject(self) -> SubjectId:
        return SubjectId(self.row.subject)


@dataclass(frozen=True, slots=True)
class _Made:
    """What a scan made, sealed but not yet anybody's: copies by role, and the new original where codes were cut."""

    found: _searching.Found
    copies: tuple[tuple[str, str, _copies.Sealed], ...]
    pieces: tuple[int, ...]
    opus_pieces: tuple[int, ...]
    original: _copies.Sealed | None
    ring: UUID | None


@job("recording_scan")
def SCAN(tenant: TenantId, *, recording: UUID) -> None:  # noqa: N802 - the job's name, as call sites read it
    """Search ``recording`` and publish its redacted copy, or quarantine it with the reason.

    Raises Unavailable where trying again later may help; the queue does.
    """
    target = _target(tenant, recording)
    begun = by_system(tenant, Action.RECORDING_REDACT, target, act=lambda permit: _begin(permit, recording))
    if begun is None:
        return
    try:
        _search_and_say(begun, target)
    except LeaseLostError:
        # Whoever holds the lease now says what becomes of it; what was made here goes.
        discarded.give_up(tenant, begun.made)
        logs.warn("recording_scan_overtaken", recording=recording, scan=begun.lease.number)
        return
    bury(tenant, recording)


def _search_and_say(begun: _Begun, target: Target) -> None:
    """Search, then publish or quarantine; raises LeaseLostError, nothing said, and Unavailable after a quarantine."""
    again = None
    try:
        with begun.lease.kept():
            made = _scan(begun, keys())
    except InvalidInput:
        reason = "not_audio"
    except IntegrityError:
        reason = "seal_broken"
    except Denied as refusal:
        if str(refusal) != _remote.NOT_ALLOWED:
            raise
        reason = _remote.NOT_ALLOWED
    except Unavailable as failure:
        reason, again = "search_unavailable", failure
    else:
        if made.found.reason is None:
            by_system(begun.tenant, Action.RECORDING_REDACT, target, act=lambda permit: _publish(permit, begun, made))
            return
        reason = made.found.reason
    by_system(begun.tenant, Action.RECORDING_REDACT, target, act=lambda _: _quarantine(begun.lease.locked(), reason))
    if again is not None:
        raise again


def rescan(permit: Permit, recording: UUID, *, now: datetime) -> RecordingState:
    """Queue ``recording`` to be searched again (rules or recogniser are better now); return where it stands.

    Raises NotFound, or InvalidInput("nothing_to_scan") when its original has expired.
    """
    permit.require(Action.RECORDING_REDACT, recording, now=now)
    row = Recording.objects.filter(id=recording).only("state", "tenant").first()
    if row is None:
        raise NotFound(f"recording {recording}")
    if RecordingState.SCANNING not in NEXT[RecordingState(row.state)]:
        raise InvalidInput("nothing_to_scan")
    enqueue(SCAN, permit.tenant, recording=recording)
    return RecordingState(row.state)


def bury(tenant: TenantId, recording: UUID) -> None:
    """Shred the key rings that ``recording`` no longer uses: what hung on them opens for nobody, backups included."""
    with tenant_transaction(tenant):
        row = Recording.objects.filter(id=recording).only("dead_rings").first()
        rings = [UUID(ring) for ring in row.dead_rings] if row else []
    for ring in rings:
        by_system(
            tenant,
            Action.KEY_SHRED,
            _target(tenant, recording),
            act=lambda permit, ring=ring: _shred(permit, recording, ring),  # type: ignore[misc]
        )


def _shred(permit: Permit, recording: UUID, ring: UUID) -> None:
    keys().shred(permit.tenant, ring, actor=permit.actor, event=permit.decision, basis="recording_original")
    row = Recording.objects.select_for_update().get(id=recording)
    row.dead_rings = [other for other in row.dead_rings if other != str(ring)]
    row.save(update_fields=["dead_rings"])


def _target(tenant: TenantId, recording: UUID) -> Target:
    with tenant_transaction(tenant):
        row = Recording.objects.filter(id=recording).only("subject", "conversation").first()
    if row is None:
        raise NotFound(f"recording {recording}")
    talk = ConversationId(row.conversation) if row.conversation else None
    return Target(kind=KIND, id=recording, subject=SubjectId(row.subject), conversation=talk)


def _begin(permit: Permit, recording: UUID) -> _Begun | None:
    now = clock.now()
    permit.require(Action.RECORDING_REDACT, recording, now=now)
    row = Recording.objects.select_for_update().get(id=recording)
    if _lease.running(row, now) or RecordingState.SCANNING not in NEXT[RecordingState(row.state)]:
        return None
    if row.scans >= _MOST_SCANS and row.stage is not None:
        # It ended its worker each time: others wait.
        _quarantine(row, "search_failed")
        return None
    # A published copy stays playable while better rules look again.
    row.state = RecordingState.SCANNING.value if row.state != RecordingState.REDACTED else row.state
    row.reason, row.stage, row.passed_seconds, row.beat_at, row.scans = None, "listen", 0, now, row.scans + 1
    row.save(update_fields=["state", "reason", "stage", "passed_seconds", "beat_at", "scans"])
    announce(permit.tenant, TOPIC, recording)
    lease = Lease(permit.tenant, recording, row.scans)
    return _Begun(row, lease, tuple(_copies.rows(recording, _copies.ORIGINAL)), permit.decision)


def _scan(begun: _Begun, client: KeyClient) -> _Made:
    row = begun.row
    if row.ring is None or not begun.originals:
        raise IntegrityError(f"recording {row.id} has no original")
    ticket = client.ticket_job(begun.tenant, row.id, [begun.subject, row.ring], [_copies.KLASS], begun.event)
    original_file = _copies.opened(begun.originals, ticket, begun.event, client)
    source = audio.Recording(cast(BinaryIO, original_file), begun.originals[0].suffix)
    tell = _progress(begun)
    with _searching.anonymous() as copy, _searching.anonymous() as kept:
        engine = _searching.recogniser(begun.tenant, row.id)
        try:
            found = _searching.search(source, copy, engine, told=_told(row), progress=tell)
        except InvalidInput:
            original_file.demand_whole()
            raise
        original_file.demand_whole()
        if found.reason is not None:
            return _Made(found, (), (), (), None, None)
        original, ring = None, None
        if found.codes:
            audio.silence(source, audio.Recording(kept, "flac"), found.codes, tell)
            original_file.demand_whole()
            ring = begun.reserve(Made.RING)
            client.create_rings(begun.tenant, [ring])
            original = _copies.seal(begun.reserve(), begun.tenant, begun.subject, _chunks(kept), client, ring=ring)
        copies, flac, opus = _sealed_copies(begun, found, copy, client, tell)
        return _Made(found, copies, flac, opus, original, ring)


def _told(row: Recording) -> _searching.Told:
    return _searching.Told(
        # A second search reads an original that may be a cut one already: only what landed has the landed digest.
        digest=bytes(row.sha256) if row.scans == 1 else None,
        pauses=[(float(start), float(end)) for start, end in row.pauses],
        seconds=row.said_seconds,
        channels=row.said_channels,
    )


def _sealed_copies(
    begun: _Begun, found: _searching.Found, copy: BinaryIO, client: KeyClient, tell: audio.Progress
) -> tuple[tuple[tuple[str, str, _copies.Sealed], ...], tuple[int, ...], tuple[int, ...]]:
    """Seal the copies; return them with the offsets of the seconds of those that are played."""
    ends: dict[str, list[int]] = {}

    def pieces(suffix: str) -> Iterator[bytes]:
        ends[suffix] = [0]
        for piece in audio.pieces(audio.Recording(copy, "flac"), suffix):
            tell("seal", len(ends[suffix]))
            ends[suffix].append(ends[suffix][-1] + len(piece))
            yield piece

    def sealed(role: str, suffix: str, chunks: Iterable[bytes]) -> tuple[str, str, _copies.Sealed]:
        return role, suffix, _copies.seal(begun.reserve(), begun.tenant, begun.subject, chunks, client)

    made = [
        sealed(_copies.REDACTED, "flac", _chunks(copy)),
        sealed(_copies.PLAYBACK, "flac", pieces("flac")),
        sealed(_copies.MANIFEST, "json", [found.signed()]),
    ]
    if audio.opus_holds(found.manifest.rate, found.manifest.channels):
        made.append(sealed(_copies.OPUS, "opus", pieces("opus")))
    return tuple(made), tuple(ends["flac"]), tuple(ends.get("opus", ()))


def _publish(permit: Permit, begun: _Begun, made: _Made) -> None:
    now = clock.now()
    row = begun.lease.locked()
    replaced = [*_MADE] + ([_copies.ORIGINAL] if made.original else [])
    gone = _copies.remove([old for role in replaced for old in _copies.rows(row.id, role)])
    discarded.claim(begun.made)
    for role, suffix, sealed in made.copies:
        _copies.row(sealed, row.id, role, part=0, suffix=suffix).save(force_insert=True)
    if made.original is not None:
        _copies.row(made.original, row.id, _copies.ORIGINAL, part=0, suffix="flac").save(force_insert=True)
        row.dead_rings = [*row.dead_rings, str(row.ring)]
        row.ring = made.ring
    for name, value in made.found.columns().items():
        setattr(row, name, value)
    row.opus_pieces, row.harms = list(made.opus_pieces), []
    row.pieces, row.state, row.reason, row.stage = list(made.pieces), RecordingState.REDACTED.value, None, None
    row.scanned_at, row.expires_at = now, None
    row.sampled = row.sampled or _searching.drawn()
    row.save()
    announce(permit.tenant, TOPIC, row.id)
    transaction.on_commit(lambda: _copies.delete_objects(gone))


def _quarantine(row: Recording, reason: str) -> None:
    """Say why ``row``, locked, cannot be played; a published copy stays as it is when another search fails."""
    if row.state == RecordingState.SCANNING:
        row.state = RecordingState.QUARANTINED.value
    row.reason, row.stage, row.scanned_at = reason, None, clock.now()
    row.save(update_fields=["state", "reason", "stage", "scanned_at"])
    announce(TenantId(row.tenant), TOPIC, row.id)


def _progress(begun: _Begun) -> audio.Progress:
    told = [clock.now()]

    def tell(stage: str, seconds: float) -> None:
        begun.lease.demand()
        now = clock.now()
        if now - told[0] < timedelta(seconds=_TELL_SECONDS):
            return
        told[0] = now
        with tenant_transaction(begun.tenant):
            begun.lease.renew(stage=stage, passed_seconds=seconds)
            announce(begun.tenant, TOPIC, begun.row.id)

    return tell


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk
