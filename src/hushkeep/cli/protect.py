"""``hushkeep protect``: the main job. A folder's conversations are masked, sealed and stored; a report follows."""

import signal
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from hushkeep import cli
from hushkeep.channels import clamav, completeness
from hushkeep.channels.calls import events, lists
from hushkeep.channels.folders import Found, LeftOut, walk
from hushkeep.channels.formats import columns as headings
from hushkeep.channels.formats.kinds import RECORDING
from hushkeep.channels.formats.shape import Note
from hushkeep.channels.lines import Reject
from hushkeep.channels.reading import ConfinedReader
from hushkeep.cli.intake_client import GIVE_UP_SECONDS, IntakeClient, LeftPaused, RunCancelled, SiteAway, Standstill
from hushkeep.cli.intake_journal import Journal
from hushkeep.cli.intake_recordings import Known, look_at, send_each, sidecar_names
from hushkeep.cli.intake_report import Report, as_guessed, as_json, as_words
from hushkeep.cli.intake_sending import Answer, Asked, aside, asking, send_all
from hushkeep.cli.intake_shredding import shred
from hushkeep.cli.intake_source import Folder, Piece
from hushkeep.cli.progress import Progress
from hushkeep.identity.request_signing import read_key
from hushkeep.kernel import Channel, InvalidInput, NotFound
from hushkeep.runtime.address import authority, front_port
from hushkeep.runtime.clock import now
from hushkeep.runtime.language import gettext as _
from hushkeep.runtime.settings import settings

STOPPED = 130
_PATIENCE = "Seconds to wait for a site that is away, or whose disk is full."
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    path: Path
    center: str
    dry_run: bool
    workers: int
    patience: int
    shred_source: bool
    yes: bool
    calls: Path | None
    call_events: tuple[Path, ...]
    tickets: Path | None


@click.command("protect")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--center", default="demo", show_default=True, help="The tenant that the data goes to.")
@click.option("--json", "json_wanted", is_flag=True, help="Print the report as one JSON object.")
@click.option("--dry-run", is_flag=True, help="Only report what would be taken and found; nothing is sent.")
@click.option("--workers", type=click.IntRange(1, 16), default=2, show_default=True, help="Batches sent at a time.")
@click.option("--patience", type=click.IntRange(0), default=GIVE_UP_SECONDS, show_default=True, help=_PATIENCE)
@click.option("--columns", "columns_file", type=_FILE, help="TOML file that says what a table's columns hold.")
@click.option("--yes", is_flag=True, help="On a terminal: take tables as they are guessed, without asking.")
@click.option("--channel", type=click.Choice([word.value for word in Channel]), help="Channel, where a file says none.")
@click.option("--zone", help="Time zone of times that name none, such as Asia/Shanghai.  [default: UTC]")
@click.option("--own-domain", multiple=True, help="A mail domain of the center itself; may be repeated.")
@click.option("--calls", type=_FILE, help="CSV list of calls: tells of the recordings; those missing are named.")
@click.option("--call-events", type=_FILE, multiple=True, help="Pause and mask events of the telephone system.")
@click.option("--tickets", type=_FILE, help="CSV list of tickets: those without a conversation are named.")
@click.option("--shred-source", is_flag=True, help="Afterwards destroy the files that were taken whole; asks first.")
def protect(
    *,
    json_wanted: bool,
    columns_file: Path | None,
    channel: str | None,
    zone: str | None,
    own_domain: tuple[str, ...],
    **wished: Any,
) -> int:
    """Take in PATH, a file or a folder: find, mask, seal and store, then report. Run it again at will: nothing doubles.

    \b
    Takes: JSON Lines, CSV, TSV, Excel, text/WebVTT/SRT transcripts, eml, mbox, Maildir, and zip or tar of these;
    recordings (wav, mp3, flac, ogg, opus, m4a …) with sidecars: sealed as they arrive, heard once they are redacted.
    Exit code 3 when a part was not taken; the report says which, and why. Ctrl-C stops in good order (130), Ctrl-Z
    pauses. On a terminal each way of reading tables is shown and asked about before one is taken.
    Example: hushkeep protect ./chats --zone Asia/Shanghai --dry-run
    """  # noqa: D301 - click's own mark
    terminal = sys.stdin.isatty() and sys.stderr.isatty()
    wish = Wish(**wished)
    if wish.shred_source and not terminal:
        raise InvalidInput(_("--shred-source asks on a terminal, and there is none"))
    started = time.monotonic()
    report = Report(center=wish.center, dry_run=wish.dry_run)
    told = _said(columns_file, channel, zone, own_domain)
    with ConfinedReader(told, scanner=clamav.present()) as reader:
        folder = _folder(wish, reader, report)
        if terminal and not (wish.yes or wish.dry_run or told["columns"]):
            folder.confirm = _confirmed
        known = _held_against(wish, folder, reader, ZoneInfo(told["zone"]))
        complete = _look(folder) if wish.dry_run else _take(wish, folder, known, told["zone"])
    report.seconds = time.monotonic() - started - report.rested_seconds
    report.stopped = not complete and not report.broken_off
    if json_wanted:
        cli.write_json(as_json(report))
    else:
        click.echo(as_words(report), nl=False)
    if report.stopped:
        read = _("Stopped: the report tells of the part that was read.")
        sent = _("Stopped. What was sent is in; run the same command again to go on.")
        click.echo(read if wish.dry_run else sent, err=True)
        return STOPPED
    if report.broken_off:
        return cli.PARTLY
    if wish.shred_source:
        shred(folder)
    return cli.PARTLY if report.partly() else 0


