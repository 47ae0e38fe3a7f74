"""The site's database while a block runs: the embedded cluster started and stopped, or the external one as it is."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from hushkeep.runtime.cluster import SUPERUSER, Cluster
from hushkeep.runtime.database import PASSWORDS, SUPERUSER_KEY, prepare
from hushkeep.runtime.secret_files import role_passwords
from hushkeep.runtime.settings import Settings


@contextmanager
def local_database(
    site: Settings, *, log: IO[bytes] | int = subprocess.DEVNULL, **options: str
) -> Iterator[Cluster | None]:
    """Run the block with the embedded database up, made first when it is not there: roles, database, schema.

    ``options`` are server parameters.

    Yields None, and does nothing, when ``database_url`` names an external server.
    """
    if site.database_url is not None:
        yield None
        return
    password = role_passwords(PASSWORDS)[SUPERUSER_KEY]
    cluster = Cluster.of(site)
    cluster.create(password)
    server = cluster.start(log, **options)
    try:
        cluster.wait(server, password)
        prepare(cluster.dsn(SUPERUSER, password, "postgres"))
        yield cluster
    finally:
        cluster.stop(server)
