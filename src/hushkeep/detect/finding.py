"""What detection says: one value for a found stretch of a turn, one for a value known beforehand."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """Personal data at ``[start, end)`` of turn number ``turn``, in Unicode code points.

    ``score`` is a confidence in [0, 1]; ``rule`` names the rule that decided and ``evidence`` what it rested on
    (cues and checks by name, never the text). ``before`` and ``whole`` count digits: a number split over turns
    has ``before`` digits in earlier parts, of ``whole`` altogether (0 when the finding is not split).
    """

    turn: int
    start: int
    end: int
    entity: str
    score: float
    rule: str
    evidence: tuple[str, ...] = ()
    before: int = 0
    whole: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"empty or negative finding [{self.start}, {self.end})")


@dataclass(frozen=True, slots=True)
class Known:
    """A value that the caller knows to be this customer's, in the clear; ``entity`` as in the entity table."""

    entity: str
    value: str = field(repr=False)


def by_turn(findings: Iterable[Finding]) -> dict[int, list[Finding]]:
    """The findings of each turn that has any, in the order given."""
    turns: dict[int, list[Finding]] = {}
    for finding in findings:
        turns.setdefault(finding.turn, []).append(finding)
    return turns


def is_free(start: int, end: int, here: Iterable[Finding]) -> bool:
    """Whether no finding of ``here``, all of one turn, shares a code point with ``[start, end)``."""
    return not any(f.start < end and start < f.end for f in here)


MORE = "more"  # in the evidence of what belongs to a value that an earlier finding began: a piece, a repetition
_SAID_AGAIN = frozenset({MORE, "echo"})


def counted(findings: Iterable[Finding]) -> Counter[str]:
    """How many values of each entity ``findings`` are: one said over several turns counts once."""
    return Counter(f.entity for f in findings if f.before == 0 and _SAID_AGAIN.isdisjoint(f.evidence))
