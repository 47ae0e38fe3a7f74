"""Recordings as blocks of samples, whatever the file format.

libsndfile reads what it knows (WAV with PCM, A-law, mu-law or GSM, FLAC, MP3, Ogg Vorbis and Opus); FFmpeg's
libraries read the rest (M4A, G.722, AMR, headerless telephone formats). A file is read in blocks, so memory does
not grow with its length.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

import av
import numpy as np
import numpy.typing as npt
import soundfile

from hushkeep.kernel import errors

Samples = npt.NDArray[np.float32]
"""Samples in [-1, 1], shape (frames, channels) or (frames,)."""

BLOCK_SECONDS = 10
MAX_CHANNELS = 8  # the most that FLAC holds
MAX_RATE = 192_000
MIN_RATE = 4_000
_WIDTHS = {"PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "ULAW": 1, "ALAW": 1}  # bytes of a sample
_PARTS = 20  # of a second: so closely is a harmed file read up to its harm
_MP3_GUESS = 0.98  # without a table of contents the length of an MP3 is an estimate

# Headerless telephone formats: the name alone says what they are. (FFmpeg demuxer, its options.)
_RAW = {
    "ulaw": ("mulaw", {"sample_rate": "8000"}),
    "pcm": ("mulaw", {"sample_rate": "8000"}),
    "ul": ("mulaw", {"sample_rate": "8000"}),
    "alaw": ("alaw", {"sample_rate": "8000"}),
    "al": ("alaw", {"sample_rate": "8000"}),
    "gsm": ("gsm", {"sample_rate": "8000"}),
    "g722": ("g722", {}),
    "sln": ("s16le", {"sample_rate": "8000"}),
    "sln16": ("s16le", {"sample_rate": "16000"}),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a recording is: ``rate`` in hertz, ``channels``, ``bits`` worth keeping (16 or 24), ``codec`` by its reader.

    ``announced_frames`` is what the header claims, None where it claims nothing reliable.
    """

    rate: int
    channels: int
    bits: int
    codec: str
    announced_frames: int | None


class Reader(Protocol):
    """An open recording: its shape and its blocks, in order, to be read once."""

    shape: Shape
    cut_short: bool
    """True after reading when the file ended or broke before the end that it announced."""

    def blocks(self) -> Iterator[Samples]:
        """Yield float32 blocks of shape (frames, channels), none empty."""
        ...


