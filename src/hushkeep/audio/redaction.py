"""The way of a recording: listen, find, hide.

Three passes over the file, each in blocks: one for keys and loudness, one that hands voiced sections to the
recogniser, one that writes the copy. Nothing grows with the length but a few bytes for each 10 ms.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from hushkeep.audio import keypad, recogniser as recognisers, resampling, sections, voice
from hushkeep.audio.decoding import Reader, Samples, Shape, opened
from hushkeep.audio.hiding import Hidden, hide, merged
from hushkeep.audio.manifest import Manifest, Said
from hushkeep.audio.naming import Finder, Found
from hushkeep.audio.numbers import Mode
from hushkeep.audio.recogniser import Recogniser, looped
from hushkeep.audio.speech import Utterances, doubtful, find_spoken, transcript
from hushkeep.audio.writing import checked_suffix, sink, write
from hushkeep.kernel import Turn, errors

Progress = Callable[[str, float], None]
"""Told the stage (``listen``, ``recognise``, ``write``) and the seconds of the recording that it has passed."""

RANK = (
    "cvv", "secret", "bank_card", "id_card", "ssn", "passport", "phone", "card_expiry", "dob", "email", "uscc",
    "wechat", "qq", "number", "keypad", "unclear_speech",
)  # fmt: skip
"""Entities, the gravest first: a span that hides several is named for the first."""

_KEY_MARGIN = 0.05  # seconds around a run of keys
_NO_RECOGNISER = "none"


@dataclass(frozen=True, slots=True)
class Listened:
    """What the first pass found, for each channel: keys and voice; ``frames`` in the file's own rate."""

    shape: Shape
    frames: int
    keys: tuple[list[keypad.Key], ...]
    voices: tuple[voice.Voice, ...]
    cut_short: bool


def _nothing(_turns: Sequence[Turn]) -> tuple[Found, ...]:
    return ()


def _silent(_stage: str, _seconds: float) -> None:
    return


def listen(source: BinaryIO, suffix: str, progress: Progress = _silent) -> Listened:
    """Return keys and voice of every channel of ``source``; raises InvalidInput for what is no recording."""
    with opened(source, suffix) as reader:
        shape = reader.shape
        turned = [resampling.Resampler(shape.rate, keypad.RATE) for _ in range(shape.channels)]
        ears = [keypad.KeypadEar() for _ in turned]
        meters = [voice.LoudnessMeter() for _ in turned]
        frames = 0
        for block in reader.blocks():
            frames += len(block)
            for column, (resampler, ear, meter) in enumerate(zip(turned, ears, meters, strict=True)):
                sound = resampler.feed(np.ascontiguousarray(block[:, column]))
                ear.feed(sound)
                meter.feed(sound)
            progress("listen", frames / shape.rate)
        cut_short = reader.cut_short
    if not frames:
        raise errors.InvalidInput("the recording holds no sound")
    for resampler, ear, meter in zip(turned, ears, meters, strict=True):
        rest = resampler.rest()
        ear.feed(np.concatenate([rest, np.zeros(2 * keypad.FRAME, dtype=np.float32)]))
        meter.feed(rest)
    heard = [ear.keys() for ear in ears]
    keys = tuple(
        keypad.echoed(own, [key for other in heard if other is not own for key in other]) for own in heard
    )
    voices = tuple(
        voice.voice_of(meter.loudness()).without([(k.start / keypad.RATE, k.end / keypad.RATE) for k in _entered(own)])
        for meter, own in zip(meters, keys, strict=True)
    )
    return Listened(shape, frames, keys, voices, cut_short)


def _entered(keys: Sequence[keypad.Key]) -> list[keypad.Key]:
    return [key for run in keypad.entries(keys, fewest=1) for key in run]


def recognise(
    source: BinaryIO, suffix: str, listened: Listened, engine: Recogniser, progress: Progress = _silent
) -> list[Utterances]:
    """Return the words of each channel, in times of the channel; raises Unavailable when ``engine`` does.

    What the first hearing leaves unexplained is heard again on its own: a recogniser that loses its thread in a long
    section often finds it in a short one.
    """
    plans = [sections.plan(v) for v in listened.voices]
    first = [Utterances.of(heard) for heard in _heard(source, suffix, listened, plans, engine, progress)]
    unclear = [doubtful(one, v) for one, v in zip(first, listened.voices, strict=True)]
    if not any(unclear):
        return first
    plans = [sections.alone(stretches, v) for stretches, v in zip(unclear, listened.voices, strict=True)]
    second = [
        [heard for heard in parts if not looped(heard.words)]
        for parts in _heard(source, suffix, listened, plans, engine, progress)
    ]
    return [one.heard_again(where, parts) for one, where, parts in zip(first, unclear, second, strict=True)]


def _heard(  # noqa: PLR0913 - the state of one pass
    source: BinaryIO,
    suffix: str,
    listened: Listened,
    plans: Sequence[Sequence[sections.Section]],
    engine: Recogniser,
    progress: Progress,
) -> list[list[recognisers.Heard]]:
    heard: list[list[recognisers.Heard]] = [[] for _ in plans]
    for channel, section, sound in _sections(source, suffix, listened, plans):
        heard[channel].append(_placed(engine.hear(sound, None), section))
        progress("recognise", section.pieces[-1][1])
    return heard


