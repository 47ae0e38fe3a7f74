"""Where a running site answers, and by which authority its clients know it."""

import json
from pathlib import Path

from hushkeep.runtime.settings import Settings


def port_mark(site: Settings) -> Path:
    """Return the file in which the supervisor of ``site`` leaves the front's port while it runs."""
    return site.run_dir / "front.json"


def front_port(site: Settings) -> int:
    """Return the port that the running front of ``site`` listens on; the setting's when it left no mark."""
    mark = port_mark(site)
    return int(json.loads(mark.read_text())["port"]) if mark.exists() else site.port


def ca_file(site: Settings) -> Path:
    """Return where the certificate of the site's own authority lies (PEM)."""
    return site.tls_dir / "ca.pem"


def authority(site: Settings) -> Path:
    """Return the certificates (PEM) that a client of ``site`` trusts, and no others."""
    return site.tls_certificate or ca_file(site)
