"""Locks and ports: one supervisor a data directory, one listener a port."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hushkeep.kernel import Conflict
from hushkeep.runtime.files import private_folder


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file ``path`` while the block runs; raises Conflict when another process holds it.

    The kernel lets go when the process ends, however it ends. Children do not inherit the lock.
    """
    if not path.parent.exists():
        private_folder(path.parent)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"another hushkeep runs on {path.parent.parent}") from None
        yield
    finally:
        os.close(handle)


def free_port(address: str, port: int) -> int:
    """Return ``port``, or any free one for 0; raises Conflict when somebody listens there.

    The test binds without SO_REUSEPORT: the server sets it, and would share a taken port without a word.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as failure:
            raise Conflict(f"port {port} on {address} is taken ({failure.strerror})") from None
        return int(probe.getsockname()[1])
