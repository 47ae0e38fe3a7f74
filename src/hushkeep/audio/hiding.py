"""Silence or tone over spans, sample for sample: same length, same channels, neighbours untouched."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from hushkeep.audio.decoding import Samples

FADE_SECONDS = 0.005  # outside the span: inside nothing is left of the sound


@dataclass(frozen=True, slots=True, order=True)
class Hidden:
    """A hidden span: ``[first, end)`` in samples of the recording's own rate, in one ``channel``, and what it hides."""

    channel: int
    first: int
    end: int
    entity: str

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.end:
            raise ValueError(f"empty or negative span [{self.first}, {self.end})")


def merged(spans: Iterable[Hidden], *, rank: Sequence[str], gap: int = 0) -> tuple[Hidden, ...]:
    """Return ``spans`` sorted, with those of one channel joined that overlap or lie up to ``gap`` samples apart.

    A joined span is named for the entity that stands first in ``rank``.
    """
    order = {entity: place for place, entity in enumerate(rank)}
    joined: list[Hidden] = []
    for span in sorted(spans):
        last = joined[-1] if joined else None
        if last is None or last.channel != span.channel or span.first - last.end > gap:
            joined.append(span)
            continue
        entity = min(last.entity, span.entity, key=lambda name: order.get(name, len(order)))
        joined[-1] = Hidden(last.channel, last.first, max(last.end, span.end), entity)
    return tuple(joined)


def hide(block: Samples, start: int, spans: Sequence[Hidden], rate: int) -> Samples:
    """Return a copy of ``block`` (frames, channels), which begins at frame ``start``, with ``spans`` silent.

    Each span is exactly zero, and one sample more on both sides, so that no rounding of seconds uncovers a sample.
    The sound fades out before and in after it over FADE_SECONDS.
    """
    quiet = block.copy()
    fade = max(1, round(FADE_SECONDS * rate))
    ramp = np.linspace(1.0, 0.0, fade + 2, dtype=np.float32)[1:-1]
    for span in spans:
        first, end = span.first - 1 - start, span.end + 1 - start
        if end + fade <= 0 or first - fade >= len(block):
            continue
        column = quiet[:, span.channel]
        column[max(0, first) : max(0, end)] = 0.0
        _scale(column, first - fade, ramp)
        _scale(column, end, ramp[::-1])
    return quiet


def _scale(column: Samples, at: int, ramp: Samples) -> None:
    """Multiply ``column`` from index ``at`` (which may lie outside it) with ``ramp``."""
    low, high = max(0, at), min(len(column), at + len(ramp))
    if low < high:
        column[low:high] *= ramp[low - at : high - at]
