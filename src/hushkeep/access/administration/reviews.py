"""Access reviews, as officers work them: a right that is removed is dead in the transaction that says so."""

from uuid import UUID

from hushkeep.access import reviews
from hushkeep.access.actors import Actor, Target
from hushkeep.access.administration import people
from hushkeep.access.gate import guarded
from hushkeep.access.review_rules import Campaign, Item, ReviewVerdict
from hushkeep.audit.log import append
from hushkeep.identity import tenants
from hushkeep.kernel import Action, ActorId, ActorKind, Event, EventId, Outcome, Permit
from hushkeep.runtime import clock

KIND = "review"


def open_campaign(actor: Actor) -> Campaign:
    """Return this quarter's campaign, before its time; otherwise the site opens it by itself."""
    demo = tenants.get(actor.tenant).demo

    def act(permit: Permit) -> Campaign:
        return reviews.open_campaign(permit, demo=demo, now=clock.now())

    return guarded(actor, Action.REVIEW_OPEN, Target(kind=KIND), act=act)


def keep(actor: Actor, campaign: UUID, person: UUID) -> Item:
    """Return the item: the person keeps their rights."""
    return _decide(actor, campaign, person, ReviewVerdict.KEPT)


def remove(actor: Actor, campaign: UUID, person: UUID) -> Item:
    """Return the item: the person has no rights any more. Their sessions end first, then the verdict is noted."""
    people.remove(actor, person, check=lambda: reviews.demand_open(campaign, person))
    return _decide(actor, campaign, person, ReviewVerdict.REMOVED)


def close(actor: Actor, campaign: UUID) -> Campaign:
    """Return the campaign, closed; the digest of its report stands in the ledger, under the log's signature."""

    def act(permit: Permit) -> Campaign:
        done, kept = reviews.close(permit, campaign, now=clock.now())
        evidence = Event(
            id=EventId(done.event or permit.decision),
            tenant=permit.tenant,
            at=clock.now(),
            actor=ActorId(actor.person),
            actor_kind=ActorKind.PERSON,
            action=Action.REVIEW_CLOSE,
            outcome=Outcome.ALLOWED,
            reason="review_evidence",
            target=campaign,
            target_kind=KIND,
        )
        append(evidence, kept)
        return done

    return guarded(actor, Action.REVIEW_CLOSE, Target(kind=KIND, id=campaign), act=act)


def page(actor: Actor) -> tuple[Campaign, ...]:
    """Return the center's campaigns, the latest first."""

    def act(permit: Permit) -> tuple[Campaign, ...]:
        return reviews.page(permit, now=clock.now())

    return guarded(actor, Action.REVIEW_LIST, Target(kind=KIND), act=act, count=len)


def whole(actor: Actor, campaign: UUID) -> tuple[Campaign, tuple[Item, ...]]:
    """Return one campaign with every person's effective rights."""

    def act(permit: Permit) -> tuple[Campaign, tuple[Item, ...]]:
        return reviews.whole(permit, campaign, now=clock.now())

    return guarded(
        actor, Action.REVIEW_LIST, Target(kind=KIND, id=campaign), act=act, count=lambda found: len(found[1])
    )


def _decide(actor: Actor, campaign: UUID, person: UUID, verdict: ReviewVerdict) -> Item:
    def act(permit: Permit) -> Item:
        return reviews.decide(permit, campaign, person, verdict, now=clock.now())

    return guarded(actor, Action.REVIEW_DECIDE, Target(kind="user", id=person, owner=person), act=act)
