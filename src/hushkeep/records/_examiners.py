"""Examining batches side by side: detection is the dearest part of an intake, and one process is one core of it."""

import os
import queue
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from typing import Final

import msgspec

from hushkeep.kernel import Conversation, Unavailable
from hushkeep.records._examine import Examined, examine
from hushkeep.records._examiner import HEALTH, examined_of, pack, receive, send
from hushkeep.runtime.settings import settings

FEW: Final = 16
"""So many conversations are examined on the spot: they are done before another process has heard of them."""
_ANSWER_SECONDS: Final = 300.0
_START_SECONDS: Final = 120.0


class Examiners:
    """Up to ``count`` processes that examine, started as they are first needed; safe to share between threads.

    With a ``count`` of 0 everything is examined here; ``health`` as for ``examine``.
    """

    def __init__(self, count: int, *, health: bool = False) -> None:
        self.count = count
        self.health = health
        self._idle: queue.LifoQueue[_Examiner | None] = queue.LifoQueue()
        for _each in range(count):
            self._idle.put(None)

    def examine(self, conversations: Sequence[Conversation]) -> list[Examined]:
        """Return what ``examine`` returns; waits while all examiners are busy.

        An examiner that died costs its batch a second try by a new one. Raises Unavailable when that fails too.
        """
        if self.count == 0 or len(conversations) <= FEW:
            return examine(conversations, health=self.health)
        asked = pack(conversations)
        for _attempt in range(2):
            one = self._idle.get()
            kept: _Examiner | None = None
            try:
                one = one or _Examiner(health=self.health)
                answer = one.ask(asked)
                kept = one
            except (OSError, EOFError, ValueError, msgspec.MsgspecError):
                if one is not None:
                    one.stop()
            else:
                return answer
            finally:
                self._idle.put(kept)
        raise Unavailable("no examiner answers")

    def stop(self) -> None:
        """End those that are idle."""
        for one in [self._idle.get() for _each in range(self._idle.qsize())]:
            if one is not None:
                one.stop()
            self._idle.put(None)


class _Examiner:
    """One process and the socket to it."""

    def __init__(self, *, health: bool) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._channel.settimeout(_START_SECONDS + _ANSWER_SECONDS)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hushkeep.records._examiner", str(theirs.fileno()), *([HEALTH] * health)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                cwd="/",
                pass_fds=[theirs.fileno()],
            )

    def ask(self, asked: bytes) -> list[Examined]:
        send(self._channel, asked)
        answer = examined_of(receive(self._channel))
        self._channel.settimeout(_ANSWER_SECONDS)
        return answer

    def stop(self) -> None:
        self._channel.close()
        self._process.kill()
        self._process.wait()


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry), "PATH": "/usr/bin:/bin"}


@cache
def examiners() -> Examiners:
    """Return those of this process: as many as the setting ``examiners`` says, by default one a core, four at most."""
    wanted = settings().examiners
    if wanted is None:
        cores = len(os.sched_getaffinity(0))
        wanted = min(cores, 4) if cores > 1 else 0
    return Examiners(wanted, health=settings().find_health)
