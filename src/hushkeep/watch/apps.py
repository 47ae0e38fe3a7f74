"""The Django app of watch."""

from django.apps import AppConfig


class WatchConfig(AppConfig):
    """Names the room to Django."""

    name = "hushkeep.watch"
    label = "watch"
