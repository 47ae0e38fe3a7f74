"""Open streams of the front: who listens, fed by one LISTEN connection; ids only.

A stream ends by itself when its session is revoked, when the server closes, or when its reader is too slow.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

from hushkeep.kernel import TenantId
from hushkeep.runtime.outbox import Notice

_BEHIND = 256  # notices that wait for a slow reader; then it is cut and resumes from the table
LIVE_CHANGED = "live"
SESSION_ENDED = "session_ended"
SESSION_CHANGED = "session_changed"
PERSON_CHANGED = "person_changed"
CENTER_CHANGED = "center_changed"
_OF_THE_HOUSE = frozenset({SESSION_CHANGED, PERSON_CHANGED, CENTER_CHANGED})  # for processes, not for readers


@dataclass(eq=False, slots=True)
class Stream:
    """One reader's stream."""

    tenant: TenantId
    session: UUID | None
    queue: asyncio.Queue[Notice | None] = field(default_factory=lambda: asyncio.Queue(_BEHIND))
    ended: bool = False

    def end(self) -> None:
        """End the stream after what is being written now."""
        self.ended = True
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)

    async def lines(self, beat_seconds: float) -> AsyncIterator[bytes]:
        """Yield server-sent events until the stream ends, and a comment every ``beat_seconds`` of silence."""
        yield b": open\n\n"
        while not self.ended:
            try:
                notice = await asyncio.wait_for(self.queue.get(), beat_seconds)
            except TimeoutError:
                yield b": beat\n\n"
                continue
            if notice is not None:
                data = json.dumps({"id": str(notice.id), "topic": notice.topic})
                yield f"id: {notice.id}\nevent: {notice.topic}\ndata: {data}\n\n".encode()


class Streams:
    """All open streams of this process."""

    def __init__(self) -> None:
        self.open: set[Stream] = set()
        self.closing = False

    def add(self, stream: Stream) -> None:
        """Let ``stream`` hear its tenant's notices."""
        self.open.add(stream)

    def remove(self, stream: Stream) -> None:
        """Forget ``stream``."""
        self.open.discard(stream)

    async def receive(self, notice: Notice) -> None:
        """Hand ``notice`` to every stream of its tenant; end those of a session that ended."""
        if notice.topic in _OF_THE_HOUSE:
            return
        for stream in [s for s in self.open if s.tenant == notice.tenant]:
            if (notice.topic == SESSION_ENDED and notice.id == stream.session) or stream.queue.full():
                stream.end()
            else:
                stream.queue.put_nowait(notice)

    def close(self) -> None:
        """End every stream and take no more."""
        self.closing = True
        for stream in self.open:
            stream.end()
