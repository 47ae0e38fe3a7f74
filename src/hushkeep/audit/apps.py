"""The Django app of audit."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Names the room to Django; its tables are partitioned and stand in SQL migrations, not in models."""

    name = "hushkeep.audit"
    label = "audit"