def _said(columns_file: Path | None, channel: str | None, zone: str | None, own: tuple[str, ...]) -> dict[str, Any]:
    """Return what the parsers are told of the folder. Raises InvalidInput for a map or zone that cannot be read."""
    try:
        told = tomllib.loads(columns_file.read_text(encoding="utf-8")) if columns_file else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise InvalidInput(_("the file of --columns is no TOML in UTF-8")) from None
    unknown = [name for name in told.get("columns", {}) if not _is_field(name)]
    if unknown or not set(told) <= {"columns", "ignore", "speakers", "zone", "channel"}:
        wrong = InvalidInput(_("the file of --columns names a field that does not exist"))
        wrong.add_note(f"fields: {', '.join(sorted(headings.FIELDS))}, and customer.* of your own")
        raise wrong
    zone = zone or told.get("zone") or "UTC"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidInput(_("the time zone is unknown: write one such as Asia/Shanghai")) from None
    domains = sorted(domain.lower().removeprefix("@") for domain in own)
    return {"columns": told, "channel": channel or told.get("channel"), "zone": zone, "own_domains": domains}


def _is_field(name: str) -> bool:
    return name in headings.FIELDS or name.startswith("customer.")


def _folder(wish: Wish, reader: ConfinedReader, report: Report) -> Folder:
    found = list(walk(wish.path))
    files = [item for item in found if isinstance(item, Found)]
    beside = sidecar_names([file for file in files if file.kind == RECORDING])
    lists_told = {path.resolve() for path in (wish.calls, wish.tickets, *wish.call_events) if path}
    files = [file for file in files if file.path.resolve() not in lists_told]
    # What tells of the folder is no part of it: sidecars, and lists that lie within.
    report.left_out += [
        item
        for item in found
        if isinstance(item, LeftOut) and item.name not in beside and wish.path / item.name not in lists_told
    ]
    report.files, report.bytes = len(files), sum(item.size for item in files)
    return Folder(files, reader, report, remember=wish.shred_source, senders=wish.workers)


def _confirmed(file: str, note: Note) -> bool:
    """Show how a table would be read, and ask; Ctrl-C stops the intake as it does at any other time."""
    click.echo("\n" + "\n".join(as_guessed(file, note)), err=True)
    # Our own handler only makes a note of Ctrl-C: whoever waits at a question would wait on.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return click.confirm(_("Take tables that are laid out like this?"), err=True)
    except click.Abort:
        signal.signal(signal.SIGINT, before)
        signal.raise_signal(signal.SIGINT)
        return False
    finally:
        signal.signal(signal.SIGINT, before)


def _held_against(wish: Wish, folder: Folder, reader: ConfinedReader, zone: ZoneInfo) -> Known:
    """Read the lists that the folder is held against, name calls without a recording; return what is told of calls."""
    report, listed = folder.report, []
    if wish.calls:
        listed = lists.read(reader.read(_list(wish.calls), "list"), zone)
        missing, report.unlisted = lists.compare(listed, [file.name for file in folder.recordings])
        report.missing += [("recording", one.line, one.recording) for one in missing]
    if wish.tickets:
        folder.expected = completeness.tickets(reader.read(_list(wish.tickets), "list"))
    return Known(listed, events.joined(events.pauses(path.read_bytes()) for path in wish.call_events))


def _list(path: Path) -> Found:
    return Found(path, path.name, path.stat().st_size, "list")


