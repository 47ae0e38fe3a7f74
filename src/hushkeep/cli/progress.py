"""Progress on stderr: how much, how fast, how long yet."""

import sys
import time

from hushkeep.runtime.language import gettext as _
from hushkeep.runtime.language import ngettext

_EVERY_SECONDS = 5.0
_ON_TERMINAL_SECONDS = 0.3


class Progress:
    """A line that says how far a job is; on a terminal it is rewritten in place. Silent for the first two seconds.

    ``rested_seconds`` is how long the job stood still: it counts neither for the rate nor for the time that is left.
    """

    def __init__(self, total_bytes: int) -> None:
        self._total = max(total_bytes, 1)
        self._done = 0
        self._began = time.monotonic()
        self._next = self._began + 2.0
        self._terminal = sys.stderr.isatty()
        self._shown = False
        self.rested_seconds = 0.0

    def show(self, messages: int, done_bytes: int) -> None:
        """Say, when it is time, that ``done_bytes`` of the source are behind us."""
        self._done = max(done_bytes, 1)
        if (seconds := self._due()) is not None:
            self._say(
                _("{messages}, {rate:,.0f} a second, {part:.0%}, about {left:.0f} s left").format(
                    messages=ngettext("{count:,} message", "{count:,} messages", messages).format(count=messages),
                    rate=messages / seconds,
                    part=self._part,
                    left=seconds / self._part - seconds,
                )
            )

    def step(self, more_bytes: int) -> None:
        """Count ``more_bytes`` as done, where bytes are all there is to count."""
        self._done += more_bytes
        if (seconds := self._due()) is not None:
            rate = self._done / seconds / 1e6
            self._say(_("{done:,.0f} MB, {rate:,.0f} MB a second").format(done=self._done / 1e6, rate=rate))

    @property
    def _part(self) -> float:
        return min(self._done / self._total, 1.0)

    def _due(self) -> float | None:
        """Return the seconds since the beginning when it is time for a word."""
        now = time.monotonic()
        if now < self._next:
            return None
        self._next = now + (_ON_TERMINAL_SECONDS if self._terminal else _EVERY_SECONDS)
        return max(now - self._began - self.rested_seconds, 0.001)

    def _say(self, words: str) -> None:
        sys.stderr.write(f"\r{words}\x1b[K" if self._terminal else f"{words}\n")
        sys.stderr.flush()
        self._shown = True

    def done(self) -> None:
        """End the line."""
        if self._terminal and self._shown:
            sys.stderr.write("\n")
