"""``hushkeep recording``: redact, verify and report on call recordings, offline."""

import os
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from hushkeep import audio, detect
from hushkeep.cli import PARTLY, write_json
from hushkeep.kernel import Turn, errors

_INSTALL = (
    "install the extra `hushkeep[speech]` and give a Whisper model in CTranslate2 form by --model-folder or "
    "HUSHKEEP_RECOGNISER_FOLDER, or search keypad tones only with --recogniser none"
)


@click.group()
def recording() -> None:
    """Redact a recording, verify a redacted copy, report on manifests."""


@recording.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--mode", type=click.Choice([m.value for m in audio.Mode]), default="strict", show_default=True)
@click.option("--recogniser", type=click.Choice(["local", "none"]), default="local", show_default=True)
@click.option("--model-folder", type=click.Path(path_type=Path), help="A Whisper model in CTranslate2 form.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
def redact(source: Path, target: Path, mode: str, recogniser: str, model_folder: Path | None, *, quiet: bool) -> int:
    """Write TARGET: SOURCE with card numbers, codes and other numbers silent, spoken or typed.

    Same length, same channels; the format is told by TARGET's ending (flac, wav, opus, ogg). The manifest goes to stdout.

    \b
    Exit codes: 0 done, 2 SOURCE cannot be read, 3 SOURCE is cut short (what could be read was redacted),
    11 no recogniser.
    """  # noqa: D301 - click's own mark for "do not wrap"
    engine = None if recogniser == "none" else _local(model_folder)
    manifest = _redacted(source, target, audio.Mode(mode), engine, quiet=quiet)
    write_json(manifest.document())
    return PARTLY if "cut_short" in manifest.reasons else 0


def _redacted(source: Path, target: Path, mode: audio.Mode, engine: Any, *, quiet: bool) -> audio.Manifest:
    if not source.is_file():
        raise errors.NotFound(f"no such recording: {source}")
    if not target.parent.is_dir():
        raise errors.NotFound(f"no such folder: {target.parent}")
    if target.exists() and target.samefile(source):
        raise errors.Conflict("the redacted copy may not replace its source")
    # Under another name until it is whole: a copy that exists is a finished one.
    with tempfile.NamedTemporaryFile("w+b", dir=target.parent, suffix=".part", delete=False) as making:
        try:
            with source.open("rb") as file:
                manifest = audio.redact(
                    file,
                    making,
                    suffix=source.suffix,
                    target_suffix=target.suffix,
                    mode=mode,
                    engine=engine,
                    find=_find,
                    progress=_progress(quiet=quiet),
                )
            Path(making.name).replace(target)
        except BaseException:
            Path(making.name).unlink(missing_ok=True)
            raise
    return manifest


def _find(turns: Sequence[Turn]) -> Sequence[detect.Finding]:
    return detect.find(turns, names=False)


def _progress(*, quiet: bool) -> audio.Progress:
    shown = not quiet and sys.stderr.isatty()

    def tell(stage: str, seconds: float) -> None:
        if shown:
            click.echo(f"\r{stage} {seconds / 60:6.1f} min ", nl=False, err=True)

    return tell


def _local(folder: Path | None) -> Any:
    """The local recogniser; Unavailable with what to install where there is none."""
    named = folder or (Path(os.environ["HUSHKEEP_RECOGNISER_FOLDER"]) if "HUSHKEEP_RECOGNISER_FOLDER" in os.environ else None)
    place = named or audio.packaged_folder(audio.WHISPER_BASE, _cache())
    try:
        if place is None:
            raise errors.Unavailable("no recogniser: no model folder is named and no package with a model is installed")
        return import_module("hushkeep.audio.whisper").LocalWhisper(place)
    except ModuleNotFoundError as error:
        refusal = errors.Unavailable(f"no recogniser: {error.name} is not installed")
        refusal.add_note(_INSTALL)
        raise refusal from None
    except errors.Unavailable as error:
        error.add_note(_INSTALL)
        raise


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "hushkeep" / "recogniser"
