"""``hushkeep protect``: the main job. A folder's conversations are masked, sealed and stored; a report follows."""

import time
from collections.abc import Iterator
from pathlib import Path

import click

from hushkeep import cli
from hushkeep.channels.folders import Found, LeftOut, walk
from hushkeep.channels.lines import Line, Reject, read
from hushkeep.cli.intake_client import IntakeClient
from hushkeep.cli.intake_report import Report, as_json, as_words
from hushkeep.cli.progress import Progress
from hushkeep.identity.request_signing import read_key
from hushkeep.kernel import NotFound
from hushkeep.runtime.certificates import ca_file
from hushkeep.runtime.clock import now
from hushkeep.runtime.settings import settings
from hushkeep.runtime.supervision import front_port

BATCH_LINES = 400
BATCH_BYTES = 4 * 1024 * 1024


@click.command("protect")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--center", default="demo", show_default=True, help="The tenant that the data goes to.")
@click.option("--json", "json_wanted", is_flag=True, help="Print the report as one JSON object.")
def protect(path: Path, center: str, json_wanted: bool) -> int:  # noqa: FBT001 - click's
    """Take in PATH, a file or a folder: find, mask, seal and store, then report. Run it again at will: nothing doubles.

    \b
    Exit code 3 when a part was not taken; the report says which, and why.
    Example: hushkeep protect ./chats --json
    """  # noqa: D301 - click's own mark
    started = time.monotonic()
    client = _client(center)
    report = Report(center=center)
    try:
        _take(path, client, report)
    finally:
        client.close()
    report.seconds = time.monotonic() - started
    if json_wanted:
        cli.write_json(as_json(report))
    else:
        click.echo(as_words(report), nl=False)
    return cli.PARTLY if report.rejected or report.left_out else 0


def _client(center: str) -> IntakeClient:
    site = settings()
    key_file = site.secrets_dir / f"intake-{center}.key"
    if not key_file.exists():
        missing = NotFound(f"no intake key for {center} at {site.secrets_dir}")
        missing.add_note(f"hushkeep init --center {center} makes it")
        raise missing
    authority = site.tls_certificate or ca_file(site)
    key = read_key(key_file.read_text(encoding="utf-8"))
    return IntakeClient(site.host, front_port(site), key, authority=str(authority), now=now)


def _take(path: Path, client: IntakeClient, report: Report) -> None:
    found = list(walk(path))
    files = [item for item in found if isinstance(item, Found)]
    report.left_out += [item for item in found if isinstance(item, LeftOut)]
    report.files, report.bytes = len(files), sum(item.size for item in files)
    run = client.open_run()
    report.run = str(run)
    progress = Progress(report.bytes)
    for batch in _batches(files, report):
        answer = client.send(run, [text for _, _, text in batch])
        report.add(answer, [(file, line) for file, line, _ in batch])
        progress.show(report.messages, sum(len(text) + 1 for _, _, text in batch))
    client.finish(run)
    progress.done()


Item = tuple[str, int, bytes]
"""A line on its way: its file, its number there, its text in UTF-8."""


def _batches(files: list[Found], report: Report) -> Iterator[list[Item]]:
    """Yield the lines of ``files`` in batches; what cannot be a line goes to the report at once."""
    batch: list[Item] = []
    size = 0
    for item in _lines(files, report):
        if batch and (len(batch) >= BATCH_LINES or size + len(item[2]) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item[2]) + 1
    if batch:
        yield batch


def _lines(files: list[Found], report: Report) -> Iterator[Item]:
    for file in files:
        try:
            with file.path.open("rb") as stream:
                for line in read(stream):
                    match line:
                        case Line(number=number, text=text):
                            # A line ends at LF here and there; a CR within it must not become a line of its own.
                            yield file.name, number, text.encode()
                        case Reject(line=number, code=code, params=params):
                            report.reject(file.name, number, code, dict(params))
        except OSError:
            report.left_out.append(LeftOut(file.name, "unreadable"))
