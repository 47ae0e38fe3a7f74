"""How much of a bare Django route's throughput guarded routes keep: through the same bridge, in one interleaved run.

    python bench/front/guarded.py [seconds per round] [rounds]

Bare: no middleware, one ORM read by key. Guarded: sessions, CSRF, the signed-in person, limits, the tenant's
transaction, the decision by Cedar, and the audit event written before the answer. No network and no TLS in between:
these cost both alike.
"""

import asyncio
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="hushkeep-bench-"))
FOLDER.chmod(0o711)
os.environ["HUSHKEEP_DATA_DIR"] = str(FOLDER / "site")
sys.path[:0] = [str(Path(__file__).parents[2] / "src"), str(Path(__file__).parent)]

from hushkeep.runtime.boot import boot  # noqa: E402
from hushkeep.runtime.secret_files import DJANGO, make_secret  # noqa: E402

make_secret(DJANGO)
boot()

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.test import Client, override_settings  # noqa: E402

from hushkeep.access.administration import founding  # noqa: E402
from hushkeep.identity import tenants  # noqa: E402
from hushkeep.identity.remembered import REMEMBERED  # noqa: E402
from hushkeep.identity.roles import Role  # noqa: E402
from hushkeep.runtime.bridge import Bridge  # noqa: E402
from hushkeep.runtime.clock import now  # noqa: E402
from hushkeep.runtime.local_database import local_database  # noqa: E402
from hushkeep.runtime.schema import migrate  # noqa: E402
from hushkeep.runtime.settings import settings  # noqa: E402
from hushkeep.runtime.site import Site, SiteTenant, write_site  # noqa: E402

PASSWORD = "quartz otter violin 88"  # noqa: S105 - made up
CLIENTS, THREADS = 16, 8
REMEMBERING = " remembered"  # the session, for three seconds, as in a front that hears of changes
GUARDED = ("/api/v1/me", "/api/v1/conversations")


def sign_in(token):
    """Return (person id, Cookie header) of someone who enrolled and signed in."""
    client = Client(SERVER_NAME="localhost")
    begun = _post(client, "/api/v1/enrolment/begin", {"token": token}, 200)
    secret = begun["totp"]["secret"]

    def code():
        return format_hotp_value(hotp_value(secret, int(time.time()) // 30))

    _post(client, "/api/v1/enrolment/finish", {"token": token, "password": PASSWORD, "code": code()}, 200)
    _post(client, "/_allauth/browser/v1/auth/login", {"username": begun["login"], "password": PASSWORD}, 401)
    _post(client, "/_allauth/browser/v1/auth/2fa/authenticate", {"code": code()}, 200)
    me = client.get("/api/v1/me", secure=True).json()
    return me["person"]["id"], "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def _post(client, path, body, expected):
    answer = client.post(path, json.dumps(body), content_type="application/json", secure=True)
    assert answer.status_code == expected, (path, answer.status_code, answer.content)
    return answer.json()


def scope(path, cookie):
    """Return the ASGI scope of a GET."""
    headers = [(b"host", b"localhost"), (b"cookie", cookie.encode())]
    return {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
        "scheme": "https", "http_version": "1.1", "headers": headers, "client": ("127.0.0.1", 1),
        "server": ("localhost", 443), "root_path": "",
    }  # fmt: skip


async def rate(bridge, asked, seconds):
    """Return answers a second of ``bridge`` to 16 clients that ask ``asked``."""
    until = time.perf_counter() + seconds
    done = 0

    async def client():
        nonlocal done
        while time.perf_counter() < until:
            status, _, body = await bridge.call(dict(asked), b"")
            assert status == 200, (asked["path"], status, body[:200])
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return done / (time.perf_counter() - started)


async def measure(person, cookie, seconds, rounds):
    """Return path -> list of rates, interleaved round by round."""
    with override_settings(MIDDLEWARE=["bare.here"]):
        bare = Bridge(WSGIHandler(), THREADS)
    whole = Bridge(WSGIHandler(), THREADS)
    routes = {"bare": (bare, scope(f"/bare/{person}", ""))}
    routes |= {f"{path}{more}": (whole, scope(path, cookie)) for more in ("", REMEMBERING) for path in GUARDED}
    rates = {name: [] for name in routes}
    for turn in range(rounds + 1):
        for name, (bridge, asked) in routes.items():
            REMEMBERED.hearing(now=name.endswith(REMEMBERING))
            found = await rate(bridge, asked, seconds)
            if turn:  # the first round warms up
                rates[name].append(found)
    return rates


def main():
    """Set up a site, measure, print a table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1.5
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    import hushkeep.api.limits as limits  # noqa: PLC0415, PLR0402

    limits.PERSON = limits.Limit(burst=10**9, per_second=10**9)  # the measure is of the way, not of the limit
    with local_database(settings()):
        migrate()
        founded = founding.create_tenant("bench", demo=False, now=now())
        write_site(Site("demo", (SiteTenant(founded, "bench", made_up=False),)))
        invitation = founding.create_person(founded, login="qa", name="Q", role=Role.QA)
        person, cookie = sign_in(invitation.token)
        # The measure is of the way of a request without a device's proof: its signature is checked beside, not here.
        tenants.demand_devices(founded, required=False)
        rates = asyncio.run(measure(person, cookie, seconds, rounds))
    base = statistics.median(rates["bare"])
    print("| route | answers/s, median (min-max) | of bare |\n|---|---|---|")
    for name, found in rates.items():
        median = statistics.median(found)
        print(f"| `{name}` | {median:.0f} ({min(found):.0f}-{max(found):.0f}) | {median / base:.2f} |")
    shutil.rmtree(FOLDER)


if __name__ == "__main__":
    main()
