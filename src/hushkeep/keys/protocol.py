"""What client and key service say to each other (docs/crypto-spec.md, section 9): the shapes of what is asked and told.

Each is checked when its frame is decoded (``frames``): what does not fit is refused before any handler sees it.
"""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec

Klass = Annotated[str, msgspec.Meta(pattern="^(contact|identity|payment|voice|text|consent)$")]
IndexName = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,31}$")]
Text = Annotated[str, msgspec.Meta(max_length=4096)]
Secret = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Blob = Annotated[bytes, msgspec.Meta(max_length=16 * 1024 * 1024)]
Segment = Annotated[bytes, msgspec.Meta(max_length=64 * 1024)]
Version = Annotated[int, msgspec.Meta(ge=0, le=0xFFFFFFFF)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]

CLASSES: Final = ("contact", "identity", "payment", "voice", "text", "consent")
"""The classes of personal data, in the order of their keys on a subject's ring."""


class Request(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, tag=True):
    """The root of all requests."""


class Status(Request, frozen=True):
    """Ask how the service is."""


class CreateTenant(Request, frozen=True):
    """Make a tenant's keys; nothing happens when they exist."""

    tenant: UUID


class CreateSubjects(Request, frozen=True):
    """Make the key rings of subjects; those that exist stay as they are."""

    tenant: UUID
    subjects: list[UUID]


class CreateRings(Request, frozen=True):
    """Make the key rings of things that are kept for a while: reviewers' and agents' tickets open none."""

    tenant: UUID
    rings: list[UUID]


class WrapInteractions(Request, frozen=True):
    """Wrap interaction keys, each once for every subject concerned: (conversation, class, key, subjects)."""

    tenant: UUID
    items: list[tuple[UUID, Klass, Secret, list[UUID]]]


class SealOriginals(Request, frozen=True):
    """Seal originals, each under a fresh interaction key: (conversation, class, subject, table, version, plaintext)."""

    tenant: UUID
    items: list[tuple[UUID, Klass, UUID, Text, Version, Blob]]


class SealFile(Request, frozen=True):
    """Seal a file under a fresh key; with ``ring`` the key is split in two, and either half destroyed destroys it."""

    tenant: UUID
    object: UUID
    klass: Klass
    subject: UUID
    ring: UUID | None
    content: Blob


class SealFiles(Request, frozen=True):
    """Seal small files, each under a fresh key of its own: (object, class, subject, content); one frame holds all."""

    tenant: UUID
    items: list[tuple[UUID, Klass, UUID, Blob]]


class SealCapsules(Request, frozen=True):
    """Seal values: (subject, class, table, row, capsule version, plaintext)."""

    tenant: UUID
    items: list[tuple[UUID, Klass, Text, UUID, Version, Blob]]


class Index(Request, frozen=True):
    """Digests of (index name, normalised value) pairs, for writing."""

    tenant: UUID
    items: list[tuple[IndexName, Text]]


class Lookup(Request, frozen=True):
    """One digest, for searching: limited and logged."""

    tenant: UUID
    actor: UUID
    event: UUID | None
    name: IndexName
    value: Text


class Proof(msgspec.Struct, array_like=True, frozen=True):
    """A device's signature (64 bytes) over a statement, made at ``at``."""

    actor: UUID
    device: UUID
    at: datetime
    signature: bytes


class TicketSample(Request, frozen=True):
    """A ticket of a reviewer for one subject; ``proof`` is the reviewer's device signature (a demo does without)."""

    tenant: UUID
    actor: UUID
    subject: UUID
    classes: list[Klass]
    event: UUID
    purpose: Text = ""
    proof: Proof | None = None


class TicketJob(Request, frozen=True):
    """A ticket of a declared job over declared subjects."""

    tenant: UUID
    job: UUID
    subjects: list[UUID]
    classes: list[Klass]
    event: UUID


class Unwrap(Request, frozen=True):
    """Open interaction keys under a ticket."""

    ticket: bytes
    event: UUID
    wraps: list[Blob]


class OpenOriginals(Request, frozen=True):
    """Open originals under a ticket: (wrap of the interaction key, table, version, sealed)."""

    ticket: bytes
    event: UUID
    items: list[tuple[Blob, Text, Version, Blob]]


class OpenSegments(Request, frozen=True):
    """Open segments of one sealed file under a ticket: (number, whether it is the last, sealed).

    ``wraps`` are of its key, or of the two halves that it was split into; ``start`` is the file's first 104 bytes.
    """

    ticket: bytes
    event: UUID
    wraps: Annotated[list[Blob], msgspec.Meta(min_length=1, max_length=2)]
    object: UUID
    start: Annotated[bytes, msgspec.Meta(min_length=104, max_length=104)]
    segments: Annotated[list[tuple[Version, bool, Segment]], msgspec.Meta(min_length=1, max_length=128)]


class OpenCapsules(Request, frozen=True):
    """Open capsules under a ticket: (table, row, capsule version, sealed)."""

    ticket: bytes
    event: UUID
    items: list[tuple[Text, UUID, Version, Blob]]


class Verify(Request, frozen=True):
    """Does an answer match a field of a capsule? Yes or no."""

    tenant: UUID
    actor: UUID
    event: UUID
    question: Text
    value: Text
    table: Text
    row: UUID
    version: Version
    sealed: Blob


class SealPin(Request, frozen=True):
    """The capsule of a subject's PIN: 4 to 12 digits, of which a keyed digest alone is kept."""

    tenant: UUID
    subject: UUID
    table: Text
    row: UUID
    version: Version
    pin: Annotated[str, msgspec.Meta(pattern="^[0-9]{4,12}$")]


