"""Scan: many patterns over many texts at once, on Vectorscan where the ``hyperscan`` wheel is installed.

The texts of a batch are joined and read in one pass; what comes back is which pattern ends where. Nothing here knows
what the patterns mean.

To compile a database takes seconds, to read one a millisecond: it is kept where Python keeps compiled modules, under
the same conditions (``sys.dont_write_bytecode``, ``sys.pycache_prefix``). Whoever may write there can have us run
anything already.
"""

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

MARK = "\x1e"  # stands before, between and after the texts of a batch
Numbers = npt.NDArray[np.int64]


@cache
def has_vectorscan() -> bool:
    """Whether the ``hyperscan`` wheel is installed."""
    return importlib.util.find_spec("hyperscan") is not None


def vectorscan() -> Any:
    """The wheel's module; call it where ``has_vectorscan()``."""
    return importlib.import_module("hyperscan")  # optional: the rules look for themselves without it


class Scan:
    """A database of ``expressions``, each with its ``flags`` (HS_FLAG_…): one pass finds where any of them ends.

    It is kept under ``name``, which no other Scan may have.
    """

    def __init__(self, name: str, expressions: Sequence[str], flags: Sequence[int]) -> None:
        made_of = hashlib.sha256(repr((vectorscan().__version__, [*expressions], [*flags])).encode()).digest()
        kept = Path(importlib.util.cache_from_source(__file__)).with_name(f"{name}.hsdb")
        self._database: Any = _kept(kept, made_of)
        if self._database is None:
            self._database = _compiled(expressions, flags)
            _keep(kept, made_of + vectorscan().dumpb(self._database))
        self._lock = Lock()  # a database has one scratch space

    def numbers(self, data: bytes) -> set[int]:
        """The numbers of the expressions that match in ``data``."""
        seen: set[int] = set()
        add = seen.add

        def hit(number: int, _start: int, _end: int, _flags: int, _context: object) -> None:
            add(number)

        with self._lock:
            self._database.scan(data, match_event_handler=hit)
        return seen

    def pairs(self, data: bytes) -> list[tuple[int, int]]:
        """As ``hits``, one pair a match."""
        seen: list[tuple[int, int]] = []
        add = seen.append

        def hit(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            add((number, end))

        with self._lock:
            self._database.scan(data, match_event_handler=hit)
        return seen

    def hits(self, data: bytes) -> tuple[Numbers, Numbers]:
        """The number of the expression and the end, in bytes of ``data``, of each match."""
        seen: list[int] = []
        add = seen.append

        def hit(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            add(number)
            add(end)

        with self._lock:
            self._database.scan(data, match_event_handler=hit)
        pairs = np.array(seen, np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]


def _compiled(expressions: Sequence[str], flags: Sequence[int]) -> Any:
    database = vectorscan().Database()
    database.compile(
        expressions=[expression.encode() for expression in expressions],
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=list(flags),
    )
    return database


def _kept(path: Path, made_of: bytes) -> Any | None:
    """The database in ``path``; None where there is none made of the same, or a damaged one, or another processor's."""
    try:
        content = path.read_bytes()
        if content[: len(made_of)] != made_of:
            return None
        database = vectorscan().loadb(content[len(made_of) :], vectorscan().HS_MODE_BLOCK)  # holds a CRC against it
    except (OSError, vectorscan().error):
        return None
    database.scratch = vectorscan().Scratch(database)
    return database


def _keep(path: Path, content: bytes) -> None:
    """Write ``path`` whole, as readable as this module is; where we may not, it is compiled at the next start too."""
    if sys.dont_write_bytecode:
        return
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            part = Path(file.name)
            file.write(content)
        try:
            part.chmod(Path(__file__).stat().st_mode & 0o666)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise


def marks_in(data: bytes) -> Numbers:
    """Where the marks after the texts of a batch stand in ``data``: ``searchsorted`` of an end gives its text."""
    return np.flatnonzero(np.frombuffer(data, np.uint8) == ord(MARK))[1:]
