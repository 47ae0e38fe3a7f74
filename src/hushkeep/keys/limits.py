"""How much may be asked of the service: token buckets, pure but for the time handed in."""

from dataclasses import dataclass, field
from typing import Final

from hushkeep.kernel import Denied

_SECOND: Final = 1_000_000
_MAX_BUCKETS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` at once, then ``count`` in every ``seconds``."""

    count: int
    seconds: int
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What each caller may ask for; every figure is a ceiling against a caller that lies."""

    lookup_actor: Rate = Rate(50, 1, 50)
    lookup_tenant: Rate = Rate(1000, 1, 1000)
    index_tenant: Rate = Rate(20_000, 1, 200_000)
    sample_actor: Rate = Rate(120, 3600, 60)
    sample_tenant: Rate = Rate(2000, 3600, 500)
    job_tenant: Rate = Rate(3600, 3600, 600)
    live_actor: Rate = Rate(60, 60, 30)
    pledge_actor: Rate = Rate(60, 3600, 20)
    pledged_tenant: Rate = Rate(2000, 86_400, 2000)
    outbound_agent: Rate = Rate(20, 3600, 20)
    verify_subject: Rate = Rate(5, 900, 5)
    verify_actor: Rate = Rate(120, 3600, 30)
    four_eyes_tenant: Rate = Rate(1_000, 86_400, 1_000)
    code_subject: Rate = Rate(3, 900, 3)
    unwraps_per_ticket: int = 2000
    wrap_up_seconds: int = 120
    sample_seconds: int = 300
    job_seconds: int = 900
    four_eyes_seconds: int = 900
    pledge_seconds: int = 86_400
    pledged_openings: int = 1000
    live_hours: int = 8


@dataclass(slots=True)
class Buckets:
    """The buckets of all callers, by (what, whom); the longest unused are dropped once full again."""

    _levels: dict[tuple[object, ...], tuple[float, int]] = field(default_factory=dict)

    def take(self, who: tuple[object, ...], rate: Rate, now: int, amount: int = 1) -> None:
        """Take ``amount`` from the bucket of ``who`` at ``now`` (microseconds); raise Denied("rate_limited")."""
        level, at = self._levels.pop(who, (float(rate.burst), now))
        level = min(rate.burst, level + (now - at) * rate.count / (rate.seconds * _SECOND))
        enough = level >= amount
        self._levels[who] = (level - amount if enough else level, now)
        if len(self._levels) > _MAX_BUCKETS:
            # Oldest first: a flood of new callers must not reset a bucket that is in use.
            self._levels.pop(next(iter(self._levels)))
        if not enough:
            raise Denied("rate_limited")
