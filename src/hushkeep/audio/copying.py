"""Writing a copy of a recording: its spans silent, its file measured."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from hushkeep.audio.decoding import opened
from hushkeep.audio.hiding import Hidden, hide
from hushkeep.audio.listening import Progress, Recording, silent
from hushkeep.audio.segments import Mark, Segment, measured
from hushkeep.audio.writing import checked_suffix, sink, write


@dataclass(frozen=True, slots=True)
class Written:
    """A copy that was written: its length in ``frames``, its digest in hexadecimal, its file's segments."""

    frames: int
    sha256: str
    segments: tuple[Segment, ...]


def silence(source: Recording, target: Recording, hidden: Sequence[Hidden], progress: Progress = silent) -> int:
    """Write ``source`` to ``target`` with the spans ``hidden`` silent and all else as it is; return its frames.

    Raises InvalidInput for what is no recording, or a shape that the format of ``target`` cannot keep.
    """
    return silenced(source, target, hidden, progress).frames


def silenced(source: Recording, target: Recording, hidden: Sequence[Hidden], progress: Progress = silent) -> Written:
    """Write ``source`` to ``target`` as :func:`silence` does; return the copy's measure."""
    marks, at = [], 0
    with opened(source.file, source.suffix) as reader:
        rate, suffix = reader.shape.rate, checked_suffix(target.suffix, reader.shape)
        with sink(target.file, suffix, reader.shape) as sound:
            for block in reader.blocks():
                quiet = hide(block, at, hidden, rate)
                for start in range(0, len(quiet), rate):
                    write(sound, quiet[start : start + rate])
                    marks.append(Mark(at + min(start + rate, len(quiet)), target.file.tell()))
                at += len(block)
                progress("write", at / rate)
    sha256, segments = measured(target.file, marks, rate)
    return Written(at, sha256, segments)


def digest(file: BinaryIO) -> str:
    """Return the SHA-256 of ``file``, in hexadecimal."""
    file.seek(0)
    whole = hashlib.sha256()
    while part := file.read(1 << 20):
        whole.update(part)
    return whole.hexdigest()
