"""What was hidden, where and why, by what and from what: the record that goes with a redacted copy.

Positions are whole samples: these are digested and signed. The seconds beside them are for people and are checked
against the samples whenever a manifest is read. No manifest holds what was hidden.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hushkeep.audio.hiding import Hidden
from hushkeep.audio.segments import SEGMENT_BYTES, Segment
from hushkeep.kernel import canonical, errors

FORMAT = "hushkeep-recording-manifest/2"
_SIGNED_AS = b"hushkeep recording manifest v2\n"  # a signature of ours over other bytes is none over a manifest


@dataclass(frozen=True, slots=True)
class Said:
    """What was said in ``[first, end)``, in samples, of one channel; hidden words stand as their entity in brackets."""

    channel: int
    first: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The record of one redaction.

    ``state`` is ``redacted`` (every search ran) or ``quarantined`` with ``reasons``: stable codes.
    ``segments`` are those of the copy's file. ``recogniser`` and ``detector`` name programs and model digests. Digests
    are SHA-256 in hexadecimal.
    """

    state: str
    reasons: tuple[str, ...]
    mode: str
    rate: int
    channels: int
    frames: int
    codec: str
    source_sha256: str
    output_sha256: str
    segments: tuple[Segment, ...]
    hidden: tuple[Hidden, ...]
    transcript: tuple[Said, ...]
    detector: str
    recogniser: str
    recogniser_sha256: str
    language: str | None
    fill: str = "silence"
    public_key: str | None = None
    signature: str | None = None

    def signed_bytes(self) -> bytes:
        """Return the bytes that are signed: everything but the signature."""
        return _SIGNED_AS + canonical(_whole(self))

    def document(self) -> dict[str, Any]:
        """Return the manifest as plain JSON values, seconds beside samples."""
        document: dict[str, Any] = _whole(self)
        for name in ("hidden", "transcript", "segments"):
            document[name] = [
                item
                | {"start": _seconds(item["first_sample"], self.rate), "end": _seconds(item["end_sample"], self.rate)}
                for item in document[name]
            ]
        document["seconds"] = _seconds(self.frames, self.rate)
        document["hidden_seconds"] = _seconds(sum(h.end - h.first for h in self.hidden), self.rate)
        return document | {"signature": self.signature}


def _seconds(sample: int, rate: int) -> float:
    return round(sample / rate, 6)


def _whole(manifest: Manifest) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "state": manifest.state,
        "reasons": list(manifest.reasons),
        "mode": manifest.mode,
        "rate": manifest.rate,
        "channels": manifest.channels,
        "frames": manifest.frames,
        "codec": manifest.codec,
        "source_sha256": manifest.source_sha256,
        "output_sha256": manifest.output_sha256,
        "segment_bytes": SEGMENT_BYTES,
        "segments": [{"first_sample": s.first, "end_sample": s.end, "sha256": s.sha256} for s in manifest.segments],
        "fill": manifest.fill,
        "hidden": [
            {"channel": h.channel, "first_sample": h.first, "end_sample": h.end, "entity": h.entity}
            for h in manifest.hidden
        ],
        "transcript": [
            {"channel": s.channel, "first_sample": s.first, "end_sample": s.end, "text": s.text}
            for s in manifest.transcript
        ],
        "detector": manifest.detector,
        "recogniser": manifest.recogniser,
        "recogniser_sha256": manifest.recogniser_sha256,
        "language": manifest.language,
        "public_key": manifest.public_key,
    }


def sign(manifest: Manifest, key: Ed25519PrivateKey) -> Manifest:
    """Return ``manifest`` with the signature of ``key`` and its public half, which is signed too."""
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    named = replace(manifest, public_key=public, signature=None)
    return replace(named, signature=base64.b64encode(key.sign(named.signed_bytes())).decode())


def check_signature(manifest: Manifest, trusted: Ed25519PublicKey) -> None:
    """Raise IntegrityError unless ``trusted`` signed ``manifest``; the key named inside it proves nothing alone."""
    try:
        signature = base64.b64decode(manifest.signature or "", validate=True)
        trusted.verify(signature, manifest.signed_bytes())
    except (InvalidSignature, ValueError):
        raise errors.IntegrityError("the manifest's signature does not verify") from None


def read(text: str | bytes) -> Manifest:
    """Return the manifest in ``text``.

    Raises InvalidInput for what is none, IntegrityError where seconds and samples differ.
    """
    try:
        document = json.loads(text)
        manifest = _parsed(document)
    except (KeyError, TypeError, ValueError) as error:
        raise errors.InvalidInput(f"not a recording manifest: {type(error).__name__}") from None
    if document != manifest.document():
        raise errors.IntegrityError("the manifest's seconds and samples do not agree, or it holds unknown fields")
    return manifest


def _parsed(document: Mapping[str, Any]) -> Manifest:
    if document["format"] != FORMAT:
        raise ValueError("another format")
    return Manifest(
        state=str(document["state"]),
        reasons=tuple(map(str, document["reasons"])),
        mode=str(document["mode"]),
        rate=int(document["rate"]),
        channels=int(document["channels"]),
        frames=int(document["frames"]),
        codec=str(document["codec"]),
        source_sha256=str(document["source_sha256"]),
        output_sha256=str(document["output_sha256"]),
        segments=tuple(
            Segment(int(s["first_sample"]), int(s["end_sample"]), str(s["sha256"])) for s in document["segments"]
        ),
        fill=str(document["fill"]),
        hidden=tuple(
            Hidden(int(h["channel"]), int(h["first_sample"]), int(h["end_sample"]), str(h["entity"]))
            for h in document["hidden"]
        ),
        transcript=tuple(
            Said(int(s["channel"]), int(s["first_sample"]), int(s["end_sample"]), str(s["text"]))
            for s in document["transcript"]
        ),
        detector=str(document["detector"]),
        recogniser=str(document["recogniser"]),
        recogniser_sha256=str(document["recogniser_sha256"]),
        language=document["language"],
        public_key=document["public_key"],
        signature=document["signature"],
    )
