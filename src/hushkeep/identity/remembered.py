"""Who was behind a cookie a moment ago, in this process: for reading what is masked, and for seconds only.

Whatever could change the answer is told to every process at commit (a session that ended, a device bound to it, a
person whose rights or password changed, a center's rules) and drops what is remembered of it. A process that does not
hear these notices remembers nothing. What changes something, or shows clear values, never comes from here.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hushkeep.identity.people import Person
from hushkeep.identity.sessions import Session
from hushkeep.identity.tenants import Tenant
from hushkeep.runtime.outbox import Notice
from hushkeep.runtime.streams import CENTER_CHANGED, PERSON_CHANGED, SESSION_CHANGED, SESSION_ENDED

LASTS_SECONDS = 3.0
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person at their browser: the open session, and when it last showed a second factor (UTC)."""

    person: Person
    center: Tenant
    session: Session
    second_factor_at: datetime


@dataclass(frozen=True, slots=True)
class _Entry:
    found: SignedIn
    until: float


class Remembered:
    """Cookie -> what was found behind it. ``clock`` counts seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._hearing = False
        self._turn = 0
        self._entries: dict[bytes, _Entry] = {}

    def hearing(self, *, now: bool) -> None:
        """Say whether notices reach this process; without them nothing is remembered."""
        with self._lock:
            self._hearing = now
            self._forget(lambda _: True)

    def get(self, cookie: str) -> SignedIn | None:
        """Return what is remembered of ``cookie``, or None."""
        entry = self._entries.get(_place(cookie))
        return entry.found if entry is not None and self._clock() < entry.until else None

    def turn(self) -> int:
        """Return a number that rises with all that is forgotten: taken before a look-up, handed to ``keep``."""
        return self._turn

    def keep(self, cookie: str, found: SignedIn, turn: int) -> None:
        """Remember ``found``, unless something was forgotten since ``turn``: it may have been read before that."""
        with self._lock:
            if self._hearing and turn == self._turn:
                if len(self._entries) >= _MOST:
                    self._entries.clear()
                self._entries[_place(cookie)] = _Entry(found, self._clock() + LASTS_SECONDS)

    def forget_cookie(self, cookie: str | None) -> None:
        """Drop what is remembered of ``cookie``."""
        with self._lock:
            self._turn += 1
            self._entries.pop(_place(cookie or ""), None)

    def hear(self, notice: Notice) -> None:
        """Drop what ``notice`` concerns."""
        concerns = _CONCERNS.get(notice.topic)
        if concerns is not None:
            with self._lock:
                self._forget(lambda found: concerns(found) == notice.id)

    def _forget(self, which: Callable[[SignedIn], bool]) -> None:
        self._turn += 1
        self._entries = {place: entry for place, entry in self._entries.items() if not which(entry.found)}


def _place(cookie: str) -> bytes:
    """The table holds no cookie: whoever reads this process's memory later finds none here."""
    return hashlib.sha256(cookie.encode()).digest()


_CONCERNS: dict[str, Callable[[SignedIn], UUID]] = {
    SESSION_ENDED: lambda found: found.session.id,
    SESSION_CHANGED: lambda found: found.session.id,
    PERSON_CHANGED: lambda found: found.person.id,
    CENTER_CHANGED: lambda found: found.center.id,
}

REMEMBERED = Remembered()
"""This process's."""
