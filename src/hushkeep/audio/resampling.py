"""One channel's sound at another rate, block by block, aligned with its source."""

import av
import numpy as np

from hushkeep.audio.decoding import Samples


class Resampler:
    """Turns blocks at ``rate`` into blocks at ``wanted`` hertz; the first sample stays the first."""

    def __init__(self, rate: int, wanted: int) -> None:
        self._rate = rate
        self._at = 0
        same = rate == wanted
        self._inner = None if same else av.AudioResampler(format="flt", layout="mono", rate=wanted)

    def feed(self, block: Samples) -> Samples:
        """Return what can be made of the sound so far, shape (frames,); ``block`` is shape (frames,)."""
        if self._inner is None or not len(block):
            return block
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block[None, :]), format="flt", layout="mono")
        frame.sample_rate = self._rate
        frame.pts = self._at
        self._at += len(block)
        return _joined(self._inner.resample(frame))

    def rest(self) -> Samples:
        """Return what was held back, at the end of the sound."""
        if self._inner is None or not self._at:
            return np.zeros(0, dtype=np.float32)
        return _joined(self._inner.resample(None))


def _joined(frames: list[av.AudioFrame]) -> Samples:
    return np.concatenate([np.zeros(0, dtype=np.float32), *(f.to_ndarray()[0] for f in frames if f.samples)])
