"""The worker: jobs from the queue, and the services that recur for every tenant."""

import asyncio
import signal
from contextlib import suppress

from django.db import close_old_connections
from procrastinate import App, PsycopgConnector

from hushkeep.kernel import PLATFORM_TENANT
from hushkeep.runtime import jobs, logs
from hushkeep.runtime.database import conninfo
from hushkeep.runtime.files import private_folder
from hushkeep.runtime.processes import alive_file
from hushkeep.runtime.roles import APP
from hushkeep.runtime.services import Service, services
from hushkeep.runtime.site import read_site

BEAT_SECONDS = 2.0
_LET_FINISH_SECONDS = 5
# When the supervisor is killed the database goes with us: whoever then waits for a connection, waits for ever.
_LAST_SECONDS = 12


async def work() -> None:
    """Run jobs and services until SIGTERM; jobs in hand get five seconds to finish, and the process ends in twelve."""
    queue = App(connector=PsycopgConnector(conninfo=conninfo(APP), min_size=1, max_size=3))
    jobs.register_all(queue)
    async with queue.open_async():
        tasks = [
            asyncio.create_task(_beat()),
            asyncio.create_task(
                queue.run_worker_async(
                    concurrency=2,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=_LET_FINISH_SECONDS,
                    listen_notify=True,
                )
            ),
            *(asyncio.create_task(_repeat(service)) for service in services()),
        ]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _end, tasks)
        logs.tell("worker_started", services=len(services()))
        with suppress(asyncio.CancelledError):
            # The first to end ends all: the supervisor starts the worker anew.
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        _cancel(tasks)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result


def _end(tasks: list[asyncio.Task[None]]) -> None:
    signal.alarm(_LAST_SECONDS)  # its default action ends the process, wherever a thread may hang
    _cancel(tasks)


def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()


async def _beat() -> None:
    if not alive_file().parent.exists():
        private_folder(alive_file().parent)
    while True:
        alive_file().touch()
        await asyncio.sleep(BEAT_SECONDS)


async def _repeat(service: Service) -> None:
    while True:
        await asyncio.to_thread(_round, service)
        await asyncio.sleep(service.every)


def _round(service: Service) -> None:
    # Events that precede sign-in belong to the platform's own tenant: it is served like any other.
    for tenant in (PLATFORM_TENANT, *(tenant.id for tenant in read_site().tenants)):
        close_old_connections()
        try:
            service.work(tenant)
        except Exception:  # noqa: BLE001 - the outermost loop: one tenant's failure must not stop the others
            logs.fail("service_failed", service=service.name, tenant=tenant)
