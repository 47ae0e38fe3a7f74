"""The Django application of the room."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Its label and name."""

    name = "hushkeep.records"
    label = "records"
