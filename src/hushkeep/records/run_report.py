"""What one intake run brought over time: personal data by entity, class and level, conversations by channel."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from hushkeep import detect
from hushkeep.kernel import Action, Permit
from hushkeep.records import runs
from hushkeep.records.runs import RunState

MAX_DAYS = 92
"""A run over more days than this is told by month."""

_DAYS = "SELECT count(DISTINCT (at AT TIME ZONE 'UTC')::date) FROM records_conversation WHERE run = %s"
_BEGAN = "to_char(at AT TIME ZONE 'UTC', %s)"
_CHANNELS = f"SELECT {_BEGAN}, channel, count(*) FROM records_conversation WHERE run = %s GROUP BY 1, 2"  # noqa: S608
_ENTITIES = (
    f"SELECT {_BEGAN}, e.key, sum(e.value::int) FROM records_conversation, jsonb_each_text(entities) e "  # noqa: S608
    "WHERE run = %s GROUP BY 1, 2"
)


@dataclass(slots=True)
class Period:
    """A day (``2026-03-04``) or month (``2026-03``): conversations by channel; findings by entity, class, level."""

    began: str
    channels: Counter[str] = field(default_factory=Counter)
    entities: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run as it stands, its findings by class and level, and its ``periods`` in rising order.

    A conversation counts at the day on which it began, or was taken in where its source does not say; one that a later
    run replaced counts there.
    """

    state: RunState
    classes: Mapping[str, int]
    levels: Mapping[str, int]
    periods: Sequence[Period]


def report(permit: Permit, run: UUID, *, now: datetime) -> RunReport:
    """Return what ``run`` brought; raises NotFound."""
    permit.require(Action.INTAKE_VIEW, run, now=now)
    state = runs.run_state(permit, run, now=now)
    [[days]] = _rows(_DAYS, [run])
    shape = "YYYY-MM-DD" if days <= MAX_DAYS else "YYYY-MM"
    periods: dict[str, Period] = {}
    for began, channel, count in _rows(_CHANNELS, [shape, run]):
        periods.setdefault(began, Period(began)).channels[channel] += count
    for began, entity, count in _rows(_ENTITIES, [shape, run]):
        period = periods.setdefault(began, Period(began))
        period.entities[entity] += int(count)
        period.classes[detect.klass(entity)] += int(count)
        period.levels[str(detect.level(entity))] += int(count)
    classes: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    for entity, count in state.totals.entities.items():
        classes[detect.klass(entity)] += count
        levels[str(detect.level(entity))] += count
    return RunReport(state, dict(classes), dict(levels), tuple(periods[began] for began in sorted(periods)))


def _rows(statement: str, values: Sequence[str | UUID]) -> list[tuple[Any, ...]]:
    """Return the rows of ``statement``; the tenant's wall stands in the database."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
