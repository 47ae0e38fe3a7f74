"""Which recogniser the command line uses: a local model, a remote service, or none."""

import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from hushkeep import audio
from hushkeep.kernel import errors

_INSTALL = (
    "install the extra `hushkeep[speech]` and give a Whisper model in CTranslate2 form by --model-folder or "
    "HUSHKEEP_RECOGNISER_FOLDER; or search keypad tones only with --recogniser none"
)
_TIMEOUT_SECONDS = 120
_LARGEST_ANSWER = 16 << 20


def chosen(which: str, model_folder: Path | None) -> audio.Recogniser | None:
    """Return the recogniser named by ``which``: ``local``, ``none`` or an https address with ``#model``.

    Raises Unavailable, with what to install, when it cannot be had.
    """
    if which == "none":
        return None
    if which != "local":
        return _remote(which)
    try:
        return _local(model_folder)
    except errors.Unavailable as error:
        error.add_note(_INSTALL)
        raise


def _local(folder: Path | None) -> audio.Recogniser:
    named = os.environ.get("HUSHKEEP_RECOGNISER_FOLDER")
    place = folder or (Path(named) if named else audio.packaged_folder(audio.WHISPER_BASE, _cache()))
    if place is None:
        raise errors.Unavailable("no recogniser: no model folder is named and no package with a model is installed")
    whisper: audio.Recogniser = import_module("hushkeep.audio.whisper").LocalWhisper(place)
    return whisper


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "hushkeep" / "recogniser"


def _remote(address: str) -> audio.Recogniser:
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise errors.InvalidInput("a recogniser is `local`, `none` or an https address")
    base = parts._replace(fragment="").geturl().rstrip("/")

    def post(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        request = urllib.request.Request(base + path, data=body, headers={**headers, **_key()})  # noqa: S310 - checked
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked above
                return bytes(answer.read(_LARGEST_ANSWER))
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            raise errors.Unavailable(f"recogniser {parts.hostname} did not answer: {type(error).__name__}") from None

    return audio.RemoteRecogniser(post, parts.fragment or "whisper-1")


def _key() -> dict[str, str]:
    """The service's key, from the file named by HUSHKEEP_RECOGNISER_KEY_FILE."""
    path = os.environ.get("HUSHKEEP_RECOGNISER_KEY_FILE")
    return {"Authorization": f"Bearer {Path(path).read_text(encoding='utf-8').strip()}"} if path else {}
