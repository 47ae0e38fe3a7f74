"""Alarms: what the security officers must look at. Raised in the transaction of the event that set them off."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from django.db.models import F

from hushkeep.access.alarm_delivery import announce_outside
from hushkeep.access.models import Alarm as Row
from hushkeep.kernel import Action, NotFound, Permit, TenantId, new_id
from hushkeep.runtime.outbox import announce

TOPIC = "alarm"
"""Under this topic open consoles hear of an alarm, at commit."""

_SAME_WITHIN = timedelta(hours=1)


class Severity(StrEnum):
    """How soon somebody must look: at leisure, today, now."""

    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"


ALARMING = MappingProxyType(
    {
        "connector_signature": Severity.RED,
        "conversation_of_another_agent": Severity.RED,
        "country_changed": Severity.RED,
        "device_signature": Severity.RED,
        "device_unknown": Severity.YELLOW,
        "evidence_repeated": Severity.RED,
        "network_changed": Severity.YELLOW,
        "other_tenant": Severity.RED,
        "quota_spent": Severity.RED,
        "reveals_alone_spent": Severity.YELLOW,
        "risk_high": Severity.RED,
    }
)
"""Reason of a refusal -> severity of the alarm it sets off; the reason is the alarm's code."""

ALARMING_ACTIONS = MappingProxyType(
    {
        Action.CONVERSATION_REVEAL: ("reveal_refused", Severity.YELLOW),
        Action.CUSTOMER_REVEAL: ("reveal_refused", Severity.YELLOW),
        Action.EXPORT_EXECUTE: ("export_refused", Severity.RED),
        Action.EXPORT_REQUEST: ("export_refused", Severity.RED),
        Action.EXPORT_REVEAL: ("export_refused", Severity.RED),
        Action.RECORDING_PLAY: ("reveal_refused", Severity.YELLOW),
    }
)
"""Action -> code and severity of the alarm that an outright refusal of it sets off."""


_ANSWERS_SPENT = ("answers_spent", Severity.YELLOW)
"""Who asks on after the last try may be guessing at a customer's PIN or date of birth."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm; ``count`` says how often it happened since ``at``, ``sent`` by which ways it has left the house."""

    id: UUID
    code: str
    severity: Severity
    person: UUID | None
    event: UUID | None
    count: int
    at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: UUID | None
    sent: tuple[str, ...]


def of_refusal(action: Action, reason: str) -> tuple[str, Severity] | None:
    """Return the code and severity of the alarm that a refusal sets off, or None for an ordinary one."""
    if reason in ALARMING:
        return reason, ALARMING[reason]
    if (action, reason) == (Action.CUSTOMER_VERIFY, "rate_limited"):
        return _ANSWERS_SPENT
    return ALARMING_ACTIONS.get(action) if reason == "not_permitted" else None


def sound(  # noqa: PLR0913 - an alarm has so many parts
    tenant: TenantId, code: str, severity: Severity, *, person: UUID | None, event: UUID | None, now: datetime
) -> UUID:
    """Return the alarm's id: a new one, or the open one of the last hour about the same, counted up."""
    same = Row.objects.filter(
        tenant=tenant, code=code, person=person, acknowledged_at=None, at__gt=now - _SAME_WITHIN
    ).first()
    if same is not None:
        Row.objects.filter(id=same.id).update(count=F("count") + 1, event=event)
        announce(tenant, TOPIC, same.id)
        known: UUID = same.id
        return known
    alarm = new_id()
    row = Row(id=alarm, tenant=tenant, code=code, severity=severity.value, person=person, event=event, at=now)
    row.save(force_insert=True)
    announce(tenant, TOPIC, alarm)
    announce_outside(tenant, alarm, severity.value)
    return alarm


def page(permit: Permit, *, unseen: bool, after: UUID | None, limit: int, now: datetime) -> tuple[Alarm, ...]:
    """Return up to ``limit`` alarms, newest first; with ``unseen`` only those nobody has acknowledged."""
    permit.require(Action.ALARM_LIST, None, now=now)
    rows = Row.objects.order_by("-id")
    if unseen:
        rows = rows.filter(acknowledged_at=None)
    if after is not None:
        rows = rows.filter(id__lt=after)
    return tuple(_value(row) for row in rows[:limit])


def acknowledge(permit: Permit, alarm: UUID, *, now: datetime) -> Alarm:
    """Return the alarm, seen by the permit's actor; the first to see it stays. Raises NotFound."""
    permit.require(Action.ALARM_ACKNOWLEDGE, alarm, now=now)
    Row.objects.filter(id=alarm, acknowledged_at=None).update(acknowledged_at=now, acknowledged_by=permit.actor)
    row = Row.objects.filter(id=alarm).first()
    if row is None:
        raise NotFound(f"alarm {alarm}")
    return _value(row)


def _value(row: Row) -> Alarm:
    return Alarm(
        row.id,
        row.code,
        Severity(row.severity),
        row.person,
        row.event,
        row.count,
        row.at,
        row.acknowledged_at,
        row.acknowledged_by,
        tuple(sorted(row.sent)),
    )
