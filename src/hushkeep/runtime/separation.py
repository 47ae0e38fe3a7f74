"""Level ``separated``: each process under a system user of its own, each with the files that are its own and no others.

Started by root, who stays the supervisor alone. All share one group, which may pass through the site's folders and
knock at two sockets. postgres keeps its cluster, keys its store and the root key, the worker the log's signing key;
front and worker get the passwords of the roles that they work under, the front no other secret of theirs.
"""

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hushkeep.kernel import InvalidInput, Unavailable
from hushkeep.runtime.binaries import can_execute
from hushkeep.runtime.database import PASSWORDS
from hushkeep.runtime.files import private_folder, write_private
from hushkeep.runtime.roles import APP, LOGIN, SEQUENCER
from hushkeep.runtime.secret_files import ALARM_MAIL, ALARM_WEBHOOK, DATABASE, DJANGO, make_secret, role_passwords
from hushkeep.runtime.settings import Settings
from hushkeep.runtime.site import Site
from hushkeep.runtime.system_user import COMMON_GROUP, OBJECTS_GROUP, SystemUser, own_user, system_group

KEYS, FRONT, WORKER = "keys", "front", "worker"
_ROLES = {FRONT: (APP, LOGIN), WORKER: (APP, SEQUENCER, LOGIN)}


@dataclass(frozen=True, slots=True)
class Crew:
    """The system users of a site's processes, in one ``group``; front and worker share ``objects`` too."""

    group: int
    objects: int
    keys: SystemUser
    front: SystemUser
    worker: SystemUser

    @property
    def peers(self) -> tuple[str, ...]:
        """Who may ask the key service what, by user id: the arguments of its start."""
        roles = {self.front.user: FRONT, self.worker.user: WORKER, 0: "admin"}
        given = [part for user, role in roles.items() for part in ("--peer", f"{user}:{role}")]
        return (*given, "--group", str(self.group))


def crew_of(made: Site) -> Crew | None:
    """Return the users of a separated site, made when they are not there; None at the other levels.

    Raises InvalidInput unless root starts it, Unavailable when one of them could not run this interpreter.
    """
    if made.level != "separated":
        return None
    require_root()
    group, objects = system_group(COMMON_GROUP), system_group(OBJECTS_GROUP)
    crew = Crew(
        group, objects, own_user(KEYS, group), own_user(FRONT, group, objects), own_user(WORKER, group, objects)
    )
    interpreter = Path(sys.executable).resolve()
    if not can_execute(interpreter, crew.front.user, frozenset({group})):
        raise Unavailable(f"system users cannot run {interpreter}: install hushkeep under a Python that all can reach")
    return crew


def require_root() -> None:
    """Raise InvalidInput unless we are root: only root can start others under users of their own."""
    if os.geteuid() != 0:
        raise InvalidInput("a separated site is made and started by root, who gives each process a user of its own")


def hand_out(site: Settings, crew: Crew) -> None:
    """Give every process what is its own, and nobody else; repeatable, after each change of a certificate too."""
    for folder in (site.data_dir, site.run_dir, site.secrets_dir, site.tls_dir):
        private_folder(folder, group=crew.group)
    for process in (KEYS, WORKER):
        folder = private_folder(site.run_dir / process, group=crew.group)
        os.chown(folder, _user(crew, process).user, crew.group)
    _own(private_folder(site.keys_dir), crew.keys)
    _own(private_folder(site.data_dir / "audit"), crew.worker)
    os.chown(site.root_key_file, crew.keys.user, crew.keys.group)
    for file in (site.tls_dir / "leaf.pem", site.tls_dir / "leaf.key"):
        if file.exists():
            os.chown(file, crew.front.user, crew.group)
    private_folder(site.objects_dir)
    os.chown(site.objects_dir, crew.worker.user, crew.objects)
    site.objects_dir.chmod(0o2770)
    for file in (site.data_dir / "site.toml", site.data_dir / "hushkeep.toml"):
        if file.exists():
            os.chown(file, 0, crew.group)
            file.chmod(0o640)
    for process, roles in _ROLES.items():
        _secrets(site, _user(crew, process), roles)
    for name in (ALARM_MAIL, ALARM_WEBHOOK):
        if (site.secrets_dir / name).exists():
            own = site.secrets_dir / str(crew.worker.user) / name
            write_private(own, (site.secrets_dir / name).read_bytes(), replace=True)
            os.chown(own, crew.worker.user, crew.worker.group)


def own_objects(folder: Path, crew: Crew) -> None:
    """Give front and worker every object in ``folder``, as if they had put them there: after a restore by root."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, crew.worker.user, crew.objects, follow_symlinks=False)
        path.chmod(0o2770 if path.is_dir() else 0o660)


def strangers(site: Settings, crew: Crew) -> Iterable[str]:
    """Yield what lies open to a process that it does not belong to: for ``doctor``."""
    own = {
        site.keys_dir: crew.keys.user,
        site.root_key_file: crew.keys.user,
        site.data_dir / "audit": crew.worker.user,
        **{site.secrets_dir / str(_user(crew, process).user): _user(crew, process).user for process in _ROLES},
    }
    for path, user in own.items():
        status = path.stat()
        if status.st_uid != user or status.st_mode & 0o077:
            yield f"{path} is not its process's alone"


def _user(crew: Crew, process: str) -> SystemUser:
    return {KEYS: crew.keys, FRONT: crew.front, WORKER: crew.worker}[process]


def _own(folder: Path, user: SystemUser) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.user, user.group, follow_symlinks=False)


def _secrets(site: Settings, user: SystemUser, roles: tuple[str, ...]) -> None:
    folder = private_folder(site.secrets_dir / str(user.user))
    passwords = role_passwords(PASSWORDS)
    write_private(folder / DATABASE, json.dumps({role: passwords[role] for role in roles}).encode(), replace=True)
    write_private(folder / DJANGO, make_secret(DJANGO).encode(), replace=True)
    _own(folder, user)
