"""Rows of watch: how far the matching has read, and the openings it has in hand. They never leave the room."""

from django.db import models

from hushkeep.runtime.rows import TenantRow


class MatchingPlace(TenantRow):
    """Where the next round goes on: in the key service's log and in the center's ledger."""

    key_seq = models.BigIntegerField(default=0)
    ledger_seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant"], name="watch_matching_once"),)


class KeptOpening(TenantRow):
    """An opening of the key log that waits for its event, or for its event to be read."""

    seq = models.BigIntegerField()
    op = models.CharField(max_length=20)
    at = models.DateTimeField()
    seen_at = models.DateTimeField()
    actor = models.UUIDField(null=True)
    event = models.UUIDField(null=True)
    subject = models.UUIDField(null=True)
