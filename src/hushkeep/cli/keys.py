"""``hushkeep keys``: serve a site's keys, and look after them."""

import json
import os
import sys
from pathlib import Path
from typing import Final

import click

from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.settings import settings

_HERE: Final = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="The site's data directory (default: as configured)."
)


def _data_dir(given: Path | None) -> Path:
    return given or settings().data_dir


def _client(data_dir: Path | None) -> KeyClient:
    return KeyClient(_data_dir(data_dir) / "run" / "keys.sock")


def _print(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, sort_keys=True))


@click.group()
def keys() -> None:
    """The key service."""


@keys.command()
@_HERE
@click.option("--key-file", type=click.Path(path_type=Path), help="The root key's file (default: as configured).")
def serve(data_dir: Path | None, key_file: Path | None) -> None:
    """Serve the site's keys until stopped.

    The process is replaced by a smaller one that holds neither this command line nor the settings.
    """
    site = _data_dir(data_dir)
    root = key_file or settings().root_key_file
    places = ["--keys-dir", str(site / "keys"), "--socket", str(site / "run" / "keys.sock"), "--key-file", str(root)]
    os.execv(sys.executable, [sys.executable, "-m", "hushkeep.keys", *places])  # noqa: S606 - our own program


@keys.command()
@_HERE
def status(data_dir: Path | None) -> None:
    """Print how the key service is, as JSON."""
    _print(_client(data_dir).status())


@keys.command()
@_HERE
def lock(data_dir: Path | None) -> None:
    """Let the service forget the root key until it is started again."""
    _client(data_dir).lock()
