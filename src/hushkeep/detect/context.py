"""What surrounds a number: cues in its own turn, an own announcement before, the other side's last question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hushkeep.detect.cues import CUE, last_cue
from hushkeep.kernel import Turn

BEFORE = 40  # code points of context before a candidate
AFTER = 15
REACH = 4  # turns back in which a question stays open


@dataclass(frozen=True, slots=True)
class Cue:
    """The entity that the context speaks of and where it says so: ``cue`` (own turn), ``announced``, ``question``."""

    entity: str
    source: str


NONE = Cue("", "")
_BREAK = re.compile(r"[,，。;；!！?？\n]|[0-9]{3}")
_MORE = re.compile(r"[号码是为:：# is]{0,6}[0-9]")


class Context:
    """The turns of one conversation with what has been said before each of them."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = turns
        self._lower: dict[int, str] = {}
        self._questions: dict[int, Cue] = {}

    def lower(self, turn: int) -> str:
        """The text in lower case, of the same length."""
        if (known := self._lower.get(turn)) is None:
            text = self.turns[turn].text
            known = text.lower()
            if len(known) != len(text):
                known = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
            self._lower[turn] = known
        return known

    def before(self, turn: int, start: int, floor: int = 0) -> Cue:
        """The cue nearest before ``start`` in the same turn, within BEFORE and not before ``floor``."""
        entity, _ = last_cue(self.lower(turn), max(floor, start - BEFORE), start)
        return Cue(entity, "cue") if entity else NONE

    def after(self, turn: int, end: int) -> Cue:
        """The cue just after ``end`` that speaks of what went before it ("… is my number", "……是我的手机号")."""
        lower = self.lower(turn)
        match = CUE.search(lower, end, min(len(lower), end + AFTER))
        if match is None or _BREAK.search(lower, end, match.start()) or _MORE.match(lower, match.end()):
            return NONE
        return Cue(match.lastgroup or "", "cue")

    def asked(self, turn: int) -> Cue:
        """What the turn answers: the speaker's own announcement or the other side's last question."""
        if (known := self._questions.get(turn)) is None:
            known = self._questions[turn] = self._asked(turn)
        return known

    def _asked(self, turn: int) -> Cue:
        speaker = self.turns[turn].speaker
        for back in range(turn - 1, max(-1, turn - 1 - REACH), -1):
            lower = self.lower(back)
            own = self.turns[back].speaker == speaker
            entity, stop = last_cue(lower, max(0, len(lower) - (24 if own else 160)), len(lower))
            if not entity:
                continue
            if not own:
                return Cue(entity, "question")
            if len(lower) - stop <= 8:
                return Cue(entity, "announced")
        return NONE
