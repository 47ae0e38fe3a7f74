"""Stretches of sound that are hidden: words' times corrected by where the voice really is."""

from collections.abc import Sequence

import numpy as np

from hushkeep.audio.numbers import Rules, Spoken, Token
from hushkeep.audio.voice import STEP_SECONDS, Voice

_PER_SECOND = round(1 / STEP_SECONDS)

Stretch = tuple[float, float]
"""``[start, end)`` in seconds of a channel."""


def grown(start: float, end: float, voice: Voice, rules: Rules) -> Stretch:
    """Return [start, end) grown to the pauses around it, with some of their silence.

    A recogniser's times are wrong by some tenths of a second: a stretch that begins or ends within voice is carried
    on to the next pause (at most ``reach``); one that begins or ends in silence is cut back to the voice. Silence
    beside it is taken too, up to ``silence_taken`` or the next voice: nothing is lost with it.
    """
    low, high = _into_voice(voice, start - rules.padding, end + rules.padding)
    low, high = _outward(voice, low, -1, rules), _outward(voice, high, 1, rules)
    return _silence(voice, low, -1, rules), _silence(voice, high, 1, rules)


def _into_voice(voice: Voice, start: float, end: float) -> Stretch:
    first, last = max(0, round(start * _PER_SECOND)), min(len(voice.active), round(end * _PER_SECOND))
    voiced = np.flatnonzero(voice.active[first:last])
    if not len(voiced):
        return max(0.0, start), min(voice.seconds, max(end, start))
    return (first + int(voiced[0])) / _PER_SECOND, (first + int(voiced[-1]) + 1) / _PER_SECOND


def _outward(voice: Voice, at: float, way: int, rules: Rules) -> float:
    """The nearest time from ``at`` in direction ``way`` at which a pause begins; ``reach`` away when there is none."""
    silent, here = 0, round(at * _PER_SECOND) - (way < 0)
    for step in range(here, here + way * round(rules.reach * _PER_SECOND), way):
        if not 0 <= step < len(voice.active):
            return 0.0 if way < 0 else voice.seconds
        silent = 0 if voice.active[step] else silent + 1
        if silent >= rules.pause * _PER_SECOND:
            return (step - way * silent + (way < 0)) / _PER_SECOND + (0 if way < 0 else STEP_SECONDS)
    return min(max(0.0, at + way * rules.reach), voice.seconds)


def _silence(voice: Voice, at: float, way: int, rules: Rules) -> float:
    here = round(at * _PER_SECOND) - (way < 0)
    for step in range(here, here + way * round(rules.silence_taken * _PER_SECOND), way):
        if not 0 <= step < len(voice.active) or voice.active[step]:
            return max(0, step + (way < 0)) / _PER_SECOND
    return max(0.0, at + way * rules.silence_taken)


def without_silence(stretch: Stretch, voice: Voice, rules: Rules) -> list[Stretch]:
    """Return ``stretch`` less its long silences (over ``silence_kept``): a number asked for twice is two numbers."""
    start, end = stretch
    parts: list[Stretch] = []
    for low, high in voice.stretches(longest_hole=rules.silence_kept, shortest=0.0):
        a = max(start, low - rules.silence_taken)
        b = min(end, high + rules.silence_taken)
        if a < b and low < end and start < high:
            parts.append((a, b))
    return parts or [stretch]


def unexplained(voice: Voice, said: Sequence[Token], hidden: Sequence[Stretch], rules: Rules) -> list[Stretch]:
    """Return voiced stretches that no plain word explains: what was said there is unknown, so it is hidden.

    A plain word explains the voice of its own time, but no more than so many letters can take.
    """
    open_ = voice.active.copy()
    for start, end in hidden:
        open_[max(0, int(start * _PER_SECOND)) : int(np.ceil(end * _PER_SECOND))] = False
    for token in said:
        if token.sure or token.word.probability < rules.plain_probability:
            continue
        longest = rules.slowest_word + rules.slowest_letter * len(token.text.encode())
        start, end = token.word.start - 0.15, min(token.word.end, token.word.start + longest) + 0.15
        open_[max(0, int(start * _PER_SECOND)) : max(0, int(np.ceil(end * _PER_SECOND)))] = False
    found = Voice(open_).stretches(longest_hole=0.4, shortest=rules.unexplained)
    return [(a, b) for a, b in found if Voice(open_).share(a, b) * (b - a) >= rules.unexplained]


def answer_after(prompt: float, voice: Voice, rules: Rules) -> Stretch | None:
    """Return the next utterance that begins within ``code_follows`` seconds after ``prompt``, at most ``code_length`` long."""
    for low, high in voice.stretches(longest_hole=0.6, shortest=0.15):
        if prompt + rules.code_follows < low:
            return None
        if low >= prompt - 0.05:
            return low, min(high, low + rules.code_length)
    return None


def touching(spoken: Spoken, prompts: Sequence[float], rules: Rules) -> bool:
    """Whether ``spoken`` begins in the time in which the answer to one of ``prompts`` is due."""
    return any(-0.3 <= spoken.start - prompt <= rules.code_follows for prompt in prompts)
