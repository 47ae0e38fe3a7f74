"""What surrounds a number: cues in its own turn, an own announcement before, the other side's last question."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hushkeep.detect.cues import NEGATIVE, cues_in
from hushkeep.detect.folding import folded
from hushkeep.detect.watched import Seen, Watched
from hushkeep.kernel import Turn

BEFORE = 40  # code points of context before a candidate
AFTER = 15
NEGATED = 18  # a word for something else counts only this near
REACH = 5  # turns back in which a question stays open
LONGEST = 1_000_000  # code points of a turn in which cues are looked for
QUESTION = 160  # code points at the end of the other side's turn that may ask


class Cue(NamedTuple):
    """The entity that the context speaks of and where it says so: ``cue`` (own turn), ``announced``, ``question``."""

    entity: str
    source: str


NONE = Cue("", "")
_LISTED = frozenset({"card_expiry", "dob", "passport", "iban", "uscc"})  # shapes that no other word is mistaken for
_FIRM = re.compile(r"number|id|no\.|#|code|last|four|imei|serial|ticket|tracking|reference|[号码单位]")
_BREAK = re.compile(r"[,;!?\n。！？]|[0-9]{3}")
_MORE = re.compile(r"[号码是为:# is]{0,6}[0-9]")


class Context:
    """The turns of one conversation with what has been said before each of them."""

    def __init__(
        self, turns: Sequence[Turn], lower: Sequence[str] | None = None, seen: Sequence[Seen | None] | None = None
    ) -> None:
        """``lower`` are the folded texts; ``seen`` what a scan saw in each, as far as there was one."""
        self.turns = turns
        self._lower = [folded(turn.text) for turn in turns] if lower is None else lower
        self._seen = [None] * len(turns) if seen is None else seen
        self._cues: dict[int, list[tuple[int, int, str]]] = {}
        self._asked: dict[int, Cue] = {}

    def lower(self, turn: int) -> str:
        """The folded text: full-width as ASCII, lower case, the same length."""
        return self._lower[turn]

    def own_cues(self, turn: int) -> list[tuple[int, int, str]]:
        """The cues in the turn: start, end, entity, in order."""
        if (known := self._cues.get(turn)) is None:
            seen = self._seen[turn]
            within = None if seen is None else seen.cues
            known = self._cues[turn] = [] if within == [] else cues_in(self.lower(turn)[:LONGEST], within)
        return known

    def may_match(self, turn: int, watched: Watched) -> bool:
        """Whether ``watched`` can match in the turn, as far as is known."""
        seen = self._seen[turn]
        return seen is None or watched in seen.watched

    def matches(self, turn: int, watched: Watched) -> "Iterable[re.Match[str]]":
        """The matches of ``watched`` in the turn as it was written."""
        return watched.pattern.finditer(self.turns[turn].text) if self.may_match(turn, watched) else ()

    def cues(self, turn: int) -> set[str]:
        """Every entity that a cue in the turn, or what it answers, speaks of."""
        return {entity for _, _, entity in self.own_cues(turn)} | {cue.entity for cue in self.asked_all(turn)}

    def before(self, turn: int, start: int, floor: int = 0) -> Cue:
        """The cue nearest before ``start`` in the same turn, within BEFORE and not before ``floor``."""
        low = max(floor, start - BEFORE)
        cues = self.own_cues(turn)
        for at in range(bisect_right(cues, (start,)) - 1, -1, -1):
            begin, end, entity = cues[at]
            if begin < low:
                return NONE
            if end <= start and not (entity == NEGATIVE and start - end > NEGATED):
                return Cue(entity, "cue")
        return NONE

    def after(self, turn: int, end: int) -> Cue:
        """The cue just after ``end`` that speaks of what went before it ("… is my number", "……是我的手机号")."""
        lower = self.lower(turn)
        cues = self.own_cues(turn)
        for at in range(bisect_left(cues, (end,)), len(cues)):
            begin, stop, entity = cues[at]
            if begin >= end:
                if begin > end + AFTER or _BREAK.search(lower, end, begin) or _MORE.match(lower, stop):
                    return NONE
                return Cue(entity, "cue")
        return NONE

    def speaks_of(self, entity: str, turn: int, start: int, end: int, reach: int) -> bool:
        """Whether the nearest cue before within ``reach``, the one just after, or the question is ``entity``."""
        near = self.before(turn, start, max(0, start - reach))
        if near is not NONE:
            return near.entity == entity
        asked = self.asked_all(turn) if entity in _LISTED else [self.asked(turn)]
        return self.after(turn, end).entity == entity or any(cue.entity == entity for cue in asked)

    def asked(self, turn: int, after: int = -1) -> Cue:
        """What the turn answers: an own announcement or the other side's last question, past turn ``after``."""
        if after >= 0:
            return self._open_question(turn, after)
        if (known := self._asked.get(turn)) is None:
            known = self._asked[turn] = self._open_question(turn)
        return known

    def asked_all(self, turn: int) -> list[Cue]:
        """Everything that the last question spoke of, what it ended with first."""
        first = self.asked(turn)
        if first.source != "question":
            return [first] if first is not NONE else []
        speaker = self.turns[turn].speaker
        for back in range(turn - 1, max(turn - 1 - REACH, -1), -1):
            cues = self.own_cues(back) if self.turns[back].speaker != speaker else []
            if any(entity == first.entity for _, _, entity in cues):
                others = dict.fromkeys(e for _, _, e in reversed(cues) if e not in {first.entity, NEGATIVE})
                return [first, *(Cue(entity, "question") for entity in others)]
        return [first]

    def _open_question(self, turn: int, after: int = -1) -> Cue:
        speaker = self.turns[turn].speaker
        for back in range(turn - 1, max(after, turn - 1 - REACH, -1), -1):
            size = len(self.turns[back].text)
            own = self.turns[back].speaker == speaker
            cues = self.own_cues(back) if size <= 2000 else []
            if not cues:
                continue
            begin, stop, entity = cues[-1]
            if entity == NEGATIVE and not _FIRM.search(self.lower(back), begin, stop):
                continue
            if not own and stop >= size - QUESTION:
                return Cue(entity, "question")
            if own and size - stop <= 8:
                return Cue(entity, "announced")
        return NONE
