"""The system user that PostgreSQL runs as. PostgreSQL refuses root; an ordinary user runs it as themselves."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass

from hushkeep.kernel import Unavailable

OWN_USER = "hushkeep-postgres"


@dataclass(frozen=True, slots=True)
class SystemUser:
    """A user of this machine: ids for dropping rights; ``drop`` is false when we run as that user already."""

    user: int
    group: int
    drop: bool

    @property
    def rights(self) -> dict[str, int | list[int]]:
        """Arguments for ``subprocess.Popen`` that start a program as this user."""
        return {"user": self.user, "group": self.group, "extra_groups": []} if self.drop else {}


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


def _made() -> pwd.struct_passwd:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise Unavailable("started by root without useradd: name a system user in database_user")
    subprocess.run(
        [program, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", OWN_USER],
        check=True,
        capture_output=True,
        timeout=30,
    )
    if (entry := _entry(OWN_USER)) is None:
        raise Unavailable(f"system user {OWN_USER} could not be made")
    return entry
