"""Landing: a recording arrives in parts, each sealed before it is kept, under keys that only the worker can open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hushkeep.identity import people
from hushkeep.kernel import (
    Action,
    Channel,
    Conflict,
    Conversation,
    InvalidInput,
    NotFound,
    Permit,
    SubjectId,
    TenantId,
    new_id,
)
from hushkeep.records import _subjects, discarded
from hushkeep.records._examine import examine, shown_name
from hushkeep.records._fingerprint import reference_of
from hushkeep.records.discarded import Made
from hushkeep.records.models import Conversation as Talk
from hushkeep.records.models import Recording
from hushkeep.records.recordings import _copies
from hushkeep.records.recordings.scanning import SCAN
from hushkeep.records.recordings.values import Arrival, Landed, RecordingState
from hushkeep.runtime.jobs import enqueue
from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.settings import settings

SAME_ID = "same_id_other_content"


@dataclass(frozen=True, slots=True)
class Place:
    """The ids of what a landing may make: its first part, the recording's ring, and the keys of a new customer."""

    object: UUID
    ring: UUID
    subject: UUID


def reserve(tenant: TenantId) -> Place:
    """Return a place for a recording; what is made in it and not claimed in time is destroyed. As discarded.reserve."""
    return Place(*discarded.reserve_each(tenant, [Made.OBJECT, Made.RING, Made.RING]))


def land(  # noqa: PLR0913 - what, where to, with what
    permit: Permit, arrival: Arrival, chunks: Iterable[bytes], keys: KeyClient, *, place: Place, now: datetime
) -> Landed:
    """Take the first part of a recording (perhaps all of it), inside the gate's transaction; return where it stands.

    ``place`` was reserved for it and is claimed here, used or not. The same recording sent again changes nothing.

    Raises Denied without a permit, Conflict for another recording under the same id, InvalidInput
    ("recording_too_large" or "more_than_announced"), Unavailable without keys or when the reservation has run out.
    """
    permit.require(Action.RECORDING_LAND, None, now=now)
    discarded.claim([place.object, place.ring, place.subject])
    if not 0 < arrival.size <= settings().recording_bytes:
        raise InvalidInput("recording_too_large" if arrival.size > 0 else "recording_empty")
    source = keys.index(permit.tenant, [("source_id", reference_of(arrival.source_id, source="recording"))])[0]
    known = Recording.objects.filter(source_digest=source).first()
    if known is not None:
        if bytes(known.sha256) != arrival.sha256:
            raise Conflict(SAME_ID)
        return _landed(known, duplicate=True)
    row = _row(permit, arrival, source, keys, place, now)
    row.save(force_insert=True)
    return _take(row, chunks, keys, place.object)


def add_part(  # noqa: PLR0913 - what, from where, where to, with what
    permit: Permit,
    recording: UUID,
    at: int,
    chunks: Iterable[bytes],
    keys: KeyClient,
    *,
    object_id: UUID,
    now: datetime,
) -> Landed:
    """Take the bytes of ``recording`` from the offset ``at`` on; a part that was taken already changes nothing.

    ``object_id`` was reserved for the part (``discarded.reserve``) and is claimed here, used or not. Raises NotFound,
    Conflict("part_elsewhere") when bytes before ``at`` are missing, InvalidInput and Unavailable as ``land``.
    """
    permit.require(Action.RECORDING_LAND, recording, now=now)
    discarded.claim([object_id])
    row = Recording.objects.select_for_update().filter(id=recording).first()
    if row is None:
        raise NotFound(f"recording {recording}")
    if at < row.landed_size:
        return _landed(row, duplicate=True)
    if at > row.landed_size or row.state != RecordingState.LANDING:
        raise Conflict("part_elsewhere")
    return _take(row, chunks, keys, object_id)


def _take(row: Recording, chunks: Iterable[bytes], keys: KeyClient, object_id: UUID) -> Landed:
    content = b"".join(chunks)
    row.landed_size += len(content)
    if not content or row.landed_size > row.size:
        raise InvalidInput("more_than_announced" if content else "part_empty")
    part = len(_copies.rows(row.id, _copies.ORIGINAL))
    sealed = _copies.seal_part(row, content, keys, object_id=object_id)
    _copies.row(sealed, row.id, _copies.ORIGINAL, part=part, suffix=row.suffix).save(force_insert=True)
    if row.landed_size == row.size:
        row.state = RecordingState.LANDED.value
        enqueue(SCAN, TenantId(row.tenant), recording=row.id)
    row.save(update_fields=["landed_size", "state"])
    return _landed(row)


def _landed(row: Recording, *, duplicate: bool = False) -> Landed:
    return Landed(row.id, RecordingState(row.state), row.landed_size, duplicate)


def _row(  # noqa: PLR0913, PLR0917 - what, where to, with what
    permit: Permit, arrival: Arrival, source: bytes, keys: KeyClient, place: Place, now: datetime
) -> Recording:
    keys.create_rings(permit.tenant, [place.ring])
    talk = _conversation(permit.tenant, arrival, keys)
    subject = SubjectId(talk.subject) if talk else _subject(permit.tenant, arrival, keys, place, now)
    who = people.with_login(permit.tenant, arrival.agent) if arrival.agent else None
    return Recording(
        id=new_id(),
        tenant=permit.tenant,
        subject=subject,
        conversation=talk.id if talk else None,
        source_digest=source,
        agent=shown_name(arrival.agent) if arrival.agent else None,
        agent_person=who.id if who else None,
        language=arrival.language,
        direction=arrival.direction.value if arrival.direction else None,
        started_at=arrival.started_at,
        landed_at=now,
        expires_at=now + settings().recording_unscanned,
        suffix=arrival.suffix,
        size=arrival.size,
        sha256=arrival.sha256,
        state=RecordingState.LANDING.value,
        ring=place.ring,
        pauses=[list(pause) for pause in arrival.pauses],
        said_seconds=arrival.seconds,
        said_channels=arrival.channels,
    )


def _conversation(tenant: TenantId, arrival: Arrival, keys: KeyClient) -> Talk | None:
    if arrival.conversation is None:
        return None
    digest = keys.index(tenant, [("source_id", reference_of(arrival.conversation))])[0]
    return Talk.objects.filter(source_digest=digest).only("id", "subject").first()


def _subject(tenant: TenantId, arrival: Arrival, keys: KeyClient, place: Place, now: datetime) -> SubjectId:
    """Whose call it is, by what its metadata says of the customer; a subject of its own when it says nothing."""
    call = Conversation(arrival.source_id, Channel.CALL, (), customer=arrival.customer)
    named = _subjects.identifiers(examine([call])[0])
    digests = keys.index(tenant, named) if named else []
    pairs = [(name, digest) for (name, _), digest in zip(named, digests, strict=True)]
    resolution = _subjects.resolve([pairs], [None], fresh=lambda: place.subject)
    _subjects.write(tenant, resolution, keys, now)
    return resolution.subjects[0]
