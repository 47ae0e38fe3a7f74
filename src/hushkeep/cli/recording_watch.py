"""``hushkeep recording watch``: a folder that a telephone system writes into; what is at rest in it lands by itself."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import click

from hushkeep.channels.calls import events, lists
from hushkeep.channels.folders import Found, walk
from hushkeep.channels.formats.kinds import RECORDING
from hushkeep.channels.lines import Reject
from hushkeep.channels.reading import ConfinedReader
from hushkeep.cli import write_json
from hushkeep.cli.intake_client import IntakeClient
from hushkeep.cli.intake_recordings import Known, Sent, send_each
from hushkeep.cli.intake_sending import stopping
from hushkeep.identity.request_signing import read_key
from hushkeep.kernel import NotFound
from hushkeep.runtime.address import authority, front_port
from hushkeep.runtime.clock import now
from hushkeep.runtime.settings import settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_AGAIN = frozenset({"changed_while_read", "gone", "unreadable"})
"""Refusals that another look may mend."""
_Status = tuple[int, int]


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--center", default="demo", show_default=True, help="The tenant that the recordings go to.")
@click.option("--calls", type=_FILE, help="CSV list of calls, read anew at each look.")
@click.option("--call-events", type=_FILE, multiple=True, help="Pause and mask events, read anew at each look.")
@click.option("--zone", default="UTC", show_default=True, help="Time zone of times that name none.")
@click.option("--every", type=click.FloatRange(0.1), default=10.0, show_default=True, help="Seconds between looks.")
@click.option("--rest", type=click.FloatRange(0.0), default=30.0, show_default=True, help="Seconds a file must rest.")
@click.option("--once", is_flag=True, help="Look once, and end.")
def watch(  # noqa: PLR0913 - one argument for each option
    *,
    folder: Path,
    center: str,
    calls: Path | None,
    call_events: tuple[Path, ...],
    zone: str,
    every: float,
    rest: float,
    once: bool,
) -> int:
    """Send each recording of FOLDER once nobody has written to it for a while; Ctrl-C ends it in good order.

    A line of JSON tells what became of each. Files stay where they are: the site's copy is the sealed one.
    """
    client, seen = _client(center), dict[Path, _Status]()
    try:
        with stopping() as stop:
            while not stop.is_set():
                known = _known(calls, call_events, ZoneInfo(zone))
                for sent in _look(folder, known, client, rest=rest, seen=seen, stop=stop):
                    write_json(_told(sent))
                if once:
                    break
                stop.wait(every)
    finally:
        client.close()
    return 0


def _look(  # noqa: PLR0913 - where, what is known, and what was seen
    folder: Path, known: Known, client: IntakeClient, *, rest: float, seen: dict[Path, _Status], stop: Event
) -> Iterator[Sent]:
    """Send what is new and at rest; ``seen`` remembers what needs no other look."""
    new = {file.path: status for file in _recordings(folder) if (status := _resting(file, rest, seen)) is not None}
    files = [file for file in _recordings(folder) if file.path in new]

    def refuse(file: Found, reject: Reject) -> None:
        write_json({"file": file.name, "state": "refused", "code": reject.code})

    for sent in send_each(files, known, client, stop=stop, refuse=refuse):
        if sent.reject is None or sent.reject.code not in _AGAIN:
            seen[sent.file.path] = new[sent.file.path]
        yield sent


def _recordings(folder: Path) -> list[Found]:
    return [found for found in walk(folder) if isinstance(found, Found) and found.kind == RECORDING]


def _resting(file: Found, rest: float, seen: Mapping[Path, _Status]) -> _Status | None:
    """The state of a file that has not been written to for ``rest`` seconds and was not seen so; else None."""
    try:
        status = file.path.stat()
    except OSError:
        return None
    state = (status.st_size, status.st_mtime_ns)
    return state if time.time() - status.st_mtime >= rest and seen.get(file.path) != state else None


def _known(calls: Path | None, call_events: Sequence[Path], zone: ZoneInfo) -> Known:
    listed = []
    if calls:
        with ConfinedReader({"zone": str(zone)}) as reader:
            listed = lists.read(reader.read(Found(calls, calls.name, calls.stat().st_size, "list"), "list"), zone)
    return Known(listed, events.joined(events.pauses(path.read_bytes()) for path in call_events))


def _told(sent: Sent) -> dict[str, str]:
    if sent.reject:
        return {"file": sent.file.name, "state": "refused", "code": sent.reject.code}
    return {"file": sent.file.name, "state": "known" if sent.duplicate else "landed"}


def _client(center: str) -> IntakeClient:
    site = settings()
    key_file = site.secrets_dir / f"intake-{center}.key"
    if not key_file.exists():
        missing = NotFound(f"no intake key for {center} at {site.secrets_dir}")
        missing.add_note(f"hushkeep init --center {center} makes it")
        raise missing
    key = read_key(key_file.read_text(encoding="utf-8"))
    return IntakeClient(site.host, front_port(site), key, authority=str(authority(site)), now=now)
