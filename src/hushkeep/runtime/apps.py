"""The Django app of runtime: it owns no tables."""

from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    """Names the room to Django."""

    name = "hushkeep.runtime"
    label = "runtime"
