"""Intake runs: opened, counted batch by batch, finished; and what all of them brought."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from hushkeep import detect
from hushkeep.kernel import Action, Conflict, Denied, NotFound, Permit, new_id
from hushkeep.records.models import Batch, Run
from hushkeep.records.values import PAGE_LIMIT

_SUMS = ("taken", "duplicates", "changed", "rejected", "messages", "secrets_cut", "missing", "files", "bytes")
_COUNTS = ("entities", "channels", "days", "reasons", "attachments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a batch, a run or all runs brought: conversations taken, seen before, changed and rejected; turns; findings.

    ``entities`` counts findings by entity, ``channels`` conversations by channel, ``days`` by the
    day (UTC) on which they began, "" where the source does not say; ``reasons`` what was not taken, by code.
    ``missing`` are calls and tickets that a list names and nobody brought; ``files`` and ``bytes`` the source, as
    whoever sent it says; ``attachments`` counts by state those of which everything has come.
    """

    taken: int = 0
    duplicates: int = 0
    changed: int = 0
    rejected: int = 0
    messages: int = 0
    secrets_cut: int = 0
    entities: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    attachments: Mapping[str, int] = field(default_factory=dict)
    missing: int = 0
    files: int = 0
    bytes: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        values: dict[str, Any] = {name: getattr(self, name) + getattr(other, name) for name in _SUMS}
        for name in _COUNTS:
            values[name] = dict(Counter(getattr(self, name)) + Counter(getattr(other, name)))
        return Totals(**values)


