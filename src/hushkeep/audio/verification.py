"""A redacted copy, decoded again: is every span silent, is nothing left that can be found?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hushkeep.audio.decoding import opened
from hushkeep.audio.hiding import Hidden
from hushkeep.audio.listening import Listened, Recording, listen, recognise
from hushkeep.audio.manifest import Manifest
from hushkeep.audio.numbers import Mode
from hushkeep.audio.redaction import Search, digest, key_spans
from hushkeep.audio.speech import find_spoken
from hushkeep.audio.writing import LOSSLESS

# A lossy codec never saw what is hidden, yet rings on into the silence: only its middle can be held to silence.
_EDGE_SECONDS = 0.2
_LOSSY_FLOOR = 10 ** (-40 / 10)  # mean square


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a copy does not hold: ``kind`` is a stable code; where it has a place, ``[start, end)`` in seconds."""

    kind: str
    channel: int | None = None
    start: float | None = None
    end: float | None = None


def verify(copy: Recording, manifest: Manifest, search: Search | None = None) -> list[Problem]:
    """Return what speaks against ``copy`` being the copy that ``manifest`` tells of: empty when nothing does.

    The copy's digest, shape, length, the silence of every span and the absence of keys are always checked; with a
    ``search`` that has a recogniser, that no number is heard any more. The signature is a matter of
    :func:`hushkeep.audio.check_signature`. Raises InvalidInput for what is no recording.
    """
    problems = [] if digest(copy.file) == manifest.output_sha256 else [Problem("digest_differs")]
    heard = listen(copy)
    shape = heard.shape
    if (shape.rate, shape.channels) != (manifest.rate, manifest.channels):
        return [*problems, Problem("shape_differs")]
    if heard.frames != manifest.frames:
        problems.append(Problem("length_differs"))
    problems.extend(_sounding(copy, manifest))
    problems.extend(_places("key_heard", key_spans(heard, Mode(manifest.mode)), manifest))
    if search and search.engine:
        problems.extend(_spoken(copy, heard, search, manifest))
    return problems


def _spoken(copy: Recording, heard: Listened, search: Search, manifest: Manifest) -> Iterator[Problem]:
    """Numbers that are still heard; what is merely unclear was judged when the copy was made."""
    said = recognise(copy, heard, search.engine) if search.engine else []
    for channel, start, end, _ in find_spoken(said, heard.voices, Mode.BALANCED, search.find):
        if not _covered(channel, start, end, manifest):
            yield Problem("number_heard", channel, round(start, 3), round(end, 3))


def _covered(channel: int, start: float, end: float, manifest: Manifest) -> bool:
    """Whether [start, end) is hidden but for a quarter of it: words that a recogniser puts into silence are no leak."""
    rate = manifest.rate
    hidden = sum(
        max(0.0, min(end, h.end / rate) - max(start, h.first / rate)) for h in manifest.hidden if h.channel == channel
    )
    return hidden >= 0.75 * (end - start)


def _places(kind: str, spans: Sequence[Hidden], manifest: Manifest) -> Iterator[Problem]:
    for span in spans:
        yield Problem(kind, span.channel, round(span.first / manifest.rate, 3), round(span.end / manifest.rate, 3))


def _sounding(copy: Recording, manifest: Manifest) -> Iterator[Problem]:
    """Spans in which something sounds: any sample but zero in a lossless copy."""
    exact = copy.suffix.lower().lstrip(".") in LOSSLESS
    edge = 0 if exact else round(_EDGE_SECONDS * manifest.rate)
    power = [0.0] * len(manifest.hidden)
    at = 0
    with opened(copy.file, copy.suffix) as reader:
        for block in reader.blocks():
            for i, span in enumerate(manifest.hidden):
                first, end = max(0, span.first + edge - at), min(len(block), span.end - edge - at)
                if first < end:
                    power[i] += float(np.square(block[first:end, span.channel], dtype=np.float64).sum())
            at += len(block)
    loud = [
        span
        for span, energy in zip(manifest.hidden, power, strict=True)
        if energy > (0.0 if exact else _LOSSY_FLOOR * (span.end - span.first))
    ]
    yield from _places("span_sounds", loud, manifest)
