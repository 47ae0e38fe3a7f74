"""Sessions seen and ended: one's own, or by those whose work it is everybody's."""

from uuid import UUID

from hushkeep.access import alarms
from hushkeep.access.actors import Actor, Target
from hushkeep.access.alarms import Severity
from hushkeep.access.gate import guarded
from hushkeep.identity import people, sessions
from hushkeep.identity.sessions import Session
from hushkeep.kernel import Action, NotFound, Permit, TenantId
from hushkeep.runtime import clock
from hushkeep.runtime.key_client import keys
from hushkeep.runtime.tenancy import tenant_transaction


def page(actor: Actor, *, mine: bool, after: UUID | None, limit: int) -> tuple[Session, ...]:
    """Return up to ``limit`` open sessions, newest first: one's own, or the whole center's."""
    person = actor.person if mine else None

    def act(permit: Permit) -> tuple[Session, ...]:
        return sessions.page(permit, person=person, after=after, limit=limit, now=clock.now())

    target = Target(kind="session", id=person, owner=person)
    return guarded(actor, Action.SESSION_LIST, target, act=act, count=len)


_APART = {"country": ("two_countries", Severity.RED), "network": ("two_networks", Severity.YELLOW)}


def compare_places(tenant: TenantId, session: UUID) -> None:
    """Sound an alarm when the person of a session that was just opened is at work somewhere else as well."""
    with tenant_transaction(tenant):
        opened = sessions.get(tenant, session)
        apart = sessions.elsewhere(opened, now=clock.now())
        if apart:
            code, severity = _APART[apart]
            alarms.sound(tenant, code, severity, person=opened.person, event=None, now=clock.now())


def stop(actor: Actor, person: UUID) -> int:
    """Return how many sessions of ``person`` ended at once, with every ticket that the key service had given them.

    Raises NotFound for somebody of another center. The sessions end even when the key service does not answer: its
    tickets last five minutes at most, and nobody is left who could use one.
    """

    def act(permit: Permit) -> int:
        people.get(permit.tenant, person)
        return sessions.stop(permit, person, now=clock.now())

    ended = guarded(actor, Action.SESSION_REVOKE, Target(kind="user", id=person, owner=person), act=act, count=int)
    keys().end_tickets(actor.tenant, person)
    return ended


def revoke(actor: Actor, session: UUID) -> None:
    """End a session at once. To whoever may not, another's session and one that never was look alike: Denied."""
    try:
        with tenant_transaction(actor.tenant):
            owner: UUID | None = sessions.owner(actor.tenant, session)
    except NotFound:
        owner = None

    def act(permit: Permit) -> None:
        if owner is None:
            raise NotFound(f"session {session}")
        sessions.revoke(permit, session, now=clock.now())

    guarded(actor, Action.SESSION_REVOKE, Target(kind="session", id=session, owner=owner), act=act)