class Stand(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"


STEPS: Mapping[Action, tuple[frozenset[Stand], Stand]] = {
    Action.INTAKE_PAUSE: (frozenset({Stand.RUNNING}), Stand.PAUSED),
    Action.INTAKE_RESUME: (frozenset({Stand.PAUSED}), Stand.RUNNING),
    Action.INTAKE_CANCEL: (frozenset({Stand.RUNNING, Stand.PAUSED}), Stand.CANCELLED),
}
"""What may be asked of a run, where it must stand, and where it stands then."""


@dataclass(frozen=True, slots=True)
class RunState:
    """One run as it stands. A cancelled run is ``finished_at`` when its sender has heard of it."""

    id: UUID
    started_at: datetime
    finished_at: datetime | None
    totals: Totals
    stand: Stand


Refused = tuple[int, str, Mapping[str, str | int]]
"""A line that was not taken: its number from 1, a stable code, parameters without personal data."""


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """The answer to a batch: its totals, its rejects, and the pieces of attachments whose bytes are to follow:
    (line, attachment, part, id), the first three as they were handed in.
    """  # noqa: D205 - a list

    totals: Totals
    rejects: tuple[Refused, ...] = ()
    wanted: tuple[tuple[int, int, int, UUID], ...] = ()


def open_run(permit: Permit, *, now: datetime) -> UUID:
    """Return the id of a new run."""
    permit.require(Action.INTAKE_RUN, None, now=now)
    run = new_id()
    Run(id=run, tenant=permit.tenant, actor=permit.actor, started_at=now).save(force_insert=True)
    return run


def finish(permit: Permit, run: UUID, *, now: datetime, seen: Totals | None = None) -> RunState:
    """Close ``run``; closing twice changes nothing. Raises NotFound.

    ``seen`` is what its sender alone knows: the source's files and bytes, what never became a conversation, by reason.
    """
    permit.require(Action.INTAKE_RUN, run, now=now)
    row = Run.objects.select_for_update().filter(id=run).first()
    if row is None or row.actor != permit.actor:
        raise NotFound(f"run {run}")
    if row.finished_at is None:
        row.finished_at = now
        row.totals = asdict(Totals(**row.totals) + (seen or Totals()))
        row.save(update_fields=["finished_at", "totals"])
    return _state(row)


def steer(permit: Permit, run: UUID, *, now: datetime) -> RunState:
    """Pause, resume or cancel ``run``, as the permit's action says; whoever started it hears of it with the next batch.

    What was taken in stays. Raises Denied for another permit, NotFound, Conflict("run_" and where it stands).
    """
    if permit.action not in STEPS:
        raise Denied(f"permit {permit.decision}: not for a run")
    permit.require(permit.action, run, now=now)
    row = Run.objects.select_for_update().filter(id=run).first()
    if row is None:
        raise NotFound(f"run {run}")
    before, after = STEPS[permit.action]
    if _stand(row) not in before:
        raise Conflict(f"run_{_stand(row)}")
    row.asked = None if after is Stand.RUNNING else after.value
    row.save(update_fields=["asked"])
    return _state(row)


def demand_open(permit: Permit, run: UUID) -> None:
    """Return when ``run`` takes batches of this actor; raise NotFound, or Conflict("run_" and where it stands)."""
    row = _found(run)
    if row.actor != permit.actor:
        raise NotFound(f"run {run}")
    if _stand(row) is not Stand.RUNNING:
        raise Conflict(f"run_{_stand(row)}")


def answered(run: UUID, key: str) -> BatchAnswer | None:
    """Return the answer that was committed for the batch ``key`` of ``run``, None for a new key."""
    row = Batch.objects.filter(run=run, key=_digest(key)).first()
    if row is None:
        return None
    rejects = tuple((line, code, params) for line, code, params in row.answer["rejects"])
    wanted = tuple((line, attachment, part, UUID(id_)) for line, attachment, part, id_ in row.answer.get("wanted", []))
    return BatchAnswer(Totals(**row.answer["totals"]), rejects, wanted)


def record(permit: Permit, run: UUID, key: str, answer: BatchAnswer, *, now: datetime) -> None:
    """Keep ``answer`` under its key and add it to the run's totals, in the transaction of the batch."""
    permit.require(Action.CONVERSATION_STORE, None, now=now)
    kept = {
        "totals": asdict(answer.totals),
        "rejects": [list(reject) for reject in answer.rejects],
        "wanted": [[*places, str(id_)] for *places, id_ in answer.wanted],
    }
    Batch(tenant=permit.tenant, run=run, key=_digest(key), taken_at=now, answer=kept).save(force_insert=True)
    _add(run, answer.totals)


def add(permit: Permit, run: UUID, totals: Totals, *, now: datetime) -> None:
    """Add to ``run`` what came after its batch, in the open transaction; raises Denied without a permit to store."""
    permit.require(Action.CONVERSATION_STORE, permit.target, now=now)
    _add(run, totals)


def _add(run: UUID, totals: Totals) -> None:
    row = Run.objects.select_for_update().get(id=run)
    row.totals = asdict(Totals(**row.totals) + totals)
    row.save(update_fields=["totals"])


def run_state(permit: Permit, run: UUID, *, now: datetime) -> RunState:
    """Return one run; raises NotFound."""
    permit.require(Action.INTAKE_VIEW, run, now=now)
    return _state(_found(run))


def page(permit: Permit, *, now: datetime, after: UUID | None = None, limit: int = 50) -> tuple[RunState, ...]:
    """Return up to ``limit`` (at most 201) runs, the latest first, beginning after the run ``after``."""
    permit.require(Action.INTAKE_VIEW, None, now=now)
    rows = Run.objects.filter(Q(id__lt=after) if after else Q()).order_by("-id")[: min(limit, PAGE_LIMIT + 1)]
    return tuple(_state(row) for row in rows)


@dataclass(frozen=True, slots=True)
class Overview:
    """What is stored: conversations by channel, language and level, findings by entity and class, codes removed.

    ``days`` holds (date, conversations by channel) of the last 90 days with any, in rising order.
    """

    conversations: int
    messages: int
    secrets_cut: int
    channels: Mapping[str, int]
    languages: Mapping[str, int]
    levels: Mapping[str, int]
    entities: Mapping[str, int]
    classes: Mapping[str, int]
    days: Sequence[tuple[str, Mapping[str, int]]]


_GROUPED = (
    "SELECT channel, coalesce(language, ''), level, count(*), sum(turn_count), sum(secrets_cut) "
    "FROM records_conversation GROUP BY 1, 2, 3"
)
_ENTITIES = (
    "SELECT e.key, sum(e.value::int) FROM records_conversation, jsonb_each_text(entities) e GROUP BY 1 ORDER BY 1"
)
_DAYS = (
    "SELECT day, jsonb_object_agg(channel, n) FROM (SELECT (at AT TIME ZONE 'UTC')::date::text AS day, channel, "
    "count(*) AS n FROM records_conversation GROUP BY 1, 2) c GROUP BY 1 ORDER BY 1 DESC LIMIT 90"
)


def overview(permit: Permit, *, now: datetime) -> Overview:
    """Return the counts over everything that the tenant keeps."""
    permit.require(Action.INTAKE_VIEW, None, now=now)
    grouped = _query(_GROUPED)
    entities = {name: int(count) for name, count in _query(_ENTITIES)}
    classes: Counter[str] = Counter()
    for name, count in entities.items():
        classes[detect.klass(name)] += count
    return Overview(
        conversations=sum(row[3] for row in grouped),
        messages=sum(row[4] for row in grouped),
        secrets_cut=sum(row[5] for row in grouped),
        channels=_sum(grouped, 0),
        languages=_sum(grouped, 1),
        levels=_sum(grouped, 2),
        entities=entities,
        classes=dict(sorted(classes.items())),
        days=tuple((day, json.loads(by_channel)) for day, by_channel in reversed(_query(_DAYS))),
    )


def _query(statement: str) -> list[tuple[Any, ...]]:
    """Return the rows of ``statement``; the tenant's wall stands in the database."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _sum(grouped: Sequence[tuple[Any, ...]], column: int) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for row in grouped:
        counted[str(row[column])] += int(row[3])
    return dict(sorted(counted.items()))


def _found(run: UUID) -> Run:
    row = Run.objects.filter(id=run).first()
    if row is None:
        raise NotFound(f"run {run}")
    return row


def _state(row: Run) -> RunState:
    return RunState(row.id, row.started_at, row.finished_at, Totals(**row.totals), _stand(row))


def _stand(row: Run) -> Stand:
    if row.asked == Stand.CANCELLED:
        return Stand.CANCELLED
    if row.finished_at is not None:
        return Stand.FINISHED
    return Stand.PAUSED if row.asked == Stand.PAUSED else Stand.RUNNING


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
