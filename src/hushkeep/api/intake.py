"""Intake: runs, batches of JSON Lines, and what all of it brought."""

from dataclasses import asdict
from datetime import datetime, time
from io import BytesIO
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Body, Header, Query, Router, Status
from pydantic import Field, StringConstraints

from hushkeep.access.actors import Target, may_at_best
from hushkeep.access.gate import guarded
from hushkeep.api.actors import actor_of
from hushkeep.api.pages import DEFAULT, Cursor, Limit, read_cursor, split
from hushkeep.api.schemas import In, Out
from hushkeep.audit import trail
from hushkeep.channels import intake as received
from hushkeep.channels.lines import Reject, read
from hushkeep.kernel import Action, Conversation, InvalidInput, Permit, Unavailable
from hushkeep.records import intake, run_report, runs, tenant_keys
from hushkeep.records.runs import BatchAnswer, RunState, Totals
from hushkeep.runtime.clock import now
from hushkeep.runtime.key_client import keys

router = Router(tags=["intake"])

MAX_BYTES = 8 * 1024 * 1024
"""The largest batch; one conversation alone may be half of it."""
KIND = "intake_run"

RunId = Annotated[UUID, Query(...)]
Repeat = Annotated[str, Header(..., alias="Idempotency-Key", min_length=16, max_length=128)]


class TotalsOut(Out):
    """Conversations taken, seen before, changed, rejected; turns; codes removed; findings by entity.

    ``attachments`` counts by state those of which everything has come.
    """

    taken: int
    duplicates: int
    changed: int
    rejected: int
    messages: int
    secrets_cut: int
    entities: dict[str, int]
    channels: dict[str, int]
    days: dict[str, int]
    reasons: dict[str, int]
    attachments: dict[str, int]
    missing: int
    files: int
    bytes: int


class RunOut(TotalsOut):
    """An intake run; ``source`` is always null: where files lie stays with whoever sent them.

    ``state``: running, paused, cancelled, finished.
    """

    id: UUID
    source: None = None
    state: str
    started_at: datetime
    finished_at: datetime | None


class RunsOut(Out):
    """A page of runs, the latest first."""

    items: list[RunOut]
    next: str | None


class NewRunOut(Out):
    """The id to send batches under."""

    id: UUID


class RejectOut(Out):
    """A line that was not taken: its number in the batch, a stable code, and parameters without personal data."""

    line: int
    code: str
    params: dict[str, str | int]


class WantedOut(Out):
    """A piece whose bytes are to follow, to be posted under ``id``: ``part`` (8 MiB each) of the ``attachment``-th
    attachment of the line ``line``.
    """  # noqa: D205 - one sentence

    line: int
    attachment: int
    part: int
    id: UUID


class BatchOut(Out):
    """What became of a batch; ``wanted`` names the pieces of attachments whose bytes are to follow."""

    run: UUID
    taken: int
    duplicates: int
    changed: int
    messages: int
    rejected: list[RejectOut]
    entities: dict[str, int]
    channels: dict[str, int]
    days: dict[str, int]
    secrets_cut: int
    attachments: dict[str, int]
    wanted: list[WantedOut]


Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Some = Annotated[int, Field(ge=0, le=2**53)]


BATCH_FIELDS = (
    *("taken", "duplicates", "changed", "messages", "secrets_cut", "entities", "channels", "days"),
    "attachments",
)
"""What the answer to a batch tells of its totals."""


class SeenIn(In):
    """What the sender alone knows of a run: its source, what never became a conversation by reason, what is missing."""

    files: Some = 0
    bytes: Some = 0
    missing: Some = 0
    reasons: dict[Code, Some] = Field(default_factory=dict, max_length=200)


class PeriodOut(Out):
    """A day or month (``began``): conversations by channel; findings by entity, class and level."""

    began: str
    channels: dict[str, int]
    entities: dict[str, int]
    classes: dict[str, int]
    levels: dict[str, int]


class ReportOut(RunOut):
    """A run with its findings by class and level, and over time."""

    classes: dict[str, int]
    levels: dict[str, int]
    periods: list[PeriodOut]


class DayOut(Out):
    """Conversations of one day by channel."""

    day: str
    channels: dict[str, int]


