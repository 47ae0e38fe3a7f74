"""Ids: UUIDv7 (RFC 9562, 5.7), opaque to clients, never derived from data."""

import secrets
import threading
import time
from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", UUID)
ActorId = NewType("ActorId", UUID)
SubjectId = NewType("SubjectId", UUID)
ConversationId = NewType("ConversationId", UUID)
EventId = NewType("EventId", UUID)
SessionId = NewType("SessionId", UUID)
DeviceId = NewType("DeviceId", UUID)

PLATFORM_TENANT = TenantId(UUID("00000000-0000-7000-8000-000000000001"))
"""The tenant of events that precede sign-in (DESIGN, Event v1)."""

_RAND_BITS = 74
_RAND_A_SHIFT = 62
_RAND_B_MASK = (1 << _RAND_A_SHIFT) - 1


class _Monotonic:
    """The last id made by this process: within one millisecond the random part counts up."""

    __slots__ = ("lock", "millis", "rand")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.millis = 0
        self.rand = 0

    def next(self) -> tuple[int, int]:
        """Return (milliseconds since 1970, 74 random bits), strictly rising."""
        now = time.time_ns() // 1_000_000
        with self.lock:
            if now > self.millis:
                self.millis = now
                self.rand = secrets.randbits(_RAND_BITS - 1)
            else:
                # A random step keeps ids unguessable; the clock going back keeps the last millisecond.
                self.rand += 1 + secrets.randbits(32)
                if self.rand >> _RAND_BITS:
                    self.millis += 1
                    self.rand = secrets.randbits(_RAND_BITS - 1)
            return self.millis, self.rand


_last = _Monotonic()


def new_id() -> UUID:
    """Return a new UUIDv7; ids made by one process sort in the order they were made."""
    millis, rand = _last.next()
    value = (millis & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= (rand >> _RAND_A_SHIFT) << 64
    value |= 0b10 << 62
    value |= rand & _RAND_B_MASK
    return UUID(int=value)
