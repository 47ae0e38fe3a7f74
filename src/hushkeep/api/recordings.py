"""Recordings: landed by a program, listed and seen masked, played second by second, with who listened to what."""

import re
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import Field

from hushkeep import audio
from hushkeep.access.actors import Actor, Target
from hushkeep.access.gate import guarded
from hushkeep.api.actors import actor_of
from hushkeep.api.evidence import event_of, evidence_of
from hushkeep.api.pages import DEFAULT, Limit
from hushkeep.api.schemas import Out
from hushkeep.channels import recordings as received
from hushkeep.identity import people
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, InvalidInput, Permit, Unavailable
from hushkeep.records import discarded, runs, tenant_keys
from hushkeep.records.recordings import checking, landing, playback, scanning, shelf
from hushkeep.records.recordings.values import KIND, Codec, Detail, Landed, Playing, RecordingState, Summary
from hushkeep.runtime.clock import now
from hushkeep.runtime.key_client import Proof, keys
from hushkeep.runtime.tenancy import tenant_transaction

router = Router(tags=["recordings"])

Cursor = Annotated[str | None, Query(max_length=64)]
Purpose = Annotated[str, Query(max_length=64)]
Offset = Annotated[int, Query(ge=0)]
Which = Annotated[RecordingState | None, Query()]
Run = Annotated[UUID | None, Query()]
Original = Annotated[bool, Query()]
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})")
MEDIA = {Codec.FLAC: "audio/flac", Codec.OPUS: "audio/ogg; codecs=opus"}


class LandedOut(Out):
    """Where a recording stands: ``landed_size`` of its bytes are sealed."""

    id: UUID
    state: str
    landed_size: int
    duplicate: bool


class StateOut(Out):
    """Where a recording stands."""

    state: str


class RecordingOut(Out):
    """A recording in a list; ``hidden`` counts silent spans by what was said there."""

    id: UUID
    subject: UUID
    conversation: UUID | None
    agent: str | None
    language: str | None
    direction: str | None
    started_at: datetime | None
    landed_at: datetime
    expires_at: datetime | None
    state: str
    reason: str | None
    stage: str | None
    passed_seconds: float
    seconds: float | None
    channels: int | None
    sampled: bool
    hidden: dict[str, int]


class RecordingsOut(Out):
    """A page of recordings, the latest first."""

    items: list[RecordingOut]
    next: str | None


class SpanOut(Out):
    """Silent seconds [start, end) of a channel, and what was said or typed there."""

    channel: int
    start: float
    end: float
    entity: str


class LineOut(Out):
    """What was said, masked."""

    channel: int
    start: float
    end: float
    text: str


class HarmOut(Out):
    """Segment ``segment`` of a copy that does not open, and about which seconds it held."""

    role: str
    part: int
    segment: int
    start: float | None
    end: float | None


class RecordingDetailOut(RecordingOut):
    """A recording as it may be seen. ``pieces`` are the byte offsets of each second of its audio, and its end.

    ``opus_pieces`` are those of its audio in Opus, empty where there is none; each begins ``opus_lead`` seconds early.
    ``harms`` is what the check of the seals at ``checked_at`` found broken.
    """

    spans: list[SpanOut]
    transcript: list[LineOut]
    peaks: list[list[int]]
    pieces: list[int]
    opus_pieces: list[int]
    opus_lead: float = audio.LEAD_SECONDS
    harms: list[HarmOut]
    checked_at: datetime | None
    media_type: str = MEDIA[Codec.FLAC]
    max_seconds: int = Field(playback.MAX_SECONDS)


class HeardOut(Out):
    """Seconds [first, end) that were handed out, to whom (by name, if of this center) and under which event."""

    event: UUID
    actor: UUID
    name: str | None
    at: datetime
    first: int
    end: int
    seek: bool


class HeardsOut(Out):
    """Who listened to what, the latest first."""

    items: list[HeardOut]


@router.post("/recordings", response={200: LandedOut, 201: LandedOut})
def land(request: HttpRequest, run: Run = None) -> Status[LandedOut]:
    """Take in a recording: one line of JSON, then its first bytes (16 MiB a request); 200 when it was there already.

    As a part of ``run`` it is taken while that runs: 409 while it is paused, and once it is over.
    """
    place = landing.reserve(actor_of(request).tenant)
    landed = guarded(
        actor_of(request),
        Action.RECORDING_LAND,
        Target(kind=KIND),
        act=lambda permit: _landed(permit, request.body, run, place),
    )
    return Status(200 if landed.duplicate else 201, _state(landed))


@router.post("/recordings/{uuid:recording}/parts", response=LandedOut)
def add_part(request: HttpRequest, recording: UUID, at: Offset) -> LandedOut:
    """Take the bytes of a recording from the offset ``at`` on; sent twice, they are taken once."""
    object_id = discarded.reserve(actor_of(request).tenant)
    landed = guarded(
        actor_of(request),
        Action.RECORDING_LAND,
        _target(actor_of(request), recording),
        act=lambda permit: landing.add_part(
            permit, recording, at, [request.body], keys(), object_id=object_id, now=now()
        ),
    )
    return _state(landed)


@router.post("/recordings/{uuid:recording}/scan", response=StateOut)
def scan(request: HttpRequest, recording: UUID) -> StateOut:
    """Search a recording again, since rules or recogniser are better now."""
    state = guarded(
        actor_of(request),
        Action.RECORDING_REDACT,
        _target(actor_of(request), recording),
        act=lambda permit: scanning.rescan(permit, recording, now=now()),
    )
    return StateOut(state=state.value)


