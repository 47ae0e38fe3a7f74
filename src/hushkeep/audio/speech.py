"""From words heard to stretches to hide, over all channels of a call."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from hushkeep.audio.naming import Finder, Named, find_nothing, names_in
from hushkeep.audio.numbers import RULES, STRICT_RULES, Mode, Rules, Spoken, Token, code_prompts, halves, runs, tokens
from hushkeep.audio.recogniser import Heard, Word, looped
from hushkeep.audio.stretches import Stretch, answered, grown, settled, with_neighbours, without_silence
from hushkeep.audio.unclear import answers, not_understood, room_for_numbers, unclaimed, unexplained
from hushkeep.audio.voice import STEP_SECONDS, Voice

_TOUCH = 0.1  # seconds of a stretch heard again that a word may reach into and stay
_TURN_GAP = 1.0  # seconds of silence that part two stretches of transcript
UNCLEAR = "unclear_speech"
_SEARCHED = frozenset({"", "en", "zh", "yue"})
"""Languages whose numbers the rules know; empty where a recogniser names none."""
_MUCH_VOICE = 5.0  # seconds
_LOST_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Utterances:
    """What was heard in one channel: ``takes`` are the words of each hearing, in order of time.

    The first take is the whole channel; a later one is the first with doubtful stretches heard again on their own.
    """

    language: str | None
    takes: tuple[tuple[Word, ...], ...]

    @classmethod
    def of(cls, parts: Sequence[Heard]) -> "Utterances":
        """Join what was heard in the sections of one channel.

        What was heard in another language than the rules know, or said over and over, is not believed: it explains no
        voice.
        """
        words = sorted((word for part in parts for word in _believed(part)), key=lambda word: word.start)
        most = max(parts, key=lambda part: len(part.words), default=None)
        return cls(most.language if most else None, (tuple(words),))

    @property
    def words(self) -> tuple[Word, ...]:
        """The words of the last take: the best that is known."""
        return self.takes[-1]

    def settled(self, voice: Voice, rules: Rules) -> "Utterances":
        """Return these with numbers begun where their voice begins."""
        return Utterances(self.language, tuple(settled(take, voice, rules) for take in self.takes))

    def heard_again(self, stretches: Sequence[Stretch], parts: Sequence[Heard]) -> "Utterances":
        """Return these with one more take, in which ``parts`` stand for what was heard in ``stretches``."""
        kept = [w for w in self.words if not any(min(b, w.end) - max(a, w.start) > _TOUCH for a, b in stretches)]
        words = sorted([*kept, *(word for part in parts for word in _believed(part))], key=lambda word: word.start)
        return Utterances(self.language, (*self.takes, tuple(words)))


def _believed(part: Heard) -> Iterator[Word]:
    believed = part.language in _SEARCHED and not looped(part.words)
    return (word if believed else replace(word, probability=0.0) for word in part.words)


def doubtful(one: Utterances, voice: Voice, rules: Rules = RULES) -> list[Stretch]:
    """Return the voiced stretches of a channel, in seconds, that its words explain neither as talk nor as a number."""
    said = tokens(one.words)
    hidden = [grown(run, voice, rules) for run in runs(said, rules)]
    return unexplained(not_understood(voice, [said], hidden, rules), rules)


def find_spoken(
    utterances: Sequence[Utterances],
    voices: Sequence[Voice],
    mode: Mode,
    find: Finder = find_nothing,
    rules: Rules | None = None,
) -> list[tuple[int, float, float, str]]:
    """Return (channel, start, end, entity) in seconds for every stretch of speech that must not be heard.

    A code asked for in one channel is answered in any: prompts are looked for over all channels. ``find`` is text
    detection over the words of all channels; it names what the digit rules find and adds what has no digits.
    What could not be understood goes in strict mode; in balanced mode after a prompt for a code, and in a channel most
    of which was not understood (another language, music, a rate that lies): nobody can say that it holds no number.
    """
    rules = rules or (STRICT_RULES if mode is Mode.STRICT else RULES)
    utterances = [one.settled(voice, rules) for one, voice in zip(utterances, voices, strict=False)]
    said = [[tokens(take) for take in one.takes] for one in utterances]
    prompts = sorted({at for takes in said for take in takes for at in code_prompts(take)})
    named = names_in([one.words for one in utterances], find)
    found: list[tuple[int, float, float, str]] = []
    for channel, (takes, voice) in enumerate(zip(said, voices, strict=False)):
        here = [name for name in named if name.channel == channel]
        stretches = [
            part
            for number, take in enumerate(takes)
            for part in _numbers(take, prompts, here, voice, _for_take(rules, number))
        ]
        stretches.extend((grown(name, voice, rules), name.entity) for name in here)
        known = [stretch for stretch, _ in stretches]
        stretches.extend((stretch, UNCLEAR) for stretch in _unclear(takes, known, voice, rules, prompts, mode))
        found.extend(
            (channel, start, end, entity)
            for stretch, entity in stretches
            for start, end in without_silence(stretch, voice, rules)
        )
    return found


def _unclear(  # noqa: PLR0913, PLR0917 - where, what is known of it, by which rules
    takes: Sequence[Sequence[Token]],
    known: Sequence[Stretch],
    voice: Voice,
    rules: Rules,
    prompts: Sequence[float],
    mode: Mode,
) -> list[Stretch]:
    """What nobody understood and must not be heard."""
    rest = not_understood(voice, takes, known, rules, prompts)
    if _lost(takes, known, voice, rules):
        return unexplained(rest, rules)
    found = answers(rest, voice, rules, prompts)
    return [*found, *room_for_numbers(rest, voice, takes, known, rules, prompts)] if mode is Mode.STRICT else found


def _lost(takes: Sequence[Sequence[Token]], found: Sequence[Stretch], voice: Voice, rules: Rules) -> bool:
    """Whether most of a channel's voice was understood in no hearing, neither as words nor as numbers."""
    voiced = voice.active.sum() * STEP_SECONDS
    lost = not_understood(voice, takes, found, rules).active.sum() * STEP_SECONDS
    return bool(voiced >= _MUCH_VOICE and lost > _LOST_SHARE * voiced)


