"""Batches on their way to the site, several at a time, in bounded memory; stopped and paused in good order."""

import os
import queue
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from types import FrameType
from typing import Any
from uuid import UUID

import click

from hushkeep.channels import attached
from hushkeep.channels.formats.shape import NO_BYTES, piece
from hushkeep.cli.intake_client import IntakeClient, code_of
from hushkeep.cli.intake_source import Piece
from hushkeep.kernel import Error
from hushkeep.runtime.language import gettext as _

Answer = dict[str, Any]


@dataclass(slots=True)
class Asked:
    """What the operator asks for by signals: ``stop`` to end in good order, ``pause`` to stand still until SIGCONT.

    ``rested`` hears after each pause how many seconds it stood still.
    """

    stop: Event
    rested: Callable[[float], None]
    pause: Event = field(default_factory=Event)

    def rest(self) -> None:
        """Stand still where a pause was asked for; nothing may be on its way: the site would wait for its end."""
        if not self.pause.is_set() or self.stop.is_set():
            return
        self.pause.clear()
        aside()
        click.echo(_("Paused: what was sent is in, nothing is on its way. fg, or kill -CONT, goes on."), err=True)
        began = time.monotonic()
        os.kill(os.getpid(), signal.SIGSTOP)  # as Ctrl-Z does at once: a shell sees the job stand still
        self.rested(time.monotonic() - began)


def aside() -> None:
    """End the line of progress on a terminal: what is said next stands on a line of its own."""
    if sys.stderr.isatty():
        click.echo(err=True)


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


@contextmanager
def asking(rested: Callable[[float], None]) -> Iterator[Asked]:
    """Yield what signals ask for: to stop as ``stopping`` says, and Ctrl-Z (SIGTSTP) to pause."""
    with stopping() as stop:
        asked = Asked(stop, rested)
        before = signal.signal(signal.SIGTSTP, lambda _number, _frame: asked.pause.set())
        try:
            yield asked
        finally:
            signal.signal(signal.SIGTSTP, before)


def send_all(
    batches: Iterator[list[Piece]],
    run: UUID,
    clients: list[IntakeClient],
    *,
    asked: Asked,
    told: Callable[[Answer, list[Piece]], None],
) -> bool:
    """Send every batch under ``run``, one at a time over each of ``clients``; return whether all were sent.

    ``told`` hears each answer in this thread. Before a stop or a pause, what is on its way is waited for. Raises what
    a batch raised.
    """
    idle: queue.SimpleQueue[IntakeClient] = queue.SimpleQueue()
    for client in clients:
        idle.put(client)
    going: dict[Future[Answer], list[Piece]] = {}

    def post(batch: list[Piece]) -> Answer:
        client = idle.get()
        try:
            return _sent(client, run, batch)
        finally:
            idle.put(client)

    def arrived() -> None:
        done, _going = wait(going, return_when=FIRST_COMPLETED)
        for future in done:
            batch = going.pop(future)
            told(future.result(), batch)

    with ThreadPoolExecutor(len(clients)) as pool:
        try:
            for batch in batches:
                going[pool.submit(post, batch)] = batch
                # One more than is being sent is read ahead, no more: memory does not grow with the folder.
                while len(going) > len(clients) or (going and asked.pause.is_set()):
                    arrived()
                asked.rest()
                if asked.stop.is_set():
                    aside()
                    click.echo(_("Stopping: what is on its way is waited for. Ctrl-C again ends at once."), err=True)
                    break
            while going:
                arrived()
        except Error:
            _tell_the_rest(going, told)
            raise
    return not asked.stop.is_set()


_Hung = tuple[tuple[int, UUID], bytes]
"""A piece of what hangs on a conversation: ((its line in the batch, the piece's id), its bytes)."""


def _sent(client: IntakeClient, run: UUID, batch: list[Piece]) -> Answer:
    """Send ``batch``, then what hangs on it and has not come; return the answer with what became of that added.

    ``not_landed`` holds (line, code) of attachments that the site did not take.
    """
    answer = client.send(run, [record for _file, _place, record, _attached in batch])
    states: Counter[str] = Counter(answer["attachments"])
    not_landed: list[tuple[int, str]] = []

    def land(group: list[_Hung]) -> None:
        states.update(_landed(client, run, group)["states"])

    def refused(place: tuple[int, UUID], fault: Error) -> None:
        line, _part = place
        not_landed.append((line, code_of(fault)))

    attached.landed_in_groups(_wanted(answer, batch, not_landed), land, refused)
    return answer | {"attachments": dict(states), "not_landed": not_landed}


def _wanted(answer: Answer, batch: list[Piece], not_landed: list[tuple[int, str]]) -> Iterator[_Hung]:
    """Yield each piece that has not come; add to ``not_landed`` those that nobody has."""
    for one in answer["wanted"]:
        *_, hung = batch[one["line"] - 1]
        content = piece(hung, one["attachment"], one["part"])
        if content is None:
            not_landed.append((one["line"], NO_BYTES))
        else:
            yield (one["line"], UUID(one["id"])), content


def _landed(client: IntakeClient, run: UUID, group: list[_Hung]) -> Answer:
    if len(group) == 1:
        [((_line, part), content)] = group
        return client.attach(run, part, content)
    return client.attach_together(run, [(part, content) for (_line, part), content in group])


def _tell_the_rest(going: dict[Future[Answer], list[Piece]], told: Callable[[Answer, list[Piece]], None]) -> None:
    """One batch was given up: what the others brought is in, and is told."""
    for future, batch in going.items():
        if future.exception() is None:
            told(future.result(), batch)
