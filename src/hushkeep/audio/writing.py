"""The redacted copy: written block by block in the format that its name asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import soundfile

from hushkeep.audio.decoding import Samples, Shape
from hushkeep.kernel import errors

OPUS_RATES = {8000, 12000, 16000, 24000, 48000}

# Suffix of the name -> libsndfile's format and the subtype for 16 and for 24 bits.
_FORMATS = {
    "flac": ("FLAC", {16: "PCM_16", 24: "PCM_24"}),
    "wav": ("WAV", {16: "PCM_16", 24: "PCM_24"}),
    "opus": ("OGG", {16: "OPUS", 24: "OPUS"}),
    "ogg": ("OGG", {16: "OPUS", 24: "OPUS"}),
}
LOSSLESS = frozenset({"flac", "wav"})


def checked_suffix(suffix: str, shape: Shape) -> str:
    """Return ``suffix`` in lower case; raises InvalidInput when a recording of ``shape`` cannot be written so."""
    suffix = suffix.lower().lstrip(".")
    if suffix not in _FORMATS:
        raise errors.InvalidInput(f"cannot write .{suffix}: the redacted copy is one of {', '.join(sorted(_FORMATS))}")
    if suffix not in LOSSLESS and shape.rate not in OPUS_RATES:
        raise errors.InvalidInput(f"Opus holds no {shape.rate} Hz without a change of length: write .flac or .wav")
    return suffix


@contextmanager
def sink(target: BinaryIO, suffix: str, shape: Shape) -> Iterator[soundfile.SoundFile]:
    """Open ``target`` (writable, seekable) for blocks of ``shape``; ``suffix`` as of :func:`checked_suffix`."""
    form, subtypes = _FORMATS[suffix]
    with soundfile.SoundFile(
        target, "w", samplerate=shape.rate, channels=shape.channels, format=form, subtype=subtypes[shape.bits]
    ) as sound:
        yield sound


def write(sound: soundfile.SoundFile, block: Samples) -> None:
    """Append ``block``, shape (frames, channels)."""
    sound.write(block)
