"""The site's own secrets: random, made once, one file each under ``<data_dir>/secrets`` (0600).

They never stand in settings, arguments or the environment. ``database`` holds the passwords of the database roles.
"""

import json
import os
import secrets
from pathlib import Path

from hushkeep.kernel import Unavailable
from hushkeep.runtime.files import private_folder, write_private
from hushkeep.runtime.settings import settings

DJANGO = "django"
DATABASE = "database"
ALARM_MAIL = "alarm_mail"
"""User and password of the mail server, on two lines."""
ALARM_WEBHOOK = "alarm_webhook"
"""The key that signs alarms' webhooks: ``whsec_`` and base64."""


def make_secret(name: str, content: str | None = None) -> str:
    """Return the secret ``name``, made with 256 random bits (or as ``content``) when it is not there yet."""
    path = _place(name)
    if not path.exists():
        private_folder(path.parent)
        write_private(path, (content or secrets.token_urlsafe(32)).encode())
    return read_secret(name)


def read_secret(name: str) -> str:
    """Return the secret ``name``; raise Unavailable when the site has none yet."""
    path = _place(name)
    if not path.exists():
        raise Unavailable(f"no site at {settings().data_dir}: run hushkeep init")
    return path.read_text(encoding="utf-8")


def read_optional(name: str) -> str | None:
    """Return the secret ``name``, or None where nobody has put it there."""
    path = _place(name)
    return path.read_text(encoding="utf-8") if path.exists() else None


def _place(name: str) -> Path:
    """A separated site's process reads its own copies, in the folder of its user id; root and the rest the site's."""
    own = settings().secrets_dir / str(os.geteuid()) / name
    return own if own.exists() else settings().secrets_dir / name


def role_passwords(roles: tuple[str, ...]) -> dict[str, str]:
    """Return role -> password, made at the first call; a separated site's process has some of them only."""
    made = json.dumps({role: secrets.token_urlsafe(24) for role in roles})
    passwords: dict[str, str] = json.loads(make_secret(DATABASE, made))
    return passwords
