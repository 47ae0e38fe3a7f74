"""Making a site, step by step; each step leaves alone what is there, so that a broken run is simply run again."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast

from hushkeep.access.administration import founding
from hushkeep.kernel import Conflict, Unavailable
from hushkeep.keys.site import init_site
from hushkeep.runtime.certificates import serving_certificate
from hushkeep.runtime.clock import now
from hushkeep.runtime.database import migrate, prepare
from hushkeep.runtime.files import private_folder, write_private
from hushkeep.runtime.local_database import local_database
from hushkeep.runtime.locks import exclusive
from hushkeep.runtime.settings import Settings, settings
from hushkeep.runtime.site import Site, SiteTenant, read_site, write_site
from hushkeep.runtime.supervision import lock_file

Say = Callable[[str], None]


def make_site(level: str, center: str, admin_file: Path | None, say: Say) -> dict[str, str | None]:
    """Make the site of this process's settings with the tenant ``center``; return where its things lie.

    Raises Conflict while the site runs, or when it was made with another level.
    """
    site = settings()
    private_folder(site.data_dir)
    with exclusive(lock_file(site)):
        return _made(site, _level(level), center, admin_file, say)


def _made(site: Settings, made: Site, center: str, admin_file: Path | None, say: Say) -> dict[str, str | None]:
    say("Making keys …")
    _make_keys(site)
    serving_certificate(site, now())
    say("Making the database …")
    if site.database_url is not None and admin_file is not None:
        prepare(admin_file.read_text(encoding="utf-8").strip())
    with local_database(site):
        migrate()
        link = _found(site, made, center, say)
    return {"data_dir": str(site.data_dir), "level": made.level, "center": center, "enrolment_file": link}


def _level(level: str) -> Site:
    try:
        made = read_site()
    except Unavailable:
        return Site(cast("Literal['demo', 'separated', 'external']", level), ())
    if made.level != level:
        raise Conflict(f"this site was made as {made.level}: its level does not change")
    return made


def _make_keys(site: Settings) -> None:
    recovery = site.data_dir.with_name(site.data_dir.name + ".recovery")
    try:
        init_site(site.keys_dir, key_file=site.root_key_file, recovery_dir=recovery)
    except Conflict:
        return  # the store is there: nothing opens a second one over it


def _found(site: Settings, made: Site, center: str, say: Say) -> str | None:
    """Found the tenant ``center`` if it is new, renew its administrator's link if nobody enrolled; return its file."""
    file = private_folder(site.data_dir / "enrolment") / f"{center}.txt"
    known = {tenant.name: tenant for tenant in made.tenants}
    if center in known:
        token = founding.renew(known[center].id, _administrator(center), now=now())
    else:
        say("Founding the center …")
        made_up = made.demo and center == "demo"
        new = founding.found(center, demo=made_up, administrator=_administrator(center), now=now())
        write_private(site.secrets_dir / f"intake-{center}.key", new.intake_key, replace=True)
        write_site(Site(made.level, (*made.tenants, SiteTenant(new.tenant, center, made_up))))
        token = new.administrator_token
    if token is None:
        file.unlink(missing_ok=True)
        return None
    write_private(file, f"https://{site.host}:{site.port}/enrol#{token}\n".encode(), replace=True)
    return str(file)


def _administrator(center: str) -> str:
    return "administrator" if center == "demo" else f"administrator.{center}"
