"""The system user that PostgreSQL runs as. PostgreSQL refuses root; an ordinary user runs it as themselves."""

import grp
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass

from hushkeep.kernel import Unavailable

OWN_USER = "hushkeep-postgres"
COMMON_GROUP = "hushkeep"
OBJECTS_GROUP = "hushkeep-objects"


@dataclass(frozen=True, slots=True)
class SystemUser:
    """A user of this machine: ids for dropping rights; ``drop`` is false when we run as that user already."""

    user: int
    group: int
    drop: bool
    more_groups: tuple[int, ...] = ()

    @property
    def rights(self) -> dict[str, int | list[int]]:
        """Arguments for ``subprocess.Popen`` that start a program as this user."""
        return {"user": self.user, "group": self.group, "extra_groups": list(self.more_groups)} if self.drop else {}


def database_user(configured: str | None = None) -> SystemUser:
    """Return the user for PostgreSQL: ourselves, or under root ``configured``, hushkeep-postgres or postgres.

    Under root on a machine with none of them the system user hushkeep-postgres is made (no home, no shell).
    Raises Unavailable when ``configured`` does not exist or no user can be made.
    """
    if os.geteuid() != 0:
        return SystemUser(os.geteuid(), os.getegid(), drop=False)
    if configured is not None:
        if (entry := _entry(configured)) is None or entry.pw_uid == 0:
            raise Unavailable(f"system user {configured} does not exist or is root")
        return _dropped(entry)
    entry = _entry(OWN_USER) or _entry("postgres") or _made()
    return _dropped(entry)


def _dropped(entry: pwd.struct_passwd) -> SystemUser:
    return SystemUser(entry.pw_uid, entry.pw_gid, drop=True)


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def system_group(name: str) -> int:
    """Return the id of the group ``name``, made when it is not there."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        _run_as_root("groupadd", "--system", name)
        return grp.getgrnam(name).gr_gid


def own_user(process: str, group: int, *more_groups: int) -> SystemUser:
    """Return the system user ``hushkeep-<process>`` with its groups, made when it is not there (no home, no shell)."""
    entry = _entry(f"hushkeep-{process}") or _made(f"hushkeep-{process}")
    return SystemUser(entry.pw_uid, group, drop=True, more_groups=more_groups)


def _made(name: str = OWN_USER) -> pwd.struct_passwd:
    _run_as_root("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name)
    if (entry := _entry(name)) is None:
        raise Unavailable(f"system user {name} could not be made")
    return entry


def _run_as_root(name: str, *arguments: str) -> None:
    program = shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise Unavailable(f"started by root without {name}: make the system users yourself, see docs/operations.md")
    subprocess.run([program, *arguments], check=True, capture_output=True, timeout=30)
