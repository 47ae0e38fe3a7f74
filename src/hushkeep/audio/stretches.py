"""Stretches of sound that are hidden: words' times corrected by where the voice really is."""

from collections.abc import Sequence
from dataclasses import replace

from hushkeep.audio.naming import Named
from hushkeep.audio.numbers import Rules, Spoken, tokens
from hushkeep.audio.recogniser import Word
from hushkeep.audio.voice import STEP_SECONDS, Voice

_PER_SECOND = round(1 / STEP_SECONDS)

Stretch = tuple[float, float]
"""``[start, end)`` in seconds of a channel."""


def settled(words: Sequence[Word], voice: Voice, rules: Rules) -> tuple[Word, ...]:
    """Return ``words`` with the first digit of a number begun where its own voice begins.

    Recognisers begin a word where the one before ends: the pause between a phrase and its number, and the phrase's last
    sound, fall to the first digit. A single digit has no pause in it, so what sounds before one is no part of it.
    """
    said = tokens(words)
    made = []
    for i, token in enumerate(said):
        word = token.word
        if token.maybe == 1 and not any(before.maybe for before in said[max(0, i - 3) : i]):
            found = _voiced(voice, word.start, word.end, rules.digit_pause)
            if len(found) > 1 and min(found[-1][1], word.end) - found[-1][0] >= rules.shortest_neighbour:
                word = replace(word, start=found[-1][0])
        made.append(word)
    return tuple(made)


def grown(run: Spoken | Named, voice: Voice, rules: Rules) -> Stretch:
    """Return the seconds of ``run`` grown to the pauses around it, with some of their silence.

    A recogniser's times are wrong by some tenths of a second: a stretch that begins or ends within voice is carried
    on to the next pause (at most ``reach``); one that begins or ends in silence is cut back to the voice. Silence
    beside it is taken too, up to ``silence_taken`` or the next voice: nothing is lost with it.
    """
    first, last = run.first, run.last
    low = _start(voice, first[0] - rules.padding, max(first[1], first[0]), rules)
    high = _end(voice, min(last[0], last[1]), last[1] + rules.padding, rules)
    low, high = _outward(voice, min(low, high), -1, rules), _outward(voice, max(low, high), 1, rules)
    return with_silence((low, high), voice, rules)


def _start(voice: Voice, start: float, end: float, rules: Rules) -> float:
    """Where the voice of the first word in [start, end) begins.

    A shred of voice that came in from before ``start`` is the neighbour's, when most of the word's voice comes later.
    """
    found = _voiced(voice, start, end, rules.pause)
    if not found:
        return max(0.0, start)
    inside = [min(high, end) - max(low, start) for low, high in found]
    if len(found) > 1 and found[0][0] < start and inside[0] < rules.shred * sum(inside):
        return float(found[1][0])
    return float(max(found[0][0], start))


def _end(voice: Voice, start: float, end: float, rules: Rules) -> float:
    """Where the voice of the last word in [start, end) ends: recognisers begin words early but end them in time."""
    found = _voiced(voice, start, end, rules.pause)
    return float(min(found[-1][1], end)) if found else min(voice.seconds, end)


def _voiced(voice: Voice, start: float, end: float, pause: float) -> list[Stretch]:
    """The voiced stretches, parted by pauses, that touch [start, end); those at its ends reach out of it."""
    around = Voice(voice.active[: max(0, round((end + 1.0) * _PER_SECOND))])
    before = max(0.0, start - 1.0)
    near = Voice(around.active[round(before * _PER_SECOND) :]).stretches(longest_hole=pause, shortest=0.0)
    return [(a + before, b + before) for a, b in near if a + before < end and start < b + before]


def _outward(voice: Voice, at: float, way: int, rules: Rules) -> float:
    """The nearest time from ``at`` in direction ``way`` at which a pause begins; ``reach`` away when there is none."""
    silent, here = 0, round(at * _PER_SECOND) - (way < 0)
    for step in range(here, here + way * round(rules.reach * _PER_SECOND), way):
        if not 0 <= step < len(voice.active):
            return 0.0 if way < 0 else voice.seconds
        silent = 0 if voice.active[step] else silent + 1
        if silent >= rules.pause * _PER_SECOND:
            return (step + silent if way < 0 else step - silent + 1) / _PER_SECOND
    return min(max(0.0, at + way * rules.reach), voice.seconds)


def with_silence(stretch: Stretch, voice: Voice, rules: Rules) -> Stretch:
    """Return ``stretch`` with the silence beside it, up to ``silence_taken`` or the next voice."""
    return _silence(voice, stretch[0], -1, rules), _silence(voice, stretch[1], 1, rules)


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


def with_neighbours(stretch: Stretch, rest: Voice, voice: Voice, rules: Rules) -> Stretch:
    """Return ``stretch`` with the unclaimed islands of voice ``rest`` right beside it, up to ``neighbours`` seconds.

    Recognisers lose digits at the ends of a number: what sounds next to one and is no word is taken for its digit.
    """
    start, end = stretch
    islands = rest.stretches(longest_hole=0.1, shortest=rules.shortest_neighbour)
    for low, high in islands:
        if end < high <= stretch[1] + rules.neighbours and low <= end + 0.1:
            end = _silence(voice, high, 1, rules)
    for low, high in reversed(islands):
        if stretch[0] - rules.neighbours <= low < start and high >= start - 0.1:
            start = _silence(voice, low, -1, rules)
    return start, end


def answered(run: Spoken, prompts: Sequence[float], voice: Voice, rules: Rules) -> Spoken | None:
    """Return ``run``, however short, with the rest of its utterance when it answers one of ``prompts`` for a code.

    A code is short and heard badly, so what is said with it goes with it.
    """
    asked = [prompt for prompt in prompts if -0.3 <= run.start - prompt <= rules.code_follows]
    if not asked:
        return None
    for low, high in voice.stretches(longest_hole=rules.code_hole, shortest=0.0):
        if low < run.end and run.start < high:
            start = min(run.start, low) if low >= asked[-1] - 0.1 else run.start
            end = max(run.end, min(high, run.start + rules.code_length))
            return replace(run, start=start, end=end, first=(start, run.first[1]), last=(run.last[0], end))
    return run