def _for_take(rules: Rules, number: int) -> Rules:
    return replace(rules, fewest_digits=rules.fewest_again) if number else rules


def _numbers(
    said: Sequence[Token], prompts: Sequence[float], named: Sequence[Named], voice: Voice, rules: Rules
) -> Iterator[tuple[Stretch, str]]:
    # Beside a number doubt weighs more: its last digits make plain words too.
    rest = unclaimed(voice, said, replace(rules, plain_company=max(rules.plain_company, rules.beside_company)))
    numbers = halves(runs(said, rules, fewest=1), said, rules)
    for run in (run for run in numbers if run.digits >= rules.fewest_digits):
        yield with_neighbours(grown(run, voice, rules), rest, voice, rules), _entity(run, named, "number")
    for run in runs(said, rules, fewest=1):
        if answer := answered(run, prompts, voice, rules):
            stretch = with_neighbours(grown(answer, voice, rules), rest, voice, rules)
            yield stretch, _entity(answer, named, "secret")


def _entity(run: Spoken, named: Sequence[Named], otherwise: str) -> str:
    """The name that text detection gives to most of ``run``."""
    shared = {name.entity: min(run.end, name.end) - max(run.start, name.start) for name in named}
    best = max(shared, key=lambda entity: shared[entity], default=otherwise)
    return best if shared.get(best, 0.0) > 0 else otherwise


def transcript(
    utterances: Sequence[Utterances], hidden: Sequence[tuple[int, float, float, str]]
) -> list[tuple[int, float, float, str]]:
    """Return (channel, start, end, text) in order of time; words touched by a hidden stretch become its entity.

    So does any run of digits that stayed audible: what is written is easier to search than what is heard.
    """
    lines: list[tuple[int, float, float, str]] = []
    for channel, said in enumerate(utterances):
        spans = [(start, end, entity) for where, start, end, entity in hidden if where == channel]
        spans += [(run.start, run.end, "number") for run in runs(tokens(said.words))]
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
