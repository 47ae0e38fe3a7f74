"""The id of the request in hand: made at the edge, written into every event and every problem."""

from contextvars import ContextVar
from uuid import UUID

_current: ContextVar[UUID | None] = ContextVar("request_id", default=None)


def set_current(request: UUID | None) -> None:
    """Say which request this thread serves from now on; None when it has been answered."""
    _current.set(request)


def current() -> UUID | None:
    """Return the id of the request in hand, or None outside of one."""
    return _current.get()
