"""Intake's part: make keys, wrap, seal and index. Nothing here opens anything for anybody."""

import io
import secrets
from functools import lru_cache
from uuid import UUID

from hushkeep import vault
from hushkeep.keys import protocol as p
from hushkeep.keys import rings
from hushkeep.keys.ground import Ground


def interaction_context(tenant: UUID, klass: str, conversation: UUID) -> vault.WrapContext:
    """Return what a wrapped interaction key is bound to."""
    return vault.WrapContext(tenant=tenant, purpose="interaction", klass=klass, owner=conversation)


@lru_cache(maxsize=4096)
def before_conversation(tenant: UUID, klass: str) -> bytes:
    """Return the encoded context of a wrapped interaction key without its last 16 bytes, the conversation's id."""
    return interaction_context(tenant, klass, UUID(int=0)).encode()[:-16]


def create_tenant(ground: Ground, request: p.CreateTenant) -> None:
    """Make a tenant's keys unless they exist."""
    if ground.writing().create_tenant(request.tenant):
        ground.journal.append("create_tenant", "done", tenant=request.tenant)


def create_subjects(ground: Ground, request: p.CreateSubjects) -> None:
    """Make the rings of subjects that have none."""
    made = ground.writing().create_subjects(request.tenant, request.subjects)
    if made:
        ground.journal.append("create_subjects", "done", tenant=request.tenant, count=made)


def create_rings(ground: Ground, request: p.CreateRings) -> None:
    """Make the rings of things that have none."""
    classes = rings.ALL_CLASSES | rings.RETENTION
    made = ground.writing().create_subjects(request.tenant, request.rings, classes=classes)
    if made:
        ground.journal.append("create_rings", "done", tenant=request.tenant, count=made)


def wrap_interactions(ground: Ground, request: p.WrapInteractions) -> list[list[bytes]]:
    """Wrap each interaction key under the key of every subject concerned: conversation id (16 bytes) and the wrap."""
    concerned = ground.tree.rings(request.tenant, (s for *_, subjects in request.items for s in subjects))
    return [
        [_wrap(concerned[subject], klass, conversation, secret) for subject in subjects]
        for conversation, klass, secret, subjects in request.items
    ]


def _wrap(ring: rings.Ring, klass: str, conversation: UUID, secret: bytes) -> bytes:
    """Return the conversation's id (16 bytes) and ``secret`` wrapped under the ring's key of ``klass``."""
    bound = before_conversation(ring.tenant, klass) + conversation.bytes
    return conversation.bytes + vault.wrap_bound(ring.key(klass), vault.key_id(secret), secret, bound)


def seal_originals(ground: Ground, request: p.SealOriginals) -> list[tuple[bytes, bytes]]:
    """Seal each original under a key that is made here and leaves only wrapped: (sealed, wrap) of each."""
    concerned = ground.tree.rings(request.tenant, (item[2] for item in request.items))
    sealed = []
    for conversation, klass, subject, table, version, plaintext in request.items:
        key = vault.DataKey.random()
        place = vault.Context(
            tenant=request.tenant, table=table, klass=klass, row=conversation, capsule_version=version
        )
        wrap = _wrap(concerned[subject], klass, conversation, key.secret)
        sealed.append((vault.seal(key, plaintext, place), wrap))
    return sealed


def seal_file(ground: Ground, request: p.SealFile) -> tuple[bytes, list[bytes]]:
    """Seal a file under a key that is made here and leaves only wrapped: (sealed file, wraps).

    With a ring the key is the exclusive or of two random halves, one wrapped for each: a one-time pad.
    """
    whom = [request.subject] if request.ring is None else [request.subject, request.ring]
    concerned = ground.tree.rings(request.tenant, whom)
    key = secrets.token_bytes(vault.KEY_BYTES)
    halves = [key]
    if request.ring is not None:
        first = secrets.token_bytes(vault.KEY_BYTES)
        halves = [first, bytes(a ^ b for a, b in zip(key, first, strict=True))]
    sealed = _sealed_file(vault.DataKey.of(key), request.object, request.content)
    wraps = [_wrap(concerned[who], request.klass, request.object, half) for who, half in zip(whom, halves, strict=True)]
    return sealed, wraps


def seal_files(ground: Ground, request: p.SealFiles) -> list[tuple[bytes, bytes]]:
    """Seal each file under a key that is made here and leaves only wrapped: (sealed file, wrap) of each."""
    concerned = ground.tree.rings(request.tenant, (item[2] for item in request.items))
    done = []
    for object_id, klass, subject, content in request.items:
        key = vault.DataKey.random()
        wrap = _wrap(concerned[subject], klass, object_id, key.secret)
        done.append((_sealed_file(key, object_id, content), wrap))
    return done


def _sealed_file(key: vault.DataKey, object_id: UUID, content: bytes) -> bytes:
    out = io.BytesIO()
    vault.seal_stream(io.BytesIO(content), out, key, object_id)
    return out.getvalue()


def seal_capsules(ground: Ground, request: p.SealCapsules) -> list[bytes]:
    """Seal values under their subjects' keys."""
    concerned = ground.tree.rings(request.tenant, (item[0] for item in request.items))
    return [
        vault.seal(
            concerned[subject].key(klass),
            plaintext,
            vault.Context(tenant=request.tenant, table=table, klass=klass, row=row, capsule_version=version),
        )
        for subject, klass, table, row, version, plaintext in request.items
    ]


def index(ground: Ground, request: p.Index) -> list[bytes]:
    """Return digests for writing, within the tenant's limit: whoever could ask without end would try every number."""
    whom = ("index", request.tenant)
    ground.buckets.take(whom, ground.limits.index_tenant, ground.clock.now(), len(request.items))
    tree = ground.writing()
    return [vault.blind_index(tree.index_key(request.tenant, name), name, value) for name, value in request.items]
