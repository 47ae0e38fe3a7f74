"""Voice that nobody understood: what plain words explain is no number, what nothing explains may be one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hushkeep.audio.numbers import Rules, Token
from hushkeep.audio.stretches import Stretch, with_silence
from hushkeep.audio.voice import Voice

_AROUND = 2.0  # seconds


def unclaimed(voice: Voice, said: Sequence[Token], rules: Rules, prompts: Sequence[float] = ()) -> Voice:
    """Return ``voice`` less what plain words explain.

    A plain word explains the voice of its own time, but no more than so many letters can take, and only in company
    that is believed too: a recogniser is sure of a "the" in the midst of its inventions. Where a code was asked for
    shortly before (``prompts``) it must be surer: a code of three digits makes three plain words.
    """
    return voice.without(
        _time_of(token, rules)
        for i, token in enumerate(said)
        if not token.sure and _believed(said, i, rules, asked=_asked(token, prompts, rules))
    )


def _asked(token: Token, prompts: Sequence[float], rules: Rules) -> bool:
    return any(0.0 <= token.word.start - prompt <= rules.code_follows for prompt in prompts)


def _believed(said: Sequence[Token], i: int, rules: Rules, *, asked: bool) -> bool:
    if said[i].word.probability < (rules.asked_probability if asked else rules.plain_probability):
        return False
    company = [near.word.probability for near in said[max(0, i - 2) : i + 3]]
    return sum(company) / len(company) >= (rules.asked_company if asked else rules.plain_company)


def _time_of(token: Token, rules: Rules) -> Stretch:
    longest = rules.slowest_word + rules.slowest_letter * len(token.text.encode())
    start, end = token.word.start - 0.15, min(token.word.end, token.word.start + longest) + 0.15
    return max(0.0, start), max(0.0, end)


def not_understood(
    voice: Voice,
    takes: Iterable[Sequence[Token]],
    hidden: Sequence[Stretch],
    rules: Rules,
    prompts: Sequence[float] = (),
) -> Voice:
    """Return the voice outside of ``hidden`` that no plain word of any hearing explains."""
    rest = voice.without(hidden)
    for said in takes:
        rest = unclaimed(rest, said, rules, prompts)
    return rest


def unexplained(rest: Voice, rules: Rules) -> list[Stretch]:
    """Return the stretches of ``rest``, voice that no plain word explains: what was said there is unknown."""
    found = rest.stretches(longest_hole=0.4, shortest=rules.unexplained)
    return [(a, b) for a, b in found if _voiced(rest, a, b) >= rules.unexplained]


def _voiced(rest: Voice, start: float, end: float) -> float:
    """Seconds of voice in [start, end)."""
    start, end = max(0.0, start), min(rest.seconds, end)
    return rest.share(start, end) * (end - start)


def answers(rest: Voice, voice: Voice, rules: Rules, prompts: Sequence[float]) -> list[Stretch]:
    """Return what of ``rest``, the unexplained of ``voice``, may answer a prompt for a code, with silence beside it.

    A code of three digits is easily heard as three plain words, each of them unsure.
    """
    found = unexplained(rest, replace(rules, unexplained=rules.answer)) if prompts else []
    return [
        with_silence(stretch, voice, rules)
        for stretch in found
        if any(0.0 <= stretch[0] - prompt <= rules.code_follows for prompt in prompts)
    ]


def room_for_numbers(  # noqa: PLR0913, PLR0917 - where, what is known of it, by which rules
    rest: Voice,
    voice: Voice,
    takes: Sequence[Sequence[Token]],
    hidden: Sequence[Stretch],
    rules: Rules,
    prompts: Sequence[float],
) -> list[Stretch]:
    """Return what of ``rest``, the unexplained of ``voice``, may hold a number: all but shreds amid clear talk.

    Three digits take a second. A shred shorter than that, with no other near it, no digit, number or prompt for a code
    near it, is a word that was heard badly; and a digit or two in sure talk, with nothing longer unexplained near them,
    are a small number. Beside a number the silence goes too: the soft end of one of its digits may be in it.
    """
    small = _small_numbers(rest, takes, hidden, rules, prompts)
    rest = rest.without(small)
    digits = [(token.word.start, token.word.end) for said in takes for token in said if token.sure]
    places = [*hidden, *((at, at + rules.code_follows) for at in prompts)]
    places += [one for one in digits if not _near(one, small, 0.0)]
    found = [
        (a, b)
        for a, b in unexplained(rest, rules)
        if _voiced(rest, a - rules.crowded, b + rules.crowded) >= rules.shortest_number
        or _near((a, b), places, rules.number_near)
    ]
    return [with_silence(one, voice, rules) if _near(one, hidden, rules.silence_taken) else one for one in found]


def _near(stretch: Stretch, places: Sequence[Stretch], reach: float) -> bool:
    """Whether ``stretch`` lies within ``reach`` seconds of one of ``places``."""
    return any(stretch[0] - reach < end and start < stretch[1] + reach for start, end in places)


def _small_numbers(
    rest: Voice, takes: Sequence[Sequence[Token]], hidden: Sequence[Stretch], rules: Rules, prompts: Sequence[float]
) -> list[Stretch]:
    """Return the times of small numbers: digits in sure talk, far from any number, prompt for a code and long doubt."""
    small = [
        _time_of(token, rules)
        for said in takes
        for i, token in enumerate(said)
        if _in_sure_talk(said, i, rules)
        and not _asked(token, prompts, rules)
        and not _near((token.word.start, token.word.end), hidden, rules.number_near)
    ]
    doubts = [(a, b) for a, b in unexplained(rest.without(small), rules) if b - a >= rules.shortest_number]
    return [one for one in small if not _near(one, doubts, rules.crowded)]


def _in_sure_talk(said: Sequence[Token], i: int, rules: Rules) -> bool:
    """Whether this is a digit heard well, two at most together, in the midst of plain words that were heard well."""
    token = said[i]
    if not token.sure or token.word.probability < rules.small_probability:
        return False
    around = [near for near in said[max(0, i - 3) : i + 4] if abs(near.word.start - token.word.start) < _AROUND]
    plain = [near.word.probability for near in around if not near.maybe]
    led, followed = (
        any(not near.maybe for near in beside) for beside in (said[max(0, i - 2) : i], said[i + 1 : i + 3])
    )
    few = sum(near.maybe for near in around) < rules.fewest_digits
    return led and followed and few and bool(plain) and sum(plain) / len(plain) >= rules.small_company
