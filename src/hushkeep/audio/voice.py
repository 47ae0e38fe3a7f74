"""Where somebody speaks and where the pauses are, by loudness against the line's own noise."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hushkeep.audio.decoding import Samples

RATE = 8000
STEP = 80  # samples of 8 kHz: 10 ms
STEP_SECONDS = STEP / RATE

_ABSOLUTE_FLOOR = -58.0  # dBFS: softer than this nobody understands a word
_OVER_NOISE = 7.0  # dB
_NOISE_WINDOW = 3000  # steps: the noise is the softest tenth of half a minute
_NOISE_SHARE = 10  # per cent


class LoudnessMeter:
    """Takes one channel's sound block by block and keeps its loudness, in dBFS, of each 10 ms."""

    def __init__(self) -> None:
        self._tail: Samples = np.zeros(0, dtype=np.float32)
        self._parts: list[Samples] = []
        self._before = np.float32(0)

    def feed(self, block: Samples) -> None:
        """Take the next samples at 8 kHz, shape (frames,)."""
        if not len(block):
            return
        # The difference of neighbours takes offset and hum away and lifts what carries consonants.
        sharp = np.diff(block, prepend=self._before)
        self._before = block[-1]
        sound = np.concatenate([self._tail, sharp])
        count = len(sound) // STEP
        whole = sound[: count * STEP].reshape(count, STEP)
        power = np.einsum("ij,ij->i", whole, whole) / STEP
        self._parts.append((10 * np.log10(power + 1e-12)).astype(np.float32))
        self._tail = sound[count * STEP :]

    def loudness(self) -> Samples:
        """Return the loudness of each whole step so far."""
        return np.concatenate([np.zeros(0, dtype=np.float32), *self._parts])


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
            active[max(0, int(start / STEP_SECONDS) - 3) : int(end / STEP_SECONDS) + 4] = False
        return Voice(active)

    def share(self, start: float, end: float) -> float:
        """Share of [start, end), in seconds, that is voiced."""
        part = self.active[max(0, int(start / STEP_SECONDS)) : max(0, int(np.ceil(end / STEP_SECONDS)))]
        return float(part.mean()) if len(part) else 0.0


def voice_of(loudness: Samples) -> Voice:
    """Return which steps of ``loudness`` (dBFS, each 10 ms) are voiced."""
    if not len(loudness):
        return Voice(np.zeros(0, dtype=np.bool_))
    smooth = np.convolve(loudness, np.full(5, 0.2, dtype=np.float32), mode="same")
    noise = np.empty_like(smooth)
    for start in range(0, len(smooth), _NOISE_WINDOW):
        near = smooth[max(0, start - _NOISE_WINDOW // 2) : start + _NOISE_WINDOW * 3 // 2]
        noise[start : start + _NOISE_WINDOW] = np.percentile(near, _NOISE_SHARE)
    # Where somebody speaks without a pause the softest tenth is speech too: never believe a noise close to the loudest.
    loudest = np.percentile(smooth, 95)
    noise = np.minimum(noise, loudest - 15.0)
    return Voice(np.asarray(smooth > np.maximum(noise + _OVER_NOISE, _ABSOLUTE_FLOOR)))
