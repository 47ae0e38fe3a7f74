"""A plain table, row by row: the list of calls or tickets that a folder is held against."""

import csv
import io
import json
from collections.abc import Iterator

from hushkeep.channels import encodings
from hushkeep.channels.formats.shape import Draft, Item, Reading, Source, too_large, whole
from hushkeep.channels.lines import Reject


def parse(source: Source, reading: Reading) -> Iterator[Item]:  # noqa: ARG001 - every parser has this shape
    """Yield each row as a JSON list of its cells. Codes: file_too_large, mixed_encodings, bad_encoding, not_a_table."""
    data = whole(source)
    if data is None:
        yield too_large()
        return
    text = encodings.text_of(data)
    if text is None:
        yield Reject(1, encodings.why_not(data))
        return
    heading = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=heading.count))
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Draft(reader.line_num, json.dumps([cell.strip() for cell in cells], ensure_ascii=False).encode())
    except csv.Error:
        yield Reject(reader.line_num, "not_a_table")
