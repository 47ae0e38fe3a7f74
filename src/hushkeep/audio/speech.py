"""From words heard to stretches to hide, over all channels of a call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hushkeep.audio.numbers import RULES, Mode, Rules, Token, code_prompts, runs, tokens
from hushkeep.audio.recogniser import Heard, Word
from hushkeep.audio.stretches import Stretch, grown, touching, unexplained, without_silence
from hushkeep.audio.voice import Voice

_TURN_GAP = 1.0  # seconds of silence that part two stretches of transcript


@dataclass(frozen=True, slots=True)
class Utterances:
    """The words of one channel in order of time, and the language most of them were heard in."""

    language: str | None
    words: tuple[Word, ...]

    @classmethod
    def of(cls, parts: Sequence[Heard]) -> "Utterances":
        """Join what was heard in the sections of one channel."""
        words = sorted((word for part in parts for word in part.words), key=lambda word: word.start)
        most = max(parts, key=lambda part: len(part.words), default=None)
        return cls(most.language if most else None, tuple(words))


def find_spoken(
    utterances: Sequence[Utterances], voices: Sequence[Voice], mode: Mode, rules: Rules = RULES
) -> list[tuple[int, float, float, str]]:
    """Return (channel, start, end, entity) in seconds for every stretch of speech that must not be heard.

    A code asked for in one channel is answered in any: prompts are looked for over all channels.
    """
    said = [tokens(one.words) for one in utterances]
    prompts = sorted(at for one in said for at in code_prompts(one))
    found: list[tuple[int, float, float, str]] = []
    for channel, (words, voice) in enumerate(zip(said, voices, strict=False)):
        stretches = [(grown(run.start, run.end, voice, rules), "number") for run in runs(words, rules)]
        for run in runs(words, rules, fewest=1):
            if touching(run, prompts, rules):
                stretches.append((grown(run.start, run.end, voice, rules), "secret"))
        if mode is Mode.STRICT:
            stretches.extend(_unclear(words, voice, [stretch for stretch, _ in stretches], rules))
        found.extend(
            (channel, start, end, entity)
            for stretch, entity in stretches
            for start, end in without_silence(stretch, voice, rules)
        )
    return found


def _unclear(
    words: Sequence[Token], voice: Voice, hidden: Sequence[Stretch], rules: Rules
) -> list[tuple[Stretch, str]]:
    return [(stretch, "unclear_speech") for stretch in unexplained(voice, words, hidden, rules)]


def transcript(
    utterances: Sequence[Utterances], hidden: Sequence[tuple[int, float, float, str]]
) -> list[tuple[int, float, float, str]]:
    """Return (channel, start, end, text) in order of time; words touched by a hidden stretch become its entity."""
    lines: list[tuple[int, float, float, str]] = []
    for channel, said in enumerate(utterances):
        spans = [(start, end, entity) for where, start, end, entity in hidden if where == channel]
        lines.extend((channel, start, end, text) for start, end, text in _lines(said.words, spans))
    return sorted(lines, key=lambda line: (line[1], line[0]))


def _lines(words: Iterable[Word], spans: Sequence[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    lines: list[tuple[float, float, str]] = []
    last_mark = None
    for word in words:
        mark = next((span for span in spans if word.start < span[1] and span[0] < word.end), None)
        if mark is not None and mark == last_mark:
            lines[-1] = (lines[-1][0], max(lines[-1][1], word.end), lines[-1][2])
            continue
        text = f" [{mark[2]}]" if mark else word.text
        last_mark = mark
        if lines and word.start - lines[-1][1] <= _TURN_GAP:
            lines[-1] = (lines[-1][0], max(lines[-1][1], word.end), lines[-1][2] + text)
        else:
            lines.append((word.start, word.end, text))
    return [(start, end, text.strip()) for start, end, text in lines]
