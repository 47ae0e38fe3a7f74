"""Tickets: leave to open the keys of named subjects, for a while. Pure; the time is handed in (microseconds, UTC)."""

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from hushkeep.kernel import Denied

TICKET_BYTES: Final = 16
MAX_SUBJECTS: Final = 10_000
PROOF_MEMORY: Final = 5 * 60 * 1_000_000


class Kind(StrEnum):
    """On which ground a ticket was given."""

    LIVE = "live"  # a conversation that goes on, proved by its connector's signature and the agent's device
    SAMPLE = "sample"  # a reviewer's look at one subject
    JOB = "job"  # a declared job over declared subjects
    FOUR_EYES = "four_eyes"  # two people's device signatures


@dataclass(slots=True, kw_only=True)
class Ticket:
    """One ticket, alive in the service's memory only; ``left`` counts the openings it still allows."""

    kind: Kind
    tenant: UUID
    actor: UUID
    subjects: frozenset[UUID]
    classes: frozenset[str]
    event: UUID
    expires_at: int
    left: int
    conversation: UUID | None = None

    @property
    def subject(self) -> UUID | None:
        """The one subject, or None when there are several."""
        return next(iter(self.subjects)) if len(self.subjects) == 1 else None

    def admit(self, tenant: UUID, subject: UUID, klass: str) -> None:
        """Return when the key of ``subject`` and ``klass`` is this ticket's to open; raise Denied with the reason."""
        if tenant != self.tenant:
            raise Denied("ticket_other_tenant")
        if subject not in self.subjects:
            raise Denied("ticket_other_subject")
        if klass not in self.classes:
            raise Denied("ticket_other_class")

    def spend(self, count: int, now: int) -> None:
        """Take ``count`` openings; raise Denied when the ticket has ended or is used up."""
        if now >= self.expires_at:
            raise Denied("ticket_expired")
        if count > self.left:
            raise Denied("ticket_used_up")
        self.left -= count


class Tickets:
    """The tickets in force, by their secret ids; a restart of the service ends them all."""

    def __init__(self) -> None:
        self._tickets: dict[bytes, Ticket] = {}

    def issue(self, ticket: Ticket, now: int) -> bytes:
        """Keep ``ticket`` and return its id: 128 random bits."""
        if len(self._tickets) % 1024 == 1023:
            self._tickets = {key: kept for key, kept in self._tickets.items() if kept.expires_at > now}
        secret = secrets.token_bytes(TICKET_BYTES)
        self._tickets[secret] = ticket
        return secret

    def find(self, secret: bytes) -> Ticket:
        """Return the ticket of id ``secret``; raise Denied("ticket_unknown")."""
        ticket = self._tickets.get(secret)
        if ticket is None:
            raise Denied("ticket_unknown")
        return ticket

    def shorten(self, conversation: UUID, expires_at: int, *, actor: UUID | None = None) -> None:
        """Let every ticket of ``conversation`` (of one ``actor`` if given) end at ``expires_at`` at the latest."""
        for ticket in self._tickets.values():
            if ticket.conversation == conversation and actor in {None, ticket.actor}:
                ticket.expires_at = min(ticket.expires_at, expires_at)

    def end(self, tenant: UUID, actor: UUID) -> int:
        """End every ticket of ``actor`` and return how many there were."""
        ended = [key for key, kept in self._tickets.items() if (kept.tenant, kept.actor) == (tenant, actor)]
        for key in ended:
            del self._tickets[key]
        return len(ended)

    def clear(self) -> None:
        """End all tickets."""
        self._tickets.clear()

    def __len__(self) -> int:
        return len(self._tickets)


class Proofs:
    """Signatures that were used already: each earns one ticket."""

    def __init__(self) -> None:
        self._used: dict[bytes, int] = {}

    def first_time(self, digest: bytes, now: int) -> None:
        """Remember ``digest`` for as long as its signature stays fresh; raise Denied when it was used."""
        while self._used and next(iter(self._used.values())) <= now:
            del self._used[next(iter(self._used))]
        if digest in self._used:
            raise Denied("evidence_repeated")
        self._used[digest] = now + PROOF_MEMORY
