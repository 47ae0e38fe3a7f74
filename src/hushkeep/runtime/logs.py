"""Structured logs that cannot carry personal data.

A line of our own is an event code with fields that are ids, numbers or short codes; anything else raises ValueError
where it is written. A line from a library keeps its logger, level and place in the code, and loses its words: they
may hold a request's values. Of an exception the type and the places are kept, never its message.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from hushkeep.kernel import timestamp
from hushkeep.runtime.clock import now

Field = UUID | int | float | bool | str | None
_CODE = re.compile(r"(?!.*\d{5})[a-z][a-z0-9_.:-]{0,63}")
_log = logging.getLogger("hushkeep")


class Fact:
    """One line: an event code and its fields. Raises ValueError for a text that is no short code."""

    __slots__ = ("event", "fields")

    def __init__(self, event: str, fields: Mapping[str, Field]) -> None:
        for name, value in (("event", event), *fields.items()):
            if isinstance(value, str) and not _CODE.fullmatch(value):
                raise ValueError(f"log field {name} is no code")
        self.event = event
        self.fields = {name: str(value) if isinstance(value, UUID) else value for name, value in fields.items()}


class JsonLines(logging.Formatter):
    """Formats each record as one line of JSON."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: at, level, process, then the fact, or where a library spoke."""
        line: dict[str, object] = {"at": timestamp(now()), "level": record.levelname.lower(), "process": self.process}
        if isinstance(record.msg, Fact):
            line |= {"event": record.msg.event, **record.msg.fields}
        else:
            line |= {"event": "library", "from": record.name, "where": f"{record.module}:{record.lineno}"}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["trace"] = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-12:]]
        return json.dumps(line, separators=(",", ":"))


def set_up(process: str, file: Path | None = None) -> None:
    """Send all logging of this process to ``file`` or stderr as JSON lines; warnings go the same way."""
    if file is not None:
        file.touch(mode=0o600)
    writer = logging.StreamHandler(sys.stderr) if file is None else logging.FileHandler(file)
    writer.setFormatter(JsonLines(process))
    root = logging.getLogger()
    root.handlers[:] = [writer]
    root.setLevel(logging.INFO)
    for loud in ("procrastinate", "asyncio", "axes", "allauth"):
        logging.getLogger(loud).setLevel(logging.WARNING)
    logging.captureWarnings(True)


def tell(event: str, **fields: Field) -> None:
    """Log a fact."""
    _log.info(Fact(event, fields))


def warn(event: str, **fields: Field) -> None:
    """Log a fact that someone should look at."""
    _log.warning(Fact(event, fields))


def fail(event: str, **fields: Field) -> None:
    """Log a failure, with the type and places of the exception in hand."""
    _log.error(Fact(event, fields), exc_info=True)
