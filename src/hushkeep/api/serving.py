"""What the web server loads: Django is set up before the front, which knows rooms that own tables."""

from importlib import import_module
from typing import Any

from hushkeep.runtime.boot import boot


def make() -> Any:
    """Return the ASGI application (``api.front.make``)."""
    boot()
    return import_module("hushkeep.api.front").make()
