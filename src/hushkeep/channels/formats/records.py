"""Intake records inside of an archive; beside others they are read without a parser (``channels.lines``)."""

from collections.abc import Iterator

from hushkeep.channels.formats.shape import Draft, Item, Reading, Source
from hushkeep.channels.lines import Line, read


def parse(source: Source, reading: Reading) -> Iterator[Item]:  # noqa: ARG001 - records say all themselves
    """Yield each line as it stands. Codes: as ``lines.read``."""
    for line in read(source.stream):
        yield Draft(line.number, line.text.encode()) if isinstance(line, Line) else line
