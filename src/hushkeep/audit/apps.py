"""The Django app of audit."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Names the room to Django."""

    name = "hushkeep.audit"
    label = "audit"
