"""The facts of a decision: gathered anew for each request, inside its transaction, and no more than it needs."""

from datetime import datetime, timedelta

from django.db.models import Max, Q

from hushkeep.access import approvals, elevations, emergencies, live, mandates
from hushkeep.access.actors import Actor, Target
from hushkeep.access.decision import Facts
from hushkeep.access.emergency_rules import ACTIONS as EMERGENCY_ACTIONS
from hushkeep.access.emergency_rules import DECIDERS as EMERGENCY_HOLDERS
from hushkeep.access.four_eyes import DECIDERS
from hushkeep.access.models import Fact
from hushkeep.access.reveals import REVEALS, Counted, counted
from hushkeep.identity import tenants
from hushkeep.identity.roles import Role
from hushkeep.kernel import LEVEL, Action, TenantId
from hushkeep.runtime.settings import settings

_NEVER_SECONDS = 10**9


def gather(actor: Actor, action: Action, target: Target, *, purpose: str | None, now: datetime) -> Facts:
    """Return what the decision may look at. Takes a lock on the actor's quota when the action counts against it."""
    center = actor.center or tenants.get(actor.tenant)
    shown = actor.second_factor_at
    seen = counted(actor.person, purpose, now=now) if action in REVEALS else Counted()
    return Facts(
        approvals=approvals.standing(action, target.id, now=now) if action in DECIDERS.keys() - REVEALS else 0,
        demo=center.demo,
        device_required=center.device_required,
        device_trusted=actor.device_trusted,
        elevated=actor.role == Role.ADMINISTRATOR
        and elevations.standing(actor.person, actor.session, now=now) is not None,
        emergency=action in EMERGENCY_ACTIONS and is_emergency(actor, target, now=now),
        live=actor.role == Role.AGENT and is_live(actor, target, now=now),
        mandate=mandates.state(actor.person, now=now) if actor.role == Role.AUDITOR else "",
        moved=actor.moved,
        purpose=purpose or "",
        leave=seen.leave,
        reveals=seen.hour,
        reveals_alone=seen.alone_hour,
        reveals_alone_today=seen.alone_day,
        risk=_number(actor, "risk", now=now) if LEVEL[action] >= 3 else 0,
        sampled=target.sampled,
        second_factor=shown is not None,
        second_factor_limit=int(settings().step_up_age.total_seconds()),
        second_factor_seconds=int((now - shown).total_seconds()) if shown else _NEVER_SECONDS,
    )


def is_live(actor: Actor, target: Target, *, now: datetime) -> bool:
    """Whether the target is the customer whom the actor serves now, or a conversation of theirs; wrap-up included.

    What the actor began themself counts once the customer has been on the line for 20 seconds.
    """
    if target.conversation is None and target.subject is None:
        return False
    belongs = Q(conversation=target.conversation) if target.conversation else Q(pk=None)
    if target.subject is not None:
        belongs |= Q(subject=target.subject)
    return live.open_to(actor.person, now).filter(belongs).exists()


def is_emergency(actor: Actor, target: Target, *, now: datetime) -> bool:
    """Whether somebody let the actor in to the target's customer, for minutes that have not passed."""
    if actor.role is None or actor.role not in EMERGENCY_HOLDERS or target.subject is None:
        return False
    return emergencies.is_open(actor.person, actor.role, target.subject, now=now)


def state(  # noqa: PLR0913 - a fact has six parts
    tenant: TenantId, actor_person: object, name: str, number: int, *, source: str, now: datetime, lasts: timedelta
) -> None:
    """Write what a room above knows of a person: ``name`` is ``risk`` (0-100). The source's older word is replaced."""
    Fact.objects.update_or_create(
        tenant=tenant,
        person=actor_person,
        name=name,
        source=source,
        defaults={"number": number, "at": now, "expires_at": now + lasts},
    )


def _number(actor: Actor, name: str, *, now: datetime) -> int:
    known = Fact.objects.filter(person=actor.person, name=name, expires_at__gt=now).aggregate(worst=Max("number"))
    return known["worst"] or 0
