"""A recogniser in a process of its own, which may hang, die or fail without harm to anybody else."""

import sys

import numpy as np
import pytest

from hushkeep import audio
from hushkeep.kernel import Unavailable

SECOND = np.zeros(16_000, "float32")
MOODY = """
import os, time
from hushkeep import audio
from hushkeep.kernel import Unavailable

class Moody:
    name, digest = "test/moody", "00"

    def hear(self, sound, language):
        mood = round(float(sound[0]) * 10)
        if mood == 1:
            time.sleep(600)
        if mood == 2:
            os._exit(9)
        if mood == 3:
            raise Unavailable("the model is tired")
        return audio.Heard(language or "en", (audio.Word(0.0, len(sound) / 16_000, " hello", 0.9),))

def absent():
    raise Unavailable("no model in the folder")
"""


@pytest.fixture(scope="module")
def moody(tmp_path_factory):
    """The name of a module with a moody recogniser in it."""
    folder = tmp_path_factory.mktemp("apart")
    (folder / "moody_recogniser.py").write_text(MOODY)
    sys.path.append(str(folder))
    yield "moody_recogniser"
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def apart(moody):
    engine = audio.ApartRecogniser(f"{moody}:Moody")
    yield engine
    engine.close()


def test_it_hears_what_the_recogniser_hears(apart):
    assert (apart.name, apart.digest) == ("test/moody", "00")
    [word] = apart.hear(SECOND, "zh").words
    assert (word.text, word.end) == (" hello", 1.0)


@pytest.mark.parametrize(("mood", "said"), [(0.1, "no answer"), (0.2, "ended by itself"), (0.3, "tired")])
def test_what_hangs_dies_or_fails_is_unavailable_and_the_next_section_is_heard(apart, mood, said, monkeypatch):
    with monkeypatch.context() as patched:
        if said == "no answer":
            patched.setattr(apart, "_patience", (0.1, 0.0))
        with pytest.raises(Unavailable, match=said):
            apart.hear(SECOND + np.float32(mood), None)
    assert apart.hear(SECOND, None).words


def test_a_recogniser_that_does_not_start_says_why(moody):
    with pytest.raises(Unavailable, match="no model in the folder"):
        audio.ApartRecogniser(f"{moody}:absent")
