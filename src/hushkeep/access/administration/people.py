"""Joiners, movers and leavers, as people ask for them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from hushkeep.access import mandates
from hushkeep.access.actors import Actor, Target
from hushkeep.access.gate import guarded
from hushkeep.access.jobs import end_tickets, tell_devices_of
from hushkeep.access.mandates import Given, Mandate
from hushkeep.identity import enrolment, people, sessions
from hushkeep.identity.people import Person
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, Permit
from hushkeep.runtime import clock
from hushkeep.runtime.jobs import enqueue
from hushkeep.runtime.tenancy import tenant_transaction


@dataclass(frozen=True, slots=True)
class Invitation:
    """A person who has been added, and the token of their one-time link: ``/enrol#<token>``."""

    person: Person
    token: str = field(repr=False)


def invite(actor: Actor, *, login: str, name: str, role: Role, language: str) -> Invitation:
    """Return a new person of the actor's center and their enrolment token."""

    def act(permit: Permit) -> Invitation:
        return add(permit, login=login, name=name, role=role, language=language)

    return guarded(actor, Action.USER_INVITE, None, act=act)


def invite_again(actor: Actor, person: UUID) -> Invitation:
    """Return a new enrolment token for somebody who lost theirs, or their second factor; older tokens die."""

    def act(permit: Permit) -> Invitation:
        now = clock.now()
        found = people.get(permit.tenant, person)
        return Invitation(found, enrolment.make_token(permit.tenant, person, now=now))

    return guarded(actor, Action.USER_CHANGE, _person(person), act=act)


def page(actor: Actor, *, after: UUID | None, limit: int) -> tuple[Person, ...]:
    """Return up to ``limit`` people of the actor's center."""

    def act(permit: Permit) -> tuple[Person, ...]:
        return people.page(permit, after=after, limit=limit, now=clock.now())

    return guarded(actor, Action.USER_LIST, None, act=act, count=len)


def remove(actor: Actor, person: UUID, *, check: Callable[[], None] = lambda: None) -> Person:
    """Return the person, who has left: every session of theirs ends in the same transaction.

    ``check`` is called in it first, and may raise.
    """

    def act(permit: Permit) -> Person:
        now = clock.now()
        check()
        gone = people.deactivate(permit, person, now=now)
        sessions.end_all(permit, person, now=now)
        enqueue(end_tickets, permit.tenant, person=person)
        return gone

    return guarded(actor, Action.USER_REMOVE, _person(person), act=act)


def change_role(actor: Actor, person: UUID, role: Role, *, version: int | None) -> Person:
    """Return the person in their new role, which holds from their next request on."""

    def act(permit: Permit) -> Person:
        changed = people.change_role(permit, person, role, version=version, now=clock.now())
        enqueue(end_tickets, permit.tenant, person=person)
        tell_devices_of(permit.tenant, person)
        return changed

    return guarded(actor, Action.USER_CHANGE, _person(person), act=act)


def give_mandate(actor: Actor, person: UUID, mandate: Mandate) -> Mandate:
    """Return the mandate that binds an auditor from outside from their next request on."""

    def act(permit: Permit) -> Mandate:
        return mandates.give(permit, person, mandate, now=clock.now())

    return guarded(actor, Action.USER_CHANGE, _person(person), act=act)


def end_mandate(actor: Actor, person: UUID) -> Mandate:
    """Return an auditor's mandate, which is over from their next request on."""

    def act(permit: Permit) -> Mandate:
        return mandates.end(permit, person, now=clock.now())

    return guarded(actor, Action.USER_CHANGE, _person(person), act=act)


def mandates_of(actor: Actor, person: UUID) -> tuple[Given, ...]:
    """Return every mandate that a person was given, the one that holds first."""

    def act(permit: Permit) -> tuple[Given, ...]:
        return mandates.listed(permit, person, now=clock.now())

    return guarded(actor, Action.USER_LIST, _person(person), act=act, count=len)


def myself(actor: Actor) -> Person:
    """Return the signed-in person: no decision is needed to know oneself."""
    with tenant_transaction(actor.tenant):
        return people.get(actor.tenant, actor.person)


def add(permit: Permit, *, login: str, name: str, role: Role, language: str) -> Invitation:
    """Return a new person under ``permit``, with their token: for invitations and for founding."""
    now = clock.now()
    person = people.add(permit, login=login, name=name, role=role, language=language, now=now)
    return Invitation(person, enrolment.make_token(permit.tenant, person.id, now=now))


def _person(person: UUID) -> Target:
    return Target(kind="user", id=person, owner=person)
