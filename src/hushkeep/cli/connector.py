"""``hushkeep connector``: what tells that conversations begin and end. On the machine of the site, while it runs."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from hushkeep.cli import loaded, write_json
from hushkeep.cli.chatwoot import chatwoot
from hushkeep.identity.roles import Scope
from hushkeep.kernel import Conflict, NotFound, TenantId
from hushkeep.runtime.boot import boot
from hushkeep.runtime.files import write_private
from hushkeep.runtime.key_client import keys
from hushkeep.runtime.settings import settings
from hushkeep.runtime.site import read_site

_OUT = click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The new file for the secret (0600; default: in the site's secrets).",
)
_CENTER = click.option("--center", default="demo", show_default=True, help="The tenant it belongs to.")


@click.group()
def connector() -> None:
    """Add, list, rotate and revoke what tells of live conversations."""


connector.add_command(chatwoot)


@connector.command()
@click.argument("name")
@_CENTER
@_OUT
def add(name: str, center: str, out: Path | None) -> None:
    """Add the connector NAME; its secret goes to a file that only you can read, this once.

    Example: hushkeep connector add pbx --center north --out pbx.json
    """
    tenant, file = _tenant(center), _absent(out or _place(center, name))
    _hand_out(tenant, _administration("add")(tenant, name, keys()), file)


@connector.command(name="list")
@_CENTER
def list_(center: str) -> None:
    """List the connectors, one JSON line each."""
    for known in _administration("everyone")(_tenant(center)):
        write_json({"connector": str(known.id), "name": known.name})


@connector.command()
@click.argument("connector_id", metavar="ID", type=click.UUID)
@_CENTER
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The new file (0600).")
def rotate(connector_id: UUID, center: str, out: Path) -> None:
    """Give the connector ID a new secret; what is signed with the former is refused from then on."""
    tenant, file = _tenant(center), _absent(out)
    _hand_out(tenant, _administration("rotate")(tenant, connector_id, keys()), file)


@connector.command()
@click.argument("connector_id", metavar="ID", type=click.UUID)
@_CENTER
def revoke(connector_id: UUID, center: str) -> None:
    """Take nothing any more that the connector ID signs."""
    _administration("revoke")(_tenant(center), connector_id, keys())


@connector.command()
@click.argument("name")
@_CENTER
@_OUT
def verifier(name: str, center: str, out: Path | None) -> None:
    """Add the program NAME, at which customers enter their PIN and one-time codes; its key goes to a file, this once.

    It sets PINs, issues codes and asks whether an answer matches: yes or no. It reads nothing of a customer.
    """
    tenant, file = _tenant(center), _absent(out or _place(center, name))
    create = _administration("create_service_account", "founding")
    key = create(tenant, name=name, scopes=(Scope.VERIFICATION,))
    write_private(file, key.text().encode())
    write_json({"program": str(key.account), "name": name, "file": str(file)})


def _administration(name: str, room: str = "connectors") -> Any:
    """What acts needs the database: it is loaded once that is set up."""
    boot()
    return loaded(f"hushkeep.access.administration.{room}:{name}")


def _tenant(center: str) -> TenantId:
    found = next((known.id for known in read_site().tenants if known.name == center), None)
    if found is None:
        raise NotFound(f"no center {center} on this site")
    return found


def _place(center: str, name: str) -> Path:
    return settings().secrets_dir / f"connector-{center}-{name}.json"


def _absent(file: Path) -> Path:
    """A secret that cannot be written down would be lost: its place is looked at first."""
    if file.exists():
        raise Conflict(f"{file.name} is there already")
    return file


def _hand_out(tenant: TenantId, made: Any, file: Path) -> None:
    content = {"tenant": str(tenant), "connector": str(made.id), "secret": made.secret.hex()}
    write_private(file, json.dumps(content).encode() + b"\n")
    write_json({"connector": str(made.id), "name": made.name, "file": str(file)})
