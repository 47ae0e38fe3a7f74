"""What a scan finds: the redacted copy, its manifest, and which spans no copy may keep."""

import json
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hushkeep import audio, detect
from hushkeep.kernel import TenantId, Turn
from hushkeep.records.recordings import _remote
from hushkeep.runtime.secret_files import make_secret
from hushkeep.runtime.settings import settings

CODES: Final = frozenset({"cvv", "keypad", "paused", "secret"})
"""What is cut from the original too (PCI DSS v4.0.1, 3.3.1): keys may be anything, and one pauses for a code."""
_SIGNING_KEY: Final = "recordings"
_MENDS: Final = 2
_SECONDS_OFF: Final = 2.0
_SHARE_OFF: Final = 0.02  # a sidecar's length may be off by the larger of the two
_HEARD_RATE: Final = 16_000  # what recognisers are handed


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of a search: its manifest, ``reason`` when the copy may not be played, and what may be shown."""

    manifest: audio.Manifest
    reason: str | None
    peaks: tuple[tuple[int, ...], ...]
    transcript: tuple[tuple[int, float, float, str], ...] = field(repr=False)

    @property
    def codes(self) -> list[audio.Hidden]:
        """The spans that are cut from every copy."""
        return [span for span in self.manifest.hidden if span.entity in CODES]

    def signed(self) -> bytes:
        """Return the manifest as JSON, signed with the site's key for recordings."""
        return json.dumps(audio.sign(self.manifest, signing_key()).document(), ensure_ascii=False).encode()

    def columns(self) -> dict[str, Any]:
        """Return what is kept of it in the recording's row: no clear value."""
        manifest, rate = self.manifest, self.manifest.rate
        return {
            "mode": manifest.mode,
            "recogniser": manifest.recogniser,
            "language": manifest.language,
            "seconds": round(manifest.frames / rate, 3),
            "channels": manifest.channels,
            "rate": rate,
            "spans": [[s.channel, round(s.first / rate, 3), round(s.end / rate, 3), s.entity] for s in manifest.hidden],
            "transcript": [list(line) for line in self.transcript],
            "peaks": [list(channel) for channel in self.peaks],
        }


def signing_key() -> Ed25519PrivateKey:
    """Return the site's key for manifests, made at the first call; its file lies with the site's secrets."""
    seed = bytes.fromhex(make_secret(_SIGNING_KEY, secrets.token_bytes(32).hex()))
    return Ed25519PrivateKey.from_private_bytes(seed)


def drawn() -> bool:
    """Whether a recording falls into the sample of quality assurance: by lot, so that nobody can choose."""
    return secrets.randbelow(100) < settings().recording_sample_percent


def recogniser(tenant: TenantId, recording: UUID) -> audio.Recogniser | None:
    """Return what hears speech in ``recording``; None where the site has chosen nothing.

    Before this returns a remote one, its destination is allowed and the event of it is committed. Raises Denied
    ("destination_not_allowed"), after its event, and Unavailable when it does not start.
    """
    chosen, folder = settings().recogniser, settings().recogniser_folder
    if chosen == "remote":
        return _remote.recogniser(tenant, recording)
    return None if chosen == "none" or folder is None else _local(folder)


@cache
def _local(folder: Path) -> audio.Recogniser:
    return audio.ApartRecogniser("hushkeep.audio.whisper:in_folder", str(folder))


class _Beating:
    """A recogniser that tells of each section it has heard: a check may last as long as the search."""

    def __init__(self, engine: audio.Recogniser, progress: audio.Progress) -> None:
        self.name, self.digest = engine.name, engine.digest
        self._engine, self._progress, self._heard = engine, progress, 0.0

    def hear(self, sound: audio.Samples, language: str | None) -> audio.Heard:
        """Return what the recogniser hears; raises Unavailable when it does."""
        heard = self._engine.hear(sound, language)
        self._heard += len(sound) / _HEARD_RATE
        self._progress("check", self._heard)
        return heard


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told of a recording: its digest while it is still that file, and what its sidecar says of the sound."""

    digest: bytes | None
    pauses: Sequence[tuple[float, float]] = ()
    seconds: float | None = None
    channels: int | None = None

    def contradicted(self, manifest: audio.Manifest) -> str | None:
        """Return the reason why ``manifest`` is not of the recording that was told of, None when nothing differs."""
        if self.digest is not None and manifest.source_sha256 != self.digest.hex():
            return "digest_differs"
        length = manifest.frames / manifest.rate
        if self.channels not in {None, manifest.channels}:
            return "sidecar_contradicts"
        if self.seconds is not None and abs(self.seconds - length) > max(_SECONDS_OFF, _SHARE_OFF * length):
            return "sidecar_contradicts"
        return None


def search(
    source: audio.Recording,
    copy: BinaryIO,
    engine: audio.Recogniser | None,
    *,
    told: Told,
    progress: audio.Progress,
) -> Found:
    """Write the redacted copy of ``source`` to ``copy`` and return what was found, checked by decoding it again.

    Raises InvalidInput for what is no recording, Unavailable when the recogniser fails.
    """
    target = audio.Recording(copy, "flac")
    what = audio.Search(audio.Mode(settings().recording_mode), engine, _find, told.pauses)
    manifest = audio.redact(source, target, what, progress)
    reason = manifest.reasons[0] if manifest.reasons else None
    reason = told.contradicted(manifest) or reason
    if reason is None:
        manifest, reason = _checked(target, manifest, _check(what, progress))
    return Found(manifest, reason, audio.peaks(target, manifest.frames), _masked(manifest))


def _checked(copy: audio.Recording, manifest: audio.Manifest, what: audio.Search) -> tuple[audio.Manifest, str | None]:
    """Return the manifest of a copy that holds, or why it does not; what is still heard is silenced, twice at most."""
    lot = secrets.SystemRandom()  # which parts far from any span are heard again nobody can know
    for _ in range(_MENDS):
        problems = audio.verify(copy, manifest, what, lot=lot)
        if not problems or any(problem.kind not in audio.MENDABLE for problem in problems):
            return manifest, problems[0].kind if problems else None
        with anonymous() as mended:
            manifest = audio.mend(copy, audio.Recording(mended, copy.suffix), manifest, problems)
            mended.seek(0)
            copy.file.seek(0)
            copy.file.truncate()
            shutil.copyfileobj(mended, copy.file)
            copy.file.flush()
    problems = audio.verify(copy, manifest, what, lot=lot)
    return manifest, problems[0].kind if problems else None


def anonymous() -> BinaryIO:
    """Return a file without a name, in memory: nothing of it is left when it closes or the process dies."""
    return os.fdopen(os.memfd_create("recording", os.MFD_CLOEXEC), "w+b")


def _check(what: audio.Search, progress: audio.Progress) -> audio.Search:
    return audio.Search(what.mode, _Beating(what.engine, progress) if what.engine else None, what.find)


def _find(turns: Sequence[Turn]) -> Sequence[detect.Finding]:
    return detect.find(turns, names=False)


def _masked(manifest: audio.Manifest) -> tuple[tuple[int, float, float, str], ...]:
    """The transcript as it may be shown: what stays audible, such as names, is masked in it as in a chat."""
    turns = [Turn(f"channel-{said.channel}", said.text) for said in manifest.transcript]
    findings = detect.find(turns)
    masked = detect.mask(detect.cut_secrets(turns, findings), findings)
    rate = manifest.rate
    return tuple(
        (said.channel, round(said.first / rate, 3), round(said.end / rate, 3), turn.text.replace("\x00", "\ufffd"))
        for said, turn in zip(manifest.transcript, masked, strict=True)
    )
