"""How long events are kept: the law's floors by kind of action, and the month a partition may go.

Pure: the dropping itself is in ``audit.months``; the database holds the same floors against its own roles.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

FLOOR = timedelta(days=183)
"""At least six months for every event (China: Cybersecurity Law, Art. 23, Network Data Security rules)."""

FLOORS = (
    # PCI DSS v4.0.1, 10.5.1: twelve months, three of them at hand.
    ("conversation:", timedelta(days=366)),
    ("customer:", timedelta(days=366)),
    ("export:", timedelta(days=366)),
    ("recording:", timedelta(days=366)),
    # The brief's two years for key systems.
    ("key:", timedelta(days=731)),
    # Three years for records of assessments (PIPL Art. 56).
    ("audit:", timedelta(days=1096)),
    ("policy:", timedelta(days=1096)),
)
"""Prefix of the action -> floor; the longest of a month's actions holds the whole month."""


def floor_of(actions: Iterable[str]) -> timedelta:
    """Return how long a month with these actions must be kept."""
    held = [floor for action in actions for prefix, floor in FLOORS if action.startswith(prefix)]
    return max([FLOOR, *held])


def month_of(at: datetime) -> datetime:
    """Return the first moment of the month of ``at``, in UTC."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(month: datetime, months: int = 1) -> datetime:
    """Return the first moment of the month ``months`` later (negative: earlier)."""
    count = month.year * 12 + month.month - 1 + months
    return month.replace(year=count // 12, month=count % 12 + 1)


def is_due(month: datetime, actions: Iterable[str], *, kept: timedelta, now: datetime) -> bool:
    """Whether the month may go at ``now``: older than the site's retention ``kept`` and than every floor."""
    return month_after(month) + max(kept, floor_of(actions)) <= now
