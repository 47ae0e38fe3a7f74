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

    ``shown`` holds the fields' masked forms, null for a field that was deleted; what was ``undone`` counts no more.
    """

    subject = models.UUIDField()
    klass = models.CharField(max_length=16)
    version = models.PositiveIntegerField()
    content = models.BinaryField(max_length=16)
    sealed = models.BinaryField()
    shown = models.JSONField(default=dict)
    undone = models.BooleanField(default=False, db_default=False)


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


class Attachment(TenantRow):
    """A file that hangs on a conversation's message: the ``n``-th, its name masked; what it was is in the original.

    ``turn`` is where its text stands, if it was read; ``content`` the keyed digest of its bytes, by which files alike
    within a conversation share their sealed objects.
    """

    conversation = models.UUIDField()
    n = models.PositiveSmallIntegerField()
    turn = models.PositiveIntegerField(null=True)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    content = models.BinaryField(max_length=16)
    state = models.CharField(max_length=16)
    reason = models.CharField(max_length=64, null=True)  # noqa: DJ001 - absent is not empty
    scan = models.CharField(max_length=32, null=True)  # noqa: DJ001

    objects = TenantManager["Attachment"]()


class AttachmentPart(TenantRow):
    """A piece of an attachment's content: one sealed object, its id the object's.

    The row is committed with the conversation, before the bytes come; ``wrapped`` is the object's key, wrapped for the
    conversation's subject, null until they have. So an object without a row cannot be, whenever a process dies.
    """

    conversation = models.UUIDField()
    content = models.BinaryField(max_length=16)
    part = models.PositiveSmallIntegerField()
    size = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=16)
    wrapped = models.BinaryField(null=True)

    objects = TenantManager["AttachmentPart"]()


class DiscardedObject(TenantRow):
    """An object or a key ring (``made``), by its id, that is to be destroyed from ``at`` on.

    It was given up, or was not claimed until then.
    """

    at = models.DateTimeField()
    made = models.CharField(max_length=8, default="object", db_default="object")

    objects = TenantManager["DiscardedObject"]()


class Run(TenantRow):
    """One intake run: counts only; the files' names stay with whoever sent them.

    ``asked`` is what somebody asks of it on the console: ``paused`` or ``cancelled``, null for nothing.
    """

    actor = models.UUIDField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    totals = models.JSONField(default=dict)
    asked = models.CharField(max_length=16, null=True)  # noqa: DJ001 - absent is not empty

    objects = TenantManager["Run"]()


class Batch(TenantRow):
    """The answer to one batch of a run, kept under the digest of its idempotency key."""

    run = models.UUIDField()
    key = models.BinaryField(max_length=32)
    taken_at = models.DateTimeField()
    answer = models.JSONField()

    objects = TenantManager["Batch"]()


class Recording(TenantRow):
    """A call's recording: where it stands, what was hidden in it, and what may be shown of it.

    ``spans`` are [channel, start, end, entity] and ``transcript`` [channel, start, end, masked text], in seconds;
    ``peaks`` holds 0-255 for each channel; ``pieces`` the byte offsets of the playable copy's seconds, and its end.
    ``ring`` is the key ring that the original alone hangs on; ``dead_rings`` are those still to be shredded.
    ``pauses`` are the seconds [start, end] in which the telephone system did not record; ``said_seconds`` and
    ``said_channels`` what its sidecar says of the sound. ``harms`` is what the check of the seals found at
    ``checked_at``.
    """

    subject = models.UUIDField()
    conversation = models.UUIDField(null=True)
    source_digest = models.BinaryField(max_length=16)
    agent = models.CharField(max_length=200, null=True)  # noqa: DJ001 - absent is not empty
    agent_person = models.UUIDField(null=True)
    language = models.CharField(max_length=32, null=True)  # noqa: DJ001
    direction = models.CharField(max_length=16, null=True)  # noqa: DJ001
    started_at = models.DateTimeField(null=True)
    landed_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    suffix = models.CharField(max_length=8)
    size = models.BigIntegerField()
    landed_size = models.BigIntegerField(default=0)
    sha256 = models.BinaryField(max_length=32)
    state = models.CharField(max_length=16)
    reason = models.CharField(max_length=64, null=True)  # noqa: DJ001
    stage = models.CharField(max_length=16, null=True)  # noqa: DJ001
    passed_seconds = models.FloatField(default=0)
    beat_at = models.DateTimeField(null=True)
    scans = models.PositiveIntegerField(default=0)
    scanned_at = models.DateTimeField(null=True)
    mode = models.CharField(max_length=16, null=True)  # noqa: DJ001
    recogniser = models.CharField(max_length=120, null=True)  # noqa: DJ001
    seconds = models.FloatField(null=True)
    channels = models.PositiveSmallIntegerField(null=True)
    rate = models.PositiveIntegerField(null=True)
    spans = models.JSONField(default=list)
    transcript = models.JSONField(default=list)
    peaks = models.JSONField(default=list)
    pieces = models.JSONField(default=list)
    opus_pieces = models.JSONField(default=list)
    pauses = models.JSONField(default=list)
    said_seconds = models.FloatField(null=True)
    said_channels = models.PositiveSmallIntegerField(null=True)
    harms = models.JSONField(default=list)
    checked_at = models.DateTimeField(null=True)
    sampled = models.BooleanField(default=False)
    ring = models.UUIDField(null=True)
    dead_rings = models.JSONField(default=list)

    objects = TenantManager["Recording"]()

    class Meta:
        indexes = (
            models.Index(fields=["tenant", "-landed_at", "-id"], name="records_recording_page"),
            models.Index(fields=["tenant", "state"], name="records_recording_state"),
            models.Index(
                fields=["tenant", "beat_at"],
                condition=models.Q(stage__isnull=False),
                name="records_recording_searched",
            ),
        )


class RecordingCopy(TenantRow):
    """One sealed object of a recording, its id the object's: a part of the original, the redacted copy, and so on.

    The key of an original is split in two: one half is wrapped for the subject, the other for the recording's ring.
    """

    recording = models.UUIDField()
    role = models.CharField(max_length=16)
    part = models.PositiveIntegerField()
    size = models.BigIntegerField()
    suffix = models.CharField(max_length=8)
    subject_wrap = models.BinaryField()
    ring_wrap = models.BinaryField(null=True)

    objects = TenantManager["RecordingCopy"]()


class Listening(TenantRow):
    """Seconds [first, end) of a recording that were handed to somebody, under the event that allowed it."""

    event = models.UUIDField()
    recording = models.UUIDField()
    actor = models.UUIDField()
    at = models.DateTimeField()
    first = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    seek = models.BooleanField()

    objects = TenantManager["Listening"]()


class Export(TenantRow):
    """One archive that an approval allowed: who made it, for whom, what it holds and what became of it.

    ``slot`` is the recipient's slot of its header; ``digest`` the SHA-256 of the archive once it is whole.
    """

    approval = models.UUIDField()
    object = models.UUIDField()
    person = models.UUIDField()
    requester = models.UUIDField()
    approver = models.UUIDField()
    state = models.CharField(max_length=10)
    slot = models.JSONField()
    count = models.PositiveBigIntegerField()
    size = models.PositiveBigIntegerField(default=0)
    digest = models.BinaryField(max_length=32, null=True)
    began_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    taken_in = models.UUIDField(null=True)
    opening = models.UUIDField(null=True)

    objects = TenantManager["Export"]()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant", "approval"], name="records_export_once"),)


class Change(TenantRow):
    """A change or deletion of a customer's fields, its capsule, and the masked forms before and after.

    ``index`` are the [name, keyed digest] by which the change made the customer found.
    """

    subject = models.UUIDField()
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=10)
    klass = models.CharField(max_length=16)
    capsule = models.UUIDField()
    actor = models.UUIDField()
    event = models.UUIDField()
    at = models.DateTimeField()
    undo_until = models.DateTimeField()
    before = models.JSONField()
    after = models.JSONField()
    index = models.JSONField(default=list)
    undone_by = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True)

    objects = TenantManager["Change"]()

    class Meta:
        indexes = (
            models.Index(fields=["tenant", "subject", "-id"], name="records_change_subject"),
            models.Index(fields=["tenant", "state", "undo_until"], name="records_change_window"),
        )
