"""The way of a recording: listen, find, hide.

Three passes over the file, each in blocks: one for keys and loudness, one that hands voiced sections to the
recogniser, one that writes the copy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hushkeep.audio import keypad
from hushkeep.audio.copying import digest, silenced
from hushkeep.audio.hiding import Hidden, merged
from hushkeep.audio.listening import Listened, Progress, Recording, listen, recognise, silent, span
from hushkeep.audio.manifest import Manifest, Said
from hushkeep.audio.naming import Finder, find_nothing
from hushkeep.audio.numbers import Mode
from hushkeep.audio.recogniser import Recogniser
from hushkeep.audio.speech import Utterances, find_spoken, transcript
from hushkeep.audio.writing import checked_suffix

RANK = (
    "cvv", "secret", "keypad", "paused", "bank_card", "id_card", "ssn", "passport", "phone", "card_expiry", "dob",
    "email", "uscc", "wechat", "qq", "number", "unclear_speech",
)  # fmt: skip
"""Entities, the gravest first: a span that hides several is named for the first.

Keys may be a code, and a code may be kept nowhere: a span with keys in it is never named for less.
"""

_KEY_MARGIN = 0.05  # seconds around a run of keys
NO_RECOGNISER = "none"
_JOINED = 0.2  # seconds: two hidden spans closer than this are one


@dataclass(frozen=True, slots=True)
class Search:
    """How to search: ``engine`` None hears keys only; ``find`` is text detection (``hushkeep.detect.find``).

    ``pauses`` are seconds [start, end] in which the telephone system says that it did not record: whatever sounds there
    all the same is hidden in every channel.
    """

    mode: Mode
    engine: Recogniser | None
    find: Finder = find_nothing
    pauses: Sequence[tuple[float, float]] = ()


def paused_spans(listened: Listened, pauses: Sequence[tuple[float, float]]) -> list[Hidden]:
    """Return what to hide where the telephone system was told not to record."""
    length = listened.frames / listened.shape.rate
    return [
        span(listened, channel, (max(0.0, start), end), "paused")
        for start, end in pauses
        if start < end and start < length and end > 0
        for channel in range(listened.shape.channels)
    ]


def key_spans(listened: Listened, mode: Mode) -> list[Hidden]:
    """Return what to hide of the keys: runs of three and more; in strict mode every certain key."""
    fewest = 1 if mode is Mode.STRICT else 3
    return [
        span(listened, channel, (_second(run[0].start) - _KEY_MARGIN, _second(run[-1].end) + _KEY_MARGIN), "keypad")
        for channel, keys in enumerate(listened.keys)
        for run in keypad.entries(keys, fewest=fewest)
    ]


def _second(sample: int) -> float:
    return sample / keypad.RATE


def redact(source: Recording, target: Recording, search: Search, progress: Progress = silent) -> Manifest:
    """Write the redacted copy of ``source`` to ``target`` (writable, readable) and return the manifest, unsigned.

    Same length, same channels, same rate. Without a recogniser the recording stays quarantined.
    Raises InvalidInput for what is no recording, Unavailable when the recogniser fails: then nothing is written.
    """
    listened = listen(source, progress)
    suffix = checked_suffix(target.suffix, listened.shape)
    heard = recognise(source, listened, search.engine, progress) if search.engine else []
    spans = key_spans(listened, search.mode) + paused_spans(listened, search.pauses)
    for channel, start, end, entity in find_spoken(heard, listened.voices, search.mode, search.find):
        spans.append(span(listened, channel, (start, end), entity))
    hidden = merged(spans, rank=RANK, gap=round(_JOINED * listened.shape.rate))
    written = silenced(source, Recording(target.file, suffix), hidden, progress)
    reasons = _reasons(listened, search, written.frames)
    return Manifest(
        state="quarantined" if reasons else "redacted",
        reasons=reasons,
        mode=search.mode.value,
        rate=listened.shape.rate,
        channels=listened.shape.channels,
        frames=listened.frames,
        codec=listened.shape.codec,
        source_sha256=digest(source.file),
        output_sha256=written.sha256,
        segments=written.segments,
        hidden=hidden,
        transcript=_said(listened, heard, hidden),
        detector=keypad.VERSION,
        recogniser=search.engine.name if search.engine else NO_RECOGNISER,
        recogniser_sha256=search.engine.digest if search.engine else "",
        language=next((one.language for one in heard if one.words), None),
    )


def _reasons(listened: Listened, search: Search, written: int) -> tuple[str, ...]:
    """Why the recording may not be played yet: stable codes, none when every search was whole."""
    return tuple(
        reason
        for reason, holds in (
            ("cut_short", listened.cut_short),
            ("speech_not_searched", search.engine is None),
            ("length_differs", written != listened.frames),
        )
        if holds
    )


def _said(listened: Listened, utterances: Sequence[Utterances], hidden: Sequence[Hidden]) -> tuple[Said, ...]:
    rate = listened.shape.rate
    spans = [(h.channel, h.first / rate, h.end / rate, h.entity) for h in hidden]
    return tuple(
        Said(channel, int(start * rate), max(int(start * rate) + 1, int(end * rate)), text)
        for channel, start, end, text in transcript(utterances, spans)
    )
