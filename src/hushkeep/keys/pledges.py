"""Pledges: what people's devices signed for beforehand, kept until the worker redeems it once. Pure; time is handed in.

A clear export is asked for, approved and carried out at three different times, often by three people. Each signs with
their own device at their own time; the service gathers what they signed, and gives the ticket to the worker alone. The
front holds no ticket, and without the signatures there is none.
"""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from hushkeep.kernel import Denied

PLEDGED_SUBJECTS: Final = 1_000
"""The most subjects that a pledge names."""

PLEDGED_CLASSES: Final = frozenset({"text"})
"""What may be pledged for: what was said. Cards, identity documents and voices leave in the clear for nobody."""

THREE_ABOVE: Final = 50
"""Above how many subjects three people sign."""

_TWO, _THREE = 2, 3
_PLEDGES: Final = 10_000


@dataclass(slots=True)
class Pledged:
    """What was signed for (``digest``), by whose device, and until when (microseconds)."""

    digest: bytes
    expires_at: int
    signers: dict[UUID, UUID] = field(default_factory=dict)


def needed(subjects: int) -> int:
    """Return how many different people sign for so many subjects."""
    return _THREE if subjects > THREE_ABOVE else _TWO


class Pledges:
    """What was pledged, by (tenant, event); a restart of the service ends it all."""

    def __init__(self) -> None:
        self._kept: dict[tuple[UUID, UUID], Pledged] = {}

    def add(  # noqa: PLR0913, PLR0917 - for what, by whom, until when
        self, tenant: UUID, event: UUID, digest: bytes, actor: UUID, device: UUID, expires_at: int, now: int
    ) -> None:
        """Keep a pledge of ``actor``; raises Denied("pledged_otherwise") when others signed for something else.

        It ends when the first of the pledges for the same event does: nobody makes another's yes last longer.
        """
        self._kept = {key: kept for key, kept in self._kept.items() if kept.expires_at > now}
        if len(self._kept) >= _PLEDGES:
            raise Denied("rate_limited")
        pledged = self._kept.setdefault((tenant, event), Pledged(digest, expires_at))
        if pledged.digest != digest:
            raise Denied("pledged_otherwise")
        pledged.signers[actor] = device

    def find(self, tenant: UUID, event: UUID, digest: bytes, now: int) -> Pledged:
        """Return what was pledged for ``event``; raises Denied("pledge_missing"), also for anything else than that."""
        pledged = self._kept.get((tenant, event))
        if pledged is None or pledged.expires_at <= now or pledged.digest != digest:
            raise Denied("pledge_missing")
        return pledged

    def spend(self, tenant: UUID, event: UUID) -> None:
        """Forget what was pledged for ``event``: it earns one ticket."""
        self._kept.pop((tenant, event), None)

    def withdraw(self, tenant: UUID, actor: UUID) -> None:
        """Forget what ``actor`` signed."""
        for (whose, _), pledged in self._kept.items():
            if whose == tenant:
                pledged.signers.pop(actor, None)

    def clear(self) -> None:
        """Forget all pledges."""
        self._kept.clear()
