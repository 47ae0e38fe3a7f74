"""The site's processes: how each is started and how its health is asked."""

import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg

from hushkeep.runtime.address import ca_file
from hushkeep.runtime.capabilities import keep_memory_lock, kept_over_setuid
from hushkeep.runtime.cluster import SUPERUSER, Cluster
from hushkeep.runtime.database import PASSWORDS, SUPERUSER_KEY, conninfo
from hushkeep.runtime.death import with_parent
from hushkeep.runtime.roles import APP
from hushkeep.runtime.secret_files import role_passwords
from hushkeep.runtime.separation import Crew
from hushkeep.runtime.settings import Settings, settings
from hushkeep.runtime.system_user import SystemUser

_ASK_SECONDS = 2.0
_SILENT_SECONDS = 30.0
_PASSED_ON = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "PYTHONPATH", "XDG_DATA_HOME", "TMPDIR")

Started = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Process:
    """One process: ``start(log)`` returns it running, ``healthy()`` asks it; ``stop_by`` ends it in good order.

    It has ``stop_seconds`` for that: the worker alone may take twelve, and the machine may stand still meanwhile.
    """

    name: str
    start: Callable[[IO[bytes]], Started]
    healthy: Callable[[], bool]
    stop_by: signal.Signals = signal.SIGTERM
    stop_seconds: float = 20.0


def site_processes(
    site: Settings, port: int, crew: Crew | None = None, *, demo: bool = False
) -> tuple[tuple[Process, ...], ...]:
    """Return the processes of ``site`` in rounds: a round starts together, once the round before is healthy.

    The front listens on ``port``; with ``crew`` each process runs as its own user. Only in a ``demo`` does a reviewer
    get at originals without a device of their own.
    """
    front = ("serve", "front", "--port", str(port))
    keys = ("keys", "serve", *(crew.peers if crew else ()), *(("--unproved-samples",) if demo else ()))
    own = (
        Process(
            "keys",
            lambda log: _hushkeep(log, site, crew.keys if crew else None, *keys, locks_memory=True),
            lambda: keys_answer(site),
        ),
        Process(
            "front",
            lambda log: _hushkeep(log, site, crew.front if crew else None, *front),
            lambda: front_answers(site, port),
        ),
        Process(
            "worker", lambda log: _hushkeep(log, site, crew.worker if crew else None, "serve", "worker"), worker_beats
        ),
    )
    if site.database_url is not None:
        return (own,)
    password = role_passwords(PASSWORDS)[SUPERUSER_KEY]
    cluster = Cluster.of(site, crew.group if crew else None)
    cluster.create(password)
    dsn = cluster.dsn(SUPERUSER, password, "postgres")
    return (Process("postgres", cluster.start, lambda: _answers(dsn), signal.SIGINT),), own


def database_answers(site: Settings) -> bool:
    """Whether the site's database lets the application in."""
    return _answers(conninfo(APP, site))


def keys_answer(site: Settings) -> bool:
    """Whether the key service takes connections."""
    return _accepts(site.keys_socket)


def environment() -> dict[str, str]:
    """Return what our own processes get of our environment: paths and settings, nothing else."""
    mine = os.environ  # noqa: TID251 - handed on, not read
    return {name: mine[name] for name in mine if name in _PASSED_ON or name.startswith(("HUSHKEEP_", "LC_"))}


def _hushkeep(
    log: IO[bytes], site: Settings, user: SystemUser | None, *arguments: str, locks_memory: bool = False
) -> Started:
    given = environment()
    with_us = with_parent(signal.SIGTERM)

    def become() -> None:
        with_us()
        if user is not None and locks_memory:
            keep_memory_lock()  # without it the service runs all the same, and says that its memory is not locked

    if user is not None:  # its home and its default data directory would be others than ours
        given |= {"HOME": "/", "HUSHKEEP_DATA_DIR": str(site.data_dir)}
    with kept_over_setuid() if user is not None and locks_memory else nullcontext():
        process: Started = subprocess.Popen(
            [sys.executable, "-m", "hushkeep", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=given,
            cwd="/" if user else None,
            umask=0o077 if user else -1,
            start_new_session=True,  # Ctrl-C at the terminal reaches the supervisor alone, which stops them in order
            preexec_fn=become,  # noqa: PLW1509 - children are started from one thread
            **(user.rights if user else {}),  # type: ignore[call-overload]
        )
    return process


def _answers(dsn: str) -> bool:
    try:
        psycopg.connect(dsn, connect_timeout=int(_ASK_SECONDS)).close()
    except psycopg.OperationalError:
        return False
    return True


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(_ASK_SECONDS)
        try:
            asking.connect(str(path))
        except OSError:
            return False
        return True


def front_answers(site: Settings, port: int) -> bool:
    """Whether the front answers on ``port`` under the site's name, over a certificate that verifies."""
    context = ssl.create_default_context(cafile=str(ca_file(site)) if site.tls_certificate is None else None)
    if site.tls_certificate is not None:
        context.load_verify_locations(site.tls_certificate)
    address = "127.0.0.1" if site.bind in {"0.0.0.0", "127.0.0.1"} else site.bind  # noqa: S104 - compared, not bound
    asking = _Https(address, port, site.host, context)
    try:
        asking.request("GET", "/stream/health", headers={"Host": f"{site.host}:{port}"})
        return asking.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()


class _Https(http.client.HTTPSConnection):
    """Connects to an address under the certificate's own name."""

    def __init__(self, address: str, port: int, name: str, context: ssl.SSLContext) -> None:
        super().__init__(address, port, timeout=_ASK_SECONDS, context=context)
        self.name = name
        self.chosen = context

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), _ASK_SECONDS)
        self.sock = self.chosen.wrap_socket(plain, server_hostname=self.name)


def alive_file() -> Path:
    """Return the file that the worker touches every two seconds."""
    return settings().run_dir / "worker" / "alive"


def worker_beats() -> bool:
    """Whether the worker showed itself in the last 30 s."""
    try:
        return time.time() - alive_file().stat().st_mtime < _SILENT_SECONDS
    except FileNotFoundError:
        return False
