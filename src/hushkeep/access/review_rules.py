"""Access reviews: every quarter somebody looks at each person's rights and keeps or removes them. Pure.

campaign: open ──► closed        (only once every item is decided)
item:     open ──► kept
└────► removed
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from hushkeep.identity.roles import Role
from hushkeep.kernel import Action, Conflict

DUE_WITHIN = timedelta(days=30)
"""Counted from its opening; a campaign that is open longer is overdue, a yellow alarm."""


class ReviewVerdict(StrEnum):
    """What was decided of one person's rights."""

    OPEN = "open"
    KEPT = "kept"
    REMOVED = "removed"


NEXT: Mapping[ReviewVerdict, frozenset[ReviewVerdict]] = MappingProxyType(
    {
        ReviewVerdict.OPEN: frozenset({ReviewVerdict.KEPT, ReviewVerdict.REMOVED}),
        ReviewVerdict.KEPT: frozenset(),
        ReviewVerdict.REMOVED: frozenset(),
    }
)
"""ReviewVerdict -> the verdicts that may follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One person's rights in a campaign: what they were when it began, and what was decided.

    ``actions`` is what the role may do at best; ``seen_at`` when they were last here; ``devices`` how many browsers of
    theirs are trusted.
    """

    person: UUID
    role: Role
    actions: tuple[Action, ...]
    seen_at: datetime | None
    devices: int
    verdict: ReviewVerdict = ReviewVerdict.OPEN
    decided_by: UUID | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One quarter's review. ``digest`` is the SHA-256 of its report once it is closed; its event carries it."""

    id: UUID
    quarter: str
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None = None
    closed_by: UUID | None = None
    digest: bytes | None = None
    event: UUID | None = None

    def overdue(self, *, now: datetime) -> bool:
        """Whether it should have been closed by now."""
        return self.closed_at is None and now >= self.due_at


def quarter_of(day: date) -> str:
    """Return the calendar quarter of ``day``: ``2026-Q4``."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def step(verdict: ReviewVerdict, to: ReviewVerdict) -> ReviewVerdict:
    """Return ``to`` when it may follow; raise Conflict, which names what was decided."""
    if to not in NEXT[verdict]:
        raise Conflict(f"review_item_{verdict.value}")
    return to


def check_close(campaign: Campaign, items: Sequence[Item]) -> None:
    """Return when the campaign may be closed; raise Conflict."""
    if campaign.closed_at is not None:
        raise Conflict("review_closed")
    if any(item.verdict is ReviewVerdict.OPEN for item in items):
        raise Conflict("review_incomplete")
