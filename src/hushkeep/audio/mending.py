"""A copy in which a number was still heard: silenced there too, before anybody else hears it."""

from collections.abc import Sequence
from dataclasses import replace

from hushkeep.audio.copying import silenced
from hushkeep.audio.hiding import Hidden, merged
from hushkeep.audio.listening import Recording
from hushkeep.audio.manifest import Manifest, Said
from hushkeep.audio.redaction import RANK
from hushkeep.audio.verification import Problem

MENDABLE = frozenset({"key_heard", "number_heard"})
"""Problems that silence settles: what is heard, and where."""

_MARGIN = 0.2  # seconds around what was heard
_ENTITY = {"key_heard": "keypad", "number_heard": "number"}


def mend(copy: Recording, target: Recording, manifest: Manifest, problems: Sequence[Problem]) -> Manifest:
    """Write ``copy`` to ``target`` with the places of ``problems`` silent too; return the manifest of what was written.

    Raises ValueError for a problem that silence does not settle.
    """
    more = [_span(problem, manifest) for problem in problems]
    hidden = merged([*manifest.hidden, *more], rank=RANK)
    written = silenced(copy, target, hidden)
    transcript = tuple(_without(said, more) for said in manifest.transcript)
    return replace(
        manifest, hidden=hidden, transcript=transcript, output_sha256=written.sha256, segments=written.segments
    )


def _span(problem: Problem, manifest: Manifest) -> Hidden:
    if problem.kind not in MENDABLE or problem.channel is None or problem.start is None or problem.end is None:
        raise ValueError(f"silence does not settle {problem.kind}")
    first = max(0, int((problem.start - _MARGIN) * manifest.rate))
    end = min(manifest.frames, int((problem.end + _MARGIN) * manifest.rate) + 1)
    return Hidden(problem.channel, first, end, _ENTITY[problem.kind])


def _without(said: Said, spans: Sequence[Hidden]) -> Said:
    """Return ``said`` without its words where a span touches it: which of them told the number is not known."""
    for span in spans:
        if span.channel == said.channel and span.first < said.end and said.first < span.end:
            return replace(said, text=f"[{span.entity}]")
    return said
