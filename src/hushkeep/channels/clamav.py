"""ClamAV over its socket: a file is shown to it before anything of ours looks into it.

The protocol is clamd's ``INSTREAM``: chunks with their length, 4 bytes big endian, ended by an empty one.
"""

import os
import socket
from pathlib import Path

USUAL = (Path("/run/clamav/clamd.ctl"), Path("/var/run/clamd.scan/clamd.sock"), Path("/run/clamd.sock"))
_CHUNK = 256 * 1024
_SECONDS = 60.0


def present() -> Path | None:
    """Return the socket where a scanner listens on this machine, None when there is none."""
    return next((path for path in USUAL if path.is_socket()), None)


def verdict(descriptor: int, where: Path) -> str:
    """Return ``clean``, ``malware`` or ``not_scanned`` for the open file ``descriptor``; its place is left as it was.

    Everything but a clear answer is ``not_scanned``: a scanner that is there and silent has not said yes.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as speaker:
            speaker.settimeout(_SECONDS)
            speaker.connect(str(where))
            speaker.sendall(b"zINSTREAM\0")
            at = 0
            while chunk := os.pread(descriptor, _CHUNK, at):
                speaker.sendall(len(chunk).to_bytes(4, "big") + chunk)
                at += len(chunk)
            speaker.sendall(bytes(4))
            answer = b""
            while not answer.endswith(b"\0") and (piece := speaker.recv(4096)):
                answer += piece
    except OSError:
        return "not_scanned"
    words = answer.rstrip(b"\0\n")
    if words.endswith(b" FOUND"):
        return "malware"
    return "clean" if words.endswith(b": OK") else "not_scanned"
