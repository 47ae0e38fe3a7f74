"""Emergencies at rest: asked for, opened, closed, reviewed. The rules are in ``emergency_rules``."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections
from django.db.models import Q

from hushkeep.access import persons
from hushkeep.access.emergency_rules import (
    DECIDED_WITHIN,
    LONGEST,
    REASONS,
    REVIEWED_WITHIN,
    WINDOW,
    Emergency,
    EmergencyState,
    EmergencyVerdict,
    History,
    check_ask,
    check_decision,
    check_opening,
    check_review,
    step,
)
from hushkeep.access.four_eyes import ApprovalRefused, Party
from hushkeep.access.models import Emergency as Row
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, InvalidInput, NotFound, Permit, SubjectId, TenantId, new_id
from hushkeep.runtime.outbox import announce

TOPIC = "approval"
"""Under this topic open consoles hear that an emergency moved, at commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is asked for: ``reference`` is a number of the center's own, so that no name stands in a reason."""

    subject: SubjectId
    reason: str
    reference: str
    lasts: timedelta


def ask(permit: Permit, asking: Asking, *, now: datetime) -> Emergency:
    """Return the new request. Raises InvalidInput, ApprovalRefused by the rules."""
    permit.require(Action.EMERGENCY_REQUEST, None, now=now)
    if asking.reason not in REASONS:
        raise InvalidInput("reason_unknown")
    if not timedelta(0) < asking.lasts <= LONGEST:
        raise InvalidInput("life_or_count_out_of_range")
    asker = persons.party(permit.tenant, permit.actor)
    _lock(asker.human)
    check_ask(asker, History(_asked(asker.human, now=now)))
    row = Row(
        id=new_id(),
        tenant=permit.tenant,
        holder=permit.actor,
        role=asker.role.value,
        subject=asking.subject,
        reason=asking.reason,
        reference=asking.reference,
        minutes=int(asking.lasts.total_seconds()) // 60,
        state=EmergencyState.REQUESTED.value,
        requested_at=now,
    )
    row.save(force_insert=True)
    return _told(row)


def approve(permit: Permit, emergency: UUID, *, now: datetime) -> Emergency:
    """Return the emergency, open, its review due a day later. Raises NotFound, Conflict, ApprovalRefused."""
    row = _decidable(permit, emergency, EmergencyState.OPEN, now=now)
    holder, decider = _party(permit, row.holder), _party(permit, permit.actor)
    _lock(holder.human)
    check_opening(History(0, _pair(holder.human, decider.human, now=now)))
    row.state, row.decided_by, row.opened_at = EmergencyState.OPEN.value, permit.actor, now
    row.ends_at, row.review_due = now + timedelta(minutes=row.minutes), now + REVIEWED_WITHIN
    row.save(update_fields=["state", "decided_by", "opened_at", "ends_at", "review_due"])
    return _told(row)


def refuse(permit: Permit, emergency: UUID, *, now: datetime) -> Emergency:
    """Return the emergency, refused; it still counts. Raises as ``approve``."""
    row = _decidable(permit, emergency, EmergencyState.REFUSED, now=now)
    row.state, row.decided_by = EmergencyState.REFUSED.value, permit.actor
    row.save(update_fields=["state", "decided_by"])
    return _told(row)


def close(permit: Permit, emergency: UUID, *, now: datetime) -> Emergency:
    """Return the emergency, over. What it allowed is refused from now on."""
    permit.require(Action.EMERGENCY_CLOSE, emergency, now=now)
    row = _locked(emergency)
    step(_value(row), EmergencyState.CLOSED)
    return _closed(row, permit.actor, now=now)


def review(permit: Permit, emergency: UUID, verdict: EmergencyVerdict, *, now: datetime) -> Emergency:
    """Return the emergency, judged by a third person. Raises NotFound, Conflict, ApprovalRefused."""
    permit.require(Action.EMERGENCY_REVIEW, emergency, now=now)
    row = _locked(emergency)
    value = _value(row)
    step(value, EmergencyState.REVIEWED)
    if row.decided_by is None:
        raise ApprovalRefused("same_person")  # nobody let them in: no third person can be told from the second
    check_review(value, _party(permit, row.holder), _party(permit, row.decided_by), _party(permit, permit.actor))
    row.state, row.reviewed_by, row.reviewed_at = EmergencyState.REVIEWED.value, permit.actor, now
    row.verdict = verdict.value
    row.save(update_fields=["state", "reviewed_by", "reviewed_at", "verdict"])
    return _told(row)


def find(emergency: UUID) -> Emergency | None:
    """Return one emergency, or None; in the open transaction of its center."""
    row = Row.objects.filter(id=emergency).first()
    return _value(row) if row else None


