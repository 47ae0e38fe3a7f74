"""Requests for four eyes at rest: asked, decided, carried out, each under a lock. The rules are in ``four_eyes``."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections
from django.db.models import Q, Sum

from hushkeep.access import persons
from hushkeep.access.four_eyes import (
    DECIDERS,
    EXPORTS,
    LONGEST,
    WINDOW,
    Approval,
    ApprovalRefused,
    History,
    Party,
    State,
    check_execution,
    check_party,
    check_time,
    check_yes,
    conflicts,
    is_large,
    is_sampled,
    step,
)
from hushkeep.access.models import Approval as Row
from hushkeep.kernel import Action, InvalidInput, NotFound, Permit, Plain, canonical, new_id
from hushkeep.runtime.outbox import announce

TOPIC = "approval"
"""Under this topic open consoles hear that a request moved, at commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is asked for. ``scope`` holds ids, codes and times: never a value of a customer."""

    action: Action
    target: UUID | None
    scope: Mapping[str, Plain]
    count: int
    clear: bool
    purpose: str
    lasts: timedelta


def digest_of(action: Action, target: UUID | None, scope: Mapping[str, Plain]) -> bytes:
    """Return the SHA-256 that fixes what is asked for."""
    return hashlib.sha256(canonical({"action": action.value, "target": target, "scope": dict(scope)})).digest()


def ask(permit: Permit, asking: Asking, *, now: datetime) -> Approval:
    """Return the new request. Its end, scope and count are fixed from here on.

    Raises InvalidInput for a life outside (0, 3 days] or no count, ApprovalRefused("ceiling_reached"), or
    ("roles_conflict") for a human whose accounts may not be one person's.
    """
    exports = asking.action in EXPORTS
    permit.require(Action.EXPORT_REQUEST if exports else Action.APPROVAL_REQUEST, None, now=now)
    if asking.action not in DECIDERS:
        raise InvalidInput("takes_no_second_person")
    if not timedelta(0) < asking.lasts <= LONGEST or asking.count < 1:
        raise InvalidInput("life_or_count_out_of_range")
    asker = persons.party(permit.tenant, permit.actor)
    if conflicts(asker.roles):
        raise ApprovalRefused("roles_conflict")
    _lock(asker.human)
    asked = _asked(asker.human, clear=asking.clear, now=now)
    row = Row(
        id=new_id(),
        tenant=permit.tenant,
        action=asking.action.value,
        target=asking.target,
        scope=dict(asking.scope),
        digest=digest_of(asking.action, asking.target, asking.scope),
        count=asking.count,
        clear=asking.clear,
        large=is_large(asking.count, clear=asking.clear, asked_in_window=asked),
        purpose=asking.purpose,
        state=State.REQUESTED.value,
        requester=permit.actor,
        requester_human=asker.human,
        requested_at=now,
        expires_at=now + asking.lasts,
    )
    row.save(force_insert=True)
    announce(permit.tenant, TOPIC, row.id)
    return _value(row)


def approve(permit: Permit, approval: UUID, *, now: datetime, draw: int) -> Approval:
    """Return the request, approved by the permit's actor; ``draw`` (0-99) decides on the security officer's sample.

    Raises NotFound, Conflict where it is settled, ApprovalRefused by the rules of ``four_eyes``.
    """
    row, value = _decidable(permit, approval, State.APPROVED, now=now)
    requester, decider = _party(permit, value.requester), _party(permit, permit.actor)
    check_party(value, requester, decider)
    _lock(decider.human)
    check_yes(value, requester, decider, _history(requester.human, decider.human, now=now))
    row.sampled = is_sampled(value, draw)
    return _decided(permit, row, decider.human, State.APPROVED, now=now)


def reject(permit: Permit, approval: UUID, *, now: datetime) -> Approval:
    """Return the request, rejected; it still counts where requests are added up. Raises as ``approve``."""
    row, value = _decidable(permit, approval, State.REJECTED, now=now)
    decider = _party(permit, permit.actor)
    check_party(value, _party(permit, value.requester), decider)
    return _decided(permit, row, decider.human, State.REJECTED, now=now)


def execute(  # noqa: PLR0913 - what is about to happen, to be held against what was approved
    permit: Permit, approval: UUID, *, action: Action, scope: Mapping[str, Plain], count: int, now: datetime
) -> Approval:
    """Return the request, used up: the caller does what it allows in this very transaction.

    Raises NotFound, Conflict where it is not approved or was used, ApprovalRefused where scope, count or hands differ.
    """
    row = _locked(approval)
    value = _value(row)
    permit.require(action, approval if value.target is None else value.target, now=now)
    step(value, State.EXECUTED)
    check_time(value, now=now)
    requester, decider = _party(permit, value.requester), _party(permit, _somebody(value.decided_by))
    executor = _party(permit, permit.actor)
    digest = digest_of(action, value.target, scope)
    check_execution(value, requester, decider, executor, digest=digest, count=count)
    row.state, row.executed_by, row.executed_at = State.EXECUTED.value, permit.actor, now
    row.save(update_fields=["state", "executed_by", "executed_at"])
    announce(permit.tenant, TOPIC, row.id)
    return _value(row)


def standing(action: Action, target: UUID | None, *, now: datetime) -> int:
    """Return how many approvals of ``action`` stand for ``target`` (the thing, or the request itself): a fact."""
    if target is None:
        return 0
    rows = Row.objects.filter(Q(id=target) | Q(target=target), action=action.value, state=State.APPROVED.value)
    return rows.filter(expires_at__gt=now).count()


def find(approval: UUID) -> Approval | None:
    """Return one request as it stands, or None; in the open transaction of its center."""
    row = Row.objects.filter(id=approval).first()
    return _value(row) if row else None


def page(  # noqa: PLR0913 - the filter's parts beside the page's
    permit: Permit, *, state: State | None, sampled: bool, after: UUID | None, limit: int, now: datetime
) -> tuple[Approval, ...]:
    """Return up to ``limit`` requests, the latest first; with ``sampled`` those a security officer looks at."""
    permit.require(Action.APPROVAL_LIST, None, now=now)
    rows = Row.objects.order_by("-id")
    if state is not None:
        rows = rows.filter(state=state.value)
    if sampled:
        rows = rows.filter(sampled=True)
    if after is not None:
        rows = rows.filter(id__lt=after)
    return tuple(_value(row) for row in rows[:limit])


def expire(*, now: datetime) -> tuple[UUID, ...]:
    """Let what has outlived its end expire, in the open transaction; return the requests' ids."""
    live = (State.REQUESTED.value, State.APPROVED.value)
    rows = Row.objects.select_for_update(skip_locked=True).filter(state__in=live, expires_at__lte=now)
    ended = tuple(rows.values_list("id", flat=True))
    Row.objects.filter(id__in=ended).update(state=State.EXPIRED.value)
    return ended


