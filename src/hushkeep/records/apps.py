"""The Django app of records."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Names the room to Django."""

    name = "hushkeep.records"
    label = "records"
