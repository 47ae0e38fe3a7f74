"""A day at a contact center, as its telephone system would tell of it: a plan of signed words, by seed. Pure.

Each agent serves one customer at a time. Some conversations are transferred, some begun by the agent, a few of these
never answered. The contacts are those of the made-up center (``channels.sample``).

>>> from uuid import UUID
>>> from hushkeep.channels import desk
>>> day = desk.plan([UUID(int=1)], seed=1, hours=1)
>>> [(word.kind, word.conversation) for word in day][:2]
[('started', 'desk-1-00000'), ('ended', 'desk-1-00000')]
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

from hushkeep.channels.sample.people import CUSTOMERS

OUTBOUND, TRANSFERRED, UNANSWERED = 0.12, 0.06, 0.25
"""Shares: begun by the agent, handed on, and of those begun by the agent never answered."""

WRAP_UPS = (0, 30, 60, 120)
"""What the queues allow after the end, in seconds."""

_HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the connector, due ``at`` seconds after the day began."""

    at: float
    kind: str
    conversation: str
    agent: UUID | None = None
    customer: str | None = None
    outbound: bool = False
    wrap_up_seconds: int = 60

    def said(self) -> dict[str, object]:
        """Return what it says beside tenant and time, as the ingress takes it."""
        said: dict[str, object] = {"type": f"conversation.{self.kind}", "conversation": self.conversation}
        if self.agent is not None:
            said["agent"] = str(self.agent)
        if self.customer is not None:
            said["contact"] = {"index": "source_id", "value": self.customer}
            said["direction"] = "outbound" if self.outbound else "inbound"
            said["wrap_up_seconds"] = self.wrap_up_seconds
        return said


def plan(agents: Sequence[UUID], *, seed: int, hours: float) -> list[Word]:
    """Return the words of ``hours`` hours of ``agents``, in order of time."""
    rng = Random(f"hushkeep desk {seed}")  # noqa: S311 - made up by seed, on purpose
    words: list[Word] = []
    for agent in agents:
        at = rng.uniform(0, 60)
        while at < hours * _HOUR_SECONDS:
            call = _call(rng, agent, agents, f"desk-{seed}-{len(words):05d}", at)
            words += call
            # The next customer comes once the wrap-up is over, and a while after that.
            at = call[-1].at + call[0].wrap_up_seconds + rng.expovariate(1 / 45)
    return sorted(words, key=lambda word: word.at)


def _call(rng: Random, agent: UUID, agents: Sequence[UUID], conversation: str, at: float) -> list[Word]:
    outbound = rng.random() < OUTBOUND
    customer = f"C{rng.randint(1, CUSTOMERS):05d}"
    wrap_up = rng.choice(WRAP_UPS)
    words = [Word(at, "started", conversation, agent, customer, outbound, wrap_up)]
    if outbound and rng.random() < UNANSWERED:
        return [*words, Word(at + rng.uniform(15, 40), "ended", conversation)]
    if outbound:
        at += rng.uniform(4, 20)
        words.append(Word(at, "answered", conversation))
    lasts = min(30 + rng.expovariate(1 / 200), 1800)
    others = [other for other in agents if other != agent]
    if others and rng.random() < TRANSFERRED:
        words.append(Word(at + lasts / 2, "transferred", conversation, rng.choice(others)))
    return [*words, Word(at + lasts, "ended", conversation)]


def kinds(words: Sequence[Word]) -> dict[str, int]:
    """Return how many words of each kind there are."""
    return dict(sorted(Counter(word.kind for word in words).items()))
