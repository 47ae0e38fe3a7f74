"""Alarms: seen and acknowledged."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from hushkeep.access import alarms
from hushkeep.access.actors import Target
from hushkeep.access.alarms import Alarm, Severity
from hushkeep.access.gate import guarded
from hushkeep.api.actors import actor_of
from hushkeep.api.pages import DEFAULT, Cursor, Flag, Limit, read_cursor, split
from hushkeep.api.schemas import Out
from hushkeep.kernel import Action
from hushkeep.runtime import clock

router = Router(tags=["alarms"])


class AlarmOut(Out):
    """An alarm; ``code`` is stable, the console has the words. ``sent``: ``mail``, ``syslog``, ``webhook``."""

    id: UUID
    code: str
    severity: Severity
    person: UUID | None
    event: UUID | None
    count: int
    at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: UUID | None
    sent: list[str]


class AlarmsOut(Out):
    """A page of alarms."""

    items: list[AlarmOut]
    next: str | None


@router.get("/alarms", response=AlarmsOut)
def list_alarms(
    request: HttpRequest,
    *,
    unseen: Flag = False,
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> AlarmsOut:
    """Return alarms, newest first; with ``unseen`` only those nobody has acknowledged."""
    after = read_cursor(cursor)
    page = guarded(
        actor_of(request),
        Action.ALARM_LIST,
        None,
        act=lambda permit: alarms.page(permit, unseen=unseen, after=after, limit=limit + 1, now=clock.now()),
        count=len,
    )
    found, following = split(page, limit)
    return AlarmsOut(items=[_out(a) for a in found], next=following)


@router.post("/alarms/{uuid:alarm}/acknowledge", response=AlarmOut)
def acknowledge(request: HttpRequest, alarm: UUID) -> AlarmOut:
    """Say that one has seen an alarm; the first who does stands with it."""
    seen = guarded(
        actor_of(request),
        Action.ALARM_ACKNOWLEDGE,
        Target(kind="alarm", id=alarm),
        act=lambda permit: alarms.acknowledge(permit, alarm, now=clock.now()),
    )
    return _out(seen)


def _out(alarm: Alarm) -> AlarmOut:
    return AlarmOut.model_validate(alarm)
