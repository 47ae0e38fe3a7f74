"""The service's clock: microseconds since 1970, never going back."""

import time
from collections.abc import Callable


class Clock:
    """Returns the time of ``source`` (nanoseconds), or the last time shown when the source jumped back.

    A right that has ended stays ended, whatever happens to the machine's clock.
    """

    def __init__(self, source: Callable[[], int] = time.time_ns, *, at_least: int = 0) -> None:
        self._source = source
        self._last = at_least

    def now(self) -> int:
        """Return microseconds since 1970 (UTC)."""
        self._last = max(self._last, self._source() // 1000)
        return self._last

    def advance(self, at_least: int) -> None:
        """Never show a time before ``at_least`` from here on."""
        self._last = max(self._last, at_least)
