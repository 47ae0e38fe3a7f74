"""What the key service does with each request: check, act, log. It knows no socket.

Writes wait in one open transaction and log records in the journal until :meth:`Service.commit`, which the server calls
before any answer leaves: many callers share one wait for the disk.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from hushkeep import vault
from hushkeep.kernel import Denied, Error, IntegrityError, InvalidInput, Unavailable
from hushkeep.keys import protocol as p
from hushkeep.keys import rings
from hushkeep.keys.clock import Clock
from hushkeep.keys.journal import Journal
from hushkeep.keys.limits import Buckets, Limits
from hushkeep.keys.tickets import MAX_SUBJECTS, Kind, Ticket, Tickets
from hushkeep.keys.tree import KeyTree

_SECOND: Final = 1_000_000
CONVERSATION_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Peer:
    """Who stands at the other end of a connection, as the kernel of the machine says."""

    uid: int
    roles: frozenset[str]


FRONT: Final = "front"
WORKER: Final = "worker"
ADMIN: Final = "admin"
ALL_ROLES: Final = frozenset({FRONT, WORKER, ADMIN})

MAY: Final[dict[type[p.Request], frozenset[str]]] = {
    p.Status: ALL_ROLES,
    p.CreateTenant: frozenset({ADMIN, WORKER}),
    p.CreateSubjects: frozenset({FRONT, WORKER}),
    p.WrapInteractions: frozenset({FRONT, WORKER}),
    p.SealCapsules: frozenset({FRONT, WORKER}),
    p.Index: frozenset({FRONT, WORKER}),
    p.Lookup: frozenset({FRONT}),
    p.TicketSample: frozenset({FRONT}),
    p.TicketJob: frozenset({WORKER}),
    p.Unwrap: frozenset({FRONT, WORKER}),
    p.OpenCapsules: frozenset({FRONT, WORKER}),
    p.LogSince: frozenset({WORKER, ADMIN}),
    p.Lock: frozenset({ADMIN}),
}
"""Which peers may send what; a test walks it so that no request is without a row."""


def interaction_context(tenant: UUID, klass: str, conversation: UUID) -> vault.WrapContext:
    """Return what a wrapped interaction key is bound to."""
    return vault.WrapContext(tenant=tenant, purpose="interaction", klass=klass, owner=conversation)


class Service:
    """The key service without its socket."""

    def __init__(
        self, store: sqlite3.Connection, root: vault.DataKey, journal: Journal, clock: Clock, limits: Limits
    ) -> None:
        self._store = store
        self._tree: KeyTree | None = KeyTree(store, root)
        self._journal = journal
        self._clock = clock
        self._limits = limits
        self._buckets = Buckets()
        self._tickets = Tickets()
        self._handlers: dict[type[p.Request], Callable[..., object]] = {
            p.Status: self._status,
            p.CreateTenant: self._create_tenant,
            p.CreateSubjects: self._create_subjects,
            p.WrapInteractions: self._wrap_interactions,
            p.SealCapsules: self._seal_capsules,
            p.Index: self._index,
            p.Lookup: self._lookup,
            p.TicketSample: self._ticket_sample,
            p.TicketJob: self._ticket_job,
            p.Unwrap: self._unwrap,
            p.OpenCapsules: self._open_capsules,
            p.LogSince: self._log_since,
            p.Lock: self._lock,
        }

    def handle(self, request: p.AnyRequest, peer: Peer) -> object:
        """Return the result of ``request``; raises one of the kernel's errors. Refusals are logged."""
        if not peer.roles & MAY[type(request)]:
            self._refuse(request, "peer_not_allowed")
            raise Denied("peer_not_allowed")
        try:
            return self._handlers[type(request)](request)
        except Denied as denied:
            self._refuse(request, str(denied))
            raise
        except IntegrityError:
            self._refuse(request, "integrity")
            raise

    def _refuse(self, request: p.AnyRequest, reason: str) -> None:
        self._journal.append(
            type(request).__name__,
            "denied",
            tenant=getattr(request, "tenant", None),
            actor=getattr(request, "actor", None),
            event=getattr(request, "event", None),
            subject=getattr(request, "subject", None),
            reason=reason,
        )

    def commit(self) -> None:
        """Make everything handled so far durable: the log first, then the keys."""
        self._journal.commit()
        if self._store.in_transaction:
            self._store.execute("COMMIT")

    def rollback(self) -> None:
        """Undo the writes since the last commit (their log records stay)."""
        if self._store.in_transaction:
            self._store.execute("ROLLBACK")
        if self._tree is not None:
            self._tree.forget()

    @property
    def tree(self) -> KeyTree:
        """The opened key tree; raises Unavailable when the service is locked."""
        if self._tree is None:
            raise Unavailable("the key service is locked: start it again to unlock")
        return self._tree

    def _writing(self) -> KeyTree:
        tree = self.tree
        if not self._store.in_transaction:
            self._store.execute("BEGIN IMMEDIATE")
        return tree

    # -- making and sealing -------------------------------------------------------------------------------------------

    def _status(self, _request: p.Status) -> object:
        return {
            "locked": self._tree is None,
            "log_seq": self._journal.seq,
            "log_head": self._journal.head.hex(),
            "tickets": len(self._tickets),
            "tenants": self._store.execute("SELECT count(*) FROM tenant").fetchone()[0],
            "at": self._clock.now(),
        }

    def _create_tenant(self, request: p.CreateTenant) -> None:
        if self._writing().create_tenant(request.tenant):
            self._journal.append("create_tenant", "done", tenant=request.tenant)

    def _create_subjects(self, request: p.CreateSubjects) -> None:
        made = self._writing().create_subjects(request.tenant, request.subjects)
        if made:
            self._journal.append("create_subjects", "done", tenant=request.tenant, count=made)

    def _wrap_interactions(self, request: p.WrapInteractions) -> list[list[bytes]]:
        concerned = self.tree.rings(request.tenant, (s for *_, subjects in request.items for s in subjects))
        wrapped = []
        for conversation, klass, secret, subjects in request.items:
            context = interaction_context(request.tenant, klass, conversation)
            key_id = vault.key_id(secret)
            wrapped.append(
                [
                    conversation.bytes + vault.wrap_secret(concerned[subject].key(klass), key_id, secret, context)
                    for subject in subjects
                ]
            )
        return wrapped

    def _seal_capsules(self, request: p.SealCapsules) -> list[bytes]:
        concerned = self.tree.rings(request.tenant, (item[0] for item in request.items))
        return [
            vault.seal(
                concerned[subject].key(klass),
                plaintext,
                vault.Context(tenant=request.tenant, table=table, klass=klass, row=row, capsule_version=version),
            )
            for subject, klass, table, row, version, plaintext in request.items
        ]

    # -- indexes ------------------------------------------------------------------------------------------------------

    def _index(self, request: p.Index) -> list[bytes]:
        tree = self._writing()
        return [vault.blind_index(tree.index_key(request.tenant, name), name, value) for name, value in request.items]

    def _lookup(self, request: p.Lookup) -> bytes:
        now = self._clock.now()
        self._buckets.take(("lookup", request.tenant, request.actor), self._limits.lookup_actor, now)
        self._buckets.take(("lookup", request.tenant), self._limits.lookup_tenant, now)
        key = self._writing().index_key(request.tenant, request.name)
        self._journal.append(
            "lookup",
            "done",
            tenant=request.tenant,
            actor=request.actor,
            event=request.event,
            kind=request.name,
            count=1,
        )
        return vault.blind_index(key, request.name, request.value)

    # -- tickets and opening ------------------------------------------------------------------------------------------

    def _ticket_sample(self, request: p.TicketSample) -> p.TicketGrant:
        now = self._clock.now()
        self._buckets.take(("sample", request.tenant, request.actor), self._limits.sample_actor, now)
        self._buckets.take(("sample", request.tenant), self._limits.sample_tenant, now)
        self.tree.rings(request.tenant, [request.subject])
        return self._grant(
            Ticket(
                kind=Kind.SAMPLE,
                tenant=request.tenant,
                actor=request.actor,
                subjects=frozenset({request.subject}),
                classes=frozenset(request.classes),
                event=request.event,
                expires_at=now + self._limits.sample_seconds * _SECOND,
                left=self._limits.unwraps_per_ticket,
            )
        )

    def _ticket_job(self, request: p.TicketJob) -> p.TicketGrant:
        if not 1 <= len(request.subjects) <= MAX_SUBJECTS:
            raise InvalidInput(f"a job ticket names 1 to {MAX_SUBJECTS} subjects")
        now = self._clock.now()
        self._buckets.take(("job", request.tenant), self._limits.job_tenant, now)
        return self._grant(
            Ticket(
                kind=Kind.JOB,
                tenant=request.tenant,
                actor=request.job,
                subjects=frozenset(request.subjects),
                classes=frozenset(request.classes),
                event=request.event,
                expires_at=now + self._limits.job_seconds * _SECOND,
                left=self._limits.unwraps_per_ticket * len(request.subjects),
            )
        )

    def _grant(self, ticket: Ticket) -> p.TicketGrant:
        secret = self._tickets.issue(ticket, self._clock.now())
        self._note("ticket", ticket, ticket.event, len(ticket.subjects))
        return p.TicketGrant(secret, ticket.kind, sorted(ticket.subjects), sorted(ticket.classes), ticket.expires_at)

    def _note(self, op: str, ticket: Ticket, event: UUID, count: int) -> None:
        self._journal.append(
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

    def _unwrap(self, request: p.Unwrap) -> list[bytes]:
        tree = self.tree
        ticket = self._tickets.find(request.ticket)
        ticket.spend(len(request.wraps), self._clock.now())
        opened = []
        for wrap in request.wraps:
            parent_id, _ = vault.parent_of(wrap[CONVERSATION_BYTES:])
            ring = tree.ring_of(parent_id)
            klass = rings.class_of(parent_id)
            ticket.admit(ring.tenant, ring.subject, klass)
            context = interaction_context(ring.tenant, klass, UUID(bytes=wrap[:CONVERSATION_BYTES]))
            opened.append(vault.unwrap_secret(ring.key(klass), wrap[CONVERSATION_BYTES:], context))
        self._note("unwrap", ticket, request.event, len(opened))
        return opened

    def _open_capsules(self, request: p.OpenCapsules) -> list[bytes]:
        tree = self.tree
        ticket = self._tickets.find(request.ticket)
        ticket.spend(len(request.items), self._clock.now())
        opened = []
        for table, row, version, sealed in request.items:
            key_id = vault.key_id_of(sealed)
            ring = tree.ring_of(key_id)
            klass = rings.class_of(key_id)
            ticket.admit(ring.tenant, ring.subject, klass)
            place = vault.Context(tenant=ring.tenant, table=table, klass=klass, row=row, capsule_version=version)
            opened.append(vault.open_sealed(ring.key(klass), sealed, place))
        self._note("open_capsules", ticket, request.event, len(opened))
        return opened

    # -- watching and locking -----------------------------------------------------------------------------------------

    def _log_since(self, request: p.LogSince) -> list[p.LogRecord]:
        return self._journal.since(request.since, request.limit)

    def _lock(self, _request: p.Lock) -> None:
        self.tree.forget()
        self._tickets.clear()
        self._tree = None
        self._journal.append("lock", "done")


def answer(service: Service, body: bytes | bytearray | memoryview, peer: Peer) -> bytes:
    """Return the frame that answers the request in ``body``: a result or a refusal."""
    try:
        return p.encode_result(service.handle(p.decode_request(body), peer))
    except Error as error:
        return p.encode_error(error)
    except sqlite3.Error:
        return p.encode_error(Unavailable("the key store cannot be read or written"))