def _placed(heard: recognisers.Heard, section: sections.Section) -> recognisers.Heard:
    words = tuple(
        recognisers.Word(section.in_channel(w.start), section.in_channel(w.end), w.text, w.probability)
        for w in heard.words
    )
    return recognisers.Heard(heard.language, words)


def _sections(
    source: BinaryIO, suffix: str, listened: Listened, plans: Sequence[Sequence[sections.Section]]
) -> Iterator[tuple[int, sections.Section, Samples]]:
    """The sound of the planned sections as it passes, with keys silent: a recogniser makes words of tones."""
    collectors = [sections.Collector(plan, recognisers.RATE) for plan in plans]
    keys = [
        _span(listened, channel, key.start / keypad.RATE, key.end / keypad.RATE, "keypad")
        for channel, heard in enumerate(listened.keys)
        for key in _entered(heard)
    ]
    at = 0
    with opened(source, suffix) as reader:
        turned = [resampling.Resampler(reader.shape.rate, recognisers.RATE) for _ in collectors]
        for block in reader.blocks():
            quiet = hide(block, at, keys, reader.shape.rate) if keys else block
            at += len(block)
            for channel, collector in enumerate(collectors):
                for section, sound in collector.feed(turned[channel].feed(np.ascontiguousarray(quiet[:, channel]))):
                    yield channel, section, sound
        for channel, collector in enumerate(collectors):
            ended = [*collector.feed(turned[channel].rest()), *collector.rest()]
            for section, sound in ended:
                yield channel, section, sound


def key_spans(listened: Listened, mode: Mode) -> list[Hidden]:
    """Return what to hide of the keys: runs of three and more; in strict mode every certain key."""
    fewest = 1 if mode is Mode.STRICT else 3
    return [
        _span(listened, channel, run[0].start / keypad.RATE - _KEY_MARGIN, run[-1].end / keypad.RATE + _KEY_MARGIN, "keypad")
        for channel, keys in enumerate(listened.keys)
        for run in keypad.entries(keys, fewest=fewest)
    ]


def _span(listened: Listened, channel: int, start: float, end: float, entity: str) -> Hidden:
    first = min(max(0, int(start * listened.shape.rate)), listened.frames - 1)
    return Hidden(channel, first, min(max(first + 1, int(np.ceil(end * listened.shape.rate))), listened.frames), entity)


def redact(
    source: BinaryIO,
    target: BinaryIO,
    *,
    suffix: str,
    target_suffix: str,
    mode: Mode,
    engine: Recogniser | None,
    find: Finder = _nothing,
    progress: Progress = _silent,
) -> Manifest:
    """Write the redacted copy of ``source`` to ``target`` and return the manifest, unsigned.

    Same length, same channels, same rate. ``find`` is text detection for the words (``hushkeep.detect.find``). ``engine`` None searches keys only and leaves the recording quarantined.
    Raises InvalidInput for what is no recording, Unavailable when the recogniser fails: then nothing is written.
    """
    listened = listen(source, suffix, progress)
    target_suffix = checked_suffix(target_suffix, listened.shape)
    utterances = recognise(source, suffix, listened, engine, progress) if engine else []
    spans = key_spans(listened, mode)
    for channel, start, end, entity in find_spoken(utterances, listened.voices, mode, find):
        spans.append(_span(listened, channel, start, end, entity))
    hidden = merged(spans, rank=RANK, gap=round(0.2 * listened.shape.rate))
    written = _write(source, suffix, target, target_suffix, listened, hidden, progress)
    reasons = [
        *(["cut_short"] if listened.cut_short else []),
        *(["speech_not_searched"] if engine is None else []),
        *(["length_differs"] if written != listened.frames else []),
    ]
    return Manifest(
        state="quarantined" if reasons else "redacted",
        reasons=tuple(reasons),
        mode=mode.value,
        rate=listened.shape.rate,
        channels=listened.shape.channels,
        frames=listened.frames,
        codec=listened.shape.codec,
        source_sha256=_digest(source),
        output_sha256=_digest(target),
        hidden=hidden,
        transcript=_said(listened, utterances, hidden),
        detector=keypad.VERSION,
        recogniser=engine.name if engine else _NO_RECOGNISER,
        recogniser_sha256=engine.digest if engine else "",
        language=next((u.language for u in utterances if u.words), None),
    )


def _said(listened: Listened, utterances: Sequence[Utterances], hidden: Sequence[Hidden]) -> tuple[Said, ...]:
    rate = listened.shape.rate
    spans = [(h.channel, h.first / rate, h.end / rate, h.entity) for h in hidden]
    return tuple(
        Said(channel, int(start * rate), max(int(start * rate) + 1, int(end * rate)), text)
        for channel, start, end, text in transcript(utterances, spans)
    )


def _write(  # noqa: PLR0913 - one call site
    source: BinaryIO,
    suffix: str,
    target: BinaryIO,
    target_suffix: str,
    listened: Listened,
    hidden: Sequence[Hidden],
    progress: Progress,
) -> int:
    at = 0
    with opened(source, suffix) as reader, sink(target, target_suffix, reader.shape) as sound:
        for block in reader.blocks():
            write(sound, hide(block, at, hidden, reader.shape.rate))
            at += len(block)
            progress("write", at / reader.shape.rate)
    return at


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()
