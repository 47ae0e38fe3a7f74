"""Rows of the room: masked text, sealed originals, wraps and keyed digests; never a clear value, never in an id."""

from django.db import models

from hushkeep.runtime.rows import TenantManager, TenantRow


class Subject(TenantRow):
    """A data subject: an id, nothing else. What is known of it lies in capsules."""

    created_at = models.DateTimeField()


class SubjectIndex(TenantRow):
    """A keyed digest of an identifier of a subject: one digest, one subject."""

    name = models.CharField(max_length=32)
    digest = models.BinaryField(max_length=16)
    subject = models.UUIDField()


class Capsule(TenantRow):
    """The sealed personal fields of one subject and class; a later version stands beside the earlier ones.

    ``shown`` holds the fields' masked forms.
    """

    subject = models.UUIDField()
    klass = models.CharField(max_length=16)
    version = models.PositiveIntegerField()
    content = models.BinaryField(max_length=16)
    sealed = models.BinaryField()
    shown = models.JSONField(default=dict)


class Conversation(TenantRow):
    """One conversation: masked turns and findings for the eye, the original sealed.

    ``masked`` is a list of [speaker, text, at]; ``findings`` of [turn, start, end, entity, level], offsets in the
    masked text; ``at`` is when it began, or was taken in where the source does not say.
    """

    run = models.UUIDField()
    seen_run = models.UUIDField()
    subject = models.UUIDField()
    source_digest = models.BinaryField(max_length=16)
    content_digest = models.BinaryField(max_length=16)
    channel = models.CharField(max_length=16)
    language = models.CharField(max_length=32, null=True)  # noqa: DJ001 - absent is not empty
    direction = models.CharField(max_length=16, null=True)  # noqa: DJ001
    agent = models.CharField(max_length=200, null=True)  # noqa: DJ001
    at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField()
    turn_count = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField()
    secrets_cut = models.PositiveIntegerField()
    entities = models.JSONField()
    preview = models.CharField(max_length=200)
    masked = models.JSONField()
    findings = models.JSONField()
    scheme = models.CharField(max_length=16)
    sealed = models.BinaryField()
    version = models.PositiveIntegerField(default=1)

    objects = TenantManager["Conversation"]()

    class Meta:
        indexes = (
            models.Index(fields=["tenant", "-at", "-id"], name="records_conversation_page"),
            models.Index(fields=["tenant", "subject"], name="records_conversation_subject"),
        )


class Wrap(TenantRow):
    """A conversation's key, wrapped for one subject."""

    conversation = models.UUIDField()
    subject = models.UUIDField()
    wrapped = models.BinaryField()


class ConversationIndex(TenantRow):
    """A keyed digest of an identifier that occurs in a conversation's text."""

    name = models.CharField(max_length=32)
    digest = models.BinaryField(max_length=16)
    conversation = models.UUIDField()


class Run(TenantRow):
    """One intake run: counts only; the files' names stay with whoever sent them."""

    actor = models.UUIDField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    totals = models.JSONField(default=dict)

    objects = TenantManager["Run"]()


class Batch(TenantRow):
    """The answer to one batch of a run, kept under the digest of its idempotency key."""

    run = models.UUIDField()
    key = models.BinaryField(max_length=32)
    taken_at = models.DateTimeField()
    answer = models.JSONField()

    objects = TenantManager["Batch"]()
