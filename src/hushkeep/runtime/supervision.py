"""A site as it runs: the lock on its data directory, its port, the marks that it leaves for other commands."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from hushkeep.kernel import InvalidInput, Unavailable
from hushkeep.runtime import logs
from hushkeep.runtime.address import port_mark
from hushkeep.runtime.certificates import serving_certificate
from hushkeep.runtime.files import private_folder, write_private
from hushkeep.runtime.floor import require_floor
from hushkeep.runtime.locks import exclusive, free_port
from hushkeep.runtime.processes import site_processes
from hushkeep.runtime.schema_state import require_current
from hushkeep.runtime.separation import Crew, crew_of, hand_out
from hushkeep.runtime.settings import Settings
from hushkeep.runtime.site import Site
from hushkeep.runtime.supervisor import Supervisor

_RENEWAL_EVERY = timedelta(hours=6)


@dataclass(slots=True)
class RunningSite:
    """A site whose processes are healthy."""

    settings: Settings
    port: int
    supervisor: Supervisor
    crew: Crew | None
    renewed_at: datetime

    @property
    def address(self) -> str:
        """Where the console is."""
        return f"https://{self.settings.host}:{self.port}"

    def serve(self, now: Callable[[], datetime], each_tick: Callable[[], None]) -> None:
        """Keep the site running until SIGTERM or SIGINT; the certificate is renewed in good time."""

        def tick() -> None:
            each_tick()
            if now() - self.renewed_at > _RENEWAL_EVERY:
                self.renewed_at = now()
                self._renew(now())

        self.supervisor.run(tick)

    def _renew(self, now: datetime) -> None:
        chain = serving_certificate(self.settings, now).chain
        if self.crew is not None:
            hand_out(self.settings, self.crew)
        if chain.stat().st_mtime > now.timestamp() - _RENEWAL_EVERY.total_seconds():
            self.supervisor.signal("front", signal.SIGHUP)


def lock_file(site: Settings) -> Path:
    """Return the file that the one supervisor of ``site`` holds locked."""
    return site.run_dir / "up.lock"


@contextmanager
def site_running(site: Settings, made: Site, now: Callable[[], datetime]) -> Iterator[RunningSite]:
    """Run the block with the processes of ``site`` up and healthy, and stop them in order afterwards.

    Raises Conflict when another supervisor runs or the port is taken, InvalidInput for a demo that would listen to
    the network, Unavailable when a process does not start.
    """
    if made.demo and not ip_address(site.bind).is_loopback:
        raise InvalidInput("a demo site listens on loopback only: make a site without --level demo")
    require_floor()
    crew = crew_of(made)
    with exclusive(lock_file(site)):
        port = free_port(site.bind, site.port)
        serving_certificate(site, now())
        private_folder(site.logs_dir)
        logs.set_up("supervisor", site.logs_dir / "supervisor.log")
        if crew is not None:
            hand_out(site, crew)
        supervisor = Supervisor(site_processes(site, port, crew, demo=made.demo), site.logs_dir)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: supervisor.stop())
        mark = port_mark(site)
        try:
            supervisor.start(before_last=lambda: require_current(site))
            if supervisor.stopping:
                raise Unavailable("stopped while starting")
            write_private(mark, json.dumps({"port": port}).encode(), replace=True)
            yield RunningSite(site, port, supervisor, crew, now())
        finally:
            mark.unlink(missing_ok=True)
            supervisor.end()
