"""Words of all parties as turns for text detection, and its findings back as stretches of sound."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from hushkeep.audio.digits import digits_in, plain
from hushkeep.audio.recogniser import Word
from hushkeep.audio.script import simplified
from hushkeep.kernel import Turn

HIDDEN_ENTITIES = frozenset(
    "bank_card cvv card_expiry secret id_card ssn passport phone email uscc wechat qq dob".split()  # noqa: SIM905
)
"""Entities that are silenced: numbers, codes and addresses one can be reached or robbed by.

Names stay: a call in which nobody is called by name cannot be judged by anybody.
"""
_WORDY = frozenset({"email", "wechat"})
_STATED_BY = frozenset({"is", "was", "are", "it's", "是", "为", "叫"})
_STOPS = ".,!?;:。,！？；：、"
_TURN_GAP = 1.0  # seconds of silence that end a turn


class Found(Protocol):
    """What a finder says: personal data at ``[start, end)`` of turn number ``turn``, in code points."""

    @property
    def turn(self) -> int:
        """Number of the turn."""
        ...

    @property
    def start(self) -> int:
        """First code point."""
        ...

    @property
    def end(self) -> int:
        """One past the last code point."""
        ...

    @property
    def entity(self) -> str:
        """Kind of personal data, as in the entity table of text detection."""
        ...


Finder = Callable[[Sequence[Turn]], Iterable[Found]]
"""Text detection over the turns of a call (``hushkeep.detect.find``), handed in: sound and text are strangers."""


def find_nothing(_turns: Sequence[Turn]) -> tuple[Found, ...]:
    """Find nothing: digit rules alone."""
    return ()


@dataclass(frozen=True, slots=True)
class Named:
    """A stretch ``[start, end)`` of ``channel``, in seconds, that holds ``entity``.

    ``first`` and ``last`` are the times of its outer words.
    """

    channel: int
    start: float
    end: float
    first: tuple[float, float]
    last: tuple[float, float]
    entity: str


@dataclass(frozen=True, slots=True)
class _Line:
    channel: int
    words: tuple[Word, ...]


def names_in(channels: Sequence[Sequence[Word]], find: Finder) -> list[Named]:
    """Return what ``find`` makes of the words of all ``channels``, read as one conversation in order of time."""
    lines = _lines(channels)
    # A recogniser's full stops are its own: "at" ... "." would make an e-mail address of two sentences.
    texts = [[simplified(word.text).rstrip(_STOPS) for word in line.words] for line in lines]
    turns = [Turn(f"channel-{line.channel}", "".join(text)) for line, text in zip(lines, texts, strict=True)]
    return [
        named
        for found in find(turns)
        if found.entity in HIDDEN_ENTITIES
        and (named := _placed(lines[found.turn], texts[found.turn], found)) is not None
    ]


def _placed(line: _Line, text: Sequence[str], found: Found) -> Named | None:
    at, touched = 0, []
    for word, piece in zip(line.words, text, strict=True):
        if at < found.end and found.start < at + len(piece) and piece.strip():
            touched.append(word)
        at += len(piece)
    if not touched:
        return None
    first, last = touched[0], touched[-1]
    if found.entity not in _WORDY and not any(digits_in(plain(word.text)) for word in touched):
        before = [plain(word.text) for word in line.words if word.end <= first.start]
        if not before or before[-1] not in _STATED_BY:
            return None  # "your password followed by the pound key" tells no password
    return Named(line.channel, first.start, last.end, (first.start, first.end), (last.start, last.end), found.entity)


def _lines(channels: Sequence[Sequence[Word]]) -> list[_Line]:
    spoken = sorted(
        ((word, channel) for channel, words in enumerate(channels) for word in words), key=lambda item: item[0].start
    )
    lines: list[tuple[int, list[Word]]] = []
    for word, channel in spoken:
        if lines and lines[-1][0] == channel and word.start - lines[-1][1][-1].end <= _TURN_GAP:
            lines[-1][1].append(word)
        else:
            lines.append((channel, [word]))
    return [_Line(channel, tuple(words)) for channel, words in lines]
