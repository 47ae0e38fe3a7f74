"""Sessions seen and ended: one's own, or by those whose work it is everybody's."""

from uuid import UUID

from hushkeep.access.actors import Actor, Target
from hushkeep.access.gate import guarded
from hushkeep.identity import sessions
from hushkeep.identity.sessions import Session
from hushkeep.kernel import Action, NotFound, Permit
from hushkeep.runtime import clock
from hushkeep.runtime.tenancy import tenant_transaction


def page(actor: Actor, *, mine: bool, after: UUID | None, limit: int) -> tuple[Session, ...]:
    """Return up to ``limit`` open sessions, newest first: one's own, or the whole center's."""
    person = actor.person if mine else None

    def act(permit: Permit) -> tuple[Session, ...]:
        return sessions.page(permit, person=person, after=after, limit=limit, now=clock.now())

    target = Target(kind="session", id=person, owner=person)
    return guarded(actor, Action.SESSION_LIST, target, act=act, count=len)


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
