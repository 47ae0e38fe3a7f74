"""Making a site, step by step; each step leaves alone what is there, so that a broken run is simply run again."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast

from hushkeep.access.administration import founding
from hushkeep.identity import tenants
from hushkeep.identity.roles import Scope
from hushkeep.kernel import Conflict, TenantId, Unavailable
from hushkeep.keys.site import init_site
from hushkeep.runtime.certificates import serving_certificate
from hushkeep.runtime.clock import now
from hushkeep.runtime.database import prepare, require_prepared
from hushkeep.runtime.files import private_folder, write_private
from hushkeep.runtime.local_database import local_database
from hushkeep.runtime.locks import exclusive
from hushkeep.runtime.schema import migrate
from hushkeep.runtime.separation import require_root
from hushkeep.runtime.settings import Settings, settings
from hushkeep.runtime.site import Site, SiteTenant, read_site, write_site
from hushkeep.runtime.supervision import lock_file

Say = Callable[[str], None]
DEMO = "demo"


def make_site(level: str | None, center: str | None, admin_file: Path | None, say: Say) -> dict[str, str | None]:
    """Make the site of this process's settings with the tenant ``center``, or bring it up to date; return its things.

    Without ``level`` and ``center`` a site keeps its own, and a new one is a demo with the tenant demo.
    Raises Conflict while the site runs, or when it was made with another level.
    """
    site, made = settings(), _level(level)
    if made.level == "separated":
        require_root()
    if not site.data_dir.exists():  # a running site's folder lets its database through: it is left as it is
        private_folder(site.data_dir)
    with exclusive(lock_file(site)):
        return _made(site, made, center or next((known.name for known in made.tenants), DEMO), admin_file, say)


def _made(site: Settings, made: Site, center: str, admin_file: Path | None, say: Say) -> dict[str, str | None]:
    say("Making keys …")
    _make_keys(site)
    serving_certificate(site, now())
    say("Making the database …")
    if site.database_url is not None:
        if admin_file is not None:
            prepare(admin_file.read_text(encoding="utf-8").strip())
        require_prepared()
    with local_database(site):
        migrate()
        link = _found(site, made, center, say)
    return {"data_dir": str(site.data_dir), "level": made.level, "center": center, "enrolment_file": link}


def _level(level: str | None) -> Site:
    try:
        made = read_site()
    except Unavailable:
        return Site(cast("Literal['demo', 'separated', 'external']", level or DEMO), ())
    if level is not None and made.level != level:
        raise Conflict(f"this site was made as {made.level}: its level does not change")
    return made


def _make_keys(site: Settings) -> None:
    try:
        init_site(site.keys_dir, key_file=site.root_key_file, recovery_dir=site.recovery_dir)
    except Conflict:
        return  # the store is there: nothing opens a second one over it


def _found(site: Settings, made: Site, center: str, say: Say) -> str | None:
    """Found the tenant ``center`` as far as it is not; return the file of its administrator's link, None if enrolled.

    A run that broke anywhere in here left whole steps behind: each is looked for before it is done.
    """
    made_up = made.demo and center == DEMO
    tenant = next((known.id for known in tenants.everyone() if known.name == center), None)
    if tenant is None:
        say("Founding the center …")
        tenant = founding.create_tenant(center, demo=made_up, now=now())
    token = _invite(tenant, center)
    key_file = site.secrets_dir / f"intake-{center}.key"
    if not key_file.exists():
        key = founding.create_service_account(tenant, name="intake", scopes=(Scope.INTAKE,))
        write_private(key_file, key.text().encode())
    if center not in {known.name for known in made.tenants}:
        write_site(Site(made.level, (*made.tenants, SiteTenant(tenant, center, made_up))))
    file = private_folder(site.data_dir / "enrolment") / f"{center}.txt"
    if token is None:
        file.unlink(missing_ok=True)
        return None
    write_private(file, f"https://{site.host}:{site.port}/enrol#{token}\n".encode(), replace=True)
    return str(file)


def _invite(tenant: TenantId, center: str) -> str | None:
    login = "administrator" if center == DEMO else f"administrator.{center}"
    try:
        return founding.create_administrator(tenant, login=login, name="Administrator").token
    except Conflict:
        return founding.renew(tenant, login, now=now())
