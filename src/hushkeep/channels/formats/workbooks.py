"""Excel chat exports: the first sheet that has rows is the table."""

from collections.abc import Iterator

from hushkeep.channels.formats.documents import Unreadable, sheets
from hushkeep.channels.formats.shape import Item, Reading, Source, malware, too_large, whole
from hushkeep.channels.formats.tables import Row, conversations
from hushkeep.channels.lines import Reject


def parse(source: Source, reading: Reading) -> Iterator[Item]:
    """Yield the conversations of a workbook; codes as ``tables.conversations``, and encrypted, broken_document."""
    data = whole(source)
    if data is None:
        yield too_large()
        return
    if rule := reading.dangerous(data):
        yield malware(1, rule)
        return
    try:
        yield from conversations(_rows(data), source, reading)
    except Unreadable as reason:
        yield Reject(1, reason.code)


def _rows(data: bytes) -> Iterator[Row]:
    """Yield the filled rows; empty cells at the end of the headings are no columns."""
    width = 0
    for place, row in enumerate(sheets(data), start=1):
        if not any(cell.strip() for cell in row):
            continue
        if not width:
            width = max(n for n, cell in enumerate(row, start=1) if cell.strip())
        cells = row[:width] + [""] * (width - len(row)) if not any(row[width:]) else row
        yield place, cells
