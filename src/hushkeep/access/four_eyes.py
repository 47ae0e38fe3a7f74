"""Four eyes: who may ask, who may say yes, who may carry it out. Pure; rows and clock are handed in.

    requested ──► approved ──► executed
        │             │
        ├► rejected   └► expired
        └► expired

What is asked for is fixed when it is asked: action, target, scope (by its SHA-256), exact count, purpose, end.
A *human* stands above accounts: two accounts of one person are one pair of eyes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations
from types import MappingProxyType
from uuid import UUID

from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, Conflict, Denied, Plain


class State(StrEnum):
    """Where a request stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    EXECUTED = "executed"


NEXT: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.REQUESTED: frozenset({State.APPROVED, State.REJECTED, State.EXPIRED}),
        State.APPROVED: frozenset({State.EXECUTED, State.EXPIRED}),
        State.REJECTED: frozenset(),
        State.EXPIRED: frozenset(),
        State.EXECUTED: frozenset(),
    }
)
"""State -> the states that may follow."""

WINDOW = timedelta(days=7)
"""Over this time requests are added up, so that splitting one gains nothing."""

LARGE = MappingProxyType({False: 1_000, True: 50})
"""Clear values in it or not -> above how many rows in the window a third person carries out what is asked."""

CEILING = MappingProxyType({False: 2_000_000, True: 1_000})
"""Clear values in it or not -> how many rows one human may ask for in the window, refused requests included."""

PAIR_LIMIT = 5
"""How many requests of one human another may approve in the window."""

APPROVER_LIMIT = 25
"""How many requests one human may approve in the window, whoever asks."""

LENT_AT_MOST = 25
"""How many reveals without a live conversation one request may ask for."""

LONGEST = timedelta(days=3)
"""A request, and the leave that comes of it, ends after this at the latest."""

LONGEST_CLEAR = timedelta(hours=24)
"""As long as the key service keeps what people signed for: a request for a clear export ends with it."""

EXPORTS = frozenset({Action.EXPORT_EXECUTE, Action.EXPORT_REVEAL})
"""What is asked for as an export, masked or clear, and by no other way."""

CLEAR_PURPOSES = ("data_subject_request", "legal_duty")
"""Why values may leave in the clear."""

FRESH = timedelta(minutes=5)
"""How lately whoever decides must have shown a second factor."""

SAMPLE_PERCENT = 5
"""Of so many of a hundred approvals a security officer is told; of every large or clear one besides."""

DECIDERS: Mapping[Action, frozenset[Role]] = MappingProxyType(
    {
        Action.AUDIT_PURGE: frozenset({Role.SECURITY}),
        Action.CONVERSATION_REVEAL: frozenset({Role.DPO, Role.SECURITY}),
        Action.EXPORT_EXECUTE: frozenset({Role.DPO, Role.SECURITY, Role.SUPERVISOR}),
        Action.EXPORT_REVEAL: frozenset({Role.DPO, Role.SECURITY}),
        Action.KEY_ROTATE: frozenset({Role.DPO, Role.SECURITY}),
        Action.KEY_SHRED: frozenset({Role.SECURITY}),
        Action.POLICY_CHANGE: frozenset({Role.DPO, Role.SECURITY}),
    }
)
"""What takes four eyes -> the roles that may say yes; clear values never leave by a supervisor's yes."""

_CLEAR_DECIDERS = frozenset({Role.DPO, Role.SECURITY})

APART = frozenset({Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR})
"""Running the system, guarding it and auditing it: no human holds two of these."""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody at the table: their account, the human above it, the roles of all that human's accounts, their line."""

    account: UUID
    human: UUID
    role: Role
    roles: frozenset[Role]
    line: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One request for four eyes as it stands. ``digest`` is the SHA-256 of the scope; ``large`` asks a third person."""

    id: UUID
    action: Action
    target: UUID | None
    scope: Mapping[str, Plain]
    digest: bytes
    count: int
    clear: bool
    large: bool
    purpose: str
    state: State
    requester: UUID
    requested_at: datetime
    expires_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    executed_by: UUID | None = None
    executed_at: datetime | None = None
    sampled: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """What an approver approved in the window: of this requester, and of anybody."""

    pair: int
    approver: int


class ApprovalRefused(Denied):
    """A rule of four eyes said no; an instance's ``code`` is the rule's stable name."""

    code = "approval_refused"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def conflicts(roles: frozenset[Role]) -> frozenset[frozenset[Role]]:
    """Return the pairs among ``roles`` that one human may not hold together."""
    return frozenset(frozenset(pair) for pair in combinations(sorted(roles & APART), 2))


def is_large(count: int, *, clear: bool, asked_in_window: int) -> bool:
    """Whether ``count`` more rows make what one human asks for large.

    Raises ApprovalRefused("ceiling_reached") beyond what anybody may ask for in the window.
    """
    total = asked_in_window + count
    if total > CEILING[clear]:
        raise ApprovalRefused("ceiling_reached")
    return total > LARGE[clear]


def step(approval: Approval, to: State) -> State:
    """Return ``to`` when it may follow; raise Conflict, which names where the request stands."""
    if to not in NEXT[approval.state]:
        raise Conflict(f"approval_{approval.state.value}")
    return to


def check_time(approval: Approval, *, now: datetime) -> None:
    """Return when ``now`` lies within the request's life; raise ApprovalRefused otherwise, for a clock set back too."""
    if now >= approval.expires_at:
        raise ApprovalRefused("approval_expired")
    if now < approval.requested_at or (approval.decided_at is not None and now < approval.decided_at):
        raise ApprovalRefused("clock_moved_back")


def check_party(approval: Approval, requester: Party, decider: Party) -> None:
    """Return when ``decider`` may decide at all, for yes or no; raise ApprovalRefused."""
    if decider.account == approval.requester or decider.human == requester.human:
        raise ApprovalRefused("same_person")
    if conflicts(decider.roles) or conflicts(requester.roles):
        raise ApprovalRefused("roles_conflict")
    if decider.role not in (_CLEAR_DECIDERS if approval.clear else DECIDERS[approval.action]):
        raise ApprovalRefused("not_a_decider")


def check_yes(approval: Approval, requester: Party, decider: Party, history: History) -> None:
    """Return when ``decider``, who may decide, may say yes; raise ApprovalRefused."""
    if approval.large and requester.line is not None and decider.line == requester.line:
        raise ApprovalRefused("same_line")
    if history.pair >= PAIR_LIMIT:
        raise ApprovalRefused("pair_quota_spent")
    if history.approver >= APPROVER_LIMIT:
        raise ApprovalRefused("approver_quota_spent")


def check_execution(  # noqa: PLR0913 - the three people, and what is about to happen
    approval: Approval, requester: Party, decider: Party, executor: Party, *, digest: bytes, count: int
) -> None:
    """Return when ``executor`` may now do exactly what was approved; raise ApprovalRefused.

    The humans are looked up anew: accounts found to be one person's after the yes undo it.
    """
    if decider.human in {requester.human, executor.human}:
        raise ApprovalRefused("same_person")
    if conflicts(executor.roles):
        raise ApprovalRefused("roles_conflict")
    if approval.large and executor.human == requester.human:
        raise ApprovalRefused("third_person_missing")
    if digest != approval.digest:
        raise ApprovalRefused("scope_changed")
    if count != approval.count:
        raise ApprovalRefused("count_changed")


def is_sampled(approval: Approval, draw: int) -> bool:
    """Whether a security officer looks at this approval; ``draw`` is a random number of 0-99."""
    return approval.large or approval.clear or draw < SAMPLE_PERCENT
