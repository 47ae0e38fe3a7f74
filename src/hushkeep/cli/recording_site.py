"""The commands of ``hushkeep recording`` that work on a site's recordings: on its own machine, each an event itself."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

import click

from hushkeep.cli import EXIT, loaded, write_json
from hushkeep.kernel import TenantId, errors
from hushkeep.runtime.boot import boot


@click.command()
@click.option("--tenant", type=click.UUID, required=True, help="The tenant whose recordings they are.")
@click.argument("recordings", type=click.UUID, nargs=-1)
def seals(tenant: UUID, recordings: Sequence[UUID]) -> int:
    """Open every segment of every sealed copy of RECORDINGS (without any: of all); name what was changed or cut.

    \b
    Exit codes: 0 all hold, 4 no such recording, 10 some do not: stdout says which copy, segment and seconds.
    """  # noqa: D301 - click's own mark
    boot()
    # A room with rows can only be imported once Django is set up.
    ids = loaded("hushkeep.records.recordings.shelf:ids")
    check = loaded("hushkeep.records.recordings.checking:checked")
    whose = TenantId(tenant)
    checked, broken = 0, []
    for recording in recordings or ids(whose):
        checked += 1
        broken += [{"recording": str(recording)} | asdict(harm) for harm in check(whose, recording)]
    write_json({"recordings": checked, "broken": broken})
    return EXIT[errors.IntegrityError] if broken else 0
