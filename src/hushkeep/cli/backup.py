"""``hushkeep backup`` and ``hushkeep restore``: save a running site, verify a backup, bring a site back."""

from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from hushkeep import cli, vault
from hushkeep.cli.progress import Progress
from hushkeep.cli.shares import tell as tell_shares
from hushkeep.keys import slots
from hushkeep.runtime.clock import now
from hushkeep.runtime.language import gettext as _
from hushkeep.runtime.settings import Settings, settings
from hushkeep.runtime.site import read_site
from hushkeep.survive import backup_key, restoring, saving
from hushkeep.survive.manifest import Manifest

_PATH: Final = click.Path(path_type=Path)
_KEY_FILE: Final = click.option("--key-file", type=_PATH, help="The backup key's file (default: <data_dir>.backupkey).")
_SHARES: Final = click.option("--share", "shares", type=_PATH, multiple=True, help="A share of the backup key; three.")
_ADMIN: Final = click.option(
    "--database-admin-file", "admin_file", type=_PATH, help="The administrator's DSN of a database elsewhere."
)
_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")


@click.command()
@click.argument("target", metavar="FOLDER", type=_PATH)
@click.option("--verify", is_flag=True, help="Verify the backup in FOLDER and change nothing.")
@_KEY_FILE
@_SHARES
@_ADMIN
@_JSON
def backup(  # noqa: PLR0913 - the options of the command
    target: Path,
    key_file: Path | None,
    shares: tuple[Path, ...],
    admin_file: Path | None,
    *,
    verify: bool,
    as_json: bool,
) -> None:
    """Save the running site into the new folder FOLDER: database, objects, keys and files, sealed and signed.

    The backup key lies in a file beside the data directory, made at the first backup, with five shares of its own; it
    is in no backup. Neither is keys/epochs.json: keep a fresh copy of it, and of keys/keys.log, in a second place.

    \b
    Example: hushkeep backup /srv/backup/monday && hushkeep backup --verify /srv/backup/monday
    """  # noqa: D301 - click's own mark
    site = settings()
    chosen = key_file or backup_key.key_file_of(site)
    progress = Progress(_weight(target if verify else site.data_dir))
    if verify:
        key = _key(site, target, chosen, shares)
        _tell(saving.verify(target, key, progress.step), target, as_json=as_json)
    else:
        made = saving.save(
            site, target.absolute(), chosen, now=now(), say=_say, step=progress.step, admin_file=admin_file
        )
        _tell(made, target, as_json=as_json)
    progress.done()
    if not verify and not read_site().demo:
        tell_shares(site.backup_recovery_dir)


@click.command()
@click.argument("source", metavar="FOLDER", type=_PATH)
@click.option(
    "--keys", "surviving", type=_PATH, required=True, help="The folder of keys that outlived the site, or its copy."
)
@_KEY_FILE
@_SHARES
@_ADMIN
@_JSON
def restore(  # noqa: PLR0913 - the options of the command
    source: Path,
    surviving: Path,
    key_file: Path | None,
    shares: tuple[Path, ...],
    admin_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Bring the backup in FOLDER back, into an empty data directory only, and an empty database elsewhere.

    Whoever was shredded since, by the newest keys.log, is destroyed again before the site opens.

    \b
    Example: hushkeep restore /srv/backup/monday --keys /mnt/second-place/keys
    """  # noqa: D301 - click's own mark
    site = settings()
    progress = Progress(_weight(source))
    key = backup_key.open_key(source, key_file or backup_key.key_file_of(site), shares)
    done = restoring.restore(site, source, key, surviving, say=_say, step=progress.step, admin_file=admin_file)
    progress.done()
    if not done.newer_log:
        click.echo(_("No newer key log was given: who was shredded since this backup is back."), err=True)
    if as_json:
        cli.write_json(asdict(done))
    else:
        click.echo(_("Restored: {}").format(site.data_dir))


def _say(words: str) -> None:
    click.echo(_(words), err=True)


def _key(site: Settings, folder: Path, key_file: Path, shares: tuple[Path, ...]) -> vault.DataKey:
    here = folder if (folder / slots.SLOTS_FILE).exists() else backup_key.slots_dir_of(site)
    return backup_key.open_key(here, key_file, shares)


def _tell(made: Manifest, folder: Path, *, as_json: bool) -> None:
    if as_json:
        cli.write_json({"at": made.at, "files": [asdict(sealed) for sealed in made.files]})
    else:
        size = sum(sealed.bytes for sealed in made.files)
        click.echo(_("Backup: {folder} ({size:,} bytes)").format(folder=folder, size=size))


def _weight(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