@router.post("/recordings/{uuid:recording}/verify", response={202: None})
def verify(request: HttpRequest, recording: UUID) -> Status[None]:
    """Have the seals of all copies of a recording checked; its detail says what came out, and when."""
    guarded(
        actor_of(request),
        Action.RECORDING_VERIFY,
        _target(actor_of(request), recording),
        act=lambda permit: checking.ask(permit, recording, now=now()),
    )
    return Status(202, None)


@router.get("/recordings", response=RecordingsOut)
def list_recordings(
    request: HttpRequest, state: Which = None, cursor: Cursor = None, limit: Limit = DEFAULT
) -> RecordingsOut:
    """Return recordings, the latest first; an agent's list holds the agent's own calls."""
    actor = actor_of(request)
    own = actor.person if actor.role == Role.AGENT else None
    page = guarded(
        actor,
        Action.RECORDING_LIST,
        Target(kind=KIND, owner=actor.person),
        act=lambda permit: shelf.page(permit, now=now(), state=state, agent=own, cursor=cursor, limit=limit),
        count=lambda result: len(result.items),
    )
    return RecordingsOut(items=[_summary(item) for item in page.items], next=page.next)


@router.get("/recordings/{uuid:recording}", response=RecordingDetailOut)
def view(request: HttpRequest, recording: UUID) -> RecordingDetailOut:
    """Return a recording with its hidden spans, masked transcript and loudness."""
    found = guarded(
        actor_of(request),
        Action.RECORDING_VIEW,
        _target(actor_of(request), recording),
        act=lambda permit: shelf.view(permit, recording, now=now()),
    )
    return _detail(found)


@router.get("/recordings/{uuid:recording}/audio", response={206: None})
def play(  # noqa: PLR0913, PLR0917, RUF100 - the query
    request: HttpRequest,
    recording: UUID,
    purpose: Purpose,
    original: Original = False,  # noqa: FBT002
    codec: Codec = Codec.FLAC,
) -> HttpResponse:
    """Return whole seconds, at most five, of the redacted copy for a ``Range`` of its bytes; each is logged as heard.

    Every five minutes the listener's browser signs anew, in the header ``Hushkeep-Evidence`` (a ProofIn, base64url).
    ``original`` asks for the sealed original, which takes two people: it is refused with ``approval_required``.
    """
    actor = actor_of(request)
    said, signed = request.headers.get("Range", ""), evidence_of(request)
    proof = signed.read(actor) if signed else None
    played = guarded(
        actor,
        Action.RECORDING_PLAY,
        _target(actor, recording),
        purpose=purpose,
        event=event_of(signed),
        act=lambda permit: _played(permit, recording, said, proof, codec, original=original),
        count=lambda result: result.seconds,
    )
    answer = HttpResponse(played.data, status=206, content_type=MEDIA[codec])
    answer["Content-Range"] = f"bytes {played.start}-{played.end - 1}/{played.size}"
    answer["Accept-Ranges"] = "bytes"
    return answer


@router.get("/recordings/{uuid:recording}/listening", response=HeardsOut)
def listening(request: HttpRequest, recording: UUID, limit: Limit = DEFAULT) -> HeardsOut:
    """Return who heard which seconds, the latest first."""
    rows = guarded(
        actor_of(request),
        Action.AUDIT_READ,
        _target(actor_of(request), recording),
        act=lambda permit: shelf.heard(permit, recording, now=now(), limit=limit),
        count=len,
    )
    names = people.names_of(actor_of(request).tenant, (row.actor for row in rows))
    return HeardsOut(items=[HeardOut.model_validate(asdict(row) | {"name": names.get(row.actor)}) for row in rows])


def _landed(permit: Permit, body: bytes, run: UUID | None, place: landing.Place) -> Landed:
    if run is not None:
        runs.demand_open(permit, run)
    if not tenant_keys.ready(permit.tenant):
        raise Unavailable("keys_not_made_yet")
    arrival, first = received.split(body)
    return landing.land(permit, arrival, [first], keys(), place=place, now=now())


def _played(  # noqa: PLR0913 - what is asked, by whom it is signed
    permit: Permit, recording: UUID, said: str, proof: Proof | None, codec: Codec, *, original: bool
) -> Playing:
    if original:
        playback.original(permit, recording, now=now())
    asked = _RANGE.fullmatch(said)
    if asked is None:
        raise InvalidInput("range_missing")
    asked_of = (recording, int(asked[1]), int(asked[2]), keys())
    return playback.play(permit, *asked_of, now=now(), proof=proof, codec=codec)


def _target(actor: Actor, recording: UUID) -> Target:
    """Return the recording with what the decision looks at: whose call it was, and whether it is in the sample."""
    with tenant_transaction(actor.tenant):
        facts = shelf.facts_of(recording)
    if facts is None:
        return Target(kind=KIND, id=recording)
    return Target(
        kind=KIND,
        id=recording,
        subject=facts.subject,
        conversation=facts.conversation,
        owner=facts.agent,
        sampled=facts.sampled,
    )


def _state(landed: Landed) -> LandedOut:
    return LandedOut(id=landed.id, state=landed.state.value, landed_size=landed.landed_size, duplicate=landed.duplicate)


def _summary(item: Summary) -> RecordingOut:
    return RecordingOut.model_validate(asdict(item))


def _detail(found: Detail) -> RecordingDetailOut:
    whole = asdict(found)
    return RecordingDetailOut.model_validate(whole.pop("summary") | whole)
