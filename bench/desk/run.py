"""A floor at work: 500 agents on calls, the mix that the simulator plays, against a whole site over TLS.

    python bench/desk/run.py [--minutes 15] [--rate 40] [--times 10] [--over-seconds 60]

Arrivals are open-loop (a Poisson process): a slow answer does not slow the next request, and latency counts from when
a request was due. Agents' accounts, devices and sessions are written straight into the database; everything after that
goes through the front like anybody's. After the measured minutes the rate is multiplied by ``--times``, and what was
turned away is counted by kind. At the end every answered reveal must have its event, and every start taken its row.
"""

import argparse
import signal
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from uuid import UUID

sys.path[:0] = [str(Path(__file__).parents[2] / "src"), str(Path(__file__).parent)]

from floor import Floor, Front, table  # noqa: E402
from running_site import running  # noqa: E402

from hushkeep.channels import desk  # noqa: E402
from hushkeep.runtime.boot import boot  # noqa: E402

SUPERVISORS = 20


def prepared(site, agents):
    """Return the floor of a running site into which the made-up center was taken, and its tenant."""
    records = site.fill(400)
    tenant, connector, secret = site.connector()
    boot()
    rows = import_module("rows")  # its models are ready only now
    customers = sorted({record["customer"]["id"] for record in records if "customer" in record})
    front = Front(site.port, site.authority)
    staff = rows.staff(tenant, agents, "agent"), rows.staff(tenant, SUPERVISORS, "supervisor")
    return Floor(front, *staff, (connector, secret), customers), tenant


def measured(floor, options):
    """Play the minutes, then the flood; print a table of each."""
    floor.counting = False
    floor.play(20, options.rate / 2)
    print("warmed up:", dict(floor.came))
    floor.counting, floor.came = True, Counter()
    unsent = floor.play(options.minutes * 60, options.rate)
    print(
        f"\n{len(floor.agents)} agents, {options.rate:g} arrivals/s, {options.minutes:g} minutes; not sent: {unsent}\n"
    )
    table(floor)
    if options.over_seconds:
        floor.took.clear()
        floor.came.clear()
        unsent = floor.play(options.over_seconds, options.rate * options.times)
        print(f"{options.times:g} times as many, {options.over_seconds:g} s; the generator itself dropped {unsent}\n")
        table(floor)


def main():
    """Make a site, play, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--rate", type=float, default=40)
    parser.add_argument("--agents", type=int, default=500)
    parser.add_argument("--times", type=float, default=10)
    parser.add_argument("--over-seconds", type=float, default=60)
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    hour = desk.plan([UUID(int=n) for n in range(options.agents)], seed=1, hours=1)
    print("an hour of the simulator, by kind:", desk.kinds(hour))
    with running() as site:
        floor, tenant = prepared(site, options.agents)
        try:
            measured(floor, options)
        finally:
            floor.open = False
        lost, begun = import_module("rows").kept(tenant, floor)
    print(f"reveals answered {len(floor.reveals)}, without their event {lost}")
    print(f"starts taken {floor.words['started', 200]}, at the site {begun}; words {dict(floor.words)}")


if __name__ == "__main__":
    main()
