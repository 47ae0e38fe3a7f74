"""The parser's own process: ``python -m hushkeep.channels.confined_parser FD``.

Files come as open descriptors over the socket FD, one at a time; what is in them goes out on standard output. The
table of descriptors is full at every moment in which a parser runs: it can open nothing.
"""

import encodings
import io
import json
import os
import pkgutil
import socket
import sys
from collections.abc import Collection, Iterable
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import BinaryIO
from zoneinfo import ZoneInfo

import pypdf

from hushkeep.channels import frames
from hushkeep.channels.confinement import confine
from hushkeep.channels.formats.parsers import PARSERS
from hushkeep.channels.formats.rules import scanner
from hushkeep.channels.formats.shape import ColumnMap, Item, Reading, Source
from hushkeep.channels.formats.speakers import SPEAKERS
from hushkeep.channels.lines import Reject

_SOCKET, _FILE = 3, 4
_LOADED_LATE = (
    "openpyxl.reader.excel",
    "openpyxl.worksheet._read_only",
    "openpyxl.worksheet._reader",
    "openpyxl.chartsheet",
    "pypdf._crypt_providers",
    "pypdf.generic",
    "pypdf._text_extraction",
    "gzip",
    "bz2",
    "lzma",
    "_strptime",
    "email.mime.text",
)


def main(arguments: list[str]) -> int:
    """Serve one reader until it hangs up."""
    given = int(arguments[0])
    said = json.loads(arguments[1])
    for module in (*_LOADED_LATE, *_modules(encodings, odd={"mbcs", "oem", "idna", "undefined"}), *_modules(pypdf)):
        import_module(module)
    reading = replace(_reading(said), dangerous=scanner())
    if given != _SOCKET:
        os.dup2(given, _SOCKET)
    os.dup2(os.open(os.devnull, os.O_RDONLY), _FILE)
    alone = confine(descriptors=_FILE + 1)
    channel = socket.socket(fileno=_SOCKET)
    out = sys.stdout.buffer
    frames.put(out, frames.READY, b"1" if alone else b"0")
    out.flush()
    while True:
        os.close(_FILE)
        asked, descriptors, _, _ = socket.recv_fds(channel, 65_536, 1)
        if not asked or descriptors != [_FILE]:
            return 0
        request = json.loads(asked)
        _answer(out, _parsed(request, reading))


def _parsed(request: dict[str, str], reading: Reading) -> Iterable[Item]:
    stream: BinaryIO = io.BufferedReader(io.FileIO(_FILE, "rb", closefd=False), 256 * 1024)
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return PARSERS[request["kind"]](Source(stream, request["name"], size), reading)


def _answer(out: BinaryIO, items: Iterable[Item]) -> None:
    try:
        for item in items:
            frames.put_item(out, item)
    except MemoryError:
        frames.put_item(out, Reject(1, "needs_too_much_memory"))
    except Exception as fault:  # noqa: BLE001 - the outermost loop: a file that breaks a parser is named, the next is read
        kind = type(fault).__name__
        frames.put_item(out, Reject(1, "parser_failed", {"fault": kind if kind.isidentifier() else "unknown"}))
    frames.put(out, frames.DONE, b"")
    out.flush()


def _reading(said: dict[str, object]) -> Reading:
    columns = said.get("columns") or {}
    if not isinstance(columns, dict):
        raise TypeError("columns")
    told = ColumnMap(columns=columns.get("columns", {}), ignore=tuple(columns.get("ignore", ())))
    return replace(
        Reading(),
        columns=told,
        channel=str(said["channel"]) if said.get("channel") else None,
        scan=str(said["scan"]),
        zone=ZoneInfo(str(said.get("zone") or "UTC")),
        own_domains=frozenset(said.get("own_domains") or ()),  # type: ignore[call-overload]
        speakers=SPEAKERS | {word.lower(): ours for word, ours in columns.get("speakers", {}).items()},
        parsers=PARSERS,
    )


def _modules(package: ModuleType, odd: Collection[str] = ()) -> list[str]:
    """Return the modules of ``package`` by full name: a mail may name any of Python's encodings."""
    return [f"{package.__name__}.{m.name}" for m in pkgutil.iter_modules(package.__path__) if m.name not in odd]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
