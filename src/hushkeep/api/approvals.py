"""Four eyes: requests, and the yes or no of a second person."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status
from pydantic import Field

from hushkeep.access.administration import approvals
from hushkeep.access.four_eyes import LENT_AT_MOST, Approval, State
from hushkeep.api.actors import actor_of
from hushkeep.api.evidence import ProofIn
from hushkeep.api.pages import DEFAULT, Cursor, Flag, Limit, read_cursor, split
from hushkeep.api.schemas import In, Out
from hushkeep.identity import people
from hushkeep.kernel import Action, Permit, TenantId
from hushkeep.records import export_signatures
from hushkeep.runtime.clock import now
from hushkeep.runtime.key_client import keys

router = Router(tags=["approvals"])

_MINUTES_OF_THREE_DAYS = 3 * 24 * 60


class ApprovalOut(Out):
    """One request: what exactly, why, until when, and who did what with it. ``scope`` is what was fixed.

    A name is null where nobody has done it yet, or where the center no longer knows who they were.
    """

    id: UUID
    action: Action
    target: UUID | None
    scope: dict[str, object]
    digest: str
    count: int
    clear: bool
    large: bool
    purpose: str
    state: State
    requester: UUID
    requester_name: str | None
    requested_at: datetime
    expires_at: datetime
    decided_by: UUID | None
    decided_by_name: str | None
    decided_at: datetime | None
    executed_by: UUID | None
    executed_by_name: str | None
    executed_at: datetime | None
    sampled: bool


class ApprovalsOut(Out):
    """A page of requests."""

    items: list[ApprovalOut]
    next: str | None


class AskIn(In):
    """What is asked for; ``minutes`` is how long the request and its leave live. ``count`` is 1 but for reveals."""

    action: Action
    target: UUID | None = None
    count: int = Field(default=1, ge=1, le=LENT_AT_MOST)
    purpose: str = Field(max_length=40)
    minutes: int = Field(ge=1, le=_MINUTES_OF_THREE_DAYS)


class SignedIn(In):
    """The signature of this browser's key over the statement of a clear export; null for anything else."""

    proof: ProofIn | None = None


class SameIn(In):
    """The other account of the same person."""

    other: UUID


class PlaceIn(In):
    """The line in which the person works: an id of the center's own; null for none."""

    line: UUID | None


@router.get("/approvals", response=ApprovalsOut)
def list_approvals(
    request: HttpRequest,
    state: Annotated[State | None, Query()] = None,
    sampled: Flag = False,  # noqa: FBT002 - a query parameter
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> ApprovalsOut:
    """Return the center's requests, the latest first."""
    found = approvals.page(actor_of(request), state=state, sampled=sampled, after=read_cursor(cursor), limit=limit + 1)
    shown, following = split(found, limit)
    return ApprovalsOut(items=shown_approvals(actor_of(request).tenant, shown), next=following)


@router.post("/approvals", response={201: ApprovalOut})
def ask(request: HttpRequest, body: AskIn) -> Status[ApprovalOut]:
    """Ask for leave to do one thing once, or to reveal so many originals. Exports are asked for at ``/exports``."""
    lasts = timedelta(minutes=body.minutes)
    made = approvals.ask(
        actor_of(request), body.action, body.target, count=body.count, purpose=body.purpose, lasts=lasts
    )
    return Status(201, shown_approval(actor_of(request).tenant, made))


@router.post("/approvals/{uuid:approval}/approve", response=ApprovalOut)
def approve(request: HttpRequest, approval: UUID, body: SignedIn | None = None) -> ApprovalOut:
    """Say yes as a second person, with a second factor shown in the last five minutes; to a clear export, signed."""
    actor = actor_of(request)
    proof = body.proof.read(actor) if body and body.proof else None

    def sign(permit: Permit) -> None:
        export_signatures.sign(permit, approval, proof, keys(), now=now())

    return shown_approval(actor.tenant, approvals.approve(actor, approval, sign=sign))


@router.post("/approvals/{uuid:approval}/reject", response=ApprovalOut)
def reject(request: HttpRequest, approval: UUID) -> ApprovalOut:
    """Say no; what was asked for still counts where requests are added up."""
    return shown_approval(actor_of(request).tenant, approvals.reject(actor_of(request), approval))


@router.post("/people/{uuid:person}/same", response={204: None})
def declare_same(request: HttpRequest, person: UUID, body: SameIn) -> Status[None]:
    """Note that two accounts are one person's; it cannot be taken back."""
    approvals.declare_same(actor_of(request), person, body.other)
    return Status(204, None)


@router.post("/people/{uuid:person}/line", response={204: None})
def place(request: HttpRequest, person: UUID, body: PlaceIn) -> Status[None]:
    """Note in which line a person works: a large request is approved from outside the requester's."""
    approvals.place(actor_of(request), person, body.line)
    return Status(204, None)


def shown_approval(tenant: TenantId, approval: Approval) -> ApprovalOut:
    """Return a request as the API shows it."""
    return shown_approvals(tenant, [approval])[0]


def shown_approvals(tenant: TenantId, requests: Sequence[Approval]) -> list[ApprovalOut]:
    """Return requests of ``tenant`` with the names of who asked, decided and carried out: one query for all."""
    hands = (hand for each in requests for hand in (each.requester, each.decided_by, each.executed_by))
    names = people.names_of(tenant, hands)
    return [_out(each, names) for each in requests]


def _out(approval: Approval, names: Mapping[UUID | None, str]) -> ApprovalOut:
    return ApprovalOut(
        id=approval.id,
        action=approval.action,
        target=approval.target,
        scope=dict(approval.scope),
        digest=approval.digest.hex(),
        count=approval.count,
        clear=approval.clear,
        large=approval.large,
        purpose=approval.purpose,
        state=approval.state,
        requester=approval.requester,
        requester_name=names.get(approval.requester),
        requested_at=approval.requested_at,
        expires_at=approval.expires_at,
        decided_by=approval.decided_by,
        decided_by_name=names.get(approval.decided_by),
        decided_at=approval.decided_at,
        executed_by=approval.executed_by,
        executed_by_name=names.get(approval.executed_by),
        executed_at=approval.executed_at,
        sampled=approval.sampled,
    )
