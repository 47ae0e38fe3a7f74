"""Batches on their way to the site, several at a time, in bounded memory; stopped in good order."""

import queue
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event
from types import FrameType
from typing import Any
from uuid import UUID

from hushkeep.cli.intake_client import IntakeClient
from hushkeep.cli.intake_source import Piece
from hushkeep.kernel import Error

Answer = dict[str, Any]


@contextmanager
def stopping() -> Iterator[Event]:
    """Yield an event that Ctrl-C or SIGTERM sets; the second Ctrl-C ends the program as usual."""
    asked = Event()

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the shape of a handler
        asked.set()
        signal.signal(signal.SIGINT, before[signal.SIGINT])

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def send_all(
    batches: Iterator[list[Piece]],
    run: UUID,
    clients: list[IntakeClient],
    *,
    stop: Event,
    told: Callable[[Answer, list[Piece]], None],
) -> bool:
    """Send every batch under ``run``, one at a time over each of ``clients``; return whether all were sent.

    ``told`` hears each answer in this thread. When ``stop`` is set, what is on its way is still waited for. Raises
    what a batch raised.
    """
    idle: queue.SimpleQueue[IntakeClient] = queue.SimpleQueue()
    for client in clients:
        idle.put(client)
    going: dict[Future[Answer], list[Piece]] = {}

    def post(batch: list[Piece]) -> Answer:
        client = idle.get()
        try:
            return client.send(run, [record for _, _, record in batch])
        finally:
            idle.put(client)

    def arrived() -> None:
        done, _ = wait(going, return_when=FIRST_COMPLETED)
        for future in done:
            batch = going.pop(future)
            told(future.result(), batch)

    with ThreadPoolExecutor(len(clients)) as pool:
        try:
            for batch in batches:
                going[pool.submit(post, batch)] = batch
                # One more than is being sent is read ahead, no more: memory does not grow with the folder.
                while len(going) > len(clients):
                    arrived()
                if stop.is_set():
                    break
            while going:
                arrived()
        except Error:
            _tell_the_rest(going, told)
            raise
    return not stop.is_set()


def _tell_the_rest(going: dict[Future[Answer], list[Piece]], told: Callable[[Answer, list[Piece]], None]) -> None:
    """One batch was given up: what the others brought is in, and is told."""
    for future, batch in going.items():
        if future.exception() is None:
            told(future.result(), batch)
