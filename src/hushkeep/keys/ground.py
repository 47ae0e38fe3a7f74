"""What all handlers of the key service stand on: the store, the opened tree, the log, the clock, limits and tickets."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hushkeep import vault
from hushkeep.kernel import Unavailable
from hushkeep.keys import protocol as p
from hushkeep.keys.clock import Clock
from hushkeep.keys.journal import Journal
from hushkeep.keys.limits import Buckets, Limits
from hushkeep.keys.pledges import Pledges
from hushkeep.keys.slots import Provider
from hushkeep.keys.store import LOG_HEAD, write_meta
from hushkeep.keys.tickets import Proofs, Ticket, Tickets
from hushkeep.keys.tree import KeyTree

SECOND = 1_000_000
_ROWS_INFO = b"hushkeep store rows v1"


def rows_key(root: vault.DataKey) -> vault.DataKey:
    """Return the key that seals the store's small rows."""
    return vault.DataKey.of(vault.derive(root.secret, _ROWS_INFO))


@dataclass(slots=True, kw_only=True)
class Ground:
    """The state of a running key service; its repr shows nothing of it."""

    site: UUID
    keys_dir: Path
    store: sqlite3.Connection
    root: vault.DataKey | None
    signer: Ed25519PrivateKey | None
    journal: Journal
    clock: Clock
    limits: Limits
    dual_control: bool = False
    demand_proof: bool = True
    guarded: Mapping[str, bool] = field(default_factory=dict)
    provider: Provider | None = None
    buckets: Buckets = field(default_factory=Buckets)
    tickets: Tickets = field(default_factory=Tickets)
    proofs: Proofs = field(default_factory=Proofs)
    pledges: Pledges = field(default_factory=Pledges)
    codes: dict[tuple[UUID, UUID], tuple[str, int]] = field(default_factory=dict)
    """One-time codes by (tenant, subject): the code, and when it ends (microseconds)."""
    tasks: list[Iterator[None]] = field(default_factory=list)
    checkpoint_due: bool = False
    _changes: int = 0
    _tree: KeyTree | None = None
    _rows: vault.DataKey | None = None

    def __post_init__(self) -> None:
        self._tree = KeyTree(self.store, self.opened_root)
        self._rows = rows_key(self.opened_root)

    def __repr__(self) -> str:
        return f"Ground(site={self.site})"

    @property
    def opened_root(self) -> vault.DataKey:
        """The root key; raises Unavailable when the service is locked."""
        if self.root is None:
            raise Unavailable("the key service is locked: start it again to unlock")
        return self.root

    @property
    def tree(self) -> KeyTree:
        """The opened key tree; raises Unavailable when the service is locked."""
        if self._tree is None:
            raise Unavailable("the key service is locked: start it again to unlock")
        return self._tree

    @property
    def signing(self) -> Ed25519PrivateKey:
        """The key that signs certificates; raises Unavailable when the service is locked."""
        if self.signer is None:
            raise Unavailable("the key service is locked: start it again to unlock")
        return self.signer

    @property
    def locked(self) -> bool:
        """Whether the root key was forgotten."""
        return self.root is None

    def lock(self) -> None:
        """Forget the root key, everything opened and every ticket."""
        self.tree.forget()
        self.tickets.clear()
        self.codes.clear()
        self.pledges.clear()
        self.tasks.clear()
        self.root = self._tree = self._rows = self.signer = None

    def writing(self) -> KeyTree:
        """Return the tree with a write transaction open; the server commits it before any answer leaves."""
        tree = self.tree
        if not self.store.in_transaction:
            self.store.execute("BEGIN IMMEDIATE")
        return tree

    def speed_up(self) -> None:
        """Let the next transaction not wait for the disk: for work that may be done twice. Nothing else is pending."""
        self.store.execute("PRAGMA synchronous = NORMAL")

    def slow_down(self) -> None:
        """Let the next transaction wait for the disk again, and so all those before it."""
        self.store.execute("PRAGMA synchronous = FULL")

    def commit(self) -> None:
        """Make everything done so far durable: the log first, then the keys."""
        self.journal.commit()
        if self.store.in_transaction:
            # Only real changes earn a wait for the disk: an index look-up opens a transaction, but writes nothing.
            if self.store.total_changes != self._changes:
                head = self.journal.seq.to_bytes(8, "big") + self.journal.head
                write_meta(self.store, LOG_HEAD, self.seal_row("log_head", self.site, self.site, head))
            self.store.execute("COMMIT")
            self._changes = self.store.total_changes
        if self.checkpoint_due:
            self.store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.checkpoint_due = False

    def rollback(self) -> None:
        """Undo the writes since the last commit (their log records stay) and read everything anew."""
        if self.store.in_transaction:
            self.store.execute("ROLLBACK")
        if self._tree is not None:
            self._tree.forget()

    def seal_row(self, table: str, tenant: UUID, row: UUID, content: bytes) -> bytes:
        """Return ``content`` sealed for a row of the store, so that no row can be changed or moved."""
        return vault.seal(self._rows_key, content, vault.Context(tenant=tenant, table=table, klass="row", row=row))

    def open_row(self, table: str, tenant: UUID, row: UUID, sealed: bytes) -> bytes:
        """Return the content of a row; raises IntegrityError when it was changed or moved."""
        place = vault.Context(tenant=tenant, table=table, klass="row", row=row)
        return vault.open_sealed(self._rows_key, sealed, place)

    @property
    def _rows_key(self) -> vault.DataKey:
        if self._rows is None:
            raise Unavailable("the key service is locked: start it again to unlock")
        return self._rows

    def grant(self, ticket: Ticket) -> p.TicketGrant:
        """Keep ``ticket``, log it and return what its holder gets."""
        secret = self.tickets.issue(ticket, self.clock.now())
        self.note("ticket", ticket, ticket.event, len(ticket.subjects))
        return p.TicketGrant(secret, ticket.kind, sorted(ticket.subjects), sorted(ticket.classes), ticket.expires_at)

    def note(self, op: str, ticket: Ticket, event: UUID, count: int) -> None:
        """Log that ``op`` was done under ``ticket``."""
        self.journal.append(
            op,
            "done",
            tenant=ticket.tenant,
            actor=ticket.actor,
            event=event,
            kind=ticket.kind,
            subject=ticket.subject,
            conversation=ticket.conversation,
            count=count,
        )
