"""Scan: many patterns over many texts at once, on Vectorscan where the ``hyperscan`` wheel is installed.

The texts of a batch are joined and read in one pass; what comes back is which pattern ends where. Nothing here knows
what the patterns mean.
"""

import importlib
import importlib.util
from collections.abc import Sequence
from functools import cache
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
    """A database of ``expressions``, each with its ``flags`` (HS_FLAG_…): one pass finds where any of them ends."""

    def __init__(self, expressions: Sequence[str], flags: Sequence[int]) -> None:
        self._database = vectorscan().Database()
        self._database.compile(
            expressions=[expression.encode() for expression in expressions],
            ids=list(range(len(expressions))),
            elements=len(expressions),
            flags=list(flags),
        )
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


def marks_in(data: bytes) -> Numbers:
    """Where the marks after the texts of a batch stand in ``data``: ``searchsorted`` of an end gives its text."""
    return np.flatnonzero(np.frombuffer(data, np.uint8) == ord(MARK))[1:]
