"""Voiced pieces of a channel packed into sections that a recogniser takes in one go.

Recognisers of the Whisper kind work on windows of 30 seconds, whatever is in them: a section is filled with speech
and its long silences are left out. Times in a section are told back in times of the channel.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hushkeep.audio.decoding import Samples
from hushkeep.audio.voice import Voice

LONGEST_SECONDS = 27.0
_MARGIN = 0.35  # kept before and after a piece: soft consonants lie below the threshold of voice
_SILENCE = 1.2  # seconds: longer ones are left out


@dataclass(frozen=True, slots=True)
class Section:
    """Pieces ``[start, end)`` of one channel, in seconds, in order, not overlapping."""

    pieces: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        """Length of the sound of the section."""
        return sum(end - start for start, end in self.pieces)

    def in_channel(self, at: float) -> float:
        """Return the channel's time of ``at`` seconds into the section."""
        for start, end in self.pieces:
            if at <= end - start:
                return start + max(0.0, at)
            at -= end - start
        return self.pieces[-1][1]


def plan(voice: Voice) -> list[Section]:
    """Return sections of at most LONGEST_SECONDS that together hold every voiced stretch of ``voice``."""
    sections: list[Section] = []
    held: list[tuple[float, float]] = []
    for piece in _pieces(voice):
        if held and sum(e - s for s, e in held) + piece[1] - piece[0] > LONGEST_SECONDS:
            sections.append(Section(tuple(held)))
            held = []
        held.append(piece)
    return [*sections, Section(tuple(held))] if held else sections


def alone(stretches: Sequence[tuple[float, float]], voice: Voice) -> list[Section]:
    """Return one section for each of ``stretches`` (parted where it is too long), in order."""
    sections: list[Section] = []
    for start, end in stretches:
        for low, high in _parted(voice, start, end):
            before = sections[-1].pieces[-1][1] if sections else 0.0
            piece = max(before, low - _MARGIN, 0.0), min(voice.seconds, high + _MARGIN)
            if piece[1] > piece[0]:
                sections.append(Section((piece,)))
    return sections


def _pieces(voice: Voice) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for start, end in voice.stretches(longest_hole=_SILENCE):
        for first, last in _parted(voice, start, end):
            low = max(0.0, first - _MARGIN, found[-1][1] if found else 0.0)
            found.append((low, max(low, min(voice.seconds, last + _MARGIN))))
    return [piece for piece in found if piece[1] > piece[0]]


def _parted(voice: Voice, start: float, end: float) -> Iterator[tuple[float, float]]:
    """Part [start, end) at pauses into stretches that fit a section; at a fixed length where there is no pause."""
    room = LONGEST_SECONDS - 2 * _MARGIN
    while end - start > room:
        cut = _pause_before(voice, start + room / 2, start + room)
        yield start, cut
        start = cut
    yield start, end


def _pause_before(voice: Voice, low: float, high: float) -> float:
    """The middle of the longest silence in [low, high), or ``high`` when there is none."""
    from_step, to_step = round(low * 100), round(high * 100)
    silent = ~voice.active[from_step:to_step]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], silent, [False]]).astype(np.int8))).reshape(-1, 2)
    if not len(edges):
        return high
    longest = edges[np.argmax(edges[:, 1] - edges[:, 0])]
    return (from_step + float(longest.mean())) / 100


class Collector:
    """Gathers the sound of planned sections from a channel that passes by block by block."""

    def __init__(self, sections: Sequence[Section], rate: int) -> None:
        self._waiting = list(sections)
        self._rate = rate
        self._at = 0
        self._held: list[Samples] = []

    def feed(self, block: Samples) -> list[tuple[Section, Samples]]:
        """Take the next samples of the channel; return the sections that are now whole, with their sound."""
        done: list[tuple[Section, Samples]] = []
        start, self._at = self._at, self._at + len(block)
        while self._waiting:
            section = self._waiting[0]
            for piece_start, piece_end in section.pieces:
                low = max(0, round(piece_start * self._rate) - start)
                high = min(len(block), round(piece_end * self._rate) - start)
                if low < high:
                    self._held.append(block[low:high])
            if round(section.pieces[-1][1] * self._rate) > self._at:
                break
            done.append(self._finish())
        return done

    def rest(self) -> list[tuple[Section, Samples]]:
        """Return the sections that the end of the sound cut short."""
        return [self._finish() for _ in tuple(self._waiting)]

    def _finish(self) -> tuple[Section, Samples]:
        section = self._waiting.pop(0)
        sound = np.concatenate([np.zeros(0, dtype=np.float32), *self._held])
        self._held = []
        return section, sound
