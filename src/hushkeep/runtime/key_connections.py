"""Connections to the key service: a frame out, a frame in, for any number of threads and forks."""

import os
import socket
import struct
import threading
from typing import Final

from hushkeep.kernel import Unavailable
from hushkeep.keys.frames import LENGTH

_IDLE_CONNECTIONS: Final = 16
_READ_BYTES: Final = 1 << 16  # larger buffers are mapped and unmapped by malloc on each call: 40 us


class KeyConnections:
    """The connections of this process to the service at ``path``; idle ones are kept and used again."""

    def __init__(self, path: str, timeout_seconds: float) -> None:
        self._path = path
        self._timeout = timeout_seconds
        self._lock = threading.Lock()
        self._idle: list[socket.socket] = []
        self._process = os.getpid()

    def exchange(self, frame: bytes) -> bytes:
        """Send ``frame`` and return the answer's body; a connection that died while idle is replaced once.

        Raises Unavailable when the service does not answer.
        """
        sock = self._take()
        if sock is not None:
            try:
                return self._over(sock, frame)
            except OSError:
                sock.close()
        try:
            return self._over(self._connect(), frame)
        except OSError as failure:
            raise Unavailable(f"key service does not answer ({type(failure).__name__})") from None

    def _over(self, sock: socket.socket, frame: bytes) -> bytes:
        try:
            sock.sendall(frame)
            body = _receive(sock)
        except OSError:
            sock.close()
            raise
        self._give(sock)
        return body

    def _connect(self) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # The kernel's own time-outs: Python's cost a poll for each call, and fail at once while the queue is full.
        limit = struct.pack("ll", int(self._timeout) or 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        try:
            sock.connect(self._path)
        except OSError:
            sock.close()
            raise
        return sock

    def _take(self) -> socket.socket | None:
        with self._lock:
            if self._process != os.getpid():
                # After a fork the sockets are the parent's: answers would reach the wrong process.
                self._process = os.getpid()
                for sock in self._idle:
                    sock.close()
                self._idle.clear()
            return self._idle.pop() if self._idle else None

    def _give(self, sock: socket.socket) -> None:
        with self._lock:
            if len(self._idle) < _IDLE_CONNECTIONS and self._process == os.getpid():
                self._idle.append(sock)
                return
        sock.close()

    def close(self) -> None:
        """Close idle connections."""
        with self._lock:
            for sock in self._idle:
                sock.close()
            self._idle.clear()


def _receive(sock: socket.socket) -> bytes:
    """Return the body of one whole answer; raises ConnectionError when the other side closes before."""
    data = b""
    while len(data) < LENGTH.size:
        piece = sock.recv(_READ_BYTES)
        if not piece:
            raise ConnectionResetError("closed by the key service")
        data += piece
    (length,) = LENGTH.unpack_from(data)
    if len(data) == LENGTH.size + length:
        return data[LENGTH.size :]
    parts = bytearray(data)
    while len(parts) < LENGTH.size + length:
        piece = sock.recv(_READ_BYTES)
        if not piece:
            raise ConnectionResetError("closed by the key service")
        parts += piece
    return bytes(parts[LENGTH.size :])
