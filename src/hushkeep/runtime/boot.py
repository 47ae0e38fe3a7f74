"""Starting Django: once, from the outermost modules only (``__main__``, the front, the tests)."""

import os

import django

_SETTINGS = "hushkeep.runtime.django_settings"


def boot() -> None:
    """Set Django up with the site's settings; raise Unavailable when no site is made yet. Repeatable."""
    os.environ["DJANGO_SETTINGS_MODULE"] = _SETTINGS  # noqa: TID251 - where Django looks
    django.setup()
