"""Administrator's rights taken and laid down, as administrators ask for it; the security officers are told."""

from datetime import timedelta

from hushkeep.access import alarms, elevations
from hushkeep.access.actors import Actor, Target
from hushkeep.access.administration.approvals import alarming, demand_fresh
from hushkeep.access.alarms import Severity
from hushkeep.access.elevations import Elevation
from hushkeep.access.gate import guarded
from hushkeep.kernel import Action, Permit
from hushkeep.runtime import clock

KIND = "elevation"


def take(actor: Actor, *, reason: str, lasts: timedelta) -> Elevation:
    """Return administrator's rights for this session, by a second factor shown in the last five minutes."""

    def act(permit: Permit) -> Elevation:
        now = clock.now()
        demand_fresh(actor, now)
        taken = elevations.take(permit, reason, lasts, now=now)
        alarms.sound(
            actor.tenant, "elevation_taken", Severity.BLUE, person=actor.person, event=permit.decision, now=now
        )
        return taken

    with alarming(actor):
        return guarded(actor, Action.ELEVATION_TAKE, _own(actor), act=act)


def lay_down(actor: Actor) -> int:
    """Return how many takings ended."""

    def act(permit: Permit) -> int:
        return elevations.lay_down(permit, now=clock.now())

    return guarded(actor, Action.ELEVATION_END, _own(actor), act=act, count=int)


def _own(actor: Actor) -> Target:
    return Target(kind=KIND, id=actor.person, owner=actor.person)
