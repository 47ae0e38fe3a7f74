"""The Django app of access."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Names the room to Django."""

    name = "hushkeep.access"
    label = "access"
