"""``hushkeep recording``: redact, verify and report on call recordings, offline."""

import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, cast

import click
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from hushkeep import audio, detect
from hushkeep.cli import EXIT, PARTLY, LazyGroup, write_json
from hushkeep.cli.recogniser_choice import chosen
from hushkeep.kernel import Turn, errors

_FILE = click.Path(path_type=Path)


# Commands that need a site load Django: they are imported when they are called.
_ELSEWHERE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "watch": ("hushkeep.cli.recording_watch:watch", "Send what a telephone system writes into a folder."),
        "seals": ("hushkeep.cli.recording_site:seals", "Check the sealed copies of a site's recordings."),
    }
)


@click.group(cls=LazyGroup, elsewhere=_ELSEWHERE)
def recording() -> None:
    """Redact a recording, verify a redacted copy, report on manifests; check the seals of a site's recordings."""


@recording.command()
@click.argument("source", type=_FILE)
@click.argument("target", type=_FILE)
@click.option("--mode", type=click.Choice([m.value for m in audio.Mode]), default="strict", show_default=True)
@click.option("--recogniser", default="local", show_default=True, help="local, none, or an https address#model.")
@click.option("--model-folder", type=_FILE, help="A Whisper model in CTranslate2 form, for `local`.")
@click.option("--sign-key", type=_FILE, help="Sign the manifest: an Ed25519 private key, PEM.")
def redact(  # noqa: PLR0913 - one argument for each option
    *, source: Path, target: Path, mode: str, recogniser: str, model_folder: Path | None, sign_key: Path | None
) -> int:
    """Write TARGET: SOURCE with card numbers, codes and other numbers silent, spoken or typed.

    Same length, same channels; TARGET's ending tells its format (flac, wav, opus, ogg). The manifest goes to stdout.

    \b
    Exit codes: 0 done, 2 SOURCE cannot be read, 3 SOURCE is cut short (what could be read was redacted),
    11 no recogniser.
    """  # noqa: D301 - click's own mark
    key = _private_key(sign_key) if sign_key else None
    search = audio.Search(audio.Mode(mode), chosen(recogniser, model_folder), _find)
    manifest = _redacted(source, target, search)
    write_json((audio.sign(manifest, key) if key else manifest).document())
    return PARTLY if "cut_short" in manifest.reasons else 0


@recording.command()
@click.argument("copy", type=_FILE)
@click.argument("manifest", type=_FILE)
@click.option("--public-key", type=_FILE, help="Whose signature is expected: an Ed25519 public key, PEM.")
@click.option("--recogniser", default="none", show_default=True, help="Listen again: local, or an https address#model.")
@click.option("--model-folder", type=_FILE, help="A Whisper model in CTranslate2 form, for `local`.")
def verify(copy: Path, manifest: Path, public_key: Path | None, recogniser: str, model_folder: Path | None) -> int:
    """Decode COPY again and hold it to MANIFEST: digest, length, silence in every span, no keys, no numbers.

    \b
    Exit codes: 0 it holds, 2 not a recording or manifest, 10 it does not hold: stdout says why and where.
    """  # noqa: D301 - click's own mark
    told = audio.read(_bytes(manifest))
    if public_key:
        audio.check_signature(told, _public_key(public_key))
    search = audio.Search(audio.Mode(told.mode), chosen(recogniser, model_folder), _find)
    with _opened(copy) as file:
        problems = audio.verify(audio.Recording(file, copy.suffix), told, search)
    write_json(
        {
            "verified": not problems,
            "signed": public_key is not None,
            "listened_again": search.engine is not None,
            "spans": len(told.hidden),
            "problems": [asdict(problem) for problem in problems],
        }
    )
    return EXIT[errors.IntegrityError] if problems else 0


@recording.command()
@click.argument("manifests", type=_FILE, nargs=-1, required=True)
def report(manifests: Sequence[Path]) -> None:
    """Sum up MANIFESTS: recordings, seconds, what was hidden, what is quarantined and why."""
    read = [audio.read(_bytes(path)) for path in manifests]
    hidden = Counter[str]()
    spans = Counter[str]()
    for one in read:
        for span in one.hidden:
            hidden[span.entity] += round((span.end - span.first) * 1000 / one.rate)
            spans[span.entity] += 1
    write_json(
        {
            "recordings": len(read),
            "seconds": round(sum(one.frames / one.rate for one in read), 3),
            "states": dict(Counter(one.state for one in read)),
            "reasons": dict(Counter(reason for one in read for reason in one.reasons)),
            "hidden": {name: {"spans": spans[name], "seconds": hidden[name] / 1000} for name in sorted(spans)},
        }
    )


def _redacted(source: Path, target: Path, search: audio.Search) -> audio.Manifest:
    if not target.parent.is_dir():
        raise errors.NotFound(f"no such folder: {target.parent}")
    if source.exists() and target.exists() and target.samefile(source):
        raise errors.Conflict("the redacted copy may not replace its source")
    # Under another name until it is whole and checked: a copy that exists is a finished one.
    with (
        _opened(source) as file,
        tempfile.NamedTemporaryFile("w+b", dir=target.parent, suffix=".part", delete=False) as making,
    ):
        try:
            copy = audio.Recording(cast(BinaryIO, making.file), target.suffix)
            manifest = audio.redact(audio.Recording(file, source.suffix), copy, search, _progress())
            _check(copy, manifest)
            Path(making.name).replace(target)
        except BaseException:
            Path(making.name).unlink(missing_ok=True)
            raise
    return manifest


def _check(copy: audio.Recording, manifest: audio.Manifest) -> None:
    if problems := audio.verify(copy, manifest):
        raise errors.IntegrityError(f"the redacted copy does not hold: {problems[0].kind}")


def _find(turns: Sequence[Turn]) -> Sequence[detect.Finding]:
    return detect.find(turns, names=False)


def _progress() -> audio.Progress:
    shown = sys.stderr.isatty()

    def tell(stage: str, seconds: float) -> None:
        if shown:
            click.echo(f"\r{stage} {seconds / 60:6.1f} min ", nl=False, err=True)

    return tell


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise errors.NotFound(f"cannot read {path}: {error.strerror}") from None


def _bytes(path: Path) -> bytes:
    with _opened(path) as file:
        return bytes(file.read())


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_bytes(path), password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise errors.InvalidInput(f"{path} holds no Ed25519 private key in PEM form without a password")
    return key


def _public_key(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(_bytes(path))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise errors.InvalidInput(f"{path} holds no Ed25519 public key in PEM form")
    return key
