"""Access reviews: campaigns, effective rights, and keep or remove."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status

from hushkeep.access.administration import reviews
from hushkeep.access.review_rules import Campaign, ReviewVerdict
from hushkeep.access.reviews import report_of
from hushkeep.api.actors import actor_of
from hushkeep.api.schemas import Out
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, canonical
from hushkeep.runtime import clock

router = Router(tags=["reviews"])


class CampaignOut(Out):
    """One quarter's review; once closed, ``sha256`` of its report stands in the event ``event`` of the ledger."""

    id: UUID
    quarter: str
    opened_at: datetime
    due_at: datetime
    overdue: bool
    closed_at: datetime | None
    closed_by: UUID | None
    sha256: str | None
    event: UUID | None


class CampaignsOut(Out):
    """The center's campaigns, the latest first."""

    items: list[CampaignOut]


class ReviewItemOut(Out):
    """One person's effective rights when the campaign began, and what was decided."""

    person: UUID
    role: Role
    actions: list[Action]
    seen_at: datetime | None
    devices: int
    verdict: ReviewVerdict
    decided_by: UUID | None
    decided_at: datetime | None


class ReviewOut(CampaignOut):
    """A campaign with everybody in it; once closed, ``report`` is the very text whose SHA-256 the ledger keeps."""

    items: list[ReviewItemOut]
    report: str | None


@router.get("/reviews", response=CampaignsOut)
def list_reviews(request: HttpRequest) -> CampaignsOut:
    """Return the center's campaigns."""
    return CampaignsOut(items=[_campaign(one) for one in reviews.page(actor_of(request))])


@router.post("/reviews", response={201: CampaignOut})
def open_review(request: HttpRequest) -> Status[CampaignOut]:
    """Open this quarter's campaign now; a quarter has one."""
    return Status(201, _campaign(reviews.open_campaign(actor_of(request))))


@router.get("/reviews/{uuid:review}", response=ReviewOut)
def view_review(request: HttpRequest, review: UUID) -> ReviewOut:
    """Return a campaign with every person's effective rights: the report whose digest is in the ledger."""
    campaign, items = reviews.whole(actor_of(request), review)
    shown = [ReviewItemOut.model_validate(item) for item in items]
    report = canonical(report_of(campaign, items)).decode() if campaign.closed_at else None
    return ReviewOut(**dict(_campaign(campaign)), items=shown, report=report)


@router.post("/reviews/{uuid:review}/keep", response=ReviewItemOut)
def keep(request: HttpRequest, review: UUID, person: Annotated[UUID, Query()]) -> ReviewItemOut:
    """Let a person keep their rights."""
    return ReviewItemOut.model_validate(reviews.keep(actor_of(request), review, person))


@router.post("/reviews/{uuid:review}/remove", response=ReviewItemOut)
def remove(request: HttpRequest, review: UUID, person: Annotated[UUID, Query()]) -> ReviewItemOut:
    """Take a person's rights away: their sessions end at once."""
    return ReviewItemOut.model_validate(reviews.remove(actor_of(request), review, person))


@router.post("/reviews/{uuid:review}/close", response=CampaignOut)
def close(request: HttpRequest, review: UUID) -> CampaignOut:
    """Close a campaign in which everybody was decided on."""
    return _campaign(reviews.close(actor_of(request), review))


def _campaign(one: Campaign) -> CampaignOut:
    return CampaignOut(
        id=one.id,
        quarter=one.quarter,
        opened_at=one.opened_at,
        due_at=one.due_at,
        overdue=one.overdue(now=clock.now()),
        closed_at=one.closed_at,
        closed_by=one.closed_by,
        sha256=one.digest.hex() if one.digest else None,
        event=one.event,
    )
