"""The embedded PostgreSQL: one cluster under the data directory, reached by its Unix socket alone.

scram-sha-256 for everyone, page checksums, the builtin C.UTF-8 locale (the same order on every machine), no network
address, folders 0700. Errors are logged tersely and without statements: a log line never carries a row's values.
"""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import psycopg

from hushkeep.kernel import Unavailable
from hushkeep.runtime.binaries import Binaries, find_binaries, reachable_for
from hushkeep.runtime.death import with_parent
from hushkeep.runtime.files import private_folder, write_private
from hushkeep.runtime.settings import Settings
from hushkeep.runtime.system_user import SystemUser, database_user

SUPERUSER = "hushkeep_admin"
_FIRST_WITH_BUILTIN_LOCALE = 17
_ORPHANS_SECONDS = 15.0
_OPTIONS = {
    "listen_addresses": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "80",
    "shared_buffers": "64MB",
    "jit": "off",
    "log_min_messages": "log",  # no errors of statements: their words may quote a value, and the client has them
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_line_prefix": "%m [%p] ",
    "timezone": "UTC",
    "lc_messages": "C",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster of one site: where it lies, whose programs run it and as which system user."""

    folder: Path
    socket_dir: Path
    binaries: Binaries
    user: SystemUser
    guests: int | None = None

    @classmethod
    def of(cls, site: Settings, group: int | None = None) -> "Cluster":
        """Return the cluster of ``site``, its folders made and passable for the user that runs it.

        With ``group`` (the level separated) postgres runs in it, and its members may open the socket.
        """
        user = database_user(site.database_user)
        if group is not None:
            user = replace(user, group=group)
        passing = user.group if user.drop else None
        private_folder(site.data_dir, group=passing)
        private_folder(site.run_dir, group=passing)
        _require_passable(site.data_dir, user)
        for folder in (site.cluster_dir, site.run_dir / "pg"):
            private_folder(folder)
            if user.drop:
                os.chown(folder, user.user, user.group)
        if group is not None:
            (site.run_dir / "pg").chmod(0o710)
        binaries = find_binaries(site.database_bin)
        if user.drop:
            binaries = reachable_for(binaries, user.user, frozenset({user.group}), copy_to=site.data_dir / "bin")
        return cls(site.cluster_dir, site.run_dir / "pg", binaries, user, group)

    @property
    def exists(self) -> bool:
        """Whether the cluster has been made."""
        return (self.folder / "PG_VERSION").exists()

    def create(self, password: str) -> None:
        """Make the cluster with the superuser's ``password``; a half-made one from before is removed first."""
        if self.exists:
            return
        given = self.socket_dir / "initdb.secret"
        write_private(given, password.encode() + b"\n", replace=True)
        if self.user.drop:
            os.chown(given, self.user.user, self.user.group)
        part = self.folder / "part"
        shutil.rmtree(part, ignore_errors=True)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if self.binaries.major < _FIRST_WITH_BUILTIN_LOCALE:
            locale = ["--locale=C.UTF-8"]
        try:
            self._run(
                [
                    self.binaries.program("initdb"),
                    f"--pgdata={part}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={given}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--data-checksums",
                    *locale,
                ]
            )
        finally:
            given.unlink()
        for entry in sorted(part.iterdir(), key=lambda p: p.name == "PG_VERSION"):
            entry.rename(self.folder / entry.name)  # PG_VERSION last: it says that the cluster is whole
        part.rmdir()

    def start(self, log: IO[bytes] | int = subprocess.DEVNULL, **options: str) -> "subprocess.Popen[bytes]":
        """Return postgres, started as a child that ends with us; ``options`` are server parameters.

        A server left over from a supervisor that was killed is stopped first.
        """
        self._stop_left_over()
        chosen = {**_OPTIONS, "unix_socket_directories": str(self.socket_dir), "unix_socket_permissions": "0700"}
        if self.guests is not None:
            chosen["unix_socket_permissions"] = "0770"  # its group is the server's own: the common one
        if self.binaries.major >= _FIRST_WITH_BUILTIN_LOCALE:
            chosen["summarize_wal"] = "on"
        chosen |= options
        arguments = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        server: subprocess.Popen[bytes] = subprocess.Popen(
            [self.binaries.program("postgres"), "-D", str(self.folder), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=_environment(),
            start_new_session=True,
            preexec_fn=with_parent(signal.SIGINT),  # noqa: PLW1509 - the supervisor starts children from one thread
            **self.user.rights,  # type: ignore[call-overload]
        )
        return server

    def wait(self, server: "subprocess.Popen[bytes]", password: str, *, seconds: float = 30) -> None:
        """Return when ``server`` answers; raise Unavailable when it ends or stays silent for ``seconds``."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if server.poll() is not None:
                raise Unavailable(f"postgres ended with code {server.returncode}: see its log")
            try:
                psycopg.connect(self.dsn(SUPERUSER, password, "postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        raise Unavailable(f"postgres did not answer within {seconds:.0f} s")

    def dsn(self, role: str, password: str, database: str) -> str:
        """Return the connection string of ``role`` for ``database``."""
        return psycopg.conninfo.make_conninfo(host=str(self.socket_dir), user=role, password=password, dbname=database)

    def stop(self, server: "subprocess.Popen[bytes]", *, seconds: float = 20) -> int:
        """Stop ``server`` in the fast mode (clients are cut, data is flushed); return its exit code."""
        server.send_signal(signal.SIGINT)
        try:
            return server.wait(seconds)
        except subprocess.TimeoutExpired:
            server.send_signal(signal.SIGQUIT)
            return server.wait(seconds)

    def _stop_left_over(self) -> None:
        if (self.folder / "postmaster.pid").exists():
            if self._is_up():
                stop = [self.binaries.program("pg_ctl"), "stop", "-D", str(self.folder), "-m", "fast", "-t", "20"]
                stopped = self._run(stop, check=False)
                # One that was killed and is just dying leaves its file behind: to pg_ctl that is no stop.
                if stopped.returncode != 0 and self._is_up():
                    raise Unavailable("the database server that was left over does not stop: end it, then start again")
            until = time.monotonic() + _ORPHANS_SECONDS
            while self._has_orphans() and time.monotonic() < until:
                time.sleep(0.02)

    def _is_up(self) -> bool:
        status = self._run([self.binaries.program("pg_ctl"), "status", "-D", str(self.folder)], check=False)
        return status.returncode == 0

    def _has_orphans(self) -> bool:
        """Whether a process of a server that was killed still works in the cluster: a new one would not start."""
        here = str(self.folder.resolve())
        return any(_works_in(process, here) for process in Path("/proc").iterdir() if process.name.isdigit())

    def _run(self, command: list[str], *, check: bool = True) -> "subprocess.CompletedProcess[str]":
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=_environment(),
            timeout=120,
            **self.user.rights,  # type: ignore[call-overload]
        )
        if check and done.returncode != 0:
            name, words = Path(command[0]).name, done.stderr.strip().splitlines()
            raise Unavailable(f"{name} ended with code {done.returncode}: {words[-1] if words else 'no word'}")
        return done


def _works_in(process: Path, folder: str) -> bool:
    try:
        return str((process / "cwd").readlink()) == folder
    except OSError:  # it has ended, or is somebody else's
        return False


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _require_passable(path: Path, user: SystemUser) -> None:
    if not user.drop:
        return
    for step in path.parents:
        status = step.stat()
        own = status.st_uid == user.user
        bit = 0o100 if own else 0o010 if status.st_gid == user.group else 0o001
        if not status.st_mode & bit:
            raise Unavailable(f"the database's system user cannot pass {step}: choose another data_dir")
