"""``hushkeep export``: open an archive and trace a copy, without server, network or settings."""

import contextlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

import click
import pypdf
import pypdf.errors
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from hushkeep import vault
from hushkeep.kernel import Conflict, InvalidInput, NotFound
from hushkeep.records.export_marks import MARK_KEY_BYTES, Entry, Trace
from hushkeep.records.export_marks import trace as find_sources

_PDF: Final = b"%PDF"
_PATH: Final = click.Path(path_type=Path)


@click.group()
def export() -> None:
    """Open an export's archive, or tell from any copy of it which export it was and who took it."""


@export.command()
@click.argument("key_file", metavar="KEY", type=_PATH)
def recipient(key_file: Path) -> None:
    """Make a recipient's key: the private half into the new file KEY (0600), the public half on stdout."""
    private = X25519PrivateKey.generate()
    try:
        descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{key_file} is there already") from None
    with os.fdopen(descriptor, "wb") as out:
        out.write(private.private_bytes_raw())
    click.echo(private.public_key().public_bytes_raw().hex())


@export.command(name="open")
@click.argument("source", metavar="IN", type=_PATH)
@click.argument("target", metavar="OUT", type=_PATH)
@click.option("--key-file", type=_PATH, help="The recipient's private key: 32 bytes.")
@click.option("--passphrase-file", type=_PATH, help="The passphrase, in one line.")
def open_(source: Path, target: Path, key_file: Path | None, passphrase_file: Path | None) -> None:
    """Open the archive IN into the new file OUT, which appears only when all of it was verified."""
    secret = _secret(key_file, passphrase_file)
    with _reading(source) as sealed, _writing(target) as plain:
        archive = vault.open_archive(sealed, plain, secret)
    click.echo(json.dumps({"export": str(archive)}))


@export.command()
@click.argument("copy", type=_PATH)
@click.option("--register", "register_file", required=True, type=_PATH, help="What GET /api/v1/exports/register said.")
def trace(copy: Path, register_file: Path) -> None:
    """Name the exports that COPY comes from, and who took them: a JSON line each, the surest first.

    COPY may be cut, sorted, reduced to some columns or converted, as long as some times keep their six digits. Of a
    PDF the text is read, of recordings the lines that bear no sound.
    Exit code 4 when no export of the register is named.
    """
    register = _register(register_file)
    with _reading(copy) as source:
        found = find_sources(_lines(source), register)
    for each in found:
        click.echo(json.dumps(_told(each)))
    if not found:
        raise NotFound("no export of the register is named by this copy")


def _lines(source: BinaryIO) -> Iterable[bytes]:
    """The lines of a copy; a PDF's are those that a reader of it sees, since its bytes are packed."""
    begins = source.read(len(_PDF))
    source.seek(0)
    return _printed(source) if begins == _PDF else source


def _printed(source: BinaryIO) -> Iterator[bytes]:
    try:
        for page in pypdf.PdfReader(source).pages:
            yield from page.extract_text().encode("utf-8", "replace").splitlines()
    except (pypdf.errors.PyPdfError, zlib.error, ValueError, KeyError, TypeError, RecursionError):
        raise InvalidInput("this PDF cannot be read: print it to text first") from None


def _told(found: Trace) -> dict[str, object]:
    return {
        "export": str(found.export),
        "person": str(found.person) if found.person else None,
        "at": found.at.isoformat() if found.at else None,
        "visible": found.visible,
        "hidden": {"times": found.times, "of": found.of, "by_chance": found.by_chance},
    }


def _register(path: Path) -> list[Entry]:
    try:
        items = json.loads(path.read_bytes())["items"]
        entries = [
            Entry(UUID(i["export"]), UUID(i["person"]), datetime.fromisoformat(i["at"]), bytes.fromhex(i["key"]))
            for i in items
        ]
    except FileNotFoundError:
        raise NotFound(f"{path} is not there") from None
    except (ValueError, KeyError, TypeError):
        raise InvalidInput(f"{path} is no register of exports") from None
    if any(len(entry.key) != MARK_KEY_BYTES for entry in entries):
        raise InvalidInput(f"{path} is no register of exports")
    return entries


def _secret(key_file: Path | None, passphrase_file: Path | None) -> bytes | str:
    if (key_file is None) == (passphrase_file is None):
        raise InvalidInput("give either --key-file or --passphrase-file")
    with _reading(key_file or passphrase_file or Path()) as source:
        content = source.read(4096)
    if passphrase_file is not None:
        try:
            return content.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise InvalidInput(f"{passphrase_file} is no text") from None
    if len(content) != vault.KEY_BYTES:
        raise InvalidInput(f"{key_file} is not {vault.KEY_BYTES} bytes")
    return content


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    try:
        source = path.open("rb")
    except FileNotFoundError:
        raise NotFound(f"{path} is not there") from None
    with source:
        yield source


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that gets its name only when the block ends well, and never takes an existing one's place."""
    if path.exists():
        raise Conflict(f"{path} is there already")
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".hushkeep-")
    try:
        with os.fdopen(descriptor, "wb") as out:
            yield out
        os.link(name, path)
    finally:
        Path(name).unlink()
