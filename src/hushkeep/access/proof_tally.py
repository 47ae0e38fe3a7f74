"""How refused proofs of a session are counted, which are told at once and which together. Pure.

>>> from datetime import UTC, datetime
>>> now, tally = datetime(2026, 3, 4, tzinfo=UTC), None
>>> for _ in range(EVENTS_A_MINUTE + 1):
...     tally, telling = counted(tally or Tally(now, now), "proof_wrong", now=now)
>>> dict(telling), dict(tally.untold)
({}, {'proof_wrong': 1})
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

EVENTS_A_MINUTE = 5
"""So many refusals of a session in one minute are events each."""

MOST = 30
"""The refusal that ends the session, counted over ``HOUR``."""

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Tally:
    """A session's refusals: ``told`` in the minute from ``minute_at``, ``count`` in the hour from ``hour_at``.

    ``untold`` holds reason -> how many that are in no event yet.
    """

    minute_at: datetime
    hour_at: datetime
    told: int = 0
    count: int = 0
    untold: Mapping[str, int] = field(default_factory=dict)


def counted(tally: Tally, reason: str, *, now: datetime) -> tuple[Tally, Mapping[str, int]]:
    """Return the tally with one more refusal, and what is to be told now: reason -> how many. Pure.

    The refusal that fills the hour's measure tells all that was held back.
    """
    if now - tally.hour_at >= HOUR:
        tally = replace(tally, hour_at=now, count=0)
    telling: Counter[str] = Counter()
    if now - tally.minute_at >= MINUTE:
        telling.update(tally.untold)
        tally = replace(tally, minute_at=now, told=0, untold={})
    tally = replace(tally, count=tally.count + 1)
    if tally.told < EVENTS_A_MINUTE:
        telling[reason] += 1
        tally = replace(tally, told=tally.told + 1)
    else:
        tally = replace(tally, untold=Counter(tally.untold) + Counter({reason: 1}))
    if tally.count == MOST:
        telling.update(tally.untold)
        tally = replace(tally, untold={})
    return tally, telling
