"""The file of a copy in segments of 64 KiB: each with its digest and its sound's place, so that a change has a second.

Encoders hold sound back for a frame or a page, so a segment's place is told with that much room on both sides: what it
holds lies within, and neighbours overlap.
"""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import BinaryIO

SEGMENT_BYTES = 64 * 1024
_FRAME = 4096  # samples: the longest FLAC frame that libFLAC makes of its own accord


@dataclass(frozen=True, slots=True)
class Segment:
    """What a segment holds lies within samples ``[first, end)`` of the recording; ``sha256`` in hexadecimal."""

    first: int
    end: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Mark:
    """When ``samples`` had been handed to the encoder the file held ``size`` bytes."""

    samples: int
    size: int


@dataclass(frozen=True, slots=True)
class Change:
    """Segments ``first`` to ``last`` of a file are other than they were: ``kind`` is differs, missing or added."""

    kind: str
    first: int
    last: int


def measured(file: BinaryIO, marks: Sequence[Mark], rate: int) -> tuple[str, tuple[Segment, ...]]:
    """Return the SHA-256 of ``file`` and its segments; ``marks`` in order, of the whole file, at least one a second."""
    whole, found = hashlib.sha256(), []
    sizes = [mark.size for mark in marks]
    for number, part in enumerate(_parts(file)):
        whole.update(part)
        # The marks around the segment: what was written by the last before it, less what the encoder then held back.
        before = bisect_right(sizes, number * SEGMENT_BYTES) - 1
        after = min(bisect_left(sizes, (number + 1) * SEGMENT_BYTES), len(marks) - 1)
        first = max(0, marks[before].samples - max(_FRAME, rate)) if before >= 0 else 0
        found.append(Segment(first, marks[after].samples, _digest(part)))
    return whole.hexdigest(), tuple(found)


def changes(file: BinaryIO, segments: Sequence[Segment]) -> list[Change]:
    """Return how ``file`` differs from what ``segments`` say, neighbours of one kind together; empty when it does not.

    What was cut out or put in moves all that comes after: from there on every segment differs.
    """
    pairs = zip_longest(map(_digest, _parts(file)), (segment.sha256 for segment in segments))
    kinds = [(_kind(found, told), number) for number, (found, told) in enumerate(pairs)]
    grouped = [(kind, [number for _, number in group]) for kind, group in groupby(kinds, key=lambda item: item[0])]
    return [Change(kind, numbers[0], numbers[-1]) for kind, numbers in grouped if kind is not None]


def _kind(found: str | None, told: str | None) -> str | None:
    if found == told:
        return None
    if found is None:
        return "missing"
    return "differs" if told is not None else "added"


def _parts(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while part := file.read(SEGMENT_BYTES):
        yield part


def _digest(part: bytes) -> str:
    return hashlib.sha256(part).hexdigest()
