"""Reading a file through a confined parser: this side opens it, that side makes something of it.

The parser may go wrong in any way: it is given a time, its answers are judged, and when it dies or hangs the file is
named and the next one gets a new parser.
"""

import json
import os
import select
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hushkeep.channels import clamav, frames
from hushkeep.channels.folders import Found
from hushkeep.channels.formats.shape import Item
from hushkeep.channels.lines import Reject
from hushkeep.kernel import Unavailable

SILENT_SECONDS = 60.0
"""So long a parser may work without giving anything."""
FILE_SECONDS_PER_MIB = 5.0
_START_SECONDS = 60.0


class ConfinedReader:
    """Reads files through one confined parser process; ``said`` is what the operator told of the folder (JSON).

    ``scanner`` is ClamAV's socket, None without one; a file that it does not call clean is not opened.

    ``alone`` says, once a file has been read, whether the parser has a network namespace of its own.
    """

    def __init__(
        self, said: Mapping[str, Any], *, silent_seconds: float = SILENT_SECONDS, scanner: Path | None = None
    ) -> None:
        self._scanner = scanner
        self._said = json.dumps(dict(said) | {"scan": "rules_and_clamav" if scanner else "rules"})
        self._silent = silent_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._pipe = _Pipe(-1, 0.0)
        self.alone: bool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def read(self, file: Found, kind: str) -> Iterator[Item]:
        """Yield what is in ``file``. Codes beside the parser's: unreadable, not_a_file, changed_while_read, gone,
        malware, not_scanned, took_too_long (seconds), parser_died, parser_failed, needs_too_much_memory.

        Raises Unavailable when no parser can be started or confined.
        """  # noqa: D205 - a list of codes
        try:
            descriptor = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            yield Reject(1, "gone")
            return
        except OSError:
            yield Reject(1, "unreadable")
            return
        try:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                yield Reject(1, "not_a_file")
                return
            yield from self.read_open(descriptor, file.name, file.size, kind)
            if changed(before, os.fstat(descriptor)):
                yield Reject(1, "changed_while_read")
        finally:
            os.close(descriptor)

    def read_open(self, descriptor: int, name: str, size: int, kind: str) -> Iterator[Item]:
        """Yield what is in the open file ``descriptor`` of ``size`` bytes, which is called ``name``; codes as above."""
        if self._scanner and (said := clamav.verdict(descriptor, self._scanner)) != "clean":
            yield Reject(1, said)
            return
        yield from self._asked(descriptor, name, size, kind)

    def stop(self) -> None:
        """End the parser."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
        if self._channel is not None:
            self._channel.close()
        self._process = self._channel = None

    def _asked(self, descriptor: int, name: str, size: int, kind: str) -> Iterator[Item]:
        if self._process is None:
            self._start()
        if self._channel is None:
            raise Unavailable("no parser")
        request = json.dumps({"kind": kind, "name": name.encode("utf-8", "replace").decode()}).encode()
        done = False
        pipe = self._pipe
        try:
            socket.send_fds(self._channel, [request], [descriptor])
            pipe.left = self._silent + FILE_SECONDS_PER_MIB * size / 2**20
            yield from frames.items(pipe.read)
            done = True
        except TimeoutError:
            yield Reject(1, "took_too_long", {"seconds": int(self._silent)})
        except (OSError, frames.BadFrame, EOFError):
            yield Reject(1, "parser_died")
        finally:
            if not done:
                self.stop()  # what it still says is of a file that nobody reads any more

    def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hushkeep.channels.confined_parser", str(theirs.fileno()), self._said],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._channel = ours
        self._pipe = _Pipe(self._process.stdout.fileno() if self._process.stdout else -1, _START_SECONDS)
        try:
            kind, body = frames.get(self._pipe.read)
        except (OSError, EOFError, TimeoutError, frames.BadFrame):
            kind, body = b"", b""
        if kind != frames.READY:
            self.stop()
            raise Unavailable("the parser cannot be confined")
        self.alone = body == b"1"


class _Pipe:
    """Reads from ``descriptor``, waiting ``left`` seconds in all: time that we spend elsewhere does not count."""

    def __init__(self, descriptor: int, left: float) -> None:
        self.left = left
        self._descriptor = descriptor
        self._held = bytearray()

    def read(self, size: int) -> bytes:
        """Return ``size`` bytes. Raises EOFError, TimeoutError, OSError."""
        while len(self._held) < size:
            began = time.monotonic()
            ready, _, _ = select.select([self._descriptor], [], [], max(self.left, 0))
            self.left -= time.monotonic() - began
            if not ready:
                raise TimeoutError
            chunk = os.read(self._descriptor, 256 * 1024)
            if not chunk:
                raise EOFError
            self._held += chunk
        with memoryview(self._held) as held:
            taken = bytes(held[:size])  # once: what hangs on a mail may be large
        del self._held[:size]
        return taken


def changed(before: os.stat_result, after: os.stat_result) -> bool:
    """Whether a file was written to between two looks at it."""
    return (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)


def _environment() -> dict[str, str]:
    # One thread: a process with several cannot leave its namespaces, and a parser needs no linear algebra.
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return {"PYTHONPATH": path, "PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
