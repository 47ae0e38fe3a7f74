"""Whisper on this machine by ``faster-whisper`` (optional extra ``speech``)."""

import hashlib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from hushkeep.audio.decoding import Samples
from hushkeep.audio.recogniser import RATE, Heard, Word, prompt
from hushkeep.kernel import errors

_REST_FRAMES = 200  # of 10 ms
_WINDOW_STEP = 250  # frames; with a length of its own for every section the library's memory grew by 300 MB an hour
_MODEL_FILES = ("model.bin", "config.json", "tokenizer.json")


class LocalWhisper:
    """A Whisper model in CTranslate2 form, from a folder; never fetched from anywhere."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        missing = [name for name in _MODEL_FILES if not (folder / name).is_file()]
        if missing:
            raise errors.Unavailable(f"recogniser folder {folder} lacks {', '.join(missing)}")
        self.digest = _digest(folder / "model.bin")
        self.name = f"faster-whisper/{folder.name}"
        try:
            library = import_module("faster_whisper")
        except ModuleNotFoundError as error:
            raise errors.Unavailable(f"no recogniser: {error.name} is not installed") from None
        try:
            self._model = library.WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
            )
        except (RuntimeError, ValueError) as error:
            raise errors.Unavailable(f"recogniser folder {folder} does not load: {error}") from error
        self._model.encode = _once(_fitted(self._model.encode))

    def hear(self, sound: Samples, language: str | None) -> Heard:
        """Return the words in ``sound`` (16 kHz); raises Unavailable when the model fails."""
        try:
            if not self._model.model.is_multilingual:
                language = "en"
            elif language is None:
                # Less the frame that transcribing leaves out: then both encode the same.
                features = self._model.feature_extractor(sound)[..., :-1]
                language, _, _ = self._model.detect_language(features=features)
            words = self._words(sound, language)
        except (RuntimeError, ValueError) as error:
            raise errors.Unavailable(f"recogniser {self.name} failed: {type(error).__name__}") from error
        return Heard(language, words)

    def _words(self, sound: Samples, language: str) -> tuple[Word, ...]:
        segments, _ = self._model.transcribe(
            sound,
            language=language,
            initial_prompt=prompt(language),
            beam_size=1,
            temperature=0.0,
            word_timestamps=True,
            condition_on_previous_text=False,
            # Nobody says more: a model that has lost its thread repeats itself until it is stopped.
            max_new_tokens=min(200, 20 + int(10 * len(sound) / RATE)),
        )
        return tuple(
            Word(word.start, word.end, word.word, word.probability) for seg in segments for word in seg.words or ()
        )


def _fitted(encode: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return ``encode`` that takes a window of 30 s only as far as there is sound in it, and _REST_FRAMES or some more.

    The encoder's cost grows faster than the window: ten seconds cost a ninth of thirty. The library fills a window up
    with zeros, which no sound is; some of them stay, since the model has learned that a window ends in silence.
    """

    def encoded(features: Any) -> Any:
        sounding = np.flatnonzero(np.any(features, axis=tuple(range(features.ndim - 1))))
        frames = int(sounding[-1]) + 1 if len(sounding) else 0
        steps = -(-(frames + _REST_FRAMES) // _WINDOW_STEP)
        kept = min(features.shape[-1], steps * _WINDOW_STEP)
        return encode(np.ascontiguousarray(features[..., :kept]))

    return encoded


def _once(encode: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return ``encode`` that remembers its last answer: language and words of a section are told from the same one.

    The encoder is a quarter of a section's cost and more.
    """
    last: list[Any] = []

    def encoded(features: Any) -> Any:
        if not last or not np.array_equal(last[0], features):
            last[:] = [np.array(features), encode(features)]
        return last[1]

    return encoded


def in_folder(folder: str) -> LocalWhisper:
    """Return the model in ``folder``, for :class:`hushkeep.audio.ApartRecogniser`."""
    return LocalWhisper(Path(folder))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
