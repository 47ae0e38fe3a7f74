"""Alarms: seen and acknowledged."""

from collections.abc import Mapping, Sequence
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
from hushkeep.identity import people
from hushkeep.kernel import Action, TenantId
from hushkeep.runtime import clock

router = Router(tags=["alarms"])


class AlarmOut(Out):
    """An alarm; ``code`` is stable, the console has the words. ``sent``: ``mail``, ``syslog``, ``webhook``.

    A name is null where it is nobody's, or where the center no longer knows who they were.
    """

    id: UUID
    code: str
    severity: Severity
    person: UUID | None
    person_name: str | None
    event: UUID | None
    count: int
    at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: UUID | None
    acknowledged_by_name: str | None
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
    return AlarmsOut(items=_shown(actor_of(request).tenant, found), next=following)


@router.post("/alarms/{uuid:alarm}/acknowledge", response=AlarmOut)
def acknowledge(request: HttpRequest, alarm: UUID) -> AlarmOut:
    """Say that one has seen an alarm; the first who does stands with it."""
    seen = guarded(
        actor_of(request),
        Action.ALARM_ACKNOWLEDGE,
        Target(kind="alarm", id=alarm),
        act=lambda permit: alarms.acknowledge(permit, alarm, now=clock.now()),
    )
    return _shown(actor_of(request).tenant, [seen])[0]


def _shown(tenant: TenantId, those: Sequence[Alarm]) -> list[AlarmOut]:
    names = people.names_of(tenant, (one for alarm in those for one in (alarm.person, alarm.acknowledged_by)))
    return [_out(alarm, names) for alarm in those]


def _out(alarm: Alarm, names: Mapping[UUID | None, str]) -> AlarmOut:
    told = {f"{whose}_name": names.get(getattr(alarm, whose)) for whose in ("person", "acknowledged_by")}
    return AlarmOut(**told | {key: getattr(alarm, key) for key in AlarmOut.model_fields if key not in told})
