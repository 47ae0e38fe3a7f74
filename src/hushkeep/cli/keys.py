"""``hushkeep keys``: serve a site's keys, and look after them.

What acts on the running service goes through its socket; ``slots``, ``recover`` and ``restore`` work on a stopped one.
"""

import os
import sys
from pathlib import Path
from typing import Final
from uuid import UUID

import click

from hushkeep.cli import write_json
from hushkeep.cli.keys_proving import proofs_option, prove, read_proof
from hushkeep.kernel import Conflict, Denied, InvalidInput, NotFound, new_id
from hushkeep.keys import certificate, serving, site, slot_tests, slots, ways
from hushkeep.runtime.clock import now
from hushkeep.runtime.key_client import KeyClient
from hushkeep.runtime.language import gettext as _
from hushkeep.runtime.settings import settings
from hushkeep.runtime.site import read_site

_PATH: Final = click.Path(path_type=Path)
_HERE: Final = click.option("--data-dir", type=_PATH, help="The site's data directory (default: as configured).")
_KEY_FILE: Final = click.option("--key-file", type=_PATH, help="The root key's file (default: as configured).")
_ACTOR: Final = click.option("--actor", type=click.UUID, required=True, help="Who asks for it.")
_EVENT: Final = click.option("--event", type=click.UUID, help="The id of the event that records it.")


def _data_dir(given: Path | None) -> Path:
    return given or settings().data_dir


def _client(data_dir: Path | None) -> KeyClient:
    return KeyClient(_data_dir(data_dir) / "run" / "keys" / "keys.sock")


def _key_file(given: Path | None) -> slots.KeyFile:
    return slots.KeyFile(given or settings().root_key_file)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(f"no file {path}") from None
    except (OSError, UnicodeDecodeError):
        raise InvalidInput(f"{path.name} cannot be read") from None


@click.group()
def keys() -> None:
    """The key service."""


keys.add_command(prove)


@keys.command(context_settings={"ignore_unknown_options": True})
@_HERE
@_KEY_FILE
@click.argument("more", nargs=-1, type=click.UNPROCESSED)
def serve(data_dir: Path | None, key_file: Path | None, more: tuple[str, ...]) -> None:
    """Serve the site's keys until stopped.

    The process is replaced by a smaller one that holds neither this command line nor the settings.
    MORE: --passphrase-file F, --slot WAY --secret-file F, --peer UID:ROLE,ROLE (front, worker, admin),
    --dual-control, --unproved-samples, --group GID.
    """
    here = _data_dir(data_dir)
    root = key_file or settings().root_key_file
    places = [
        "--keys-dir",
        str(here / "keys"),
        "--socket",
        str(here / "run" / "keys" / "keys.sock"),
        "--key-file",
        str(root),
    ]
    os.execv(sys.executable, [sys.executable, "-m", "hushkeep.keys", *places, *more])  # noqa: S606 - our own program


@keys.command()
@_HERE
def status(data_dir: Path | None) -> None:
    """Print how the key service is, and how far its site's processes are kept apart, as JSON."""
    with _client(data_dir) as client:
        told = client.status()
    write_json({"level": _level(_data_dir(data_dir)), **told})


def _level(data_dir: Path) -> str | None:
    """Return the level of separation of the site at ``data_dir``; None for a key service that stands alone."""
    return read_site().level if data_dir == settings().data_dir and (data_dir / "site.toml").exists() else None


@keys.command()
@_HERE
@click.option("--since", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000, show_default=True)
def log(data_dir: Path | None, since: int, limit: int) -> None:
    """Print the key log's records from a sequence number on, one JSON line each."""
    with _client(data_dir) as client:
        records = client.log_since(since, limit)
    for record in records:
        filled = {name: getattr(record, name) for name in record.__struct_fields__}
        write_json({name: _plain(value) for name, value in filled.items() if value is not None})


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value


@keys.command()
@_HERE
def lock(data_dir: Path | None) -> None:
    """Let the service forget the root key until it is started again."""
    with _client(data_dir) as client:
        client.lock()


@keys.command()
@click.argument("tenant", type=click.UUID)
@_HERE
@_ACTOR
@_EVENT
@proofs_option
def rotate(tenant: UUID, data_dir: Path | None, actor: UUID, event: UUID | None, proofs: tuple[Path, ...]) -> None:
    """Make a new version of TENANT's key; the service re-wraps in the background, no data row changes."""
    shown = [read_proof(path) for path in proofs]
    with _client(data_dir) as client:
        write_json({"version": client.rotate(tenant, actor=actor, event=event or new_id(), proofs=shown)})


@keys.command()
@_HERE
def rewrap(data_dir: Path | None) -> None:
    """Print how many rotations still re-wrap; the service takes them up by itself, also after a stop."""
    with _client(data_dir) as client:
        write_json({"rotations": client.status()["rotations"]})