class _SoundFileReader:
    def __init__(self, sound: soundfile.SoundFile, source: BinaryIO, announced: int | None) -> None:
        deep = sound.subtype in {"PCM_24", "PCM_32", "FLOAT", "DOUBLE"}
        codec = f"{sound.format}/{sound.subtype}".lower()
        self.shape = Shape(sound.samplerate, sound.channels, 24 if deep else 16, codec, announced)
        self.cut_short = False
        self._sound, self._source = sound, source

    def blocks(self) -> Iterator[Samples]:
        read = 0
        while True:
            try:
                block = _read(self._sound, self.shape.rate * BLOCK_SECONDS)
            except soundfile.LibsndfileError:
                for block in self._whole_parts(read):
                    read += len(block)
                    yield block
                break
            if not len(block):
                break
            read += len(block)
            yield block
        announced = self.shape.announced_frames
        self.cut_short = announced is not None and read < announced

    def _whole_parts(self, start: int) -> Iterator[Samples]:
        """What can be read from frame ``start`` on before the frame that does not decode: none after it is trusted.

        It is read from the beginning: no decoder finds its way to ``start`` in a file that has lost its end.
        """
        self._source.seek(0)
        try:
            with soundfile.SoundFile(self._source) as again:
                while (before := again.tell()) < start:
                    _read(again, min(start - before, self.shape.rate * BLOCK_SECONDS))
                while len(block := _read(again, max(1, self.shape.rate // _PARTS))):
                    yield block
        except soundfile.LibsndfileError:
            return


def _read(sound: soundfile.SoundFile, frames: int) -> Samples:
    return _finite(np.asarray(sound.read(frames, dtype="float32", always_2d=True), dtype=np.float32))


class _FfmpegReader:
    def __init__(self, container: av.container.InputContainer) -> None:
        if not container.streams.audio:
            raise errors.InvalidInput("the file holds no audio stream")
        self._container, self._stream = container, container.streams.audio[0]
        context = self._stream.codec_context
        self.shape = Shape(context.sample_rate, context.channels, 16, f"ffmpeg/{context.name}", None)
        self.cut_short = False

    def blocks(self) -> Iterator[Samples]:
        plane = av.AudioResampler(format="fltp", layout=self._stream.layout, rate=self.shape.rate)
        held: list[Samples] = []
        try:
            for frame in self._container.decode(self._stream):
                held.extend(_planes(plane.resample(frame)))
                if sum(map(len, held)) >= self.shape.rate * BLOCK_SECONDS:
                    yield _finite(np.concatenate(held))
                    held = []
        except av.error.FFmpegError:
            self.cut_short = True
        held.extend(_planes(plane.resample(None)))
        if sum(map(len, held)):
            yield _finite(np.concatenate(held))


def _planes(frames: list[Any]) -> list[Samples]:
    return [np.ascontiguousarray(frame.to_ndarray().T, dtype=np.float32) for frame in frames if frame.samples]


def _finite(block: Samples) -> Samples:
    """Return ``block`` with NaN and infinity (float WAV can hold them) made silent and the rest clipped."""
    block = np.nan_to_num(block, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(block, -1.0, 1.0, out=block)


@contextmanager
def opened(source: BinaryIO, suffix: str = "") -> Iterator[Reader]:
    """Open ``source`` (seekable, read from its start); ``suffix`` ("wav", "ulaw") tells headerless formats apart.

    Raises InvalidInput for what is empty, is not audio, or has a shape outside the limits of this module.
    """
    source.seek(0, 2)
    if source.tell() == 0:
        raise errors.InvalidInput("the file is empty")
    source.seek(0)
    suffix = suffix.lower().lstrip(".")
    if suffix in _RAW:
        with _ffmpeg(source, suffix) as reader:
            yield _checked(reader)
        return
    try:
        sound = soundfile.SoundFile(source)
    except soundfile.LibsndfileError:
        source.seek(0)
        with _ffmpeg(source, "") as reader:
            yield _checked(reader)
        return
    with sound:
        yield _checked(_SoundFileReader(sound, source, _announced(source, sound)))


@contextmanager
def _ffmpeg(source: BinaryIO, raw: str) -> Iterator[_FfmpegReader]:
    demuxer, options = _RAW.get(raw, (None, {}))
    try:
        container = av.open(source, mode="r", format=demuxer, options=options)
    except (av.error.FFmpegError, ValueError):
        raise errors.InvalidInput("the file is not audio in a format that can be read") from None
    with container:
        yield _FfmpegReader(container)


def _announced(source: BinaryIO, sound: soundfile.SoundFile) -> int | None:
    """Frames that a whole file would hold: the header's word, where libsndfile believes what is there instead."""
    frames, place = int(sound.frames), source.tell()
    try:
        if sound.format in {"WAV", "WAVEX"} and sound.subtype in _WIDTHS:
            return max(frames, _claimed(source, _WIDTHS[sound.subtype] * int(sound.channels)))
        if sound.format == "OGG":
            return frames if _has_last_page(source) else frames + 1
    finally:
        source.seek(place)
    if sound.format == "MP3":
        return round(frames * _MP3_GUESS)
    return frames if sound.format == "FLAC" and frames > 0 else None


def _claimed(source: BinaryIO, width: int) -> int:
    """Frames of ``width`` bytes in the data chunk, by a WAV's header; 0 where a streaming writer left it open."""
    source.seek(0)
    head = source.read(64 * 1024)
    at = head.find(b"data", 12)
    size = int.from_bytes(head[at + 4 : at + 8], "little") if at >= 0 else 0
    return 0 if size >= 0xFFFF_FF00 else size // width


def _has_last_page(source: BinaryIO) -> bool:
    """Whether the last Ogg page says that it is the last (RFC 3533, 6: header type, 0x04)."""
    source.seek(0, 2)
    source.seek(max(0, source.tell() - 70_000))  # a page is at most 65,307 bytes
    tail = source.read()
    at = tail.rfind(b"OggS")
    return at >= 0 and len(tail) > at + 5 and bool(tail[at + 5] & 0x04)


def _checked(reader: Reader) -> Reader:
    shape = reader.shape
    if not 1 <= shape.channels <= MAX_CHANNELS:
        raise errors.InvalidInput(f"{shape.channels} channels: 1 to {MAX_CHANNELS} can be kept")
    if not MIN_RATE <= shape.rate <= MAX_RATE:
        raise errors.InvalidInput(f"{shape.rate} Hz: rates from {MIN_RATE} to {MAX_RATE} Hz can be searched")
    return reader
