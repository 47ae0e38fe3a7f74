"""``hushkeep file``: seal and open single files, without server, network or settings."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import click

from hushkeep import vault
from hushkeep.kernel import InvalidInput, NotFound, Unavailable, new_id

_PIPE: Final = "-"
_SOURCE: Final = click.argument("source", metavar="IN", type=click.Path(allow_dash=True))
_TARGET: Final = click.argument("target", metavar="OUT", type=click.Path(allow_dash=True))
_KEY: Final = click.option(
    "--key-file", required=True, type=click.Path(path_type=Path), help="A file of exactly 32 bytes: the key."
)


@click.group()
def file() -> None:
    """Seal or open a file in the stream format HKSF (docs/crypto-spec.md, section 5).

    IN and OUT may be "-" for a pipe. Make a key with: head -c 32 /dev/urandom > key
    """


@file.command(name="seal")
@_SOURCE
@_TARGET
@_KEY
def seal_file(source: str, target: str, key_file: Path) -> None:
    """Seal IN into OUT: nobody reads or changes it without the key."""
    key = _key(key_file)
    with _reading(source) as plain, _writing(target) as sealed:
        vault.seal_stream(plain, sealed, key, new_id())


@file.command(name="open")
@_SOURCE
@_TARGET
@_KEY
def open_file(source: str, target: str, key_file: Path) -> None:
    """Open the sealed file IN into OUT, which appears only when all of it was verified.

    A changed, cut or foreign file ends with exit code 10. To a pipe, verified parts flow at once: heed the exit code.
    """
    key = _key(key_file)
    with _reading(source) as sealed, _writing(target) as plain:
        vault.open_stream(sealed, plain, key)


def _key(path: Path) -> vault.DataKey:
    with _reading(str(path)) as source:
        secret = source.read(vault.KEY_BYTES + 1)
    if len(secret) != vault.KEY_BYTES:
        raise InvalidInput(f"the key file {path.name} does not hold exactly 32 bytes")
    return vault.DataKey.of(secret)


@contextlib.contextmanager
def _reading(name: str) -> Iterator[BinaryIO]:
    if name == _PIPE:
        yield sys.stdin.buffer
        return
    with contextlib.ExitStack() as stack:
        try:
            source = stack.enter_context(Path(name).open("rb"))
        except FileNotFoundError:
            raise NotFound(f"no file {name}") from None
        except OSError as failure:
            raise InvalidInput(f"{name} cannot be read: {failure.strerror}") from None
        yield source


@contextlib.contextmanager
def _writing(name: str) -> Iterator[BinaryIO]:
    """Yield where to write ``name``; a regular file appears, whole, when the block ends well, and only then."""
    path = Path(name)
    if name == _PIPE:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as device:
                yield device
            return
        handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    except OSError as failure:
        raise InvalidInput(f"{name} cannot be written: {failure.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        Path(fresh).replace(path)
    except OSError as failure:
        raise Unavailable(f"{name} cannot be written: {failure.strerror}") from None
    finally:
        Path(fresh).unlink(missing_ok=True)