def _look(folder: Folder) -> bool:
    """Report on the folder without a site."""
    look_through = cli.loaded("hushkeep.cli.intake_dry_run:look_through")  # detection: the site has its own
    progress = Progress(folder.report.bytes)
    with asking(_resting(folder.report, progress)) as asked:
        for batch in folder.batches():
            look_through(batch, folder.report)
            progress.show(folder.report.messages, folder.done_bytes)
            asked.rest()
            if asked.stop.is_set():
                break
    for file in folder.recordings:
        reject = look_at(file)
        if reject:
            folder.report.reject(file.name, 1, reject.code, {})
        else:
            folder.report.took_recording(file.size, known=False)
    folder.name_missing()
    progress.done()
    return not asked.stop.is_set()


def _resting(report: Report, progress: Progress) -> Callable[[float], None]:
    """Return what hears of pauses: they are no part of the time that the intake took."""

    def rested(seconds: float) -> None:
        report.rested_seconds += seconds
        progress.rested_seconds += seconds

    return rested


def _take(wish: Wish, folder: Folder, known: Known, zone: str) -> bool:
    site = settings()
    key_file = site.secrets_dir / f"intake-{wish.center}.key"
    if not key_file.exists():
        missing = NotFound(
            _("no intake key for {center} at {place}").format(center=wish.center, place=site.secrets_dir)
        )
        missing.add_note(_("hushkeep init --center {center} makes it").format(center=wish.center))
        raise missing
    secret = key_file.read_text(encoding="utf-8")
    clients = _clients(wish, secret)
    journal = Journal(site.data_dir / "intake", wish.path, secret)
    report, progress = folder.report, Progress(folder.report.bytes)

    def told(answer: Answer, batch: list[Piece]) -> None:
        report.add(answer, [(file, line) for file, line, *_ in batch])
        progress.show(report.messages, folder.done_bytes)
        asked.rest()

    try:
        report.sources_changed, report.sources_removed = journal.compare(folder.files)
        report.zone, report.zone_before = zone, journal.other_zone(zone)
        run = clients[0].open_run()
        report.run = str(run)
        report.page = f"https://{site.host}:{front_port(site)}/intake/{run}"
        with asking(_resting(folder.report, progress)) as asked:
            _wait_together(clients, Standstill(_paused, _resting(report, progress), asked.stop.is_set))
            complete = send_all(folder.batches(), run, clients, asked=asked, told=told)
            _land(folder, known, clients[0], progress, asked, run)
            complete = complete and not asked.stop.is_set()
        if complete:
            folder.name_missing()
        clients[0].finish(run, report.seen())
    except (RunCancelled, LeftPaused) as over:
        report.broken_off = over.reason
        clients[0].finish(UUID(report.run), report.seen())
        return False
    except SiteAway as away:
        if not report.run or not (report.taken or report.duplicates or report.changed):
            raise  # nothing came of it: there is nothing to report
        report.broken_off = away.reason
        return False
    finally:
        for client in clients:
            client.close()
        progress.done()
    if complete:
        try:
            journal.write(folder.files, zone)
        except OSError:  # a full disk here, above all: what was sent is in all the same
            report.journal_kept = False
    return complete


def _clients(wish: Wish, secret: str) -> list[IntakeClient]:
    site = settings()
    where, trusted = (site.host, front_port(site)), str(authority(site))
    return [
        IntakeClient(*where, read_key(secret), authority=trusted, now=now, patience_seconds=wish.patience)
        for _each in range(wish.workers)
    ]


def _wait_together(clients: list[IntakeClient], standstill: Standstill) -> None:
    for client in clients:
        client.standstill = standstill


def _paused() -> None:
    aside()
    click.echo(_("Paused on the console: what was sent is in. Go on there, or Ctrl-C leaves it."), err=True)


def _land(  # noqa: PLR0913, PLR0917 - what, what is told of it, to whom, for which run, and who hears of it
    folder: Folder, known: Known, client: IntakeClient, progress: Progress, asked: Asked, run: UUID
) -> None:
    """Send the folder's recordings; each is sealed as it arrives and heard by nobody until it has been redacted."""
    report = folder.report

    def refuse(file: Found, reject: Reject) -> None:
        report.reject(file.name, reject.line, reject.code, dict(reject.params))

    for sent in send_each(folder.recordings, known, client, stop=asked.stop, refuse=refuse, run=run):
        if sent.reject:
            refuse(sent.file, sent.reject)
        else:
            report.took_recording(sent.file.size, known=sent.duplicate)
            if sent.status:
                folder.took_whole(sent.file, sent.status)
        folder.done_bytes += sent.file.size
        progress.show(report.messages, folder.done_bytes)
        asked.rest()
