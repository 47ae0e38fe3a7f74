"""Intake runs: opened, counted batch by batch, finished; and what all of them brought."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from hushkeep.kernel import Action, Conflict, InvalidInput, NotFound, Permit, new_id
from hushkeep.records.models import Batch, Run
from hushkeep.records.values import PAGE_LIMIT, Page

_SUMS = ("taken", "duplicates", "changed", "rejected", "messages", "secrets_cut")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a batch, a run or all runs brought: conversations taken, seen before, changed and rejected; turns; findings.

    ``entities`` counts findings by entity, ``channels`` conversations by channel.
    """

    taken: int = 0
    duplicates: int = 0
    changed: int = 0
    rejected: int = 0
    messages: int = 0
    secrets_cut: int = 0
    entities: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Totals") -> "Totals":
        sums = {name: getattr(self, name) + getattr(other, name) for name in _SUMS}
        return Totals(
            **sums,
            entities=dict(Counter(self.entities) + Counter(other.entities)),
            channels=dict(Counter(self.channels) + Counter(other.channels)),
        )


@dataclass(frozen=True, slots=True)
class RunState:
    """One run as it stands."""

    id: UUID
    started_at: datetime
    finished_at: datetime | None
    totals: Totals


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """The answer to a batch: its totals, and each reject as (line, code, parameters)."""

    totals: Totals
    rejects: tuple[tuple[int, str, Mapping[str, str | int]], ...] = ()


def open_run(permit: Permit, *, now: datetime) -> UUID:
    """Return the id of a new run."""
    permit.require(Action.INTAKE_RUN, None, now=now)
    run = new_id()
    Run(id=run, tenant=permit.tenant, actor=permit.actor, started_at=now).save(force_insert=True)
    return run


def finish(permit: Permit, run: UUID, *, now: datetime) -> RunState:
    """Close ``run``; closing twice changes nothing. Raises NotFound."""
    permit.require(Action.INTAKE_RUN, run, now=now)
    Run.objects.filter(id=run, finished_at=None).update(finished_at=now)
    return _state(_found(run))


def demand_open(permit: Permit, run: UUID) -> None:
    """Return when ``run`` takes batches of this actor; raise NotFound, or Conflict when it is finished."""
    row = _found(run)
    if row.actor != permit.actor:
        raise NotFound(f"run {run}")
    if row.finished_at is not None:
        raise Conflict("run_finished")


def answered(run: UUID, key: str) -> BatchAnswer | None:
    """Return the answer that was committed for the batch ``key`` of ``run``, None for a new key."""
    row = Batch.objects.filter(run=run, key=_digest(key)).first()
    if row is None:
        return None
    rejects = tuple((line, code, params) for line, code, params in row.answer["rejects"])
    return BatchAnswer(Totals(**row.answer["totals"]), rejects)


def record(permit: Permit, run: UUID, key: str, answer: BatchAnswer, *, now: datetime) -> None:
    """Keep ``answer`` under its key and add it to the run's totals, in the transaction of the batch."""
    permit.require(Action.CONVERSATION_STORE, None, now=now)
    kept = {"totals": asdict(answer.totals), "rejects": [list(reject) for reject in answer.rejects]}
    Batch(tenant=permit.tenant, run=run, key=_digest(key), taken_at=now, answer=kept).save(force_insert=True)
    row = Run.objects.select_for_update().get(id=run)
    row.totals = asdict(Totals(**row.totals) + answer.totals)
    row.save(update_fields=["totals"])


def run_state(permit: Permit, run: UUID, *, now: datetime) -> RunState:
    """Return one run; raises NotFound."""
    permit.require(Action.INTAKE_VIEW, run, now=now)
    return _state(_found(run))


def page(permit: Permit, *, now: datetime, after: UUID | None = None, limit: int = 50) -> Page[RunState]:
    """Return up to ``limit`` (at most 200) runs, the latest first; ``next`` is the last one's id."""
    permit.require(Action.INTAKE_VIEW, None, now=now)
    if not 1 <= limit <= PAGE_LIMIT:
        raise InvalidInput(f"a page has 1 to {PAGE_LIMIT} items")
    rows = Run.objects.filter(Q(id__lt=after) if after else Q()).order_by("-id")[: limit + 1]
    found = [_state(row) for row in rows]
    return Page(tuple(found[:limit]), str(found[limit - 1].id) if len(found) > limit else None)


@dataclass(frozen=True, slots=True)
class Overview:
    """What is stored: conversations by channel, language, level and day, findings by entity, codes removed."""

    conversations: int
    messages: int
    secrets_cut: int
    channels: Mapping[str, int]
    languages: Mapping[str, int]
    levels: Mapping[str, int]
    entities: Mapping[str, int]
    days: Sequence[tuple[str, int, int]]


def overview(permit: Permit, *, now: datetime) -> Overview:
    """Return the counts over everything that the tenant keeps; each day as (date, conversations, findings)."""
    permit.require(Action.INTAKE_VIEW, None, now=now)
    grouped = _query(
        "SELECT channel, coalesce(language, ''), level, count(*), sum(turn_count), sum(secrets_cut) "
        "FROM records_conversation GROUP BY 1, 2, 3"
    )
    entities = _query(
        "SELECT e.key, sum(e.value::int) FROM records_conversation, jsonb_each_text(entities) e GROUP BY 1 ORDER BY 1"
    )
    days = _query(
        "SELECT (at AT TIME ZONE 'UTC')::date::text, count(*), "
        "coalesce(sum((SELECT sum(e.value::int) FROM jsonb_each_text(entities) e)), 0) "
        "FROM records_conversation GROUP BY 1 ORDER BY 1 DESC LIMIT 90"
    )
    return Overview(
        conversations=sum(row[3] for row in grouped),
        messages=sum(row[4] for row in grouped),
        secrets_cut=sum(row[5] for row in grouped),
        channels=_sum(grouped, 0),
        languages=_sum(grouped, 1),
        levels=_sum(grouped, 2),
        entities={name: int(count) for name, count in entities},
        days=tuple((day, int(conversations), int(findings)) for day, conversations, findings in reversed(days)),
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
    return RunState(row.id, row.started_at, row.finished_at, Totals(**row.totals))


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
