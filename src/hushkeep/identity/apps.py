"""The Django app of identity."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Names the room to Django."""

    name = "hushkeep.identity"
    label = "identity"
