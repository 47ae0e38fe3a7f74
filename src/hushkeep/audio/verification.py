"""A redacted copy, decoded again: is every span silent, is nothing left that can be found?"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from hushkeep.audio.copying import digest
from hushkeep.audio.decoding import opened
from hushkeep.audio.hiding import Hidden
from hushkeep.audio.listening import Listened, Recording, listen, recognise
from hushkeep.audio.manifest import Manifest
from hushkeep.audio.numbers import Mode
from hushkeep.audio.redaction import Search, key_spans
from hushkeep.audio.segments import Change, changes
from hushkeep.audio.speech import UNCLEAR, find_spoken
from hushkeep.audio.writing import LOSSLESS
from hushkeep.kernel import errors

# A lossy codec never saw what is hidden, yet rings on into the silence: only its middle can be held to silence.
_EDGE_SECONDS = 0.2
_LOSSY_FLOOR = 10 ** (-40 / 10)  # mean square

NEAR_SECONDS = 10.0
"""What is heard again before and after each hidden span where a check hears a part of a copy only,"""
UNCLEAR_SECONDS = 2.0
"""less beside what nobody understood, which no digit was heard in,"""
DRAWN_SECONDS = 30.0
"""and in parts of how many seconds the rest is drawn by lot:"""
DRAWN_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a copy does not hold: ``kind`` is a stable code; where it has a place, ``[start, end)`` in seconds.

    A change of the file itself has its segments too, ``segment`` to ``last_segment``, of 64 KiB each.
    """

    kind: str
    channel: int | None = None
    start: float | None = None
    end: float | None = None
    segment: int | None = None
    last_segment: int | None = None


def verify(
    copy: Recording, manifest: Manifest, search: Search | None = None, *, lot: Random | None = None
) -> list[Problem]:
    """Return what speaks against ``copy`` being the copy that ``manifest`` tells of: empty when nothing does.

    The copy's digest (where it differs, which segments of the file do), shape, length, the silence of every span and
    the absence of keys are always checked; with a ``search`` that has a recogniser, that no number is heard any more:
    anywhere, or with ``lot`` near every hidden span, in all channels, and in a quarter of the rest that it draws.
    The signature is a matter of :func:`hushkeep.audio.check_signature`. Raises InvalidInput for what is no recording
    and was none of ours.
    """
    problems = list(_changed(copy, manifest))
    try:
        heard = listen(copy)
    except errors.InvalidInput:
        if not problems:
            raise
        return [*problems, Problem("not_audio")]
    shape = heard.shape
    if (shape.rate, shape.channels) != (manifest.rate, manifest.channels):
        return [*problems, Problem("shape_differs")]
    if heard.frames != manifest.frames:
        problems.append(Problem("length_differs"))
    problems.extend(_sounding(copy, manifest))
    problems.extend(_places("key_heard", key_spans(heard, Mode(manifest.mode)), manifest))
    if search and search.engine:
        problems.extend(_spoken(copy, _part(heard, manifest, lot) if lot else heard, search, manifest))
    return problems


def _changed(copy: Recording, manifest: Manifest) -> Iterator[Problem]:
    """The segments in which the file differs from the one that was written."""
    if digest(copy.file) == manifest.output_sha256:
        return
    yield Problem("digest_differs")
    for change in changes(copy.file, manifest.segments):
        start, end = _between(change, manifest)
        yield Problem(f"segment_{change.kind}", None, start, end, change.first, change.last)


def _between(change: Change, manifest: Manifest) -> tuple[float, float]:
    told = manifest.segments[change.first : change.last + 1]
    first, end = (told[0].first, told[-1].end) if told else (manifest.frames, manifest.frames)
    return round(first / manifest.rate, 3), round(end / manifest.rate, 3)


def _spoken(copy: Recording, heard: Listened, search: Search, manifest: Manifest) -> Iterator[Problem]:
    """Numbers that are still heard; what is merely unclear was judged when the copy was made."""
    said = recognise(copy, heard, search.engine) if search.engine else []
    for channel, start, end, entity in find_spoken(said, heard.voices, Mode.BALANCED, search.find):
        if entity != UNCLEAR and not _covered(channel, start, end, manifest):
            yield Problem("number_heard", channel, round(start, 3), round(end, 3))


def _part(heard: Listened, manifest: Manifest, lot: Random) -> Listened:
    """What is heard again: what a span hid too little of shows beside it, and nobody knows what else is drawn."""
    rate, length = manifest.rate, heard.frames / heard.shape.rate
    reach = [(h, UNCLEAR_SECONDS if h.entity == UNCLEAR else NEAR_SECONDS) for h in manifest.hidden]
    near = [(h.first / rate - seconds, h.end / rate + seconds) for h, seconds in reach]
    parts = [part * DRAWN_SECONDS for part in range(math.ceil(length / DRAWN_SECONDS))]
    drawn = [(start, start + DRAWN_SECONDS) for start in parts if lot.random() < DRAWN_SHARE]
    return replace(heard, voices=tuple(voice.within([*near, *drawn]) for voice in heard.voices))


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