class IssueCode(Request, frozen=True):
    """A one-time code for a subject, to be sent to them by another way than the one they speak on."""

    tenant: UUID
    actor: UUID
    event: UUID
    subject: UUID


class VerifyCode(Request, frozen=True):
    """Is it the subject's one-time code? Yes or no."""

    tenant: UUID
    actor: UUID
    event: UUID
    subject: UUID
    value: Text


class RegisterConnector(Request, frozen=True):
    """Make and return a connector's secret; with ``rotate`` a new one in place of the one it has."""

    tenant: UUID
    connector: UUID
    rotate: bool = False


class RegisterDevice(Request, frozen=True):
    """Keep a person's device key (SubjectPublicKeyInfo, P-256); a ``reviewer``'s may sign for samples."""

    tenant: UUID
    actor: UUID
    device: UUID
    public_key: Annotated[bytes, msgspec.Meta(max_length=256)]
    reviewer: bool = False


class RevokeDevice(Request, frozen=True):
    """Let a device sign nothing more."""

    tenant: UUID
    device: UUID


class BindContacts(Request, frozen=True):
    """Tie contacts to subjects: (subject, index name, normalised value)."""

    tenant: UUID
    items: list[tuple[UUID, IndexName, Text]]


class LiveStart(Request, frozen=True):
    """A connector's signed start, and the id that the conversation has in the house."""

    tenant: UUID
    connector: UUID
    conversation: UUID
    body: Blob
    signature: bytes


class LiveEnd(Request, frozen=True):
    """A connector's signed end."""

    tenant: UUID
    connector: UUID
    body: Blob
    signature: bytes


class LiveChange(Request, frozen=True):
    """A connector's signed word on a conversation that goes on: answered, transferred, joined or left."""

    tenant: UUID
    connector: UUID
    body: Blob
    signature: bytes


class TicketLive(Request, frozen=True):
    """A ticket of an agent for the customer of a live conversation."""

    tenant: UUID
    actor: UUID
    conversation: UUID
    classes: list[Klass]
    purpose: Text
    event: UUID
    proof: Proof


class EndTickets(Request, frozen=True):
    """End every ticket that a person has: they were stopped, or have left."""

    tenant: UUID
    actor: UUID


class TicketFourEyes(Request, frozen=True):
    """A ticket that two people signed for."""

    tenant: UUID
    actor: UUID
    subjects: list[UUID]
    classes: list[Klass]
    purpose: Text
    event: UUID
    proofs: list[Proof]


class Pledge(Request, frozen=True):
    """Keep a person's device signature for a ticket that the worker asks for later; ``event`` names the request."""

    tenant: UUID
    subjects: list[UUID]
    classes: list[Klass]
    purpose: Text
    event: UUID
    proof: Proof


class TicketPledged(Request, frozen=True):
    """The ticket that people pledged for under the id ``pledge``; ``event`` is that of the opening itself."""

    tenant: UUID
    actor: UUID
    subjects: list[UUID]
    classes: list[Klass]
    purpose: Text
    pledge: UUID
    event: UUID


class Rotate(Request, frozen=True):
    """Make a new version of a tenant's key and re-wrap; under dual control two people's devices sign for it."""

    tenant: UUID
    actor: UUID
    event: UUID
    proofs: list[Proof] = []


class Shred(Request, frozen=True):
    """Destroy a subject's keys, of ``classes`` or (when empty) of all; ``removed`` counts what else was deleted."""

    tenant: UUID
    subject: UUID
    classes: list[Klass]
    actor: UUID
    event: UUID
    basis: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]
    holds_checked: bool
    removed: dict[Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,31}$")], Count]
    proofs: list[Proof]


class Backup(Request, frozen=True):
    """Write the store, sealed under today's epoch key, to a file on the service's machine."""

    target: Text


class LogSince(Request, frozen=True):
    """The log's records from a sequence number on: at most ``limit``."""

    since: Count
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class Lock(Request, frozen=True):
    """Forget the root key until the service is started again."""


AnyRequest = (
    Status
    | CreateTenant
    | CreateSubjects
    | CreateRings
    | WrapInteractions
    | SealOriginals
    | SealFile
    | SealFiles
    | SealCapsules
    | Index
    | Lookup
    | TicketSample
    | TicketJob
    | Unwrap
    | OpenOriginals
    | OpenSegments
    | OpenCapsules
    | Verify
    | SealPin
    | IssueCode
    | VerifyCode
    | RegisterConnector
    | RegisterDevice
    | RevokeDevice
    | BindContacts
    | LiveStart
    | LiveChange
    | LiveEnd
    | TicketLive
    | EndTickets
    | TicketFourEyes
    | Pledge
    | TicketPledged
    | Rotate
    | Shred
    | Backup
    | LogSince
    | Lock
)

Facts = dict[str, bool | int | str]
"""What the service says of itself."""


class TicketGrant(msgspec.Struct, array_like=True, frozen=True):
    """A ticket as the service hands it out; ``expires_at`` in microseconds since 1970 (UTC)."""

    id: bytes
    kind: str
    subjects: list[UUID]
    classes: list[str]
    expires_at: int


class LogRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record of the key log: ids and counts only; ``at`` in microseconds since 1970 (UTC)."""

    seq: int
    at: int
    op: str
    outcome: str
    tenant: UUID | None = None
    actor: UUID | None = None
    event: UUID | None = None
    kind: str | None = None
    subject: UUID | None = None
    conversation: UUID | None = None
    reason: str | None = None
    count: int = 0
    signature: str | None = None