class OverviewOut(Out):
    """Everything kept, in numbers."""

    conversations: int
    turns: int
    channels: dict[str, int]
    languages: dict[str, int]
    levels: dict[str, int]
    entities: dict[str, int]
    classes: dict[str, int]
    days: list[DayOut]
    secrets_cut: int
    events_today: int
    reveals_today: int
    runs: list[RunOut]


@router.post("/intake/runs", response={201: NewRunOut})
def open_run(request: HttpRequest) -> Status[NewRunOut]:
    """Begin a run; 503 until the center's keys are made, a few seconds after its founding."""
    run = guarded(
        actor_of(request),
        Action.INTAKE_RUN,
        Target(kind=KIND),
        act=_opened,
    )
    return Status(201, NewRunOut(id=run))


@router.post("/intake/runs/{uuid:run}/finish", response=RunOut)
def finish_run(request: HttpRequest, run: UUID, seen: Annotated[SeenIn | None, Body()] = None) -> RunOut:
    """End a run; ending it twice changes nothing."""
    known = seen or SeenIn()
    brought = Totals(**known.model_dump(), rejected=sum(known.reasons.values()))
    state = guarded(
        actor_of(request),
        Action.INTAKE_RUN,
        Target(kind=KIND, id=run),
        act=lambda permit: runs.finish(permit, run, now=now(), seen=brought),
    )
    return _run(state)


@router.post("/intake/runs/{uuid:run}/pause", response=RunOut)
def pause_run(request: HttpRequest, run: UUID) -> RunOut:
    """Let a run stand still: what is on its way is taken, nothing after it. 409 where it does not run."""
    return _steered(request, Action.INTAKE_PAUSE, run)


@router.post("/intake/runs/{uuid:run}/resume", response=RunOut)
def resume_run(request: HttpRequest, run: UUID) -> RunOut:
    """Let a paused run go on; 409 where it is not paused."""
    return _steered(request, Action.INTAKE_RESUME, run)


@router.post("/intake/runs/{uuid:run}/cancel", response=RunOut)
def cancel_run(request: HttpRequest, run: UUID) -> RunOut:
    """End a run before its time: what was taken in stays. 409 where it is over."""
    return _steered(request, Action.INTAKE_CANCEL, run)


def _steered(request: HttpRequest, action: Action, run: UUID) -> RunOut:
    state = guarded(
        actor_of(request),
        action,
        Target(kind=KIND, id=run),
        act=lambda permit: runs.steer(permit, run, now=now()),
    )
    return _run(state)


@router.get("/intake/runs", response=RunsOut)
def list_runs(request: HttpRequest, cursor: Cursor = None, limit: Limit = DEFAULT) -> RunsOut:
    """Return runs, the latest first."""
    after = read_cursor(cursor)
    page = guarded(
        actor_of(request),
        Action.INTAKE_VIEW,
        Target(kind=KIND),
        act=lambda permit: runs.page(permit, now=now(), after=after, limit=limit + 1),
        count=len,
    )
    found, following = split(page, limit)
    return RunsOut(items=[_run(state) for state in found], next=following)


@router.get("/intake/runs/{uuid:run}", response=RunOut)
def read_run(request: HttpRequest, run: UUID) -> RunOut:
    """Return one run as it stands."""
    state = guarded(
        actor_of(request),
        Action.INTAKE_VIEW,
        Target(kind=KIND, id=run),
        act=lambda permit: runs.run_state(permit, run, now=now()),
    )
    return _run(state)


@router.get("/intake/runs/{uuid:run}/report", response=ReportOut)
def read_report(request: HttpRequest, run: UUID) -> ReportOut:
    """Return what a run brought, by entity, class, level and channel, in all and over time."""
    seen = guarded(
        actor_of(request),
        Action.INTAKE_VIEW,
        Target(kind=KIND, id=run),
        act=lambda permit: run_report.report(permit, run, now=now()),
    )
    return ReportOut.model_validate(
        {
            **_run(seen.state).model_dump(),
            "classes": seen.classes,
            "levels": seen.levels,
            "periods": [PeriodOut.model_validate(period) for period in seen.periods],
        }
    )


