"""Emergencies: access to one customer beyond the role, for minutes, by a second person's word. Pure.

    requested ──► open ──► closed ──► reviewed
        │
        ├► refused
        └► expired

Nobody breaks the glass alone: whoever needs more than their role gives is let in by somebody above their own office.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from hushkeep.access.four_eyes import ApprovalRefused, Party, conflicts
from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, Conflict, SubjectId


class EmergencyState(StrEnum):
    """Where an emergency stands."""

    REQUESTED = "requested"
    OPEN = "open"
    REFUSED = "refused"
    EXPIRED = "expired"
    CLOSED = "closed"
    REVIEWED = "reviewed"


NEXT: Mapping[EmergencyState, frozenset[EmergencyState]] = MappingProxyType(
    {
        EmergencyState.REQUESTED: frozenset({EmergencyState.OPEN, EmergencyState.REFUSED, EmergencyState.EXPIRED}),
        EmergencyState.OPEN: frozenset({EmergencyState.CLOSED}),
        EmergencyState.REFUSED: frozenset(),
        EmergencyState.EXPIRED: frozenset(),
        EmergencyState.CLOSED: frozenset({EmergencyState.REVIEWED}),
        EmergencyState.REVIEWED: frozenset(),
    }
)
"""EmergencyState -> the states that may follow."""

REASONS = ("life_at_risk", "fraud_running", "legal_order", "system_failure", "customer_harm")
"""Why the glass may be broken: stable codes; the console has the words."""

ACTIONS = frozenset(
    {Action.CONVERSATION_VIEW, Action.CONVERSATION_REVEAL, Action.CUSTOMER_VIEW, Action.CUSTOMER_REVEAL}
)
"""What an open emergency allows, of its one customer."""

LONGEST = timedelta(minutes=60)
"""How long an emergency may be open."""

DECIDED_WITHIN = timedelta(minutes=30)
"""A request that nobody decides by then expires: what can wait that long is no emergency."""

REVIEWED_WITHIN = timedelta(hours=24)
"""Counted from its opening; a review that comes later is overdue, a yellow alarm."""

WINDOW = timedelta(days=7)

LIMIT = 3
"""How many emergencies one human may ask for in the window, refused ones included."""

PAIR_LIMIT = 2
"""How many emergencies of one human another may let in, in the window."""

_OFFICERS = frozenset({Role.DPO, Role.SECURITY})

DECIDERS: Mapping[Role, frozenset[Role]] = MappingProxyType(
    {
        Role.AGENT: _OFFICERS | {Role.SUPERVISOR},
        Role.QA: _OFFICERS | {Role.SUPERVISOR},
        Role.SUPERVISOR: _OFFICERS,
    }
)
"""Who asks -> who may let them in; nobody else may ask."""

REVIEWERS = _OFFICERS


class EmergencyVerdict(StrEnum):
    """What the review found."""

    JUSTIFIED = "justified"
    ABUSED = "abused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """One emergency as it stands. ``reference`` is a number of the center's own (a ticket); never personal data."""

    id: UUID
    holder: UUID
    role: Role
    subject: SubjectId
    reason: str
    reference: str
    minutes: int
    state: EmergencyState
    requested_at: datetime
    decided_by: UUID | None = None
    opened_at: datetime | None = None
    ends_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: UUID | None = None
    review_due: datetime | None = None
    reviewed_by: UUID | None = None
    reviewed_at: datetime | None = None
    verdict: EmergencyVerdict | None = None

    def overdue(self, *, now: datetime) -> bool:
        """Whether its review is due and has not been made."""
        return self.reviewed_at is None and self.review_due is not None and now >= self.review_due


@dataclass(frozen=True, slots=True)
class History:
    """What happened in the window: emergencies this human asked for, and those that this pair opened together."""

    asked: int
    pair: int = 0


def step(emergency: Emergency, to: EmergencyState) -> EmergencyState:
    """Return ``to`` when it may follow; raise Conflict, which names where the emergency stands."""
    if to not in NEXT[emergency.state]:
        raise Conflict(f"emergency_{emergency.state.value}")
    return to


def check_ask(asker: Party, history: History) -> None:
    """Return when ``asker`` may ask for one more; raise ApprovalRefused."""
    if asker.role not in DECIDERS:
        raise ApprovalRefused("not_a_holder")
    if conflicts(asker.roles):
        raise ApprovalRefused("roles_conflict")
    if history.asked >= LIMIT:
        raise ApprovalRefused("emergencies_spent")


def check_decision(emergency: Emergency, holder: Party, decider: Party, *, now: datetime) -> None:
    """Return when ``decider`` may say yes or no; raise ApprovalRefused."""
    if decider.account == emergency.holder or decider.human == holder.human:
        raise ApprovalRefused("same_person")
    if conflicts(decider.roles):
        raise ApprovalRefused("roles_conflict")
    if holder.role is not emergency.role or decider.role not in DECIDERS.get(holder.role, frozenset()):
        raise ApprovalRefused("not_a_decider")
    if now < emergency.requested_at:
        raise ApprovalRefused("clock_moved_back")
    if now >= emergency.requested_at + DECIDED_WITHIN:
        raise ApprovalRefused("approval_expired")


def check_opening(history: History) -> None:
    """Return when this pair may open one more together; raise ApprovalRefused."""
    if history.pair >= PAIR_LIMIT:
        raise ApprovalRefused("pair_quota_spent")


def check_review(emergency: Emergency, holder: Party, decider: Party, reviewer: Party) -> None:
    """Return when ``reviewer`` may judge: neither who held it nor who let them in; raise ApprovalRefused."""
    if reviewer.human in {holder.human, decider.human} or reviewer.account in {emergency.holder, emergency.decided_by}:
        raise ApprovalRefused("same_person")
    if conflicts(reviewer.roles):
        raise ApprovalRefused("roles_conflict")
    if reviewer.role not in REVIEWERS:
        raise ApprovalRefused("not_a_decider")
