"""Voice that nobody understood: what plain words explain is no number, what nothing explains may be one."""

from collections.abc import Iterable, Sequence

from hushkeep.audio.numbers import Rules, Token
from hushkeep.audio.stretches import Stretch
from hushkeep.audio.voice import Voice


def unclaimed(voice: Voice, said: Sequence[Token], rules: Rules, prompts: Sequence[float] = ()) -> Voice:
    """Return ``voice`` less what plain words explain.

    A plain word explains the voice of its own time, but no more than so many letters can take, and only in company
    that is believed too: a recogniser is sure of a "the" in the midst of its inventions. Where a code was asked for
    shortly before (``prompts``) it must be surer: a code of three digits makes three plain words.
    """
    explained = []
    for i, token in enumerate(said):
        asked = any(0.0 <= token.word.start - prompt <= rules.code_follows for prompt in prompts)
        if token.sure or token.word.probability < (rules.asked_probability if asked else rules.plain_probability):
            continue
        company = [near.word.probability for near in said[max(0, i - 2) : i + 3]]
        if sum(company) / len(company) < (rules.asked_company if asked else rules.plain_company):
            continue
        longest = rules.slowest_word + rules.slowest_letter * len(token.text.encode())
        start, end = token.word.start - 0.15, min(token.word.end, token.word.start + longest) + 0.15
        explained.append((max(0.0, start), max(0.0, end)))
    return voice.without(explained)


def unexplained(
    voice: Voice,
    takes: Iterable[Sequence[Token]],
    hidden: Sequence[Stretch],
    rules: Rules,
    prompts: Sequence[float] = (),
) -> list[Stretch]:
    """Return voiced stretches that no plain word explains: what was said there is unknown, so it is hidden."""
    rest = voice.without(hidden)
    for said in takes:
        rest = unclaimed(rest, said, rules, prompts)
    found = rest.stretches(longest_hole=0.4, shortest=rules.unexplained)
    return [(a, b) for a, b in found if rest.share(a, b) * (b - a) >= rules.unexplained]
