"""The Django application of the room."""

from importlib import import_module

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Its label and name."""

    name = "hushkeep.records"
    label = "records"

    def ready(self) -> None:
        """Register the room's recurring work."""
        import_module("hushkeep.records.tenant_keys")
