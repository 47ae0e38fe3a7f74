"""A folder's recordings on their way to the site: each with what is known of its call, sealed there part by part."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from threading import Event
from typing import Any, BinaryIO, Final
from uuid import UUID

from hushkeep.channels.calls import sidecars
from hushkeep.channels.calls.lists import ByName, Listed
from hushkeep.channels.calls.shape import Call, Pause
from hushkeep.channels.folders import Found
from hushkeep.channels.lines import Reject
from hushkeep.channels.reading import changed
from hushkeep.cli.intake_client import IntakeClient, code_of
from hushkeep.kernel import Conflict, InvalidInput

PART_BYTES: Final = 8 << 20
_HEAD_BYTES: Final = 16
_LANDING: Final = "landing"
_ID_LENGTH: Final = 200  # what the API takes as an id

# What files of these endings begin with; headerless telephone formats begin with sound.
_BEGINS: Final[Mapping[str, tuple[tuple[int, bytes], ...]]] = {
    ".wav": ((0, b"RIFF"), (0, b"RIFX"), (0, b"RF64")),
    ".flac": ((0, b"fLaC"), (0, b"ID3")),
    ".ogg": ((0, b"OggS"),),
    ".opus": ((0, b"OggS"),),
    ".m4a": ((4, b"ftyp"),),
    ".mp3": ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2"), (0, b"\xff\xfa"), (0, b"\xff\xe3")),
}


class Known:
    """What lists of calls and files of events say of a folder's recordings."""

    def __init__(self, listed: Sequence[Listed] = (), pauses: Mapping[str, tuple[Pause, ...]] | None = None) -> None:
        self._calls = ByName(listed)
        self._pauses = pauses or {}

    def of(self, file: Found, refuse: Callable[[Reject], None]) -> Call:
        """Return what is known of ``file``; a sidecar that cannot be believed is refused, the call lands without."""
        row = self._calls.find(file.name)
        call = row.call if row else Call()
        masks = [self._pauses[key] for key in _names(file, row) if key in self._pauses]
        call = replace(call, pauses=tuple(sorted({pause for mask in masks for pause in mask})))
        try:
            beside = _sidecar(file)
            return beside.joined(call) if beside else call
        except InvalidInput as fault:
            refuse(Reject(1, str(fault)))
            # Where it is not known what holds, nothing of it is told; but what was not to be recorded stays hidden.
            return Call(pauses=call.pauses)


def _names(file: Found, row: Listed | None) -> list[str]:
    """What the telephone system may call the recording ``file`` in its events."""
    path = PurePosixPath(file.name)
    names = [path.name, path.stem, path.stem.rpartition("-")[2]]
    return [*names, row.recording, row.call.conversation or ""] if row else names


def sidecar_names(recordings: Sequence[Found]) -> frozenset[str]:
    """Return the names of the files that would be sidecars of ``recordings``."""
    return frozenset(name for file in recordings for name in sidecars.names_for(file.name))


def _sidecar(file: Found) -> Call | None:
    for name in sidecars.names_for(file.path.name):
        path = file.path.with_name(name)
        if path.is_file() and path.resolve().parent == file.path.resolve().parent:
            with path.open("rb") as stream:
                return sidecars.parse(stream.read(sidecars.MAX_BYTES + 1))
    return None


def look_at(file: Found) -> Reject | None:
    """Return why ``file`` is no recording, by its first bytes; None when it may be one. Codes: empty_file, not_audio,
    gone, unreadable.
    """  # noqa: D205 - a list of codes
    try:
        with file.path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except FileNotFoundError:
        return Reject(1, "gone")
    except OSError:
        return Reject(1, "unreadable")
    if not head:
        return Reject(1, "empty_file")
    begins = _BEGINS.get(PurePosixPath(file.name).suffix.lower())
    if begins and not any(head[at:].startswith(mark) for at, mark in begins):
        return Reject(1, "not_audio")
    return None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one recording: its size, ``duplicate`` when it was there, or why it was not taken."""

    file: Found
    status: os.stat_result | None = None
    duplicate: bool = False
    reject: Reject | None = None


def send_each(  # noqa: PLR0913 - what, what is told of it, to whom, for which run
    files: Sequence[Found],
    known: Known,
    client: IntakeClient,
    *,
    stop: Event,
    refuse: Callable[[Found, Reject], None],
    run: UUID | None = None,
) -> Iterator[Sent]:
    """Land ``files`` one after another, yielding what became of each; ends early when ``stop`` is set.

    ``refuse`` hears of sidecars that were not believed. Memory holds one part of one file.
    """
    for file in files:
        if stop.is_set():
            return
        if reject := look_at(file):
            yield Sent(file, reject=reject)
            continue
        call = known.of(file, lambda reject, file=file: refuse(file, reject))  # type: ignore[misc]
        try:
            yield _landed(file, call, client, run)
        except FileNotFoundError:
            yield Sent(file, reject=Reject(1, "gone"))
        except OSError:
            yield Sent(file, reject=Reject(1, "unreadable"))
        except (InvalidInput, Conflict) as fault:
            yield Sent(file, reject=Reject(1, code_of(fault)))


def _landed(file: Found, call: Call, client: IntakeClient, run: UUID | None) -> Sent:
    with file.path.open("rb") as stream:
        before = os.fstat(stream.fileno())
        header = _header(file, call, before.st_size, _digest(stream))
        stream.seek(0)
        state = client.land(header, stream.read(PART_BYTES), run)
        duplicate = bool(state["duplicate"]) and state["state"] != _LANDING
        # A recording that was half sent before goes on where it stood.
        while state["state"] == _LANDING:
            stream.seek(state["landed_size"])
            part = stream.read(PART_BYTES)
            if not part:
                break  # cut short meanwhile: it stays half landed, and expires
            state = client.add_part(state["id"], state["landed_size"], part)
        after = os.fstat(stream.fileno())
    if changed(before, after):
        return Sent(file, reject=Reject(1, "changed_while_read"))
    return Sent(file, status=after, duplicate=duplicate)


def _digest(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(PART_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _header(file: Found, call: Call, size: int, sha256: str) -> dict[str, Any]:
    said = call.header()
    name = file.name if len(file.name) <= _ID_LENGTH else hashlib.sha256(file.name.encode()).hexdigest()
    suffix = PurePosixPath(file.name).suffix.lower().lstrip(".")
    return said | {"id": said.get("id") or name, "suffix": suffix, "size": size, "sha256": sha256}
