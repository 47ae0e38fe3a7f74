"""Where somebody speaks and where the pauses are, by loudness against the line's own noise."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hushkeep.audio.decoding import Samples

RATE = 8000
STEP = 80  # samples of 8 kHz: 10 ms
STEP_SECONDS = STEP / RATE

_ABSOLUTE_FLOORS = (-52.0, -58.0)  # dBFS: softer than this nobody understands a word
_OVER_NOISE = 7.0  # dB
_UNBELIEVED = 8.0  # dB
_STEADY_BAND = 2.0  # dB around the softest tenth
_STEADY_SHARE = 0.25  # of the steps
_OVER_STEADY = 2.5  # dB
_SPREADS = 3.0
_SAID_HOLE = 0.25  # seconds of silence that part what is said
_GROWTH = 3.0  # seconds
_NOISE_WINDOW = 3000  # steps: the noise is the softest tenth of half a minute
_NOISE_SHARE = 10  # per cent


class LoudnessMeter:
    """Takes one channel's sound block by block and keeps its loudness, in dBFS, of each 10 ms.

    Twice: of the sound itself, where vowels are, and of the difference of neighbouring samples, where consonants are.
    """

    def __init__(self) -> None:
        self._tail: Samples = np.zeros(0, dtype=np.float32)
        self._parts: list[Samples] = []
        self._before = np.float32(0)

    def feed(self, block: Samples) -> None:
        """Take the next samples at 8 kHz, shape (frames,)."""
        sound = np.concatenate([self._tail, block])
        count = len(sound) // STEP
        self._tail = sound[count * STEP :]
        if not count:
            return
        whole = sound[: count * STEP]
        sharp = np.diff(whole, prepend=self._before)
        self._before = whole[-1]
        steps = whole.reshape(count, STEP)
        vowels = steps.var(axis=1)  # the variance leaves an offset out
        consonants = np.einsum("ij,ij->i", sharp.reshape(count, STEP), sharp.reshape(count, STEP)) / STEP
        self._parts.append((10 * np.log10(np.stack([vowels, consonants], axis=1) + 1e-12)).astype(np.float32))

    def loudness(self) -> Samples:
        """Return the loudness of each whole step so far, shape (steps, 2)."""
        return np.concatenate([np.zeros((0, 2), dtype=np.float32), *self._parts])


@dataclass(frozen=True, slots=True)
class Voice:
    """Voiced steps of one channel: ``active[i]`` tells of [i, i + 1) * STEP_SECONDS."""

    active: npt.NDArray[np.bool_]

    @property
    def seconds(self) -> float:
        """Length of the channel."""
        return len(self.active) * STEP_SECONDS

    def stretches(self, *, longest_hole: float, shortest: float = 0.05) -> list[tuple[float, float]]:
        """Return voiced stretches in seconds; silences up to ``longest_hole`` seconds do not part them."""
        edges = np.flatnonzero(np.diff(np.concatenate([[False], self.active, [False]]).astype(np.int8)))
        found: list[tuple[float, float]] = []
        for start, end in edges.reshape(-1, 2) * STEP_SECONDS:
            if found and start - found[-1][1] <= longest_hole:
                found[-1] = (found[-1][0], float(end))
            else:
                found.append((float(start), float(end)))
        return [(start, end) for start, end in found if end - start >= shortest]

    def without(self, parts: Iterable[tuple[float, float]]) -> "Voice":
        """Return the voice less ``parts``, in seconds: what sounds there is known to be no speech."""
        active = self.active.copy()
        for start, end in parts:
            active[max(0, int(start / STEP_SECONDS)) : max(0, int(np.ceil(end / STEP_SECONDS)))] = False
        return Voice(active)

    def within(self, parts: Iterable[tuple[float, float]]) -> "Voice":
        """Return the voice in ``parts``, in seconds, alone: each grown to the nearest pause, by _GROWTH at most."""
        kept = np.zeros_like(self.active)
        said = self.stretches(longest_hole=_SAID_HOLE, shortest=0.0)
        for start, end in parts:
            for low, high in said:
                if low < end and start < high:
                    first, last = max(low, start - _GROWTH, 0.0), min(high, end + _GROWTH)
                    kept[round(first / STEP_SECONDS) : round(last / STEP_SECONDS)] = True
        return Voice(self.active & kept)

    def share(self, start: float, end: float) -> float:
        """Share of [start, end), in seconds, that is voiced."""
        part = self.active[max(0, int(start / STEP_SECONDS)) : max(0, int(np.ceil(end / STEP_SECONDS)))]
        return float(part.mean()) if len(part) else 0.0


def voice_of(loudness: Samples) -> Voice:
    """Return which steps of ``loudness`` (dBFS, each 10 ms, shape (steps, 2)) are voiced in either way."""
    active = np.zeros(len(loudness), dtype=np.bool_)
    if len(loudness):
        for column, floor in enumerate(_ABSOLUTE_FLOORS):
            active |= _over_noise(loudness[:, column], floor)
    return Voice(active)


def _over_noise(loudness: Samples, floor: float) -> npt.NDArray[np.bool_]:
    smooth = np.convolve(loudness, np.full(5, 0.2, dtype=np.float32), mode="same")[: len(loudness)]
    # Where somebody speaks without a pause the softest tenth is speech too: never believe a noise close to the loudest.
    highest = np.percentile(smooth, 95) - 15.0
    least = np.empty_like(smooth)
    for start in range(0, len(smooth), _NOISE_WINDOW):
        near = smooth[max(0, start - _NOISE_WINDOW // 2) : start + _NOISE_WINDOW * 3 // 2]
        steady = _steady(near)
        unsteady = min(np.percentile(near, _NOISE_SHARE) + _OVER_NOISE, highest + _OVER_NOISE)
        least[start : start + _NOISE_WINDOW] = unsteady if steady is None else steady
    return np.asarray(smooth > np.maximum(least, floor))


def _steady(near: Samples) -> float | None:
    """The loudness over which it is more than a steady noise, in dBFS; None where there is no steady noise.

    A line's noise keeps its loudness to a decibel or so while nobody speaks, which no voice does: so many steps close
    to the softest tenth are noise, however loud it is.
    """
    softest = np.percentile(near, _NOISE_SHARE)
    noise = near[np.abs(near - softest) < _STEADY_BAND]
    if len(noise) < _STEADY_SHARE * len(near):
        return None
    return float(noise.mean() + max(_OVER_STEADY, _SPREADS * noise.std()))
