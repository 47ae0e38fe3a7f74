"""Limits per actor: a token bucket each, in this process. Beyond it: 429 with Retry-After."""

import threading
import time
from dataclasses import dataclass
from math import ceil

_FORGET_ABOVE = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests at once, and so many a second in the long run."""

    burst: int
    per_second: float


PERSON = Limit(burst=60, per_second=15)
PROGRAM = Limit(burst=200, per_second=100)
# A whole floor may come from one address: this slows a flood, it does not stop a guess (the tokens have 256 bits).
STRANGER = Limit(burst=300, per_second=30)


class Buckets:
    """Who has how many requests left. ``clock`` counts seconds and never goes back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, who: str, limit: Limit, *, now: float) -> int:
        """Return 0 when ``who`` may go on, else the whole seconds to wait. ``now`` in seconds, monotonic."""
        with self._lock:
            if len(self._left) > _FORGET_ABOVE:
                self._forget(now)
            left, then = self._left.get(who, (float(limit.burst), now))
            left = min(float(limit.burst), left + (now - then) * limit.per_second)
            if left < 1:
                self._left[who] = (left, now)
                return max(1, ceil((1 - left) / limit.per_second))
            self._left[who] = (left - 1, now)
            return 0

    def _forget(self, now: float) -> None:
        """Drop whoever was silent for a minute: by then every bucket here is full again."""
        self._left = {who: (left, then) for who, (left, then) in self._left.items() if now - then < 60}


_buckets = Buckets()


def wait_seconds(who: str, limit: Limit) -> int:
    """Return 0 when ``who`` may go on, else the whole seconds to wait."""
    return _buckets.take(who, limit, now=time.monotonic())
