"""The processes that ``hushkeep up`` supervises: ``hushkeep serve front`` and ``hushkeep serve worker``."""

import asyncio
import signal

import click
from django.utils.module_loading import autodiscover_modules
from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
from granian.server import Server

from hushkeep.runtime import logs
from hushkeep.runtime.boot import boot
from hushkeep.runtime.certificates import issued
from hushkeep.runtime.death import end_with_parent
from hushkeep.runtime.settings import settings
from hushkeep.runtime.worker import work

_KILL_SECONDS = 5


@click.group(hidden=True)
def serve() -> None:
    """Run one of the site's processes in the foreground."""


@serve.command()
@click.option("--port", type=int, help="The port to listen on; the setting's when not given.")
def front(port: int | None) -> None:
    """Serve the console and the API over TLS 1.3."""
    logs.set_up("front")
    end_with_parent(signal.SIGTERM)
    site = settings()
    certificate = issued(site)
    Server(
        "hushkeep.api.serving:make",
        factory=True,
        address=site.bind,
        port=site.port if port is None else port,
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,
        runtime_mode=RuntimeModes.st,
        http=HTTPModes.auto,
        websockets=False,
        workers=site.front_workers,
        workers_kill_timeout=_KILL_SECONDS,  # with a stuck request the server would else wait for ever
        respawn_failed_workers=True,
        ssl_cert=certificate.chain,
        ssl_key=certificate.key,
        log_access=False,
        log_enabled=False,
    ).serve()


@serve.command()
def worker() -> None:
    """Run jobs and services."""
    logs.set_up("worker")
    end_with_parent(signal.SIGTERM)
    boot()
    autodiscover_modules("jobs", "services")
    asyncio.run(work())
