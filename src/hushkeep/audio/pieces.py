"""A copy in pieces for playing: each a FLAC file of its own, joined without a gap; and its loudness for the eye."""

import io
from collections.abc import Iterator

import numpy as np

from hushkeep.audio.decoding import Reader, Samples, Shape, opened
from hushkeep.audio.listening import Recording
from hushkeep.audio.writing import LOSSLESS, OPUS_RATES, checked_suffix, sink, write

PEAKS = 1000
_TOP = 255

LEAD_SECONDS = 0.08
"""What an Opus piece begins with of the second before: the decoder settles in it (RFC 7845, 4.6), nobody hears it."""


def pieces(copy: Recording, suffix: str = "flac") -> Iterator[bytes]:
    """Yield each second of ``copy`` as a file of its own, the last perhaps shorter: none needs another to be decoded.

    FLAC pieces join sample for sample. An Opus piece starts LEAD_SECONDS early (silence before the first). Raises
    InvalidInput for a shape that Opus cannot keep.
    """
    with opened(copy.file, copy.suffix) as reader:
        shape = reader.shape
        checked_suffix(suffix, shape)
        lead = 0 if suffix in LOSSLESS else round(LEAD_SECONDS * shape.rate)
        before = np.zeros((lead, shape.channels), dtype=np.float32)
        for second in _seconds(reader):
            sound = np.concatenate([before, second]) if lead else second
            yield _file(sound, shape, suffix)
            before = sound[len(sound) - lead :]


def _seconds(reader: Reader) -> Iterator[Samples]:
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
            yield joined[at : at + rate]
        held, frames = [joined[whole:]], frames - whole
    if frames:
        yield np.concatenate(held)


def opus_holds(rate: int, channels: int) -> bool:
    """Whether Opus pieces can be made of a recording of so many hertz and channels: its rates, one or two."""
    return rate in OPUS_RATES and channels <= 2


def _file(sound: Samples, shape: Shape, suffix: str) -> bytes:
    file = io.BytesIO()
    with sink(file, suffix, shape) as out:
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
