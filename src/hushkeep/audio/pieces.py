"""A copy in pieces for playing: each a FLAC file of its own, joined without a gap; and its loudness for the eye."""

import io
from collections.abc import Iterator

import numpy as np

from hushkeep.audio.decoding import Samples, Shape, opened
from hushkeep.audio.listening import Recording
from hushkeep.audio.writing import sink, write

PEAKS = 1000
_TOP = 255


def pieces(copy: Recording) -> Iterator[bytes]:
    """Yield each second of ``copy`` as FLAC, the last perhaps shorter: a player needs no other piece to decode one."""
    with opened(copy.file, copy.suffix) as reader:
        rate, frames = reader.shape.rate, 0
        held: list[Samples] = []
        for block in reader.blocks():
            held.append(block)
            frames += len(block)
            if frames < rate:
                continue
            joined = np.concatenate(held)
            whole = frames // rate * rate
            for at in range(0, whole, rate):
                yield _flac(joined[at : at + rate], reader.shape)
            held, frames = [joined[whole:]], frames - whole
        if frames:
            yield _flac(np.concatenate(held), reader.shape)


def _flac(sound: Samples, shape: Shape) -> bytes:
    file = io.BytesIO()
    with sink(file, "flac", shape) as out:
        write(out, sound)
    return file.getvalue()


def peaks(copy: Recording, frames: int, *, count: int = PEAKS) -> tuple[tuple[int, ...], ...]:
    """Return, for each channel, the loudest sample of each of at most ``count`` equal parts of ``frames``, as 0-255."""
    with opened(copy.file, copy.suffix) as reader:
        width = max(1, -(-frames // count))
        tops = np.zeros((-(-frames // width), reader.shape.channels), dtype=np.float32)
        at = 0
        for block in reader.blocks():
            parts = np.minimum((at + np.arange(len(block))) // width, len(tops) - 1)
            starts = np.flatnonzero(np.diff(parts, prepend=-1))
            loudest = np.maximum.reduceat(np.abs(block), starts, axis=0)
            tops[parts[starts]] = np.maximum(tops[parts[starts]], loudest)
            at += len(block)
    return tuple(tuple(int(top) for top in column) for column in np.rint(tops.T * _TOP))
