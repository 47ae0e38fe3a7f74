"""The commands of ``hushkeep ledger`` that read a site's log: on its own machine, each export an event itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import click
import psycopg.errors
from django.db import InterfaceError, OperationalError

from hushkeep.audit import fsck as tables
from hushkeep.audit import pack, trail
from hushkeep.cli import write_json
from hushkeep.kernel import EventId, TenantId, Unavailable
from hushkeep.runtime.boot import boot

_tenant = click.option("--tenant", type=click.UUID, required=True, help="The tenant whose log it is.")


@click.command()
@_tenant
@click.option("--witness", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Keys of the witnesses.")
@click.argument("folder", type=click.Path(path_type=Path))
def export(tenant: UUID, witness: Path | None, folder: Path) -> None:
    """Write a tenant's log into the new FOLDER, to be verified on another machine."""
    boot()
    keys = witness.read_text(encoding="utf-8").split() if witness else []
    with _answering():
        write_json(asdict(pack.export(TenantId(tenant), folder, keys)))


@click.command()
@_tenant
@click.argument("event", type=click.UUID)
def prove(tenant: UUID, event: UUID) -> None:
    """Print the proof of EVENT: a file to be verified offline."""
    boot()
    with _answering():
        click.echo(str(trail.proof_of(TenantId(tenant), EventId(event)).file), nl=False)


@click.command()
@_tenant
def fsck(tenant: UUID) -> None:
    """Check every row, leaf, tile, checkpoint and payload of a tenant's log in the database."""
    boot()
    with _answering():
        write_json(asdict(tables.fsck(TenantId(tenant))))


@click.command()
@_tenant
def keys(tenant: UUID) -> None:
    """Print the verifier keys of a tenant's log: hand them to whoever shall verify it."""
    boot()
    with _answering():
        for vkey in pack.keys_of(TenantId(tenant)):
            click.echo(vkey)


@contextmanager
def _answering() -> Iterator[None]:
    """Run the block; raise Unavailable, with what to do, where the database cannot do what it is asked."""
    try:
        yield
    except (OperationalError, InterfaceError) as failure:
        full = isinstance(failure.__cause__, psycopg.errors.DiskFull)
        trouble = Unavailable("the database's disk is full" if full else "the database does not answer")
        trouble.add_note("make room, then try again" if full else "hushkeep doctor says what is wrong")
        raise trouble from None