def page(permit: Permit, *, mine: bool, after: UUID | None, limit: int, now: datetime) -> tuple[Emergency, ...]:
    """Return up to ``limit`` emergencies, the latest first: one's own, or the center's."""
    permit.require(Action.EMERGENCY_LIST, permit.actor if mine else None, now=now)
    rows = Row.objects.order_by("-id")
    if mine:
        rows = rows.filter(holder=permit.actor)
    if after is not None:
        rows = rows.filter(id__lt=after)
    return tuple(_value(row) for row in rows[:limit])


def is_open(holder: UUID, role: Role, subject: SubjectId, *, now: datetime) -> bool:
    """Whether ``holder``, still in the role it was given for, has an open emergency for ``subject``: a fact."""
    rows = Row.objects.filter(holder=holder, role=role.value, subject=subject, state=EmergencyState.OPEN.value)
    return rows.filter(opened_at__lte=now, ends_at__gt=now).exists()


def holds(holder: UUID, *, now: datetime) -> bool:
    """Whether ``holder`` has an open emergency for anybody: their devices may sign for samples meanwhile."""
    rows = Row.objects.filter(holder=holder, state=EmergencyState.OPEN.value)
    return rows.filter(opened_at__lte=now, ends_at__gt=now).exists()


def expire(*, now: datetime) -> list[Emergency]:
    """Let what nobody decided expire; return it. In the center's transaction."""
    late = Row.objects.select_for_update(skip_locked=True).filter(
        state=EmergencyState.REQUESTED.value, requested_at__lte=now - DECIDED_WITHIN
    )
    return [_moved(row, EmergencyState.EXPIRED) for row in late]


def end(*, now: datetime) -> list[Emergency]:
    """Close what has outlived its minutes; return it. In the center's transaction."""
    over = Row.objects.select_for_update(skip_locked=True).filter(state=EmergencyState.OPEN.value, ends_at__lte=now)
    return [_closed(row, None, now=row.ends_at) for row in over]


def tell_overdue(*, now: datetime) -> list[Emergency]:
    """Return the emergencies whose review has become overdue since this was last asked: each is told once."""
    rows = Row.objects.select_for_update(skip_locked=True).filter(
        reviewed_at=None, review_due__lte=now, overdue_told=False
    )
    found = [_value(row) for row in rows]
    Row.objects.filter(id__in=[one.id for one in found]).update(overdue_told=True)
    return found


def _decidable(permit: Permit, emergency: UUID, to: EmergencyState, *, now: datetime) -> Row:
    permit.require(Action.EMERGENCY_DECIDE, emergency, now=now)
    row = _locked(emergency)
    value = _value(row)
    step(value, to)
    check_decision(value, _party(permit, row.holder), _party(permit, permit.actor), now=now)
    return row


def _closed(row: Row, by: UUID | None, *, now: datetime) -> Emergency:
    row.state, row.closed_at, row.closed_by = EmergencyState.CLOSED.value, now, by
    row.save(update_fields=["state", "closed_at", "closed_by"])
    return _told(row)


def _moved(row: Row, to: EmergencyState) -> Emergency:
    row.state = step(_value(row), to).value
    row.save(update_fields=["state"])
    return _told(row)


def _asked(human: UUID, *, now: datetime) -> int:
    accounts = persons.accounts_of(human)
    return Row.objects.filter(holder__in=accounts, requested_at__gt=now - WINDOW).count()


def _pair(holder: UUID, decider: UUID, *, now: datetime) -> int:
    pair = Q(holder__in=persons.accounts_of(holder), decided_by__in=persons.accounts_of(decider))
    return Row.objects.filter(pair, opened_at__gt=now - WINDOW).count()


def _locked(emergency: UUID) -> Row:
    row = Row.objects.select_for_update().filter(id=emergency).first()
    if row is None:
        raise NotFound(f"emergency {emergency}")
    return row


def _lock(human: UUID) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"emergency {human}"])


def _party(permit: Permit, account: UUID) -> Party:
    return persons.party(permit.tenant, account)


def _told(row: Row) -> Emergency:
    announce(TenantId(row.tenant), TOPIC, row.id)
    return _value(row)


def _value(row: Row) -> Emergency:
    return Emergency(
        id=row.id,
        holder=row.holder,
        role=Role(row.role),
        subject=SubjectId(row.subject),
        reason=row.reason,
        reference=row.reference,
        minutes=row.minutes,
        state=EmergencyState(row.state),
        requested_at=row.requested_at,
        decided_by=row.decided_by,
        opened_at=row.opened_at,
        ends_at=row.ends_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        review_due=row.review_due,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
        verdict=EmergencyVerdict(row.verdict) if row.verdict else None,
    )
