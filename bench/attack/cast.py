"""The site that is attacked: running, filled, with people of every role who are signed in at trusted devices."""

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "bench" / "desk"), str(Path(__file__).parent)]

from listener import Listener  # noqa: E402
from proxy import SigningProxy  # noqa: E402
from running_site import running  # noqa: E402

from hushkeep.runtime.boot import boot  # noqa: E402

ROLES = ("administrator", "agent", "auditor", "dpo", "qa", "security", "supervisor")
EACH = 4  # people a role, so that nobody is saved by the limit of requests a person


@dataclass(frozen=True)
class Target:
    """Where a tool is sent, and which ids there are behind it: parameter of a path -> ids."""

    address: str
    known: dict
    listener: Listener
    proxy: SigningProxy | None = None


@contextmanager
def attacked(listener):
    """Yield the target: the proxy of a running site that signs for people of all roles in turn."""
    with running() as site:
        site.fill(60)
        tenant, *_ = site.connector()
        boot()
        rows = import_module("rows")  # its models are ready only now
        rows.demand_devices(tenant)
        people = {role: rows.staff(tenant, EACH, role) for role in ROLES}
        for administrator in people["administrator"]:
            rows.elevate(administrator)
        known = rows.ids(tenant)
        spare = rows.staff(tenant, 3, "qa", first=EACH)  # at no desk: whoever is written about is one of these
        known |= {kind: ids for kind, ids in rows.ids(tenant, most=3).items() if kind in {"session", "device"}}
        known["person"] = [one.person for one in spare]
        routes = import_module("askers").askers(ROLES)
        proxy = SigningProxy(site.port, site.authority, people, routes).start()
        try:
            yield Target(proxy.address, known, listener, proxy)
        finally:
            proxy.shutdown()
