"""Access reviews at rest: opened, decided person by person, closed with a report. The rules are in ``review_rules``."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hushkeep.access.models import Review as Row
from hushkeep.access.models import ReviewItem
from hushkeep.access.permissions import permissions
from hushkeep.access.review_rules import DUE_WITHIN, Campaign, Item, ReviewVerdict, check_close, quarter_of, step
from hushkeep.identity import devices, people
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, Conflict, NotFound, Permit, Plain, canonical, new_id, timestamp


def open_campaign(permit: Permit, *, demo: bool, now: datetime) -> Campaign:
    """Return this quarter's campaign, new, with an item for each active person; raises Conflict when there is one."""
    permit.require(Action.REVIEW_OPEN, None, now=now)
    quarter = quarter_of(now.date())
    if Row.objects.filter(quarter=quarter).exists():
        raise Conflict("review_exists")
    row = Row(id=new_id(), tenant=permit.tenant, quarter=quarter, opened_at=now, due_at=now + DUE_WITHIN)
    row.save(force_insert=True)
    trusted = devices.trusted_counts()
    ReviewItem.objects.bulk_create(
        ReviewItem(
            id=new_id(),
            tenant=permit.tenant,
            review=row.id,
            person=person.id,
            role=person.role.value,
            actions=sorted(permissions(person.role, demo=demo)),
            seen_at=seen_at,
            devices=trusted.get(person.id, 0),
            verdict=ReviewVerdict.OPEN.value,
        )
        for person, seen_at in people.effective(permit.tenant)
    )
    return _value(row)


def decide(permit: Permit, campaign: UUID, person: UUID, verdict: ReviewVerdict, *, now: datetime) -> Item:
    """Return the item, decided by the permit's actor; raises NotFound, Conflict where it was decided or is closed."""
    permit.require(Action.REVIEW_DECIDE, person, now=now)
    demand_open(campaign, person)
    row = ReviewItem.objects.select_for_update().get(review=campaign, person=person)
    row.verdict = step(ReviewVerdict(row.verdict), verdict).value
    row.decided_by, row.decided_at = permit.actor, now
    row.save(update_fields=["verdict", "decided_by", "decided_at"])
    return _item(row)


def demand_open(campaign: UUID, person: UUID) -> None:
    """Return when ``person`` is still to be decided on in an open campaign; raise NotFound or Conflict."""
    if _locked(campaign).closed_at is not None:
        raise Conflict("review_closed")
    row = ReviewItem.objects.filter(review=campaign, person=person).first()
    if row is None:
        raise NotFound(f"person {person} in review {campaign}")
    step(ReviewVerdict(row.verdict), ReviewVerdict.REMOVED)


def close(permit: Permit, campaign: UUID, *, now: datetime) -> tuple[Campaign, dict[str, Plain]]:
    """Return the campaign, closed, and what the ledger keeps of it: the digest of its report and the counts."""
    permit.require(Action.REVIEW_CLOSE, campaign, now=now)
    row = _locked(campaign)
    decided = _items(campaign)
    check_close(_value(row), decided)
    row.closed_at, row.closed_by, row.event = now, permit.actor, new_id()
    report = report_of(_value(row), decided)
    row.digest = hashlib.sha256(canonical(report)).digest()
    row.save(update_fields=["closed_at", "closed_by", "event", "digest"])
    kept: dict[str, Plain] = {
        "review": campaign,
        "quarter": row.quarter,
        "sha256": row.digest.hex(),
        "kept": sum(item.verdict is ReviewVerdict.KEPT for item in decided),
        "removed": sum(item.verdict is ReviewVerdict.REMOVED for item in decided),
    }
    return _value(row), kept


def report_of(campaign: Campaign, decided: Sequence[Item]) -> dict[str, Plain]:
    """Return the report whose canonical form is hashed: who had which rights, and what was decided by whom when."""
    return {
        "review": campaign.id,
        "quarter": campaign.quarter,
        "opened_at": timestamp(campaign.opened_at),
        "closed_at": timestamp(campaign.closed_at) if campaign.closed_at else None,
        "closed_by": campaign.closed_by,
        "items": [
            {
                "person": item.person,
                "role": item.role.value,
                "actions": [action.value for action in item.actions],
                "seen_at": timestamp(item.seen_at) if item.seen_at else None,
                "devices": item.devices,
                "verdict": item.verdict.value,
                "decided_by": item.decided_by,
                "decided_at": timestamp(item.decided_at) if item.decided_at else None,
            }
            for item in decided
        ],
    }


def page(permit: Permit, *, now: datetime) -> tuple[Campaign, ...]:
    """Return the center's campaigns, the latest first."""
    permit.require(Action.REVIEW_LIST, None, now=now)
    return tuple(_value(row) for row in Row.objects.order_by("-id")[:100])


def whole(permit: Permit, campaign: UUID, *, now: datetime) -> tuple[Campaign, tuple[Item, ...]]:
    """Return one campaign with its items; raises NotFound."""
    permit.require(Action.REVIEW_LIST, campaign, now=now)
    row = Row.objects.filter(id=campaign).first()
    if row is None:
        raise NotFound(f"review {campaign}")
    return _value(row), _items(campaign)


def exists(quarter: str) -> bool:
    """Whether ``quarter`` has its campaign; in the center's transaction."""
    return Row.objects.filter(quarter=quarter).exists()


def tell_overdue(*, now: datetime) -> list[Campaign]:
    """Return the campaigns that have become overdue since this was last asked: each is told once."""
    rows = Row.objects.select_for_update(skip_locked=True).filter(closed_at=None, due_at__lte=now, overdue_told=False)
    found = [_value(row) for row in rows]
    Row.objects.filter(id__in=[one.id for one in found]).update(overdue_told=True)
    return found


def _locked(campaign: UUID) -> Row:
    row = Row.objects.select_for_update().filter(id=campaign).first()
    if row is None:
        raise NotFound(f"review {campaign}")
    return row


def _items(campaign: UUID) -> tuple[Item, ...]:
    return tuple(_item(row) for row in ReviewItem.objects.filter(review=campaign).order_by("id"))


def _item(row: ReviewItem) -> Item:
    return Item(
        person=row.person,
        role=Role(row.role),
        actions=tuple(Action(action) for action in row.actions),
        seen_at=row.seen_at,
        devices=row.devices,
        verdict=ReviewVerdict(row.verdict),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _value(row: Row) -> Campaign:
    return Campaign(
        id=row.id,
        quarter=row.quarter,
        opened_at=row.opened_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        digest=bytes(row.digest) if row.digest else None,
        event=row.event,
    )
