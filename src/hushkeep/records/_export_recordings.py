"""Recordings of an export as a tar: each redacted copy, and beside it what was hidden in it. Originals never leave.

A copy is opened by the worker under a job's ticket for its own customer, after an event of its own: the ledger knows
each recording that left. Every sound file bears the visible line in a block that players pass over.
"""

import hashlib
import json
import tarfile
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from hushkeep.kernel import EventId, IntegrityError, NotFound, TenantId
from hushkeep.records.export_marks import marked
from hushkeep.records.models import Recording
from hushkeep.records.recordings import _copies
from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.tenancy import tenant_transaction

MOST_RECORDINGS: Final = 1_000
"""How many recordings one export holds at most."""

_CHUNK: Final = 1024 * 1024
_BLOCK: Final = 512
_FLAC: Final = b"fLaC"
_STREAMINFO_BYTES: Final = 34
_APPLICATION, _LAST = 2, 0x80
_OURS: Final = b"hkex"

Told = Callable[[Recording], EventId]
"""Writes the event of one recording that leaves, committed before it is opened, and returns its id."""


def members(  # noqa: PLR0913 - whose, which, how they are opened and how they are marked
    tenant: TenantId, wanted: list[Recording], client: KeyClient, told: Told, *, key: bytes, words: str
) -> Iterator[bytes]:
    """Yield the tar: the visible line, then sound and manifest of each of ``wanted``, the visible line again.

    Raises NotFound for a recording that has no redacted copy any more, IntegrityError for a changed one.
    """
    line = f"{words}\n".encode()
    yield from _file("watermark.txt", line)
    for row in wanted:
        yield from _recording(tenant, row, client, told, key, words)
    yield from _file("watermark-again.txt", line)
    yield bytes(2 * _BLOCK)


def bearing(flac: bytes, words: str) -> bytes:
    """Return the beginning of a FLAC file with ``words`` in an application block after its first one (RFC 9639, 8.4).

    ``flac`` holds the mark of the format and the whole first block; raises IntegrityError for anything else.
    """
    body = 4 + 4 + _STREAMINFO_BYTES
    if flac[:4] != _FLAC or flac[4] & 0x7F or int.from_bytes(flac[5:8], "big") != _STREAMINFO_BYTES or len(flac) < body:
        raise IntegrityError("a redacted copy is no FLAC file")
    said = _OURS + words.encode()
    last = flac[4] & _LAST
    head = bytes([_APPLICATION | last]) + len(said).to_bytes(3, "big")
    return flac[:4] + bytes([flac[4] & ~_LAST]) + flac[5:body] + head + said + flac[body:]


def described(row: Recording, key: bytes, sha256: str) -> bytes:
    """Return what stands beside a sound file: ids, marked times, what was hidden where, the masked transcript."""
    content = {
        "recording": str(row.id),
        "conversation": str(row.conversation) if row.conversation else None,
        "language": row.language,
        "direction": row.direction,
        "started_at": _time(key, row.started_at),
        "landed_at": _time(key, row.landed_at),
        "seconds": row.seconds,
        "channels": row.channels,
        "rate": row.rate,
        "mode": row.mode,
        "hidden": [dict(zip(("channel", "start", "end", "entity"), span, strict=True)) for span in row.spans],
        "transcript": [dict(zip(("channel", "start", "end", "text"), line, strict=True)) for line in row.transcript],
        "sha256": sha256,
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


def _recording(  # noqa: PLR0913, PLR0917 - which, how it is opened and how it is marked
    tenant: TenantId, row: Recording, client: KeyClient, told: Told, key: bytes, words: str
) -> Iterator[bytes]:
    with tenant_transaction(tenant):
        copy = next(iter(_copies.rows(row.id, _copies.REDACTED)), None)
        if copy is None:
            raise NotFound(f"recording {row.id} has no redacted copy")
    event = told(row)
    ticket = client.ticket_job(tenant, row.id, [row.subject], [_copies.KLASS], event)
    sound = _copies.opened([copy], ticket, event, client)
    first = bearing(sound.read(_CHUNK), words)
    size = sound.size - sound.tell() + len(first)
    digest = hashlib.sha256(first)
    yield _header(f"{row.id}.flac", size)
    yield first
    while piece := sound.read(_CHUNK):
        digest.update(piece)
        yield piece
    sound.demand_whole()
    yield _padding(size)
    yield from _file(f"{row.id}.json", described(row, key, digest.hexdigest()))


def _file(name: str, content: bytes) -> Iterator[bytes]:
    yield _header(name, len(content))
    yield content
    yield _padding(len(content))


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


def _time(key: bytes, at: datetime | None) -> str | None:
    return marked(key, at) if at else None
