"""The client of the key service: batches over a Unix socket, for any number of threads and forks.

Raises Unavailable when the service is down, Denied, NotFound and IntegrityError as the service says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, TypeVar
from uuid import UUID

import msgspec

from hushkeep.kernel import Unavailable
from hushkeep.keys import frames
from hushkeep.keys import protocol as p
from hushkeep.runtime.key_connections import KeyConnections
from hushkeep.runtime.settings import settings

T = TypeVar("T")

_TIMEOUT_SECONDS: Final = 30.0
_OPENINGS: Final = frozenset({"unwrap", "open_originals", "open_segments", "open_capsules", "verify", "lookup"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


Proof = p.Proof
"""A device's signature over what a ticket will allow: (actor, device, at, signature of 64 bytes)."""


class Place(NamedTuple):
    """Where a capsule lives: its row, and when not the defaults, its version and table."""

    row: UUID
    version: int = 1
    table: str = "capsule"


class Opening(NamedTuple):
    """One record of the key log that opened something: for matching with the ledger's events. Ids only."""

    seq: int
    op: str
    at: datetime
    tenant: UUID | None
    actor: UUID | None
    event: UUID | None
    subject: UUID | None


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to open keys of named subjects; ``id`` is a secret, so it does not print."""

    id: bytes = field(repr=False)
    kind: str
    subjects: tuple[UUID, ...]
    classes: tuple[str, ...]
    expires_at: datetime


def _time(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _opening(record: p.LogRecord) -> Opening:
    at = _time(record.at)
    return Opening(record.seq, record.op, at, record.tenant, record.actor, record.event, record.subject)


def _place(where: UUID | Place) -> Place:
    return where if isinstance(where, Place) else Place(where)


class KeyClient:
    """Speaks to the key service at ``path``; safe to share between threads and to use after a fork."""

    def __init__(self, path: Path, *, timeout_seconds: float = _TIMEOUT_SECONDS) -> None:
        self._path = str(path)
        self._connections = KeyConnections(self._path, timeout_seconds)

    # -- making and sealing -------------------------------------------------------------------------------------------

    def create_tenant(self, tenant: UUID) -> None:
        """Make the keys of ``tenant``; nothing happens when they exist."""
        self._ask(p.CreateTenant(tenant), type(None))

    def create_subjects(self, tenant: UUID, subjects: Sequence[UUID]) -> None:
        """Make keys of every class for ``subjects``; those that exist stay as they are."""
        self._ask(p.CreateSubjects(tenant, list(subjects)), type(None))

    def create_rings(self, tenant: UUID, rings: Sequence[UUID]) -> None:
        """Make the key rings of things that are kept for a while: only jobs and two people together open them."""
        self._ask(p.CreateRings(tenant, list(rings)), type(None))

    def wrap_interactions(
        self, tenant: UUID, items: Iterable[tuple[UUID, str, bytes, Sequence[UUID]]]
    ) -> list[list[bytes]]:
        """Return, for each (conversation, class, 32-byte key, subjects), one wrap (128 bytes) for each subject."""
        request = p.WrapInteractions(tenant, [(conv, klass, key, list(whom)) for conv, klass, key, whom in items])
        return self._ask(request, list[list[bytes]])

    def seal_originals(
        self, tenant: UUID, items: Iterable[tuple[UUID, str, UUID, str, int, bytes]]
    ) -> list[tuple[bytes, bytes]]:
        """Return (sealed, wrap) for each (conversation, class, subject, table, version, plaintext).

        Each is sealed under a fresh interaction key that is made in the service and never leaves it but wrapped.
        """
        return self._ask(p.SealOriginals(tenant, list(items)), list[tuple[bytes, bytes]])

    def seal_file(  # noqa: PLR0913 - what, whose, under which name
        self, tenant: UUID, object_id: UUID, klass: str, subject: UUID, content: bytes, *, ring: UUID | None = None
    ) -> tuple[bytes, list[bytes]]:
        """Return ``content`` (at most 16 MiB) as a sealed file, and the wraps of its key: two halves with ``ring``."""
        request = p.SealFile(tenant, object_id, klass, subject, ring, content)
        return self._ask(request, tuple[bytes, list[bytes]])

    def seal_files(self, tenant: UUID, items: Iterable[tuple[UUID, str, UUID, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return (sealed file, wrap) for each (object, class, subject, content); together at most about 30 MiB.

        Each is sealed as by ``seal_file``, under a key of its own: this spares asking once for each.
        """
        return self._ask(p.SealFiles(tenant, list(items)), list[tuple[bytes, bytes]])

    def seal_capsules(self, tenant: UUID, items: Iterable[tuple[UUID, str, UUID | Place, bytes]]) -> list[bytes]:
        """Return each plaintext of (subject, class, row or Place, plaintext) sealed; the keys stay in the service."""
        sent = []
        for subject, klass, where, plaintext in items:
            place = _place(where)
            sent.append((subject, klass, place.table, place.row, place.version, plaintext))
        return self._ask(p.SealCapsules(tenant, sent), list[bytes])

    # -- indexes ------------------------------------------------------------------------------------------------------

    def index(self, tenant: UUID, items: Iterable[tuple[str, str]]) -> list[bytes]:
        """Return the 16-byte digest of each (index name, normalised value), for writing rows."""
        return self._ask(p.Index(tenant, list(items)), list[bytes])

    def lookup(self, tenant: UUID, actor: UUID, index_name: str, value: str, *, event: UUID | None = None) -> bytes:
        """Return the digest to search for; limited for each actor and logged. Raises Denied("rate_limited")."""
        return self._ask(p.Lookup(tenant, actor, event, index_name, value), bytes)

    # -- tickets and opening ------------------------------------------------------------------------------------------

    def ticket_sample(  # noqa: PLR0913 - everything the device signed
        self,
        tenant: UUID,
        actor: UUID,
        subject: UUID,
        classes: Sequence[str],
        event: UUID,
        *,
        purpose: str = "",
        proof: p.Proof | None = None,
    ) -> Ticket:
        """Return a reviewer's ticket for one subject (five minutes).

        Raises Denied("rate_limited"), Denied("device_proof_missing") where a proof is demanded, NotFound.
        """
        return self._ticket(p.TicketSample(tenant, actor, subject, list(classes), event, purpose, proof))

    def ticket_job(
        self, tenant: UUID, job: UUID, subjects: Sequence[UUID], classes: Sequence[str], event: UUID
    ) -> Ticket:
        """Return a ticket of the declared ``job`` over its declared ``subjects`` (15 minutes); workers only."""
        return self._ticket(p.TicketJob(tenant, job, list(subjects), list(classes), event))

    def unwrap(self, ticket: Ticket, event_id: UUID, wraps: Sequence[bytes]) -> list[bytes]:
        """Return the interaction keys (32 bytes each) of ``wraps``; the service logs them under ``event_id``.

        For the worker alone, which reads whole recordings: no key ever reaches the front.
        """
        return self._ask(p.Unwrap(ticket.id, event_id, list(wraps)), list[bytes])

    def open_originals(
        self, ticket: Ticket, event_id: UUID, items: Iterable[tuple[bytes, str, int, bytes]]
    ) -> list[bytes]:
        """Return the plaintext of each (wrap, table, version, sealed) original; the keys stay in the service."""
        return self._ask(p.OpenOriginals(ticket.id, event_id, list(items)), list[bytes])

    def open_segments(  # noqa: PLR0913, PLR0917 - under which leave, of which file, which
        self,
        ticket: Ticket,
        event_id: UUID,
        wraps: Sequence[bytes],
        object_id: UUID,
        start: bytes,
        segments: Sequence[tuple[int, bool, bytes]],
    ) -> list[bytes]:
        """Return the plaintexts of (number, whether it is the last, sealed) segments of the sealed file ``object_id``.

        ``wraps`` are of the file's key or its two halves, ``start`` its first 104 bytes; the key stays in the service.
        Raises IntegrityError naming the segment that does not open.
        """
        request = p.OpenSegments(ticket.id, event_id, list(wraps), object_id, start, list(segments))
        return self._ask(request, list[bytes])

    def open_capsules(self, ticket: Ticket, event_id: UUID, items: Iterable[tuple[UUID | Place, bytes]]) -> list[bytes]:
        """Return the plaintext of each (row or Place, capsule); the service logs them under ``event_id``."""
        sent = []
        for where, sealed in items:
            place = _place(where)
            sent.append((place.table, place.row, place.version, sealed))
        return self._ask(p.OpenCapsules(ticket.id, event_id, sent), list[bytes])

    def verify(  # noqa: PLR0913, PLR0917 - who asks what of which capsule
        self, tenant: UUID, actor: UUID, event: UUID, question: str, value: str, where: UUID | Place, capsule: bytes
    ) -> bool:
        """Return whether ``value`` answers ``question`` (``phone_last_4``, ``birth_date`` …) about a sealed capsule.

        The capsule holds canonical CBOR: field name → text. Five tries a subject in 15 minutes, then
        Denied("rate_limited"); neither value leaves the service or reaches a log.
        """
        place = _place(where)
        return self._ask(
            p.Verify(tenant, actor, event, question, value, place.table, place.row, place.version, capsule), bool
        )

    def seal_pin(self, tenant: UUID, subject: UUID, where: UUID | Place, pin: str) -> bytes:
        """Return the capsule of a subject's PIN (4 to 12 digits): a digest of it, for the question ``pin``."""
        place = _place(where)
        return self._ask(p.SealPin(tenant, subject, place.table, place.row, place.version, pin), bytes)

    def issue_code(self, tenant: UUID, actor: UUID, event: UUID, subject: UUID) -> str:
        """Return a one-time code (6 digits, five minutes) for a subject, to be sent to them by another way.

        Raises Denied("rate_limited") for the fourth within 15 minutes.
        """
        return self._ask(p.IssueCode(tenant, actor, event, subject), str)

    def verify_code(self, tenant: UUID, actor: UUID, event: UUID, subject: UUID, value: str) -> bool:
        """Return whether ``value`` is the subject's one-time code, once; tries are limited as those of ``verify``."""
        return self._ask(p.VerifyCode(tenant, actor, event, subject, value), bool)

    # -- live conversations -------------------------------------------------------------------------------------------

    def register_connector(self, tenant: UUID, connector: UUID, *, rotate: bool = False) -> bytes:
        """Return the connector's new secret (32 bytes), this once; raises Conflict when it has one.

        With ``rotate`` it takes the place of the one it has; raises NotFound when there is none.
        """
        return self._ask(p.RegisterConnector(tenant, connector, rotate), bytes)

    def register_device(
        self, tenant: UUID, actor: UUID, device: UUID, public_key: bytes, *, reviewer: bool = False
    ) -> None:
        """Register a person's device key (SubjectPublicKeyInfo, P-256); raises Conflict when the id is taken.

        Only a ``reviewer``'s device may sign for samples; told again, that may change.
        """
        self._ask(p.RegisterDevice(tenant, actor, device, public_key, reviewer), type(None))

    def revoke_device(self, tenant: UUID, device: UUID) -> None:
        """Let a device sign nothing more."""
        self._ask(p.RevokeDevice(tenant, device), type(None))

    def bind_contacts(self, tenant: UUID, items: Iterable[tuple[UUID, str, str]]) -> None:
        """Tie (subject, index name, normalised value) for good; raises Conflict for another subject's contact."""
        self._ask(p.BindContacts(tenant, list(items)), type(None))

    def live_start(self, tenant: UUID, connector: UUID, conversation: UUID, body: bytes, signature: bytes) -> UUID:
        """Pass a connector's signed start on; return the subject it concerns. Raises Denied, NotFound."""
        return self._ask(p.LiveStart(tenant, connector, conversation, body, signature), UUID)

    def live_change(self, tenant: UUID, connector: UUID, body: bytes, signature: bytes) -> None:
        """Pass a connector's signed word on a conversation that goes on. Raises Denied, NotFound."""
        self._ask(p.LiveChange(tenant, connector, body, signature), type(None))

    def live_end(self, tenant: UUID, connector: UUID, body: bytes, signature: bytes) -> None:
        """Pass a connector's signed end on: the conversation's tickets die after wrap-up."""
        self._ask(p.LiveEnd(tenant, connector, body, signature), type(None))

    def ticket_live(  # noqa: PLR0913, PLR0917 - everything the device signed
        self,
        tenant: UUID,
        actor: UUID,
        conversation: UUID,
        classes: Sequence[str],
        purpose: str,
        event: UUID,
        proof: p.Proof,
    ) -> Ticket:
        """Return the ticket of a live conversation's agent, earned by a signature of the agent's device."""
        return self._ticket(p.TicketLive(tenant, actor, conversation, list(classes), purpose, event, proof))

    def end_tickets(self, tenant: UUID, actor: UUID) -> int:
        """End every ticket of a person; return how many there were."""
        return self._ask(p.EndTickets(tenant, actor), int)

    def ticket_four_eyes(  # noqa: PLR0913, PLR0917 - everything the devices signed
        self,
        tenant: UUID,
        actor: UUID,
        subjects: Sequence[UUID],
        classes: Sequence[str],
        purpose: str,
        event: UUID,
        proofs: Sequence[p.Proof],
    ) -> Ticket:
        """Return a ticket that two different people's devices signed for."""
        return self._ticket(
            p.TicketFourEyes(tenant, actor, list(subjects), list(classes), purpose, event, list(proofs))
        )

    def pledge(  # noqa: PLR0913, PLR0917 - everything the device signed
        self, tenant: UUID, subjects: Sequence[UUID], classes: Sequence[str], purpose: str, event: UUID, proof: p.Proof
    ) -> None:
        """Hand in a person's signature for a clear export, under its request's id; raises Denied, InvalidInput.

        It holds for 24 hours, for this alone: two people's together earn the worker one ticket, three's above 50
        subjects.
        """
        self._ask(p.Pledge(tenant, list(subjects), list(classes), purpose, event, proof), type(None))

    def ticket_pledged(  # noqa: PLR0913, PLR0917 - what was signed for, and the opening's own event
        self,
        tenant: UUID,
        actor: UUID,
        subjects: Sequence[UUID],
        classes: Sequence[str],
        purpose: str,
        pledge: UUID,
        event: UUID,
    ) -> Ticket:
        """Return the ticket that people pledged for under the id ``pledge``; once, and to the worker alone.

        Raises Denied: pledge_missing, second_person_missing, class_not_pledged, rate_limited.
        """
        return self._ticket(p.TicketPledged(tenant, actor, list(subjects), list(classes), purpose, pledge, event))

    # -- rotating and destroying --------------------------------------------------------------------------------------

    def rotate(self, tenant: UUID, *, actor: UUID, event: UUID, proofs: Sequence[p.Proof] = ()) -> int:
        """Make a new version of the tenant's key and re-wrap in the background; return its number.

        Under dual control ``proofs`` are of two people's devices, else Denied("second_person_missing").
        """
        return self._ask(p.Rotate(tenant, actor, event, list(proofs)), int)

    def shred(  # noqa: PLR0913 - what the certificate says
        self,
        tenant: UUID,
        subject: UUID,
        *,
        actor: UUID,
        event: UUID,
        basis: str,
        classes: Sequence[str] = (),
        holds_checked: bool = False,
        removed: Mapping[str, int] | None = None,
        proofs: Sequence[p.Proof] = (),
    ) -> bytes:
        """Destroy a subject's keys (all, or of ``classes``); return the signed certificate (JSON)."""
        counts = dict(removed or {})
        request = p.Shred(tenant, subject, list(classes), actor, event, basis, holds_checked, counts, list(proofs))
        return self._ask(request, bytes)

    def backup(self, target: Path) -> None:
        """Have the service write its store, sealed under today's epoch key, to ``target``; raises Conflict."""
        self._ask(p.Backup(str(target)), type(None))

    # -- watching -----------------------------------------------------------------------------------------------------

    def status(self) -> p.Facts:
        """Return how the service is: locked, log position and head, tickets in force, tenants."""
        return self._ask(p.Status(), p.Facts)

    def log_since(self, seq: int, limit: int = 1000) -> list[p.LogRecord]:
        """Return the key log's records from ``seq`` on, for matching them with the ledger's events."""
        return self._ask(p.LogSince(seq, limit), list[p.LogRecord])

    def openings_since(self, seq: int, limit: int = 1000) -> tuple[int, list[Opening]]:
        """Return (where to go on, what was opened) over ``limit`` records of the key log from ``seq`` on.

        An opening that named no event has None there: nothing in the ledger matches it.
        """
        records = self.log_since(seq, limit)
        done = [record for record in records if record.op in _OPENINGS and record.outcome != "denied"]
        return records[-1].seq + 1 if records else seq, [_opening(record) for record in done]

    def lock(self) -> None:
        """Let the service forget the root key until it is started again."""
        self._ask(p.Lock(), type(None))

    # -- the wire -----------------------------------------------------------------------------------------------------

    def _ticket(self, request: p.AnyRequest) -> Ticket:
        grant = self._ask(request, p.TicketGrant)
        return Ticket(grant.id, grant.kind, tuple(grant.subjects), tuple(grant.classes), _time(grant.expires_at))

    def _ask(self, request: p.AnyRequest, shape: type[T]) -> T:
        raw = frames.decode_answer(self._connections.exchange(frames.frame(frames.encoder.encode(request))))
        try:
            result: T = _decoder(shape).decode(raw)
        except (msgspec.DecodeError, ValueError):
            raise Unavailable("key service: malformed answer") from None
        return result

    def close(self) -> None:
        """Close idle connections."""
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"KeyClient({self._path!r})"


_decoders: dict[object, msgspec.msgpack.Decoder[Any]] = {}


def _decoder(shape: type[T]) -> msgspec.msgpack.Decoder[T]:
    """Return the decoder of ``shape``, made once."""
    if shape not in _decoders:
        _decoders[shape] = msgspec.msgpack.Decoder(shape)
    return _decoders[shape]


@cache
def keys() -> KeyClient:
    """Return this process's client of its site's key service."""
    return KeyClient(settings().keys_socket)