@keys.command()
@click.argument("tenant", type=click.UUID)
@click.argument("subject", type=click.UUID)
@_HERE
@_ACTOR
@_EVENT
@click.option("--basis", required=True, help="The ground, a stable code: erasure_request, retention_end …")
@click.option("--class", "classes", multiple=True, help="One class only; may be repeated (default: all).")
@click.option("--holds-checked", is_flag=True, help="Legal holds were looked up and none stands against it.")
@click.option("--certificate", "target", type=_PATH, required=True, help="Where to write the certificate.")
@proofs_option
@click.option("--dry-run", is_flag=True, help="Say what would be destroyed, and destroy nothing.")
def shred(  # noqa: PLR0913, PLR0917 - the options of a command
    tenant: UUID,
    subject: UUID,
    data_dir: Path | None,
    actor: UUID,
    event: UUID | None,
    basis: str,
    classes: tuple[str, ...],
    target: Path,
    proofs: tuple[Path, ...],
    *,
    holds_checked: bool,
    dry_run: bool,
) -> None:
    """Destroy the keys of SUBJECT for ever and write the certificate."""
    listed = ", ".join(classes) or _("all classes")
    words = _("the keys of subject {subject} ({classes})").format(subject=subject, classes=listed)
    if dry_run:
        click.echo(_("would destroy {}").format(words), err=True)
        return
    if target.exists():
        raise Conflict(f"{target.name} is there already")
    shown = [read_proof(path) for path in proofs]
    if sys.stdin.isatty():
        click.confirm(_("Destroy {} for ever?").format(words), abort=True, err=True)
    with _client(data_dir) as client:
        signed = client.shred(
            tenant,
            subject,
            actor=actor,
            event=event or new_id(),
            basis=basis,
            classes=classes,
            holds_checked=holds_checked,
            proofs=shown,
        )
    slots.write_durably(target, signed)


@keys.command(name="verify-certificate")
@click.argument("source", metavar="CERTIFICATE", type=_PATH)
@click.option("--public-keys", type=_PATH, required=True, help="The site's public-keys.json, obtained beforehand.")
def verify_certificate(source: Path, public_keys: Path) -> None:
    """Verify a certificate of destruction offline and print what it says."""
    trusted = certificate.PublicKeys.decode(_read(public_keys).encode())
    write_json(certificate.verify(_read(source).encode(), trusted))


@keys.command(name="slots")
@_HERE
@_KEY_FILE
@click.option("--add", "way", help=f"Keep the root key there too: {ways.WAYS}.")
@click.option("--secret-file", type=_PATH, help="The words, PIN, token or credentials (two lines) of --add.")
@click.option("--remove", help="A kind to remove; two slots stay, one of them recovery.")
@click.option("--test", is_flag=True, help="Open the root key by the key file, to see that it works.")
@click.option("--passphrase-file", type=_PATH, help="The passphrase slot's words: tested, and the second hand.")
@click.option(
    "--share", "--test-shares", "shares", type=_PATH, multiple=True, help="Three share files: tested, the second hand."
)
def slots_command(  # noqa: PLR0913, PLR0917 - the options of a command
    data_dir: Path | None,
    key_file: Path | None,
    way: str | None,
    secret_file: Path | None,
    remove: str | None,
    passphrase_file: Path | None,
    shares: tuple[Path, ...],
    *,
    test: bool,
) -> None:
    """List the ways to the root key as JSON; add, remove or test one.

    Each is to be tested once a month. Adding and removing take two hands: the key file, and three shares or the
    passphrase, which lie with other people.
    """
    folder = _data_dir(data_dir) / "keys"
    held: list[slots.Provider] = []
    if shares:
        held.append(slots.Recovery.of_shares([_read(path) for path in shares]))
    if passphrase_file:
        held.append(slots.Passphrase(_read(passphrase_file).rstrip("\n")))
    first = _key_file(key_file)
    if way and secret_file is None:
        raise InvalidInput("--add needs --secret-file")
    fresh = ways.provider_of(way, _read(secret_file).rstrip("\n")) if way and secret_file else None
    if fresh or remove:
        if not held:
            raise Denied("second_slot_missing")
        slots.require_two(folder, first, held[0])
    if fresh:
        slots.put_slot(folder, first, fresh)
        slot_tests.record(folder, fresh.kind, _microseconds())
    if remove:
        slots.remove_slot(folder, remove)
    tested = [*((first,) if test else ()), *held]
    for provider in tested:
        slots.open_root(folder, provider)
        slot_tests.record(folder, provider.kind, _microseconds())
    listed = slots.read_slots(folder)
    told = {"site": str(listed.site), "slots": [slot.kind for slot in listed.slots]}
    write_json({**told, "tested": [provider.kind for provider in tested], "overdue": slot_tests.overdue(folder, now())})


def _microseconds() -> int:
    return int(now().timestamp() * 1_000_000)


@keys.command()
@_HERE
@click.option("--share", "shares", type=_PATH, multiple=True, required=True, help="A share's file; three are needed.")
@click.option("--key-file", type=_PATH, required=True, help="Where to write the new key file; it must not exist.")
@click.option("--recovery-dir", type=_PATH, required=True, help="Where to write the five new shares.")
def recover(data_dir: Path | None, shares: tuple[Path, ...], key_file: Path, recovery_dir: Path) -> None:
    """Come back from three recovery shares: a new key file and new shares; the old ones open nothing any more."""
    if len(shares) < slots.SHARES_NEEDED:
        raise Denied("recovery needs three shares")
    words = [_read(path) for path in shares]
    site.recover(_data_dir(data_dir) / "keys", words, key_file=key_file, recovery_dir=recovery_dir)
    click.echo(_("recovered; give the five files in {} into different hands").format(recovery_dir), err=True)


@keys.command()
@_HERE
@click.argument("target", metavar="OUT", type=_PATH)
def backup(data_dir: Path | None, target: Path) -> None:
    """Have the service write its store, sealed under today's epoch key, to OUT."""
    with _client(data_dir) as client:
        client.backup(target.absolute())


@keys.command()
@_HERE
@_KEY_FILE
@click.argument("source", metavar="BACKUP", type=_PATH)
def restore(data_dir: Path | None, key_file: Path | None, source: Path) -> None:
    """Put a backup in place of the stopped service's store; what was shredded since is destroyed again at the start."""
    if not source.exists():
        raise NotFound(f"no file {source}")
    serving.restore_store(_data_dir(data_dir) / "keys", _key_file(key_file), source)
