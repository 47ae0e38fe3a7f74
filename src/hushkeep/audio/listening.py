"""Listening to a recording: keys and voice in a first pass, words in a second.

Both passes read the file in blocks; nothing grows with its length but a few bytes for each 10 ms and the words.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from hushkeep.audio import keypad, resampling, sections, voice
from hushkeep.audio import recogniser as recognisers
from hushkeep.audio.decoding import Samples, Shape, opened
from hushkeep.audio.hiding import Hidden, hide
from hushkeep.audio.recogniser import Recogniser, looped
from hushkeep.audio.speech import Utterances, doubtful
from hushkeep.kernel import errors

Progress = Callable[[str, float], None]
"""Told the stage (``listen``, ``recognise``, ``write``) and the seconds of the recording that it has passed."""

_KEY_RINGS = 0.03  # seconds around a key that are no voice
_ASK_LANGUAGE = 4  # sections: hearing the language costs a quarter of hearing the words, and calls change it seldom


@dataclass(frozen=True, slots=True)
class Recording:
    """A file of sound, seekable; its name's ``suffix`` ("wav", "ulaw") tells headerless formats and the copy's."""

    file: BinaryIO
    suffix: str


def silent(_stage: str, _seconds: float) -> None:
    """Tell nobody of the progress."""


@dataclass(frozen=True, slots=True)
class Listened:
    """What the first pass found, for each channel: keys and voice; ``frames`` in the file's own rate."""

    shape: Shape
    frames: int
    keys: tuple[list[keypad.Key], ...]
    voices: tuple[voice.Voice, ...]
    cut_short: bool


def span(listened: Listened, channel: int, stretch: tuple[float, float], entity: str) -> Hidden:
    """Return ``stretch``, in seconds of ``channel``, as samples of the recording: none shorter than it, none empty."""
    rate, frames = listened.shape.rate, listened.frames
    first = min(max(0, int(stretch[0] * rate)), frames - 1)
    return Hidden(channel, first, min(max(first + 1, int(np.ceil(stretch[1] * rate))), frames), entity)


def listen(source: Recording, progress: Progress = silent) -> Listened:
    """Return keys and voice of every channel of ``source``; raises InvalidInput for what is no recording."""
    with opened(source.file, source.suffix) as reader:
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
    keys = tuple(keypad.echoed(own, [key for other in heard if other is not own for key in other]) for own in heard)
    voices = tuple(
        voice.voice_of(meter.loudness()).without([_sounding(key) for key in _entered(own)])
        for meter, own in zip(meters, keys, strict=True)
    )
    return Listened(shape, frames, keys, voices, cut_short)


def seconds(source: Recording) -> float:
    """Return how many seconds of ``source`` can be decoded from its start; raises InvalidInput for no recording."""
    with opened(source.file, source.suffix) as reader:
        return sum(len(block) for block in reader.blocks()) / reader.shape.rate


def _sounding(key: keypad.Key) -> tuple[float, float]:
    return key.start / keypad.RATE - _KEY_RINGS, key.end / keypad.RATE + _KEY_RINGS


def _entered(keys: Sequence[keypad.Key]) -> list[keypad.Key]:
    return [key for run in keypad.entries(keys, fewest=1) for key in run]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be heard of one channel, and its language where that is known."""

    sections: Sequence[sections.Section]
    language: str | None


def recognise(
    source: Recording, listened: Listened, engine: Recogniser, progress: Progress = silent
) -> list[Utterances]:
    """Return the words of each channel, in times of the channel; raises Unavailable when ``engine`` does.

    What the first hearing leaves unexplained is heard again on its own: a recogniser that loses its thread in a long
    section often finds it in a short one.
    """
    plans = [_Plan(sections.plan(v), None) for v in listened.voices]
    first = [Utterances.of(heard) for heard in _heard(source, listened, plans, engine, progress)]
    unclear = [doubtful(one, v) for one, v in zip(first, listened.voices, strict=True)]
    if not any(unclear):
        return first
    plans = [
        _Plan(sections.alone(where, v), one.language)
        for where, v, one in zip(unclear, listened.voices, first, strict=True)
    ]
    second = [
        [heard for heard in parts if not looped(heard.words)]
        for parts in _heard(source, listened, plans, engine, progress)
    ]
    return [one.heard_again(where, parts) for one, where, parts in zip(first, unclear, second, strict=True)]


def _heard(
    source: Recording,
    listened: Listened,
    plans: Sequence[_Plan],
    engine: Recogniser,
    progress: Progress,
) -> list[list[recognisers.Heard]]:
    """What is heard in the planned sections of each channel."""
    heard: list[list[recognisers.Heard]] = [[] for _ in plans]
    for channel, section, sound in _sections(source, listened, plans):
        language = plans[channel].language or _language(heard[channel])
        heard[channel].append(_placed(engine.hear(sound, language), section))
        progress("recognise", section.pieces[-1][1])
    return heard


def _language(before: Sequence[recognisers.Heard]) -> str | None:
    """The language to take for granted: the last section's; None, so that it is heard anew, every few sections."""
    return None if len(before) % _ASK_LANGUAGE == 0 or not before[-1].words else before[-1].language


def _placed(heard: recognisers.Heard, section: sections.Section) -> recognisers.Heard:
    words = tuple(
        recognisers.Word(section.in_channel(w.start), section.in_channel(w.end), w.text, w.probability)
        for w in heard.words
    )
    return recognisers.Heard(heard.language, words)


def _sections(
    source: Recording, listened: Listened, plans: Sequence[_Plan]
) -> Iterator[tuple[int, sections.Section, Samples]]:
    """The sound of the planned sections as it passes, with keys silent: a recogniser makes words of tones."""
    collectors = [sections.Collector(plan.sections, recognisers.RATE) for plan in plans]
    keys = [
        span(listened, channel, (key.start / keypad.RATE, key.end / keypad.RATE), "keypad")
        for channel, heard in enumerate(listened.keys)
        for key in _entered(heard)
    ]
    at = 0
    with opened(source.file, source.suffix) as reader:
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
