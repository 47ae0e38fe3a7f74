"""The log of events: searched, and each event's proof."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from hushkeep.access import mandates
from hushkeep.access.actors import Target
from hushkeep.access.gate import guarded
from hushkeep.access.policy_set import by_id, shipped
from hushkeep.api.actors import actor_of
from hushkeep.api.pages import DEFAULT
from hushkeep.api.schemas import In, Moment, Out
from hushkeep.audit import trail
from hushkeep.identity import people
from hushkeep.kernel import (
    Action,
    ActorId,
    ConversationId,
    EventId,
    InvalidInput,
    Outcome,
    SubjectId,
    TenantId,
)
from hushkeep.ledger import Checkpoint, Note, leaf_hash
from hushkeep.runtime.language import gettext_in

router = Router(tags=["events"])


class ActorOut(Out):
    """Who acted; ``name`` is a person's of this center."""

    id: UUID | None
    name: str | None
    kind: str


class TargetOut(Out):
    """What was acted upon."""

    kind: str | None
    id: UUID | None


class DecidingRuleOut(Out):
    """The policy that decided. Its sentence only where the set is the one in force: another's may have said else."""

    id: str
    says_en: str
    says_zh: str


class EventOut(Out):
    """One fact; ``verified`` says that the row hashes to its leaf in the log."""

    id: UUID
    at: datetime
    actor: ActorOut
    action: str
    outcome: str
    reason: str
    rule: DecidingRuleOut | None
    purpose: str | None
    target: TargetOut | None
    conversation: UUID | None
    subject: UUID | None
    count: int | None
    seq: int | None
    verified: bool


class EventsOut(Out):
    """A page of events, the latest first."""

    items: list[EventOut]
    next: str | None


class ProofOut(Out):
    """The place of an event in the signed log: hex digests, and the signed checkpoint as text."""

    event: UUID
    seq: int
    leaf_hash: str
    path: list[str]
    size: int
    root: str
    checkpoint: str


class Which(In):
    """The filters of the log; ``from`` inclusive, ``to`` exclusive, both with a time zone."""

    actor: UUID | None = None
    action: Action | None = None
    outcome: Outcome | None = None
    conversation: UUID | None = None
    subject: UUID | None = None
    since: Moment | None = Field(None, alias="from")
    until: Moment | None = Field(None, alias="to")
    cursor: str | None = Field(None, max_length=128)
    limit: int = Field(DEFAULT, ge=1, le=200)

    def filter(self) -> trail.Filter:
        """Return what the log is narrowed to; raise InvalidInput for a time without zone."""
        if any(moment is not None and moment.tzinfo is None for moment in (self.since, self.until)):
            raise InvalidInput("time_without_zone")
        return trail.Filter(
            actor=ActorId(self.actor) if self.actor else None,
            action=self.action,
            outcome=self.outcome,
            conversation=ConversationId(self.conversation) if self.conversation else None,
            subject=SubjectId(self.subject) if self.subject else None,
            since=self.since,
            until=self.until,
        )


@router.get("/events", response=EventsOut)
def list_events(request: HttpRequest, which: Query[Which]) -> EventsOut:
    """Return events, the latest first. This reading is an event too."""
    wanted = which.filter()
    page = guarded(
        actor_of(request),
        Action.AUDIT_READ,
        Target(kind="event"),
        act=lambda permit: trail.search(permit, mandates.within(permit, wanted), which.cursor, limit=which.limit),
        count=lambda result: len(result.items),
    )
    return shown(actor_of(request).tenant, page)


@router.get("/events/{uuid:event}/proof", response=ProofOut)
def prove(request: HttpRequest, event: UUID) -> ProofOut:
    """Return the proof that an event stands in the signed log."""
    proof = guarded(
        actor_of(request),
        Action.AUDIT_VERIFY,
        Target(kind="event", id=event),
        act=lambda permit: mandates.seen(permit, trail.proof(permit, EventId(event))),
    )
    return proof_out(proof)


def shown(tenant: TenantId, page: trail.Page) -> EventsOut:
    """Return ``page`` with the names of the center's people beside their ids."""
    names = people.names_of(tenant, (row.event.actor for row in page.items))
    return EventsOut(items=[_event(row, names) for row in page.items], next=page.next)


def _event(row: trail.EventRow, names: dict[UUID | None, str]) -> EventOut:
    event = row.event
    target = TargetOut(kind=event.target_kind, id=event.target) if event.target_kind or event.target else None
    return EventOut(
        id=event.id,
        at=event.at,
        actor=ActorOut(id=event.actor, name=names.get(event.actor), kind=event.actor_kind.value),
        action=event.action.value,
        outcome=event.outcome.value,
        reason=event.reason,
        rule=rule_out(event.policy, event.policy_set),
        purpose=event.purpose,
        target=target,
        conversation=event.conversation,
        subject=event.subject,
        count=event.count,
        seq=row.seq,
        verified=row.verified,
    )


def rule_out(policy: str | None, policy_set: str | None) -> DecidingRuleOut | None:
    """Return the policy that decided, with its sentence where ``policy_set`` is the set in force."""
    if policy is None:
        return None
    known = by_id(shipped()).get(policy) if policy_set == shipped().digest else None
    says = known.says if known else ""
    return DecidingRuleOut(id=policy, says_en=says, says_zh=gettext_in("zh_Hans", says))


def proof_out(proof: trail.Proof) -> ProofOut:
    """Return ``proof`` with its hashes in hex."""
    signed = Checkpoint.parse(Note.parse(proof.file.checkpoint).text)
    return ProofOut(
        event=proof.row.event.id,
        seq=proof.file.index,
        leaf_hash=leaf_hash(proof.file.extra or b"").hex(),
        path=[step.hex() for step in proof.file.path],
        size=signed.size,
        root=signed.root.hex(),
        checkpoint=proof.file.checkpoint,
    )
