"""The straight way: conversations in, masked and sealed ones out. Nothing else makes a ``ProtectedConversation``.

The key service seals the original under a fresh interaction key, bound to tenant, conversation and version, and hands
out that key wrapped for the subject concerned: no key is ever in this process. Secrets were cut before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cbor2

from hushkeep.kernel import Conversation, ConversationId, SubjectId, TenantId, Turn
from hushkeep.records._examine import Examined
from hushkeep.records._fingerprint import TURNS, plain
from hushkeep.records.values import Mark
from hushkeep.runtime.key_client import KeyClient

TABLE = "conversation"
KLASS = "text"


@dataclass(frozen=True, slots=True)
class ServerSealed:
    """An original sealed here: the capsule, and its key wrapped once for each subject."""

    sealed: bytes = field(repr=False)
    wraps: tuple[tuple[SubjectId, bytes], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientSealed:
    """An original sealed where it was written, by ``scheme``; the server holds no key to it."""

    scheme: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an examined conversation goes: its id, whose it is, which version it becomes, and its keyed digests.

    ``source`` and ``content`` are the digests of its fingerprints; ``index`` holds (index name, digest) pairs.
    """

    id: ConversationId
    subject: SubjectId
    source: bytes
    content: bytes
    index: tuple[tuple[str, bytes], ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedConversation:
    """A conversation that may be stored: masked, its original sealed. Only ``protect`` (or a client) makes one.

    ``header`` is the conversation without turns and customer; ``masked`` is None where the server never saw the text.
    """

    tenant: TenantId
    place: Place
    header: Conversation
    masked: tuple[Turn, ...] | None = field(repr=False)
    marks: tuple[Mark, ...]
    entities: Mapping[str, int]
    level: int
    secrets_cut: int
    original: ServerSealed | ClientSealed


def protect(
    tenant: TenantId, examined: Sequence[Examined], places: Sequence[Place], keys: KeyClient
) -> list[ProtectedConversation]:
    """Return each examined conversation masked, with its original sealed for the subject of its place.

    The subjects' keys exist. Raises Unavailable when the key service does not answer, ValueError when the two
    sequences differ in length.
    """
    done = keys.seal_originals(
        tenant,
        [
            (place.id, KLASS, place.subject, TABLE, place.version, original_bytes(item))
            for item, place in zip(examined, places, strict=True)
        ],
    )
    return [
        _protected(tenant, item, place, sealed, wrap)
        for item, place, (sealed, wrap) in zip(examined, places, done, strict=True)
    ]


def _protected(tenant: TenantId, item: Examined, place: Place, sealed: bytes, wrap: bytes) -> ProtectedConversation:
    return ProtectedConversation(
        tenant=tenant,
        place=place,
        header=item.header,
        masked=item.masked,
        marks=item.marks,
        entities=item.entities,
        level=item.level,
        secrets_cut=item.secrets_cut,
        original=ServerSealed(sealed, ((place.subject, wrap),)),
    )


def original_bytes(item: Examined) -> bytes:
    """Return the canonical CBOR of the conversation as the source told it, secrets cut, customer's fields apart."""
    return cbor2.dumps({"v": 1, "conversation": plain(item.kept)})


def original_turns(opened: bytes) -> list[str]:
    """Return the texts of the turns of an opened original, in order."""
    turns = cbor2.loads(opened)["conversation"][TURNS]
    return [text for _, text, _ in turns]
