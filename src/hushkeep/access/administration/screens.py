"""Pages with personal data: marked, reported on, traced."""

from uuid import UUID

from hushkeep.access import alarms, screen_marks, screen_rules
from hushkeep.access.actors import Actor, Target
from hushkeep.access.alarms import Severity
from hushkeep.access.gate import guarded
from hushkeep.access.screen_marks import Mark
from hushkeep.access.screen_pattern import View
from hushkeep.access.screen_rules import Blurs
from hushkeep.kernel import Action, InvalidInput, Permit
from hushkeep.runtime import clock
from hushkeep.runtime.key_client import KeyClient

REPORTS = ("copy_blocked", "mark_removed", "print_blocked")
"""What a page tells by itself; each is a yellow alarm of its name."""


def mark(actor: Actor, kind: str, record: UUID | None, keys: KeyClient) -> Mark:
    """Return the marks of one view of a page."""

    def act(permit: Permit) -> Mark:
        return screen_marks.mark(permit, kind, record, keys, now=clock.now())

    return guarded(actor, Action.SCREEN_MARK, _own(actor, "screen"), act=act)


def report(actor: Actor, kind: str) -> None:
    """Note what somebody tried on a page: the attempt was stopped there, and the officers hear of it."""
    if kind not in REPORTS:
        raise InvalidInput("kind_unknown")

    def act(permit: Permit) -> None:
        now = clock.now()
        alarms.sound(actor.tenant, kind, Severity.YELLOW, person=actor.person, event=permit.decision, now=now)

    guarded(actor, Action.SCREEN_REPORT, _own(actor, kind), act=act)


def trace(actor: Actor, code: str) -> View:
    """Return who looked at what, when, by the code on a picture."""

    def act(permit: Permit) -> View:
        return screen_marks.trace(permit, code, now=clock.now())

    return guarded(actor, Action.SCREEN_TRACE, Target(kind="screen"), act=act)


def register(actor: Actor, keys: KeyClient) -> tuple[bytes, list[View]]:
    """Return what traces pictures offline."""

    def act(permit: Permit) -> tuple[bytes, list[View]]:
        return screen_marks.register(permit, keys, now=clock.now())

    return guarded(actor, Action.SCREEN_TRACE, Target(kind="screen"), act=act, count=lambda found: len(found[1]))


def rule(actor: Actor) -> Blurs:
    """Return what the center's pages hide while their window is not in front."""
    return guarded(actor, Action.POLICY_VIEW, Target(kind="screen"), act=lambda _: screen_rules.blurs())


def choose(actor: Actor, wanted: Blurs) -> Blurs:
    """Return the center's new choice; the officers are told when less is hidden than before."""

    def act(permit: Permit) -> Blurs:
        now, before = clock.now(), screen_rules.blurs()
        chosen = screen_rules.choose(permit, wanted, now=now)
        if before is Blurs.PERSONAL and chosen is Blurs.CLEAR:
            alarms.sound(
                actor.tenant, "screens_less_hidden", Severity.BLUE, person=actor.person, event=permit.decision, now=now
            )
        return chosen

    return guarded(actor, Action.SCREEN_RULE, Target(kind="screen"), act=act)


def _own(actor: Actor, kind: str) -> Target:
    return Target(kind=kind, id=actor.person, owner=actor.person)
