"""Where checkpoints are deposited outside of the house: ``<data_dir>/audit/outside.toml``.

[folder]                       # on storage that writes once, or that somebody else keeps
path = "/mnt/worm/hushkeep"

[mail]                         # to the auditor, over TLS
host = "smtp.example"
port = 465
sender = "hushkeep@center.example"
to = ["auditor@example.org"]
authority = "/etc/hushkeep/mail-ca.pem"   # optional, with user and password_file

[stamper]                      # RFC 3161
url = "https://stamp.example"
authority = "/etc/hushkeep/stamper-ca.pem"
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hushkeep.audit.stamping import Stamper
from hushkeep.kernel import InvalidInput
from hushkeep.runtime.settings import settings


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server that takes our mail over TLS, and who gets it."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    authority: Path | None = None
    user: str | None = None
    password_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Outside:
    """The places that are configured."""

    folder: Path | None = None
    mail: Mail | None = None
    stamper: Stamper | None = None


def outside() -> Outside:
    """Return the configured places, none without a file; raise InvalidInput for a malformed one."""
    path = settings().data_dir / "audit" / "outside.toml"
    if not path.exists():
        return Outside()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        unknown = given.keys() - {"folder", "mail", "stamper"}
        if not unknown:
            return Outside(
                Path(given["folder"]["path"]) if "folder" in given else None,
                _mail(given["mail"]) if "mail" in given else None,
                Stamper(given["stamper"]["url"], Path(given["stamper"]["authority"])) if "stamper" in given else None,
            )
    except (KeyError, ValueError, TypeError):
        raise InvalidInput("outside.toml: a folder has a path, a stamper url and authority, mail its server") from None
    raise InvalidInput(f"outside.toml: unknown {', '.join(sorted(unknown))}")


def _mail(given: dict[str, Any]) -> Mail:
    files = {name: Path(given.pop(name)) for name in ("authority", "password_file") if name in given}
    return Mail(**(given | files | {"to": tuple(given["to"])}))
