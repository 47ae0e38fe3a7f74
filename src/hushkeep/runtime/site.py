"""What a site is: decided when it is made, kept in ``site.toml``: demo or not, and its tenants."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import UUID

from hushkeep.kernel import NotFound, TenantId, Unavailable
from hushkeep.runtime.files import write_private
from hushkeep.runtime.settings import settings

Level = Literal["demo", "separated", "external"]


@dataclass(frozen=True, slots=True)
class SiteTenant:
    """A tenant of the site; ``made_up`` marks the one whose data belongs to nobody."""

    id: TenantId
    name: str
    made_up: bool


@dataclass(frozen=True, slots=True)
class Site:
    """The site: its level of separation and its tenants."""

    level: Level
    tenants: tuple[SiteTenant, ...]

    @property
    def demo(self) -> bool:
        """Whether this is a demo: loopback only, one system user, a badge on every page."""
        return self.level == "demo"

    def tenant(self, name: str) -> SiteTenant:
        """Return the tenant called ``name``; raises NotFound."""
        for tenant in self.tenants:
            if tenant.name == name:
                return tenant
        raise NotFound(f"tenant {name}")


def site_file(folder: Path) -> Path:
    """Return the file by which the data directory ``folder`` is a site's."""
    return folder / "site.toml"


def read_site(folder: Path | None = None) -> Site:
    """Return the site as it stands in the data directory, or in ``folder``; raises Unavailable before its init."""
    path = site_file(folder or settings().data_dir)
    if not path.exists():
        raise Unavailable(f"no site at {path.parent}: run hushkeep init")
    parts = tomllib.loads(path.read_text(encoding="utf-8"))
    tenants = tuple(SiteTenant(TenantId(UUID(t["id"])), t["name"], t["made_up"]) for t in parts.get("tenant", ()))
    return Site(parts["level"], tenants)


def write_site(site: Site) -> None:
    """Write ``site`` to disk, whole or not at all. Names of tenants are codes: lower case, digits, hyphens."""
    lines = [f'level = "{site.level}"']
    for tenant in site.tenants:
        if not tenant.name.replace("-", "").isalnum() or not tenant.name.isascii():
            raise ValueError("a tenant's name is made of letters, digits and hyphens")
        made_up = "true" if tenant.made_up else "false"
        lines += ["", "[[tenant]]", f'id = "{tenant.id}"', f'name = "{tenant.name}"', f"made_up = {made_up}"]
    write_private(site_file(settings().data_dir), ("\n".join(lines) + "\n").encode(), replace=True)
