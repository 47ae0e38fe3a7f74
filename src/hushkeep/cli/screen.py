"""``hushkeep screen``: tell from a screenshot or a photograph whose page it shows, without server or network."""

import json
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import click
import numpy as np
from PIL import Image, UnidentifiedImageError

from hushkeep.access.screen_pattern import KEY_BYTES, View, code_of, find, number_of
from hushkeep.kernel import InvalidInput, NotFound

_PATH: Final = click.Path(path_type=Path)
_MOST_PIXELS: Final = 50_000_000


@click.group()
def screen() -> None:
    """Tell from a picture of a page who looked at it, when, and at which record."""


@screen.command()
@click.argument("picture", type=_PATH, required=False)
@click.option("--code", help="The code of the visible watermark, as it is read off the picture.")
@click.option("--register", "register_file", required=True, type=_PATH, help="What GET /api/v1/screens/register said.")
def trace(picture: Path | None, code: str | None, register_file: Path) -> None:
    """Name the view that PICTURE shows, or that --code stands for, as a JSON line.

    The picture is upright, of half to twice the screen's size, whole or a part. Exit code 4 when no view is named.
    """
    key, views = _register(register_file)
    if (picture is None) == (code is None):
        raise InvalidInput("give either a picture or --code")
    if picture is not None:
        grey = _grey(picture)
        found = find(grey, key, views) or find(255 - grey, key, views)  # a dark page is drawn with bright cells
        told = None if found is None else _told(found.view) | {"by": "pattern", "by_chance": found.by_chance}
    else:
        number = number_of(code or "")
        if number is None:
            raise InvalidInput("the code holds a slip: read it again")
        told = next((_told(view) | {"by": "code"} for view in views if view.number == number), None)
    if told is None:
        raise NotFound("no view of the register is named by this")
    click.echo(json.dumps(told))


def _told(view: View) -> dict[str, object]:
    return {
        "person": str(view.person),
        "session": str(view.session),
        "at": view.at.isoformat(),
        "kind": view.kind,
        "record": str(view.record) if view.record else None,
        "code": code_of(view.number),
    }


def _grey(path: Path) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    try:
        with Image.open(path) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise InvalidInput(f"{path} holds more than {_MOST_PIXELS:,} pixels")
            return np.asarray(image.convert("L"), dtype=np.float32)
    except FileNotFoundError:
        raise NotFound(f"{path} is not there") from None
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        raise InvalidInput(f"{path} is no picture") from None


def _register(path: Path) -> tuple[bytes, list[View]]:
    try:
        said = json.loads(path.read_bytes())
        key = bytes.fromhex(said["key"])
        views = [
            View(
                int(i["number"]),
                UUID(i["person"]),
                UUID(i["session"]),
                datetime.fromisoformat(i["at"]),
                str(i["kind"]),
                UUID(i["record"]) if i["record"] else None,
            )
            for i in said["items"]
        ]
    except FileNotFoundError:
        raise NotFound(f"{path} is not there") from None
    except (ValueError, KeyError, TypeError):
        raise InvalidInput(f"{path} is no register of views") from None
    if len(key) != KEY_BYTES:
        raise InvalidInput(f"{path} is no register of views")
    return key, views
