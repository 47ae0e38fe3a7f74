"""Rings of insiders, scripted: people who work together and take what four eyes let out, day by day.

Each hand signs what its own browser would sign. What is counted is not what was promised but what left: archives are
collected, opened with the thief's own key, and searched for values that the counter knows (``Takings``).
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Open = Callable[[str], bytes]
"""Has the worker do its part for an export, collects the archive and returns what is in it; raises RuntimeError."""


@dataclass
class Takings:
    """What a ring got: rows, customers whose known values were in the clear, and what was refused."""

    values: Mapping[str, Sequence[str]]
    rows: int = 0
    clear: set[str] = field(default_factory=set)
    refused: int = 0
    reasons: set[str] = field(default_factory=set)

    def took(self, content: bytes) -> None:
        """Count what an archive holds."""
        text = content.decode()
        self.rows += sum("watermark" not in json.loads(line) for line in text.splitlines())
        self.saw(text)

    def saw(self, text: str) -> None:
        """Count the customers whose values ``text`` carries."""
        self.clear |= {customer for customer, values in self.values.items() if any(value in text for value in values)}

    def went(self, answer: Any) -> bool:
        """Whether ``answer`` is no refusal; one is counted."""
        if answer.status_code < 400:
            return True
        self.refused += 1
        body = answer.json()
        self.reasons.add(str(body.get("params", {}).get("reason") or body.get("code")))
        return False


@dataclass(frozen=True)
class Ring:
    """Who asks, who says yes, who carries out; one hand may be two of them, if the house lets it."""

    asks: Any
    approves: Any
    executes: Any


def exports(  # noqa: PLR0913, PLR0917 - who, what, how often
    ring: Ring, slices: Sequence[tuple[str, str]], days: int, wanted: Mapping[str, object], open_: Open,
    takings: Takings, day_passes: Callable[[], None], *, tries: int = 12,
) -> None:  # fmt: skip
    """Ask for slice after slice (since, until), ``tries`` times a day, for ``days`` days; take whatever is let out."""
    left = _endless(slices)
    for _ in range(days):
        for _ in range(tries):
            since, until = next(left)
            export = _export(ring, dict(wanted) | {"since": since, "until": until}, takings)
            if export is not None:
                takings.took(open_(export))
        day_passes()


def _export(ring: Ring, wanted: dict[str, object], takings: Takings) -> str | None:
    clear = bool(wanted.get("clear"))
    asked = ring.asks.post("/exports", wanted)
    if not takings.went(asked):
        return None
    approval = asked.json()["id"]

    def signed(hand: Any) -> dict[str, object]:
        return {"proof": hand.pledge(approval) if clear else None}

    if clear and not takings.went(ring.asks.post(f"/approvals/{approval}/sign", signed(ring.asks))):
        return None
    if not takings.went(ring.approves.post(f"/approvals/{approval}/approve", signed(ring.approves))):
        return None
    path = f"/approvals/{approval}/execute-clear" if clear else f"/approvals/{approval}/execute"
    begun = ring.executes.post(path, signed(ring.executes) if clear else None)
    return str(begun.json()["id"]) if takings.went(begun) else None


def emergencies(  # noqa: PLR0913, PLR0917 - who, whom, how often
    holder: Any, lets_in: Sequence[Any], customers: Sequence[tuple[str, str]], days: int, takings: Takings,
    day_passes: Callable[[], None], *, tries: int = 6,
) -> None:  # fmt: skip
    """Break the glass for customer after customer (customer, conversation), with whichever accomplice still may."""
    left = _endless(customers)
    why = {"reason": "fraud_running", "reference": "INC-1", "minutes": 5}
    for _ in range(days):
        for _ in range(tries):
            customer, conversation = next(left)
            asked = holder.post("/emergencies", why | {"customer": customer})
            if not takings.went(asked):
                continue
            path = f"/emergencies/{asked.json()['id']}"
            if not any(takings.went(one.post(f"{path}/approve")) for one in lets_in):
                continue
            revealed = holder.post(f"/conversations/{conversation}/reveal", {"purpose": "fraud_check"})
            if takings.went(revealed):
                takings.saw(revealed.content.decode())
            holder.post(f"{path}/close")
        day_passes()


def _endless(items: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    while True:
        yield from items
