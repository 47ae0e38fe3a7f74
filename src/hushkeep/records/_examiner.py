"""One examiner's own process: ``python -m hushkeep.records._examiner FD [health]``; FD is the socket for batches.

It knows detection alone: no database, no settings, no key. It ends when the process that started it does.
"""

import ctypes
import socket
import sys
from typing import Final

import msgspec

from hushkeep.kernel import Conversation
from hushkeep.records._examine import Examined, examine

MAX_BYTES: Final = 256 * 1024 * 1024
"""The largest frame: a batch is at most 8 MiB of JSON, and its findings and masks some times that."""
HEALTH: Final = "health"
_PR_SET_DUMPABLE: Final = 4
_LENGTH_BYTES: Final = 4

pack = msgspec.msgpack.encode
"""Values -> bytes, both for questions (list of Conversation) and answers (list of Examined)."""
conversations_of = msgspec.msgpack.Decoder(list[Conversation]).decode
examined_of = msgspec.msgpack.Decoder(list[Examined]).decode


def send(channel: socket.socket, body: bytes) -> None:
    """Send one frame: its length in 4 bytes, big endian, then ``body``. Raises OSError."""
    channel.sendall(len(body).to_bytes(_LENGTH_BYTES, "big") + body)


def receive(channel: socket.socket) -> bytearray:
    """Return the next frame's body. Raises EOFError when the other side hung up, OSError, ValueError for a huge one."""
    size = int.from_bytes(_exactly(channel, _LENGTH_BYTES), "big")
    if size > MAX_BYTES:
        raise ValueError("frame too large")
    return _exactly(channel, size)


def _exactly(channel: socket.socket, size: int) -> bytearray:
    held = bytearray(size)
    view, at = memoryview(held), 0
    while at < size:
        if not (got := channel.recv_into(view[at:])):
            raise EOFError
        at += got
    return held


def main(arguments: list[str]) -> int:
    """Examine batches until the other side hangs up."""
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # what is examined here is in the clear
    channel = socket.socket(fileno=int(arguments[0]))
    health = arguments[1:] == [HEALTH]
    examine([], health=health)
    while True:
        try:
            asked = receive(channel)
        except (EOFError, ConnectionError):
            return 0
        send(channel, pack(examine(conversations_of(asked), health=health)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
