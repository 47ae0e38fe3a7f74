"""The door for recognisers: sound in, words with times and probabilities out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hushkeep.audio.decoding import Samples

RATE = 16_000
"""Hertz of the sound handed to a recogniser."""

PROMPT_DIGITS = "41720593"
_PROMPTS = {
    "en": "My number is {first}, {second}.",
    "zh": "以下是普通话的句子。号码是 {first} {second}。",
}
"""What a Whisper model is told to have heard before: digits one by one, so that it writes digits one by one.

Without it, numbers come out merged ("1,001"), dropped or as nonsense words.
"""
_OTHER_PROMPT = "{first}, {second}."


@dataclass(frozen=True, slots=True)
class Word:
    """A word heard, ``[start, end)`` in seconds, with its ``probability`` in [0, 1]; ``repr`` shows no text."""

    start: float
    end: float
    text: str = field(repr=False)
    probability: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recogniser made of one section: its words in order and the language ("en", "zh", …) it believes in."""

    language: str
    words: tuple[Word, ...]


class Recogniser(Protocol):
    """Turns speech into words.

    ``name`` names engine and model for the manifest; ``digest`` is the SHA-256 of the model, or empty for a remote one.
    """

    name: str
    digest: str

    def hear(self, sound: Samples, language: str | None) -> Heard:
        """Return the words in ``sound`` (16 kHz, mono, at most 30 s); ``language`` None lets the recogniser decide.

        Raises Unavailable when it cannot answer: the recording then stays quarantined.
        """
        ...


def prompt(language: str | None, digits: str = PROMPT_DIGITS) -> str:
    """Return the digit prompt for ``language``, saying the eight ``digits``.

    >>> prompt("en")
    'My number is 4 1 7 2, 0 5 9 3.'
    """
    said = _PROMPTS.get(language or "", _OTHER_PROMPT)
    return said.format(first=" ".join(digits[:4]), second=" ".join(digits[4:]))


_LOOP_WORDS = 12
_SHORTEST_WORD = 0.03  # seconds
_SAID_OVER = 8


def looped(words: Sequence[Word]) -> bool:
    """Whether a recogniser has lost its thread and repeats itself: many words in no time, or the same over and over."""
    hurried = sum(word.end - word.start < _SHORTEST_WORD for word in words)
    return (hurried >= _LOOP_WORDS and hurried > len(words) / 4) or _repeated(words) >= _SAID_OVER


def _repeated(words: Sequence[Word]) -> int:
    """The most words in a row that only say again what the one or two before said; numbers may."""
    texts = [word.text.strip(" ,.!?，。！？").casefold() for word in words]
    most = now = 0
    for i, text in enumerate(texts):
        again = text and not any(char.isdigit() for char in text) and text in texts[max(0, i - 2) : i]
        now = now + 1 if again else 0
        most = max(most, now)
    return most
