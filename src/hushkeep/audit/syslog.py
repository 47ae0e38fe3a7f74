"""Sending lines to a syslog collector: RFC 5424 messages over TLS with octet counting (RFC 5425)."""

import fcntl
import socket
import ssl
import sys
import termios
import time
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from hushkeep.kernel import Unavailable, timestamp

APP_NAME = "hushkeep"
_PRIORITY_AUDIT = 13 * 8  # RFC 5424, 6.2.1: facility 13, log audit
_NOTICE, _WARNING = 5, 4
_SECONDS = 10
_CLOSE_WAIT = 8  # Linux, include/net/tcp_states.h
_BOM = "\ufeff"


def message(text: str, *, at: datetime, host: str, message_id: str, warning: bool) -> bytes:
    """Return an RFC 5424 message; ``text`` is UTF-8 after a byte order mark, ``message_id`` at most 32 of ASCII."""
    priority = _PRIORITY_AUDIT + (_WARNING if warning else _NOTICE)
    head = f"<{priority}>1 {timestamp(at)} {host} {APP_NAME} - {message_id} - "
    return (head + _BOM + text).encode()


def frame(content: bytes) -> bytes:
    """Return the message after its length in octets and a space (RFC 5425, 4.3)."""
    return b"%d %s" % (len(content), content)


def _ended_without_farewell(failure: OSError) -> bool:
    """Whether the other side ended its stream and no more; older Pythons have no class of their own for it."""
    return isinstance(failure, ssl.SSLEOFError) or (
        isinstance(failure, ssl.SSLError) and failure.reason == "UNEXPECTED_EOF_WHILE_READING"
    )


class Collector:
    """A connection to a collector, its certificate checked against ``authority``; our own certificate if it asks.

    TLS 1.3 alone. Raises Unavailable when the collector does not answer or is not whom the authority vouches for.
    """

    def __init__(self, host: str, port: int, *, authority: Path, certificate: Path | None = None) -> None:
        context = ssl.create_default_context(cafile=str(authority))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        # Over OpenSSL 3 Python takes a torn connection for a farewell; what was lost with it must go out again.
        context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", ssl.Options(0))
        if certificate is not None:
            context.load_cert_chain(certificate)
        try:
            plain = socket.create_connection((host, port), timeout=_SECONDS)
            self._socket = context.wrap_socket(plain, server_hostname=host)
        except OSError as failure:
            raise Unavailable(f"collector {host}:{port}: {type(failure).__name__}") from None

    def send(self, messages: list[bytes]) -> None:
        """Send framed messages; raise Unavailable when the connection is lost: none of them may have arrived."""
        try:
            self._socket.sendall(b"".join(frame(content) for content in messages))
        except OSError as failure:
            raise Unavailable(f"collector: {type(failure).__name__}") from None

    def close(self) -> None:
        """Close in good order: wait until the collector has read everything and answered our farewell."""
        try:
            self._socket.unwrap()
        except OSError as failure:
            if _ended_without_farewell(failure):
                self._require_taken()
                return
            raise Unavailable(f"collector: {type(failure).__name__}") from None
        finally:
            self._socket.close()

    def _require_taken(self) -> None:
        """The collector ended without a farewell, as rsyslog does: ask the kernel whether it took everything.

        A receiver that closes with unread bytes, or is sent more afterwards, answers with a reset: the connection is
        then gone. Waiting for us alone, with nothing unacknowledged, means that all was read.
        """
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            state = self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
            waiting = int.from_bytes(fcntl.ioctl(self._socket, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
            if state != _CLOSE_WAIT:
                break
            if not waiting:
                return
            time.sleep(0.01)
        raise Unavailable("collector: ended before it had read everything")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._socket.close()
