"""A recogniser behind an OpenAI-compatible address; how bytes travel is the caller's: this room knows no network.

The caller asks policy whether the destination is allowed and writes the event before anything is sent.
"""

import io
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import soundfile

from hushkeep.audio.decoding import Samples
from hushkeep.audio.recogniser import PROMPT_DIGITS, RATE, Heard, Word, prompt
from hushkeep.kernel import errors

Post = Callable[[str, Mapping[str, str], bytes], bytes]
"""Sends (path, headers, body) to the recogniser's address and returns the body of a 200; else raises Unavailable."""

_BOUNDARY = "hushkeep-7d1f0a5e6c"
_UNSAID = 0.75  # probability of a word where the service tells none
_LANGUAGES = {"english": "en", "chinese": "zh", "mandarin": "zh"}


class RemoteRecogniser:
    """Sends sections as WAV to ``/audio/transcriptions`` and reads words with times from the answer."""

    digest = ""

    def __init__(self, post: Post, model: str, *, digits: str = PROMPT_DIGITS) -> None:
        """``digits`` are the eight that the prompt says: a number of this service alone tells, where it turns up, who
        let it out.
        """  # noqa: D205
        self.name = f"remote/{model}"
        self._post, self._model, self._digits = post, model, digits

    def hear(self, sound: Samples, language: str | None) -> Heard:
        """Return the words in ``sound`` (16 kHz); raises Unavailable when the service or its answer fails."""
        fields = {
            "model": self._model,
            "response_format": "verbose_json",
            "timestamp_granularities[]": "word",
            "temperature": "0",
            "prompt": prompt(language, self._digits),
        }
        if language:
            fields["language"] = language
        headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
        answer = self._post("/audio/transcriptions", headers, _form(fields, _wav(sound)))
        try:
            return _read(json.loads(answer))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise errors.Unavailable(f"recogniser {self.name} gave an answer without timed words") from None


def _wav(sound: Samples) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


def _form(fields: Mapping[str, str], wav: bytes) -> bytes:
    """The multipart body (RFC 7578): ``fields``, then the sound."""
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    file = 'Content-Disposition: form-data; name="file"; filename="section.wav"\r\nContent-Type: audio/wav'
    return b"".join([*parts, f"--{_BOUNDARY}\r\n{file}\r\n\r\n".encode(), wav, f"\r\n--{_BOUNDARY}--\r\n".encode()])


def _read(answer: Mapping[str, Any]) -> Heard:
    segments = answer.get("segments") or []
    words = tuple(
        Word(float(word["start"]), float(word["end"]), " " + str(word["word"]).strip(), _probability(word, segments))
        for word in answer["words"]
    )
    if not words and str(answer.get("text") or "").strip():
        raise ValueError("text without timed words")
    language = str(answer.get("language") or "").casefold()
    return Heard(_LANGUAGES.get(language, language[:2]), words)


def _probability(word: Mapping[str, Any], segments: list[Mapping[str, Any]]) -> float:
    """The word's own probability, or its segment's, or a middling one: a service without any is not quite believed."""
    if "probability" in word:
        return float(word["probability"])
    for segment in segments:
        if "avg_logprob" in segment and float(segment["start"]) <= float(word["start"]) < float(segment["end"]):
            return min(1.0, math.exp(float(segment["avg_logprob"])))
    return _UNSAID
