"""One verdict a span: findings that overlap become one, and every character that any of them covers stays masked."""

from collections.abc import Iterable
from dataclasses import replace

from hushkeep.detect.finding import Finding
from hushkeep.kernel.entities import ENTITIES


def _rank(finding: Finding) -> tuple[int, int, float]:
    row = ENTITIES.get(finding.entity)
    return (1 if finding.rule == "known" else 0, row.priority if row else 50, finding.score)


def resolve(findings: Iterable[Finding]) -> list[Finding]:
    """``findings`` ordered and without overlap: the union of the spans under the verdict that ranks highest."""
    done: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (f.turn, f.start, -f.end)):
        last = done[-1] if done else None
        if last is not None and _continues(last, finding):
            done[-1] = replace(last, end=max(last.end, finding.end))
            continue
        if last is None or last.turn != finding.turn or last.end <= finding.start:
            done.append(finding)
            continue
        best, end = _better(last, finding), max(last.end, finding.end)
        whole = best.start == last.start and best.end == end
        done[-1] = best if whole else replace(best, start=last.start, end=end)
    return done


def _better(one: Finding, other: Finding) -> Finding:
    """The finding that names the union: an address keeps its house number, else the higher rank."""
    for whole, part in ((one, other), (other, one)):
        if (
            whole.entity == "address"
            and whole.end - whole.start >= 2 * (part.end - part.start)
            and part.rule != "known"
        ):
            return whole
    return max(one, other, key=_rank)


def _continues(last: Finding, finding: Finding) -> bool:
    """Whether two pieces of one address stand side by side."""
    return (
        last.turn == finding.turn and last.entity == finding.entity == "address" and 0 <= finding.start - last.end <= 1
    )
