"""The supervisor: starts the site's processes, starts them again when they fail, stops them in order.

One thread, no state but its own: a process that ends or stays unhealthy is replaced, after a pause that doubles from
0.2 s to 10 s while it keeps failing. When the supervisor itself is killed the kernel ends its children.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hushkeep.kernel import Unavailable
from hushkeep.runtime import logs
from hushkeep.runtime.processes import Process, Started

TICK_SECONDS = 0.1
ASK_EVERY_SECONDS = 5.0
# Silence is not death: a front with a large batch in hand may answer late. Only this long a silence is a hang.
PATIENCE_SECONDS = 90.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
_STEADY_SECONDS = 30.0
_LOG_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class _Kept:
    """A process as the supervisor keeps it."""

    process: Process
    log: Path
    running: Started | None = None
    since: float = 0.0
    again_at: float = 0.0
    pause: float = _FIRST_PAUSE
    well_at: float = 0.0
    asked_at: float = 0.0
    restarts: int = 0

    def start(self) -> None:
        _turn(self.log)
        with self.log.open("ab") as log:
            self.log.chmod(0o600)
            self.running = self.process.start(log)
        self.since = self.asked_at = self.well_at = time.monotonic()
        logs.tell("process_started", name=self.process.name, pid=self.running.pid)

    def fell(self, code: int) -> None:
        now = time.monotonic()
        self.pause = _FIRST_PAUSE if now - self.since > _STEADY_SECONDS else min(self.pause * 2, _LONGEST_PAUSE)
        self.again_at = now + self.pause
        self.running = None
        self.restarts += 1
        logs.warn("process_ended", name=self.process.name, code=code, again_in_seconds=self.pause)

    def ask(self) -> None:
        if self.running is None:
            return
        self.asked_at = time.monotonic()
        if self.process.healthy():
            self.well_at = time.monotonic()
        elif time.monotonic() - self.well_at > PATIENCE_SECONDS:
            logs.warn("process_unhealthy", name=self.process.name, pid=self.running.pid)
            self.running.kill()


@dataclass(slots=True)
class Supervisor:
    """Keeps the processes of ``rounds`` running until ``stop`` is called; their logs go to ``logs_dir``."""

    rounds: Sequence[Sequence[Process]]
    logs_dir: Path
    stopping: bool = False
    kept: list[_Kept] = field(default_factory=list)

    def start(self, *, within_seconds: float = 60.0, before_last: Callable[[], None] = lambda: None) -> None:
        """Start round by round, each once the one before is healthy; raises Unavailable when one does not become so.

        ``before_last`` is called when what the last round stands on is healthy; what it raises ends the start.
        """
        for processes in self.rounds:
            if processes is self.rounds[-1] and not self.stopping:
                before_last()
            started = [_Kept(process, self.logs_dir / f"{process.name}.log") for process in processes]
            self.kept += started
            for one in started:
                one.start()
            for one in started:
                self._await(one, within_seconds)

    def _await(self, one: _Kept, within_seconds: float) -> None:
        until = time.monotonic() + within_seconds
        while not self.stopping:
            if one.running is None or (code := one.running.poll()) is not None:
                raise Unavailable(f"{one.process.name} ended with code {code} at its start: see {one.log}")
            if one.process.healthy():
                return
            if time.monotonic() > until:
                raise Unavailable(f"{one.process.name} did not become healthy in {within_seconds:.0f} s: see {one.log}")
            time.sleep(0.03)

    def run(self, each_tick: Callable[[], None] = lambda: None) -> None:
        """Keep everything running until ``stop``; ``each_tick`` is called about ten times a second."""
        while not self.stopping:
            self.tick()
            each_tick()
            time.sleep(TICK_SECONDS)

    def tick(self) -> None:
        """Look once: replace what ended, ask who has not been asked for five seconds."""
        for one in self.kept:
            if one.running is None:
                if time.monotonic() >= one.again_at:
                    one.start()
            elif (code := one.running.poll()) is not None:
                one.fell(code)
            elif time.monotonic() - one.asked_at > ASK_EVERY_SECONDS:
                one.ask()

    def stop(self) -> None:
        """Have ``run`` and ``start`` return soon; safe in a signal handler."""
        self.stopping = True

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send ``number`` to the process called ``name``."""
        for one in self.kept:
            if one.process.name == name and one.running is not None:
                one.running.send_signal(number)

    def end(self) -> None:
        """Stop all, the last started first; whoever does not end in its time is killed."""
        for one in reversed(self.kept):
            running, one.running = one.running, None
            if running is None:
                continue
            running.send_signal(one.process.stop_by)
            try:
                running.wait(one.process.stop_seconds)
            except subprocess.TimeoutExpired:
                logs.warn("process_killed", name=one.process.name, pid=running.pid)
                running.kill()
                running.wait()


def _turn(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
