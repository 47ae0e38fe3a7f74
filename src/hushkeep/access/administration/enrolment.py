"""Enrolling: whoever holds the one-time link sets password and second factor. Each try that counts is an event."""

from hushkeep.audit.log import append
from hushkeep.identity import enrolment, request_ids
from hushkeep.identity.enrolment import Begun, Finished
from hushkeep.kernel import Action, ActorId, ActorKind, Error, Event, EventId, Outcome, TenantId, new_id
from hushkeep.runtime import clock
from hushkeep.runtime.tenancy import tenant_transaction


def begin(token: str) -> Begun:
    """Return what the authenticator app needs. Raises NotFound for a token that is unknown, used or too old."""
    with tenant_transaction(enrolment.tenant_of(token)):
        return enrolment.begin(token, now=clock.now())


def finish(token: str, *, password: str, code: str) -> Finished:
    """Return the recovery codes of the person, who can sign in from now on.

    Raises NotFound as ``begin`` does, WeakPassword, or InvalidInput for a wrong code; those two leave an event.
    """
    tenant = enrolment.tenant_of(token)
    try:
        with tenant_transaction(tenant):
            finished = enrolment.finish(token, password=password, code=code, now=clock.now())
            append(_event(tenant, ActorId(finished.person), Outcome.ALLOWED, "enrolled"))
    except Error as failure:
        with tenant_transaction(tenant):
            append(_event(tenant, None, Outcome.FAILED, failure.code))
        raise
    return finished


def _event(tenant: TenantId, person: ActorId | None, outcome: Outcome, reason: str) -> Event:
    return Event(
        id=EventId(new_id()),
        tenant=tenant,
        at=clock.now(),
        actor=person,
        actor_kind=ActorKind.PERSON if person else ActorKind.ANONYMOUS,
        action=Action.USER_ENROL,
        outcome=outcome,
        reason=reason,
        target=person,
        target_kind="user",
        request=request_ids.current(),
    )
