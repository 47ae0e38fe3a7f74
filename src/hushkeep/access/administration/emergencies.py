"""Emergencies, as people ask for them: the security officers hear of each at once, and of each late review."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from hushkeep.access import alarms, emergencies
from hushkeep.access.actors import Actor, Target
from hushkeep.access.administration.approvals import alarming, demand_fresh
from hushkeep.access.alarms import Severity
from hushkeep.access.emergencies import Asking
from hushkeep.access.emergency_rules import Emergency, EmergencyVerdict
from hushkeep.access.gate import guarded
from hushkeep.access.jobs import tell_devices_of
from hushkeep.audit import trail
from hushkeep.kernel import Action, ActorId, NotFound, Permit, SubjectId
from hushkeep.runtime import clock
from hushkeep.runtime.tenancy import tenant_transaction

KIND = "emergency"


def ask(
    actor: Actor, subject_of: Callable[[Permit], SubjectId], *, reason: str, reference: str, lasts: timedelta
) -> Emergency:
    """Return a request to be let in to one customer; ``subject_of`` finds them under the permit, or raises NotFound."""

    def act(permit: Permit) -> Emergency:
        asking = Asking(subject=subject_of(permit), reason=reason, reference=reference, lasts=lasts)
        return emergencies.ask(permit, asking, now=clock.now())

    with alarming(actor):
        return guarded(actor, Action.EMERGENCY_REQUEST, Target(kind=KIND), act=act)


def approve(actor: Actor, emergency: UUID) -> Emergency:
    """Return the emergency, open; the security officers are told in the same transaction."""

    def act(permit: Permit) -> Emergency:
        now = clock.now()
        demand_fresh(actor, now)
        opened = emergencies.approve(permit, emergency, now=now)
        tell_devices_of(permit.tenant, opened.holder)
        alarms.sound(
            actor.tenant, "emergency_opened", Severity.RED, person=opened.holder, event=permit.decision, now=now
        )
        return opened

    with alarming(actor):
        return guarded(actor, Action.EMERGENCY_DECIDE, _target(actor, emergency), act=act)


def refuse(actor: Actor, emergency: UUID) -> Emergency:
    """Return the emergency, refused."""

    def act(permit: Permit) -> Emergency:
        now = clock.now()
        demand_fresh(actor, now)
        return emergencies.refuse(permit, emergency, now=now)

    with alarming(actor):
        return guarded(actor, Action.EMERGENCY_DECIDE, _target(actor, emergency), act=act)


def close(actor: Actor, emergency: UUID) -> Emergency:
    """Return the emergency, over before its time."""

    def act(permit: Permit) -> Emergency:
        closed = emergencies.close(permit, emergency, now=clock.now())
        tell_devices_of(permit.tenant, closed.holder)
        return closed

    return guarded(actor, Action.EMERGENCY_CLOSE, _target(actor, emergency), act=act)


def review(actor: Actor, emergency: UUID, verdict: EmergencyVerdict) -> Emergency:
    """Return the emergency, judged; what was abuse is a red alarm."""

    def act(permit: Permit) -> Emergency:
        now = clock.now()
        judged = emergencies.review(permit, emergency, verdict, now=now)
        if verdict is EmergencyVerdict.ABUSED:
            alarms.sound(
                actor.tenant, "emergency_abused", Severity.RED, person=judged.holder, event=permit.decision, now=now
            )
        return judged

    with alarming(actor):
        return guarded(actor, Action.EMERGENCY_REVIEW, _target(actor, emergency), act=act)


def page(actor: Actor, *, mine: bool, after: UUID | None, limit: int) -> tuple[Emergency, ...]:
    """Return up to ``limit`` emergencies, the latest first: one's own, or the whole center's."""
    person = actor.person if mine else None

    def act(permit: Permit) -> tuple[Emergency, ...]:
        return emergencies.page(permit, mine=mine, after=after, limit=limit, now=clock.now())

    return guarded(actor, Action.EMERGENCY_LIST, Target(kind=KIND, id=person, owner=person), act=act, count=len)


def seen(actor: Actor, emergency: UUID) -> trail.Page:
    """Return what the holder did with the customer while it was open, the latest first: for whoever judges it."""

    def act(permit: Permit) -> trail.Page:
        found = emergencies.find(emergency)
        if found is None:
            raise NotFound(f"emergency {emergency}")
        if found.opened_at is None:
            return trail.Page((), None)
        until = found.closed_at or found.ends_at
        wanted = trail.Filter(actor=ActorId(found.holder), subject=found.subject, since=found.opened_at, until=until)
        return trail.of_emergency(permit, emergency, wanted)

    return guarded(
        actor, Action.EMERGENCY_REVIEW, _target(actor, emergency), act=act, count=lambda found: len(found.items)
    )


def _target(actor: Actor, emergency: UUID) -> Target:
    with tenant_transaction(actor.tenant):
        known = emergencies.find(emergency)
    if known is None:
        return Target(kind=KIND, id=emergency)
    return Target(kind=KIND, id=emergency, owner=known.holder, subject=known.subject)
