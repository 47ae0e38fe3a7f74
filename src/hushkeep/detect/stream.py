"""Detection turn by turn: findings as they arise, provisional ones while a question is open, and retractions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hushkeep.detect.context import Context
from hushkeep.detect.finder import find
from hushkeep.detect.finding import Finding, Known
from hushkeep.detect.numbers import runs
from hushkeep.detect.view import view_of
from hushkeep.kernel import Turn

WINDOW = 16  # turns that are looked at again when one is added
_OPEN = frozenset({"bank_card", "id_card", "phone", "ssn", "cvv", "secret", "card_expiry", "passport"})


@dataclass(frozen=True, slots=True)
class Change:
    """What a new turn changed: ``found`` are new, ``retracted`` were said before and no longer hold."""

    found: tuple[Finding, ...]
    retracted: tuple[Finding, ...]


class Stream:
    """One live conversation.

    A digit said while a question for a card, code or identity number is open is masked provisionally (rule
    ``provisional``) and released when the number turns out to be nothing. Time and memory a turn are bounded.
    """

    def __init__(self, *, known: Sequence[Known] = (), names: bool = False) -> None:
        self._known = tuple(known)
        self._names = names
        self._turns: list[Turn] = []
        self._first = 0  # the number of the first turn in the window
        self._said: set[Finding] = set()

    def feed(self, turn: Turn) -> Change:
        """Take the next turn; what is new and what is withdrawn, with turn numbers counted from the beginning."""
        self._turns.append(turn)
        if len(self._turns) > WINDOW:
            del self._turns[0]
            self._first += 1
            self._said = {f for f in self._said if f.turn >= self._first}
        sure = find(self._turns, known=self._known, names=self._names)
        now = {replace(f, turn=f.turn + self._first) for f in [*sure, *self._provisional(sure)]}
        # What was sure once and whose first parts have left the window is not taken back.
        kept = {f for f in self._said - now if f.rule != "provisional" and self._first and f.turn < self._first + 6}
        found = sorted(now - self._said, key=lambda f: (f.turn, f.start))
        gone = sorted(self._said - now - kept, key=lambda f: (f.turn, f.start))
        self._said = now | kept
        return Change(tuple(found), tuple(gone))

    def _provisional(self, sure: Sequence[Finding]) -> list[Finding]:
        context = Context(self._turns)
        found = []
        for number in range(max(0, len(self._turns) - 6), len(self._turns)):
            text = self._turns[number].text
            asked = context.asked(number).entity
            if asked not in _OPEN or len(text) > 120:
                continue
            for run in runs(text, view_of(text)):
                start, end = run[0].start, run[-1].end
                taken = any(f.turn == number and f.start < end and start < f.end for f in sure)
                if not taken and sum(len(g.digits) for g in run) >= 2:
                    found.append(Finding(number, start, end, asked, 0.5, "provisional"))
        return found