def _decidable(permit: Permit, approval: UUID, to: State, *, now: datetime) -> tuple[Row, Approval]:
    permit.require(Action.APPROVAL_DECIDE, approval, now=now)
    row = _locked(approval)
    value = _value(row)
    step(value, to)
    check_time(value, now=now)
    return row, value


def _decided(permit: Permit, row: Row, human: UUID, to: State, *, now: datetime) -> Approval:
    row.state, row.decided_by, row.decided_human, row.decided_at = to.value, permit.actor, human, now
    row.save(update_fields=["state", "decided_by", "decided_human", "decided_at", "sampled"])
    announce(permit.tenant, TOPIC, row.id)
    return _value(row)


def _locked(approval: UUID) -> Row:
    row = Row.objects.select_for_update().filter(id=approval).first()
    if row is None:
        raise NotFound(f"approval {approval}")
    return row


def _asked(human: UUID, *, clear: bool, now: datetime) -> int:
    """What one human asked for in the window, whatever became of it; under every account they have."""
    rows = Row.objects.filter(Q(requester__in=persons.accounts_of(human)) | Q(requester_human=human))
    total = rows.filter(clear=clear, requested_at__gt=now - WINDOW).aggregate(total=Sum("count"))["total"]
    return int(total or 0)


def _history(requester: UUID, decider: UUID, *, now: datetime) -> History:
    rows = Row.objects.filter(decided_by__in=persons.accounts_of(decider), decided_at__gt=now - WINDOW)
    rows = rows.filter(state__in=[State.APPROVED.value, State.EXECUTED.value, State.EXPIRED.value])
    return History(rows.filter(requester__in=persons.accounts_of(requester)).count(), rows.count())


def _lock(human: UUID) -> None:
    """Two requests, or two decisions, of one human wait for each other."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"four eyes {human}"])


def _party(permit: Permit, account: UUID) -> Party:
    return persons.party(permit.tenant, account)


def _somebody(person: UUID | None) -> UUID:
    if person is None:
        raise ApprovalRefused("same_person")  # nobody decided: nobody's yes is not another's
    return person


def _value(row: Row) -> Approval:
    return Approval(
        id=row.id,
        action=Action(row.action),
        target=row.target,
        scope=row.scope,
        digest=bytes(row.digest),
        count=row.count,
        clear=row.clear,
        large=row.large,
        purpose=row.purpose,
        state=State(row.state),
        requester=row.requester,
        requested_at=row.requested_at,
        expires_at=row.expires_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        executed_by=row.executed_by,
        executed_at=row.executed_at,
        sampled=row.sampled,
    )
