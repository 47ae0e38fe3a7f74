"""The socket: one thread, one loop. All requests that are ready are handled, made durable together, then answered."""

import contextlib
import os
import selectors
import socket
import sqlite3
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hushkeep.kernel import Conflict, Unavailable
from hushkeep.keys.frames import LENGTH, MAX_FRAME_BYTES, encode_error
from hushkeep.keys.service import Peer, Service, answer

MAX_CONNECTIONS: Final = 1000
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024
_READ_BYTES: Final = 1 << 16  # larger buffers are mapped and unmapped by malloc on each call: 40 us
_CREDENTIALS: Final = struct.Struct("3i")


class _Connection:
    """One client: what came in and is not yet a whole frame, what goes out and is not yet taken."""

    __slots__ = ("incoming", "outgoing", "peer", "sock")

    def __init__(self, sock: socket.socket, peer: Peer) -> None:
        self.sock = sock
        self.peer = peer
        self.incoming = bytearray()
        self.outgoing = bytearray()

    def frames(self) -> list[bytes]:
        """Take the whole frames out of what came in; raises ValueError for one that is too long."""
        found = []
        at = 0
        data = self.incoming
        while len(data) - at >= LENGTH.size:
            (length,) = LENGTH.unpack_from(data, at)
            if length > MAX_FRAME_BYTES:
                raise ValueError("frame too long")
            if len(data) - at - LENGTH.size < length:
                break
            found.append(bytes(data[at + LENGTH.size : at + LENGTH.size + length]))
            at += LENGTH.size + length
        if at:
            del data[:at]
        return found


def listen(path: Path, group: int | None = None) -> socket.socket:
    """Return a socket listening at ``path`` (0600; 0660 for ``group``); raises Conflict when another answers there."""
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700)
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
        else:
            raise Conflict("another key service listens at this socket")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    if group is not None:
        os.chown(path, -1, group)
        path.chmod(0o660)
    listener.listen(512)
    listener.setblocking(False)
    return listener


class Server:
    """Serves ``service`` at ``listener`` until :meth:`stop`; ``peers`` maps a user id to its roles."""

    def __init__(self, service: Service, listener: socket.socket, peers: Mapping[int, frozenset[str]]) -> None:
        self._service = service
        self._listener = listener
        self._peers = peers
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._selector.register(self._wake_out, selectors.EVENT_READ)
        self._connections: dict[int, _Connection] = {}
        self._running = True

    def stop(self) -> None:
        """End :meth:`serve` soon; safe in a signal handler."""
        self._running = False
        with contextlib.suppress(OSError):
            self._wake_in.send(b"x")

    def serve(self) -> None:
        """Handle requests until stopped."""
        while self._running:
            ready = self._selector.select(timeout=0 if self._service.busy else 1.0)
            answers: list[tuple[_Connection, bytes]] = []
            for key, events in ready:
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.data, _Connection):
                    self._serve_one(key.data, events, answers)
            self._send(answers)
            self._work()
        self._close_all()

    def _work(self) -> None:
        """Do a slice of what goes on in the background; it is tried again when the store cannot be written."""
        try:
            self._service.work()
        except sqlite3.Error:
            self._service.put_off()

    def _send(self, answers: list[tuple[_Connection, bytes]]) -> None:
        """Make what was done durable, then let the answers go; refuse them all when the store cannot be written."""
        try:
            self._service.commit()
        except sqlite3.Error:
            self._service.rollback()
            refusal = encode_error(Unavailable("the key store cannot be written"))
            answers = [(connection, refusal) for connection, _ in answers]
        for connection, frame in answers:
            connection.outgoing += frame
        for connection in {id(connection): connection for connection, _ in answers}.values():
            self._flush(connection)

    def _accept(self) -> None:
        """Take in everybody who waits; turn away strangers, and anybody beyond the 1,000th."""
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:  # nobody waits any more, or the machine has no descriptors left
                return
            _, uid, _ = _CREDENTIALS.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
            roles = self._peers.get(uid)
            if roles is None or len(self._connections) >= MAX_CONNECTIONS:
                sock.close()
                continue
            sock.setblocking(False)
            connection = _Connection(sock, Peer(uid, roles))
            self._connections[sock.fileno()] = connection
            self._selector.register(sock, selectors.EVENT_READ, connection)

    def _serve_one(self, connection: _Connection, events: int, answers: list[tuple[_Connection, bytes]]) -> None:
        if events & selectors.EVENT_WRITE:
            self._flush(connection)
        if not events & selectors.EVENT_READ:
            return
        try:
            data = connection.sock.recv(_READ_BYTES)
            connection.incoming += data
            frames = connection.frames()
        except BlockingIOError:
            return
        except (OSError, ValueError):
            self._drop(connection)
            return
        if not data:
            self._drop(connection)
            return
        answers.extend((connection, answer(self._service, body, connection.peer)) for body in frames)

    def _flush(self, connection: _Connection) -> None:
        if connection.sock.fileno() < 0:
            return
        try:
            if connection.outgoing:
                sent = connection.sock.send(connection.outgoing)
                del connection.outgoing[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(connection)
            return
        if len(connection.outgoing) > MAX_WAITING_BYTES:
            self._drop(connection)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.outgoing else 0)
        if self._selector.get_key(connection.sock).events != wanted:
            self._selector.modify(connection.sock, wanted, connection)

    def _drop(self, connection: _Connection) -> None:
        if connection.sock.fileno() >= 0:
            self._selector.unregister(connection.sock)
            del self._connections[connection.sock.fileno()]
            connection.sock.close()

    def _close_all(self) -> None:
        for connection in list(self._connections.values()):
            self._drop(connection)
        self._selector.close()
        for sock in (self._listener, self._wake_in, self._wake_out):
            sock.close()