@router.post("/intake/batches", response=BatchOut)
def take_batch(request: HttpRequest, run: RunId, key: Repeat) -> BatchOut:
    """Take in JSON Lines (at most 8 MiB, 500 conversations); the same key gets the same answer, whatever happened."""
    if len(request.body) > MAX_BYTES:
        raise InvalidInput("batch_too_large")
    lines = list(received.receive_all(read(BytesIO(request.body), encoding="utf-8-sig")))
    if len(lines) > intake.MAX_CONVERSATIONS:
        raise InvalidInput("batch_too_long")
    actor = actor_of(request)
    replace = may_at_best(actor, Action.CONVERSATION_REVISE)
    answer = guarded(
        actor,
        Action.CONVERSATION_STORE,
        Target(kind=KIND),
        act=lambda permit: taken_lines(permit, run, key, lines, replace=replace),
        count=lambda result: result.totals.taken + result.totals.changed,
    )
    return _batch(run, answer)


@router.get("/overview", response=OverviewOut)
def overview(request: HttpRequest) -> OverviewOut:
    """Return everything kept, in numbers, and the latest runs."""
    return guarded(actor_of(request), Action.INTAKE_VIEW, Target(kind=KIND), act=_overview)


def _opened(permit: Permit) -> UUID:
    if not tenant_keys.ready(permit.tenant):
        raise Unavailable("keys_not_made_yet")
    return runs.open_run(permit, now=now())


def taken_lines(
    permit: Permit, run: UUID, key: str, lines: list[tuple[int, Conversation] | Reject], *, replace: bool
) -> BatchAnswer:
    """Return what became of a batch of lines under ``key``: as it was answered before, if it was.

    With ``replace`` other content under a stored id takes its place; else it is named and stays out.
    """
    runs.demand_open(permit, run)
    if (before := runs.answered(run, key)) is not None:
        return before
    at = now()
    batch = [line for line in lines if not isinstance(line, Reject)]
    taken = intake.take(permit, run, batch, keys(), replace=replace, now=at)
    rejects: list[runs.Refused] = [(line.line, line.code, line.params) for line in lines if isinstance(line, Reject)]
    answer = BatchAnswer(
        taken.totals(rejected=[code for _, code, _ in rejects]),
        tuple(sorted([*rejects, *((n, code, {}) for n, code in taken.clashes)], key=lambda reject: reject[0])),
        tuple((one.number, one.attachment, one.part, one.id) for one in taken.wanted),
    )
    runs.record(permit, run, key, answer, now=at)
    return answer


def noted(permit: Permit, run: UUID, key: str, seen: Totals) -> None:
    """Add to ``run``, once under ``key``, what was seen of a file and never became a conversation."""
    runs.demand_open(permit, run)
    if runs.answered(run, key) is None:
        runs.record(permit, run, key, BatchAnswer(seen), now=now())


def _overview(permit: Permit) -> OverviewOut:
    at = now()
    seen = runs.overview(permit, now=at)
    today = datetime.combine(at.date(), time(), tzinfo=at.tzinfo)
    return OverviewOut(
        conversations=seen.conversations,
        turns=seen.messages,
        channels=dict(seen.channels),
        languages=dict(seen.languages),
        levels=dict(seen.levels),
        entities=dict(seen.entities),
        classes=dict(seen.classes),
        days=[DayOut(day=day, channels=dict(channels)) for day, channels in seen.days],
        secrets_cut=seen.secrets_cut,
        events_today=trail.count_since(permit, today),
        reveals_today=trail.count_since(permit, today, action=Action.CONVERSATION_REVEAL),
        runs=[_run(state) for state in runs.page(permit, now=at, limit=5)],
    )


def _run(state: RunState) -> RunOut:
    return RunOut.model_validate(
        {
            **asdict(state.totals),
            "id": state.id,
            "state": state.stand.value,
            "started_at": state.started_at,
            "finished_at": state.finished_at,
        }
    )


def _batch(run: UUID, answer: BatchAnswer) -> BatchOut:
    rejected = [RejectOut(line=line, code=code, params=dict(params)) for line, code, params in answer.rejects]
    counted = {name: getattr(answer.totals, name) for name in BATCH_FIELDS}
    wanted = [
        WantedOut(line=line, attachment=attachment, part=part, id=id_) for line, attachment, part, id_ in answer.wanted
    ]
    return BatchOut.model_validate({**counted, "run": run, "rejected": rejected, "wanted": wanted})
