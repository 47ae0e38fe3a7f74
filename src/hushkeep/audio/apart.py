"""A recogniser in a process of its own: one that hangs or dies takes neither the worker nor its memory along."""

import os
import subprocess
import sys
from importlib import import_module
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Lock

import numpy as np

from hushkeep.audio.decoding import Samples
from hushkeep.audio.recogniser import RATE, Heard, Recogniser
from hushkeep.kernel import errors

START_SECONDS = 120.0
PATIENCE_SECONDS = 60.0
"""How long a section may take, whatever its length; and beside that so many times its length:"""
PATIENCE_TIMES = 10.0


class ApartRecogniser:
    """The recogniser that ``make`` ("module:name", called with texts) returns, in a child process.

    The child is ended when it does not answer in time; the next section gets a new one. Raises Unavailable when none
    starts.
    """

    def __init__(
        self, make: str, *given: str, patience: tuple[float, float] = (PATIENCE_SECONDS, PATIENCE_TIMES)
    ) -> None:
        self._make, self._given, self._patience = make, given, patience
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None
        self.name, self.digest = "", ""
        with self._lock:
            self._start()

    def hear(self, sound: Samples, language: str | None) -> Heard:
        """Return what the recogniser hears; raises Unavailable when it fails, dies or takes too long."""
        allowed = self._patience[0] + self._patience[1] * len(sound) / RATE
        with self._lock:
            if self._line is None:
                self._start()
            answer = self._asked((np.ascontiguousarray(sound, dtype=np.float32), language), allowed)
        if not isinstance(answer, Heard):
            raise errors.Unavailable(str(answer))
        return answer

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._stop()

    def _start(self) -> None:
        ours, theirs = Pipe()
        with theirs:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "hushkeep.audio.apart", str(theirs.fileno()), self._make, *self._given],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},  # noqa: TID251
                pass_fds=[theirs.fileno()],
            )
        self._line = ours
        answer = self._asked(None, START_SECONDS)
        if not isinstance(answer, tuple):
            self._stop()
            raise errors.Unavailable(str(answer))
        self.name, self.digest = answer

    def _asked(self, question: object, allowed: float) -> object:
        line = self._line
        if line is None:
            return "recogniser is away"
        try:
            if question is not None:
                line.send(question)
            if line.poll(allowed):
                return line.recv()
            said = f"recogniser {self.name} gave no answer in {allowed:.0f} s"
        except (EOFError, OSError):
            said = f"recogniser {self.name} ended by itself"
        self._stop()
        return said

    def _stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
        if self._line is not None:
            self._line.close()
        self._child = self._line = None


def serve(line: Connection, make: str, given: list[str]) -> None:
    """Live as the child: name the recogniser, then answer section by section until nobody asks any more."""
    module, _, name = make.partition(":")
    try:
        engine: Recogniser = getattr(import_module(module), name)(*given)
    except errors.Error as failure:
        line.send(str(failure))
        return
    line.send((engine.name, engine.digest))
    while True:
        try:
            sound, language = line.recv()
        except EOFError:
            return
        try:
            line.send(engine.hear(sound, language))
        except errors.Unavailable as failure:
            line.send(str(failure))


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])), sys.argv[2], sys.argv[3:])
