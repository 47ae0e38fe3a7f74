"""Intake's part: make keys, wrap, seal and index. Nothing here opens anything for anybody."""

from functools import lru_cache
from uuid import UUID

from hushkeep import vault
from hushkeep.keys import protocol as p
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


def wrap_interactions(ground: Ground, request: p.WrapInteractions) -> list[list[bytes]]:
    """Wrap each interaction key under the key of every subject concerned: conversation id (16 bytes) and the wrap."""
    concerned = ground.tree.rings(request.tenant, (s for *_, subjects in request.items for s in subjects))
    wrapped = []
    for conversation, klass, secret, subjects in request.items:
        context = interaction_context(request.tenant, klass, conversation)
        key_id = vault.key_id(secret)
        start = conversation.bytes
        wrapped.append(
            [start + vault.wrap_secret(concerned[subject].key(klass), key_id, secret, context) for subject in subjects]
        )
    return wrapped


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
    """Return digests for writing."""
    tree = ground.writing()
    return [vault.blind_index(tree.index_key(request.tenant, name), name, value) for name, value in request.items]
